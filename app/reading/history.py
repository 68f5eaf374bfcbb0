"""The lines of somebody's history, newest first; taking one out, and going back to before it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Conflict, NotFound
from app.foundation.db import now
from app.library.models import Chapter, ChapterFile, ChapterKind, Series
from app.library.queries import visible_to
from app.reading import aggregate
from app.reading.addresses import chapter_cover_url, cover_version
from app.reading.journal import give_place, place_kept
from app.reading.models import Progress, ReadingDay

type Edge = tuple[datetime, UUID]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One chapter on one day. `is_newest`: nothing has moved the place in it since, so that it can
    be given back."""

    day: date
    chapter_id: UUID
    series_id: UUID
    series_title: str
    series_language: str | None
    chapter_title: str | None
    kind: ChapterKind
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    pages: int
    seconds: int
    last_page: int
    is_finished: bool
    device: str | None
    ended_at: datetime
    is_newest: bool
    file_id: UUID | None
    revision: int | None

    @property
    def cover(self) -> str:
        if self.file_id is None or self.revision is None:
            return ""
        return chapter_cover_url(self.chapter_id, cover_version(self.file_id, self.revision, 1))

    @property
    def place(self) -> Edge:
        return self.ended_at, self.chapter_id


async def history_of(
    session: AsyncSession,
    person: User,
    *,
    after: Edge | None = None,
    series_id: UUID | None = None,
    limit: int,
) -> list[Line]:
    """One query, whatever the length of the history."""
    query = _lines(person)
    if series_id is not None:
        query = query.where(Series.id == series_id)
    if after is not None:
        edge = tuple_(ReadingDay.ended_at, ReadingDay.chapter_id)
        query = query.where(edge < tuple_(*after))
    newest = (ReadingDay.ended_at.desc(), ReadingDay.chapter_id.desc())
    rows = await session.execute(query.order_by(*newest).limit(limit))
    return [Line(**row._mapping) for row in rows]


async def forget(session: AsyncSession, person: User, chapter_id: UUID, day: date) -> ReadingDay:
    """Out of history and statistics; progress stays. What was taken out before is now forgotten for
    good: only the last act can be undone."""
    line = await _line(session, person, chapter_id, day)
    await session.execute(
        delete(ReadingDay).where(
            ReadingDay.user_id == person.id, ReadingDay.removed_at.is_not(None)
        )
    )
    line.removed_at = now()
    return line


async def take_back(session: AsyncSession, person: User, chapter_id: UUID, day: date) -> None:
    """As if this had never been read: the place of before that day, and no line of history."""
    await _exchange(session, await forget(session, person, chapter_id, day))


async def restore(session: AsyncSession, person: User, chapter_id: UUID, day: date) -> None:
    """Undo either of the above."""
    line = await _line(session, person, chapter_id, day, is_removed=True)
    if line.is_taken_back:
        await _exchange(session, line)
    line.removed_at = None


def _lines(person: User) -> Select[*tuple[Any, ...]]:
    return (
        select(
            ReadingDay.day,
            ReadingDay.chapter_id,
            Series.id.label("series_id"),
            Series.title.label("series_title"),
            Series.language.label("series_language"),
            Chapter.title.label("chapter_title"),
            *(Chapter.kind, Chapter.number, Chapter.number_end, Chapter.volume, Chapter.volume_end),
            *(ReadingDay.pages, ReadingDay.seconds, ReadingDay.last_page, ReadingDay.is_finished),
            *(ReadingDay.device, ReadingDay.ended_at),
            (Progress.updated_at == ReadingDay.ended_at).label("is_newest"),
            ChapterFile.id.label("file_id"),
            ChapterFile.revision,
        )
        .join(Chapter, Chapter.id == ReadingDay.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .join(Progress, _progress_of_line())
        .outerjoin(
            ChapterFile,
            and_(
                ChapterFile.chapter_id == Chapter.id,
                ChapterFile.missing_since.is_(None),
                ChapterFile.trashed_at.is_(None),
            ),
        )
        .where(ReadingDay.user_id == person.id, ReadingDay.removed_at.is_(None), visible_to(person))
        .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
    )


def _progress_of_line() -> ColumnElement[bool]:
    return and_(
        Progress.chapter_id == ReadingDay.chapter_id, Progress.user_id == ReadingDay.user_id
    )


async def _line(
    session: AsyncSession, person: User, chapter_id: UUID, day: date, *, is_removed: bool = False
) -> ReadingDay:
    found = await session.scalar(
        select(ReadingDay)
        .join(Chapter, Chapter.id == ReadingDay.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .where(
            ReadingDay.user_id == person.id,
            ReadingDay.chapter_id == chapter_id,
            ReadingDay.day == day,
            ReadingDay.removed_at.is_not(None) if is_removed else ReadingDay.removed_at.is_(None),
            visible_to(person),
        )
    )
    if found is None:
        raise NotFound("There is no such line in your history.")
    return found


async def _exchange(session: AsyncSession, line: ReadingDay) -> None:
    """The place in the chapter with the one that the line keeps."""
    series_id = await session.scalar(select(Chapter.series_id).where(Chapter.id == line.chapter_id))
    assert series_id is not None
    await aggregate.hold(session, line.user_id, series_id)
    key = (line.user_id, line.chapter_id)
    progress = await session.get(Progress, key, populate_existing=True)
    if progress is None or not _is_unmoved(progress, line):
        raise Conflict("You have read on in this chapter since. Your place stays where it is.")
    kept = place_kept(progress)
    give_place(progress, line.before)
    line.before = {**kept, "version": progress.version}
    line.is_taken_back = not line.is_taken_back
    await aggregate.refresh(session, line.user_id, series_id)


def _is_unmoved(progress: Progress, line: ReadingDay) -> bool:
    """Whether the place is still where the line, or its taking back, left it."""
    if line.is_taken_back:
        return bool(progress.version == line.before["version"])
    return progress.updated_at == line.ended_at
