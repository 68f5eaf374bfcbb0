"""The chapters of one series as its screen lists them: a line for each place, a part at a time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Chapter, ChapterFile, ChapterKind, Series
from app.reading.models import PreferredVersion, Progress
from app.reading.versions import choice_of, unlike_choice

LISTED = and_(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))


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
    unlike_choice: int

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

    @property
    def page(self) -> int:
        """Where the person is in the one shown."""
        return 0 if self.read else self.shown.page

    @property
    def ids(self) -> set[UUID]:
        return {self.shown.id, *(other.id for other in self.others)}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Which places are shown: from `first` on, or the last ones `before` a place, both as positions
    in the order shown. Neither: from the beginning."""

    size: int
    first: int | None = None
    before: int | None = None
    newest_first: bool = False
    unread_only: bool = False


class Lines(msgspec.Struct, frozen=True):
    """`previous` is the position before which more stands, `next` that from which it goes on."""

    lines: Sequence[PositionLine]
    previous: int | None
    next: int | None


async def lines_of(session: AsyncSession, person: User, series: Series, part: Part) -> Lines:
    """One query: a part, and one place more to know whether it goes on."""
    places = _places(person, series.id, part).subquery()
    query = _chapters(person, series.id).where(Chapter.position.in_(select(places.c.position)))
    rows = [ChapterLine(*row) for row in await session.execute(query)]
    lines = list(_by_position(rows, _languages(person, series)))
    if part.newest_first:
        lines.reverse()
    if part.before is not None:
        kept = lines[-part.size :]
        previous = kept[0].shown.position if len(lines) > part.size else None
        return Lines(kept, previous, part.before)
    kept = lines[: part.size]
    begins = kept[0].shown.position if kept and part.first is not None else None
    is_start = begins == 1 and not part.newest_first
    goes_on = lines[part.size].shown.position if len(lines) > part.size else None
    return Lines(kept, None if is_start else begins, goes_on)


def progress_of(person: User) -> ColumnElement[bool]:
    return and_(Progress.chapter_id == Chapter.id, Progress.user_id == person.id)


def _places(person: User, series_id: UUID, part: Part) -> Select[int]:
    places = (
        select(Chapter.position)
        .outerjoin(Progress, progress_of(person))
        .where(*_shown(series_id))
        .group_by(Chapter.position)
        .limit(part.size + 1)
    )
    if part.unread_only:
        places = places.having(func.count(Progress.completed_at) == 0)
    rises = part.newest_first == (part.before is not None)
    here = Chapter.position
    if part.before is not None:
        places = places.where(here > part.before if rises else here < part.before)
    elif part.first is not None:
        places = places.where(here >= part.first if rises else here <= part.first)
    return places.order_by(here if rises else here.desc())


def _chapters(person: User, series_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(Chapter.id, Chapter.position, Chapter.kind, Chapter.title),
            *(Chapter.number, Chapter.number_end, Chapter.volume, Chapter.volume_end),
            *(Chapter.language, Chapter.groups, Chapter.added_at, ChapterFile.page_count),
            func.coalesce(Progress.reread_page, Progress.page, 0),
            Progress.completed_at,
            unlike_choice(),
        )
        .outerjoin(
            ChapterFile,
            and_(
                ChapterFile.chapter_id == Chapter.id,
                ChapterFile.missing_since.is_(None),
                ChapterFile.trashed_at.is_(None),
            ),
        )
        .outerjoin(Progress, progress_of(person))
        .outerjoin(PreferredVersion, choice_of(person))
        .where(*_shown(series_id))
        .order_by(Chapter.position, Chapter.id)
    )


def _shown(series_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """What is listed, and what is gone from disk but was begun: its place is kept. Needs `Progress`
    in the query."""
    return (
        Chapter.series_id == series_id,
        Chapter.trashed_at.is_(None),
        or_(Chapter.missing_since.is_(None), Progress.page > 0),
    )


def _languages(person: User, series: Series) -> list[str]:
    """Which language is shown where a place has several, best first."""
    chosen = (person.preference.reading or {}).get("language")
    wishes = [chosen, person.preference.language, series.language]
    return [language for language in wishes if language]


def _by_position(rows: Sequence[ChapterLine], languages: list[str]) -> Iterator[PositionLine]:
    def unlike(row: ChapterLine) -> tuple[bool, int, bool, int]:
        wished = row.language in languages
        return (
            not row.pages,
            row.unlike_choice,
            not row.page,
            languages.index(row.language or "") if wished else len(languages),
        )

    for _, run in groupby(rows, key=lambda row: row.position):
        same = sorted(run, key=unlike)
        yield PositionLine(same[0], same[1:])
