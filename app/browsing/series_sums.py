"""What is counted over all chapters of a series, however few of them its screen shows. One query."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ScalarSelect,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.series_lines import LISTED
from app.browsing.series_volumes import VolumeSum, sums_by_volume
from app.library.models import Chapter, ChapterKind, Series
from app.reading.models import PreferredVersion, Progress

MOST_VERSIONS = 20
MOST_HOLES = 12
_OF_SERIES = Chapter.series_id == bindparam("of_series", type_=Uuid)
_OF_PERSON = Progress.user_id == bindparam("of_person", type_=Uuid)


class Version(msgspec.Struct, frozen=True, array_like=True):
    """Chapters in one language by the same groups; `chapter_id` is one of them."""

    language: str | None
    groups: Sequence[str]
    chapters: int
    chapter_id: UUID

    def is_like(self, chosen: PreferredVersion | None) -> bool:
        if chosen is None:
            return False
        return (self.language, list(self.groups)) == (chosen.language, list(chosen.groups))


class Hole(msgspec.Struct, frozen=True):
    """Whole numbers between two neighbours that no file covers."""

    first: int
    last: int


class Sums(msgspec.Struct, frozen=True):
    """`versions`: what there is to choose from, the fullest first; none where no place has two."""

    versions: Sequence[Version]
    holes: Sequence[Hole]
    volumes: Sequence[VolumeSum]


async def sums_of(
    session: AsyncSession, person: User, series: Series, kind: ChapterKind = ChapterKind.CHAPTER
) -> Sums:
    """`kind`: whether holes are looked for among chapters or among volumes."""
    values = {"of_series": series.id, "of_person": person.id}
    count, *rows = (await session.execute(_statement(kind), values)).one()
    versions, holes, volumes = rows
    has_several = count > series.position_count
    return Sums(
        msgspec.convert(versions if has_several else [], list[Version]),
        [_hole(*pair) for pair in msgspec.convert(holes, list[tuple[Decimal, Decimal]])],
        msgspec.convert(volumes, list[VolumeSum]),
    )


@cache
def _statement(kind: ChapterKind) -> Select[*tuple[Any, ...]]:
    count = select(func.count()).select_from(Chapter).where(_OF_SERIES, LISTED)
    parts = [
        _in_json(part)
        for part in (_versions(), _holes(kind), sums_by_volume(_OF_SERIES, _OF_PERSON))
    ]
    return select(count.scalar_subquery(), *parts)


def _in_json(rows: Select[*tuple[Any, ...]]) -> ScalarSelect[Any]:
    """All rows as one value, in their order; what has decimals must come as text."""
    inside = rows.subquery()
    every = func.jsonb_agg(func.jsonb_build_array(*inside.c), type_=JSONB)
    return select(func.coalesce(every, literal_column("'[]'", JSONB))).scalar_subquery()


def _versions() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Chapter.language,
            func.to_jsonb(Chapter.groups),
            func.count().label("chapters"),
            func.array_agg(Chapter.id)[1],
        )
        .where(_OF_SERIES, LISTED)
        .group_by(Chapter.language, Chapter.groups)
        .order_by(func.count().desc(), Chapter.language, Chapter.groups)
        .limit(MOST_VERSIONS)
    )


def _holes(kind: ChapterKind) -> Select[*tuple[Any, ...]]:
    """The numbers before and after each of the first MOST_HOLES.

    Only between two that stand side by side and count on: where the count starts again with each
    volume, or a whole volume lies between, nobody knows what is missing.
    """
    begin, end = (
        (Chapter.volume, Chapter.volume_end)
        if kind is ChapterKind.VOLUME
        else (Chapter.number, Chapter.number_end)
    )
    place = (
        select(
            Chapter.position,
            func.min(begin).filter(Chapter.kind == kind).label("begin"),
            func.max(func.coalesce(end, begin)).filter(Chapter.kind == kind).label("end"),
        )
        .where(_OF_SERIES, LISTED)
        .group_by(Chapter.position)
        .subquery()
    )
    before = func.lag(place.c.end).over(order_by=place.c.position)
    pair = select(place.c.position, before.label("before"), place.c.begin.label("after")).subquery()
    return (
        select(cast(pair.c.before, Text), cast(pair.c.after, Text))
        .where(func.ceil(pair.c.after) - func.floor(pair.c.before) > 1)
        .order_by(pair.c.position)
        .limit(MOST_HOLES)
    )


def _hole(before: Decimal, after: Decimal) -> Hole:
    """Between 52.5 and 56 it is 53 to 55."""
    return Hole(int(before) + 1, -int(-after // 1) - 1)
