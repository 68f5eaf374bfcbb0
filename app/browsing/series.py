"""Everything the screen of one series shows."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.accounts.models import User
from app.collections.favourites import loved_by
from app.errors import NotFound
from app.library.models import (
    Chapter,
    ChapterFile,
    ChapterKind,
    Library,
    Series,
    SeriesCreator,
)
from app.library.queries import visible_to
from app.reading.addresses import cover_version_column
from app.reading.models import Progress, SeriesReading

POSITIONS = 200


class ChapterLine(msgspec.Struct, frozen=True):
    """One chapter; `page` is where the person is, 0 when not begun."""

    id: UUID
    position: int
    kind: ChapterKind
    title: str | None
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    language: str | None
    groups: Sequence[str]
    added_at: datetime
    pages: int | None
    """None when no file of it is on disk now."""
    page: int
    completed_at: datetime | None

    @property
    def read(self) -> bool:
        return self.completed_at is not None


class PositionLine(msgspec.Struct, frozen=True):
    """One place in the series: the chapter shown, and the same in other languages or groups."""

    shown: ChapterLine
    others: Sequence[ChapterLine]

    @property
    def read(self) -> bool:
        return self.shown.read or any(other.read for other in self.others)


class VolumeBox(msgspec.Struct, frozen=True):
    """The chapters of one volume, or those of none."""

    volume: Decimal | None
    lines: Sequence[PositionLine]
    read: int
    total: int
    open: bool


class SeriesView(msgspec.Struct, frozen=True):
    series: Series
    library: Library
    reading: SeriesReading | None
    cover_version: str | None
    is_favourite: bool


async def series_for(session: AsyncSession, person: User, series_id: UUID) -> SeriesView:
    """The series with its people and tags, if this person may see it."""
    row = (
        await session.execute(
            select(Series, Library, SeriesReading, cover_version_column(), loved_by(person))
            .join(Library, Library.id == Series.library_id)
            .outerjoin(
                SeriesReading,
                and_(SeriesReading.series_id == Series.id, SeriesReading.user_id == person.id),
            )
            .where(Series.id == series_id, Series.trashed_at.is_(None), visible_to(person))
            .options(
                selectinload(Series.tags),
                selectinload(Series.creators).joinedload(SeriesCreator.creator),
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such series.")
    return SeriesView(*row)


async def lines_of(
    session: AsyncSession,
    person: User,
    series: Series,
    *,
    first: int = 1,
    newest_first: bool = False,
    unread_only: bool = False,
) -> list[PositionLine]:
    """The next POSITIONS places from the `first` on, counted in the order they are shown."""
    order = Chapter.position.desc() if newest_first else Chapter.position
    places = _places(person, series.id, unread_only=unread_only)
    window = places.order_by(order).offset(first - 1).limit(POSITIONS).subquery()
    query = _chapters(person, series.id).where(Chapter.position.in_(select(window.c.position)))
    rows = [ChapterLine(*row) for row in await session.execute(query)]
    lines = list(_by_position(rows, _languages(person, series)))
    return lines[::-1] if newest_first else lines


async def volume_totals(
    session: AsyncSession, person: User, series: Series
) -> dict[Decimal | None, tuple[int, int]]:
    """Volume → (positions read, positions), over the whole series."""
    place = func.count(Chapter.position.distinct())
    rows = await session.execute(
        select(
            Chapter.volume,
            place.filter(Progress.completed_at.is_not(None)),
            place,
        )
        .outerjoin(Progress, _progress_of(person))
        .where(Chapter.series_id == series.id, _listed())
        .group_by(Chapter.volume)
    )
    return {volume: (read, total) for volume, read, total in rows}


def in_volumes(
    lines: Sequence[PositionLine],
    totals: dict[Decimal | None, tuple[int, int]],
    next_chapter: UUID | None,
) -> list[VolumeBox]:
    """Lines in boxes, in the order they come; the box with the next chapter is open."""
    boxes = []
    for volume, run in groupby(lines, key=lambda line: line.shown.volume):
        inside = list(run)
        read, total = totals.get(volume, (0, len(inside)))
        wanted = any(next_chapter in _ids(line) for line in inside)
        boxes.append(VolumeBox(volume, inside, read, total, wanted))
    if boxes and not any(box.open for box in boxes):
        boxes[0] = msgspec.structs.replace(boxes[0], open=True)
    return boxes


def _ids(line: PositionLine) -> set[UUID]:
    return {line.shown.id, *(other.id for other in line.others)}


def _places(person: User, series_id: UUID, *, unread_only: bool) -> Select[int]:
    places = (
        select(Chapter.position)
        .outerjoin(Progress, _progress_of(person))
        .where(*_shown(series_id))
        .group_by(Chapter.position)
    )
    if unread_only:
        places = places.having(func.count(Progress.completed_at) == 0)
    return places


def _chapters(person: User, series_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Chapter.id,
            Chapter.position,
            Chapter.kind,
            Chapter.title,
            Chapter.number,
            Chapter.number_end,
            Chapter.volume,
            Chapter.volume_end,
            Chapter.language,
            Chapter.groups,
            Chapter.added_at,
            ChapterFile.page_count,
            func.coalesce(Progress.reread_page, Progress.page, 0),
            Progress.completed_at,
        )
        .outerjoin(
            ChapterFile,
            and_(
                ChapterFile.chapter_id == Chapter.id,
                ChapterFile.missing_since.is_(None),
                ChapterFile.trashed_at.is_(None),
            ),
        )
        .outerjoin(Progress, _progress_of(person))
        .where(*_shown(series_id))
        .order_by(Chapter.position, Chapter.id)
    )


def _listed() -> ColumnElement[bool]:
    return and_(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))


def _shown(series_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """What is listed, and what is gone from disk but was begun: its place is kept. Needs `Progress`
    in the query."""
    return (
        Chapter.series_id == series_id,
        Chapter.trashed_at.is_(None),
        or_(Chapter.missing_since.is_(None), Progress.page > 0),
    )


def _progress_of(person: User) -> ColumnElement[bool]:
    return and_(Progress.chapter_id == Chapter.id, Progress.user_id == person.id)


def _languages(person: User, series: Series) -> list[str]:
    """Which language is shown where a place has several, best first."""
    chosen = (person.preference.reading or {}).get("language")
    wishes = [chosen, person.preference.language, series.language]
    return [language for language in wishes if language]


def _by_position(rows: Sequence[ChapterLine], languages: list[str]) -> Iterator[PositionLine]:
    def unlike(row: ChapterLine) -> tuple[bool, bool, int]:
        wished = row.language in languages
        return (
            not row.page,
            not row.pages,
            languages.index(row.language or "") if wished else len(languages),
        )

    for _, run in groupby(rows, key=lambda row: row.position):
        same = sorted(run, key=unlike)
        yield PositionLine(same[0], same[1:])
