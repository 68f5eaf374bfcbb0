"""The chapters of a series in its volumes: one box for each, and boxes of what stands in none.

A chapter that names no volume counts with the one of which others stand before and after it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, Subquery, Text, and_, case, cast, func, or_, select

from app.browsing.series_lines import LISTED, PositionLine
from app.library.models import Chapter, ChapterKind
from app.reading.models import Progress


class VolumeSum(msgspec.Struct, frozen=True, array_like=True):
    """Places read, and all of them; those that name no volume and count with this one reach from
    `loose_first` to `loose_last`."""

    volume: Decimal | None
    read: int
    total: int
    loose_first: int | None
    loose_last: int | None

    def holds(self, position: int) -> bool:
        first, last = self.loose_first, self.loose_last
        return first is not None and last is not None and first <= position <= last


class VolumeBox(msgspec.Struct, frozen=True):
    volume: Decimal | None
    lines: Sequence[PositionLine]
    read: int
    total: int
    open: bool


def in_volumes(
    lines: Sequence[PositionLine], sums: Sequence[VolumeSum], wanted: set[UUID]
) -> list[VolumeBox]:
    """In the order of the lines; boxes with a wanted chapter are open, or the first."""
    with_loose = [one for one in sums if one.volume is not None and one.loose_first is not None]

    def volume_of(line: PositionLine) -> Decimal | None:
        if line.shown.volume is not None:
            return line.shown.volume
        position = line.shown.position
        return next((one.volume for one in with_loose if one.holds(position)), None)

    inside: dict[Decimal | UUID, list[PositionLine]] = {}
    for volume, run in groupby(lines, key=volume_of):
        found = list(run)
        inside.setdefault(found[0].shown.id if volume is None else volume, []).extend(found)
    boxes = [_box(key, found, sums, wanted) for key, found in inside.items()]
    falls = bool(lines) and lines[0].shown.position > lines[-1].shown.position
    boxes.sort(key=_place, reverse=falls)
    if boxes and not any(box.open for box in boxes):
        boxes[0] = msgspec.structs.replace(boxes[0], open=True)
    return boxes


def sums_by_volume(
    of_series: ColumnElement[bool], of_person: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """As `VolumeSum` has them."""
    around = _around(of_series)
    home = func.coalesce(Chapter.volume, around.c.volume)
    place = func.count(Chapter.position.distinct())
    loose = and_(Chapter.volume.is_(None), around.c.volume.is_not(None))
    return (
        select(
            cast(home, Text),
            place.filter(Progress.completed_at.is_not(None)).label("read"),
            place.label("total"),
            func.min(Chapter.position).filter(loose).label("loose_first"),
            func.max(Chapter.position).filter(loose).label("loose_last"),
        )
        .join(around, around.c.position == Chapter.position)
        .outerjoin(Progress, and_(Progress.chapter_id == Chapter.id, of_person))
        .where(of_series, LISTED)
        .group_by(home)
    )


def is_in_volume(series_id: UUID, volume: Decimal) -> ColumnElement[bool]:
    """What its box shows, on whichever part of the screen."""
    around = _around(Chapter.series_id == series_id)
    places = select(around.c.position).where(around.c.volume == volume)
    loose = and_(Chapter.volume.is_(None), Chapter.position.in_(places))
    return or_(Chapter.volume == volume, loose)


def _around(of_series: ColumnElement[bool]) -> Subquery:
    """For each place the volume that stands before as well as after it; specials come after all."""
    counted = Chapter.kind != ChapterKind.SPECIAL
    place = (
        select(Chapter.position, func.min(Chapter.volume).filter(counted).label("volume"))
        .where(of_series, LISTED)
        .group_by(Chapter.position)
        .subquery()
    )
    sides = select(
        place.c.position,
        func.max(place.c.volume).over(order_by=place.c.position).label("before"),
        func.min(place.c.volume).over(order_by=place.c.position.desc()).label("after"),
    ).subquery()
    same = case((sides.c.before == sides.c.after, sides.c.before))
    return select(sides.c.position, same.label("volume")).subquery()


def _box(
    key: Decimal | UUID,
    lines: Sequence[PositionLine],
    sums: Iterable[VolumeSum],
    wanted: set[UUID],
) -> VolumeBox:
    """What stands in no volume is counted as far as it is shown."""
    volume = key if isinstance(key, Decimal) else None
    of_all = next((one for one in sums if volume is not None and one.volume == volume), None)
    read = of_all.read if of_all else sum(line.read for line in lines)
    total = of_all.total if of_all else len(lines)
    return VolumeBox(volume, lines, read, total, any(wanted & line.ids for line in lines))


def _place(box: VolumeBox) -> int:
    """Specials stand in the box of their volume, and do not take it along to theirs."""
    all_shown = [line.shown for line in box.lines]
    counted = [one.position for one in all_shown if one.kind is not ChapterKind.SPECIAL]
    return min(counted or [one.position for one in all_shown])
