"""The verbs of reading. Each changes the sums of its series in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, DateTime, Integer, cast, func, null, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.db import now
from app.library.models import Chapter, ChapterFile, Series
from app.library.queries import visible_to
from app.reading import aggregate, journal, places
from app.reading.models import Progress
from app.reading.places import Place, place_in

_NO_SUCH_CHAPTER = "There is no such chapter."
_NO_SUCH_SERIES = "There is no such series."
_ROWS_AT_ONCE = 2_000
# Completed counts as all of it; what is equally far stays as it is.
_TAKE_OVER = text("""
    INSERT INTO progress AS mine (user_id, chapter_id, page, page_count, fraction, locator,
        completed_at, reread_page, version, device, updated_at)
    SELECT user_id, :chapter_id, page, page_count, fraction, NULL,
        completed_at, reread_page, version, device, updated_at
    FROM progress WHERE chapter_id = :taken_from AND (page > 0 OR completed_at IS NOT NULL)
    ON CONFLICT (user_id, chapter_id) DO UPDATE SET page = excluded.page,
        page_count = excluded.page_count, fraction = excluded.fraction, locator = NULL,
        completed_at = excluded.completed_at, reread_page = excluded.reread_page,
        version = greatest(mine.version, excluded.version) + 1, device = excluded.device,
        updated_at = greatest(mine.updated_at, excluded.updated_at)
    WHERE mine.completed_at IS NULL AND (excluded.completed_at IS NOT NULL
        OR excluded.page * greatest(mine.page_count, 1)
           > mine.page * greatest(excluded.page_count, 1))
""")
_LISTED = (Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))


async def turn_to(
    session: AsyncSession,
    person: User,
    chapter_id: UUID,
    page: int,
    *,
    version: int,
    device: str,
    completes: bool = True,
    at: datetime | None = None,
) -> Place:
    """The page is in front of the person. Answers where they are now, which is elsewhere if the
    turn was overtaken by another device. Showing the last page completes the chapter, unless only
    a part of it is shown (`completes`).

    `version` is the one that was shown with the screen the turn comes from (0: none yet).
    """
    series_id, page_count = await _readable(session, person, chapter_id)
    await aggregate.hold(session, person.id, series_id)
    progress = await session.get(Progress, (person.id, chapter_id), populate_existing=True)
    at = at or now()
    if progress is None:
        progress = places.begin(person.id, chapter_id, page_count, at)
        session.add(progress)
    before = journal.place_kept(progress)
    if places.turn(
        progress, page, page_count, version=version, device=device, completes=completes, at=at
    ):
        await journal.note(session, progress, before, at)
        await aggregate.refresh(session, person.id, series_id)
    return place_in(progress, page_count)


class Marked(msgspec.Struct, frozen=True):
    """`at` is what takes exactly this marking back."""

    at: datetime
    count: int


async def mark_read(
    session: AsyncSession, person: User, series_id: UUID, chapter_ids: Sequence[UUID]
) -> Marked:
    """Completes what is not complete yet; pages stay where they were (`take_back` undoes it).
    Ids of other series are passed over."""
    await aggregate.hold(session, person.id, series_id)
    at = now()
    found = (
        select(Chapter.id, func.coalesce(ChapterFile.page_count, 1))
        .join(Series, Series.id == Chapter.series_id)
        .outerjoin(ChapterFile, _live_file())
        .where(Series.id == series_id, visible_to(person), Chapter.id.in_(chapter_ids))
    )
    rows = [
        {"user_id": person.id, "chapter_id": id, "page": 0, "page_count": count}
        | {"completed_at": at, "version": 1, "updated_at": at}
        for id, count in await session.execute(found)
    ]
    count = 0
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        count += await _complete(session, rows[first : first + _ROWS_AT_ONCE], at)
    await aggregate.refresh(session, person.id, series_id)
    return Marked(at, count)


async def mark_unread(
    session: AsyncSession, person: User, series_id: UUID, chapter_ids: Sequence[UUID]
) -> Marked:
    """As if these had never been opened. The version goes on counting: what an old screen still
    sends is recognised as old. Where the person was is kept aside for `bring_back`."""
    await aggregate.hold(session, person.id, series_id)
    at = now()
    aside = func.jsonb_build_object(
        *("unread_at", at.isoformat(), "page", Progress.page, "reread_page", Progress.reread_page),
        *("completed_at", Progress.completed_at),
    )
    changed = await session.execute(
        update(Progress)
        .where(_mine_in(person, series_id), Progress.chapter_id.in_(chapter_ids))
        .where((Progress.page > 0) | Progress.completed_at.is_not(None))
        .values(locator=aside, page=0, completed_at=None, reread_page=None)
        .values(version=Progress.version + 1)
        .returning(Progress.chapter_id)
        .execution_options(synchronize_session=False)
    )
    count = len(changed.all())
    await aggregate.refresh(session, person.id, series_id)
    return Marked(at, count)


async def take_back(session: AsyncSession, person: User, series_id: UUID, at: datetime) -> None:
    """Undo one `mark_read` of this series: only what it completed, and back to the same pages."""
    await aggregate.hold(session, person.id, series_id)
    await session.execute(
        update(Progress)
        .where(_mine_in(person, series_id), Progress.completed_at == at)
        .values(completed_at=None, reread_page=None, version=Progress.version + 1)
        .execution_options(synchronize_session=False)
    )
    await aggregate.refresh(session, person.id, series_id)


async def bring_back(session: AsyncSession, person: User, series_id: UUID, at: datetime) -> None:
    """Undo one `mark_unread` of this series, except for what was opened again since."""
    await aggregate.hold(session, person.id, series_id)
    kept = Progress.locator
    await session.execute(
        update(Progress)
        .where(_mine_in(person, series_id), kept["unread_at"].astext == at.isoformat())
        .where(Progress.page == 0, Progress.completed_at.is_(None))
        .values(
            page=cast(kept["page"].astext, Integer),
            reread_page=cast(kept["reread_page"].astext, Integer),
            completed_at=cast(kept["completed_at"].astext, DateTime(timezone=True)),
            locator=null(),
            version=Progress.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    await aggregate.refresh(session, person.id, series_id)


async def take_over(session: AsyncSession, chapter_id: UUID, taken_from: UUID) -> None:
    """Who was further in the other chapter goes on from there in this one; nobody goes back.
    The caller announces that the series changed, which makes its sums anew."""
    await session.execute(_TAKE_OVER, {"chapter_id": chapter_id, "taken_from": taken_from})


async def chapters_of(
    session: AsyncSession, person: User, series_id: UUID, *, before: UUID | None = None
) -> list[UUID]:
    """The listed chapters of a series; with `before`, those at positions before that chapter's."""
    limit: list[ColumnElement[bool]] = []
    if before is not None:
        here = select(Chapter.position).where(Chapter.id == before, Chapter.series_id == series_id)
        limit = [Chapter.position < here.scalar_subquery()]
    found = await session.scalars(
        select(Chapter.id)
        .join(Series, Series.id == Chapter.series_id)
        .where(Series.id == series_id, visible_to(person), *_LISTED, *limit)
    )
    chapter_ids = list(found)
    if not chapter_ids and before is None:
        raise NotFound(_NO_SUCH_SERIES)
    return chapter_ids


async def series_of(session: AsyncSession, person: User, chapter_id: UUID) -> UUID:
    """The series of a chapter that this person may see."""
    found = await session.scalar(
        select(Chapter.series_id)
        .join(Series, Series.id == Chapter.series_id)
        .where(Chapter.id == chapter_id, visible_to(person), Chapter.trashed_at.is_(None))
    )
    if found is None:
        raise NotFound(_NO_SUCH_CHAPTER)
    return found


async def _readable(session: AsyncSession, person: User, chapter_id: UUID) -> tuple[UUID, int]:
    row = (
        await session.execute(
            select(Chapter.series_id, ChapterFile.page_count)
            .join(Series, Series.id == Chapter.series_id)
            .join(ChapterFile, _live_file())
            .where(Chapter.id == chapter_id, visible_to(person), Chapter.trashed_at.is_(None))
        )
    ).one_or_none()
    if row is None or row.page_count < 1:
        raise NotFound(_NO_SUCH_CHAPTER)
    return row.series_id, row.page_count


def _live_file() -> ColumnElement[bool]:
    return (
        (ChapterFile.chapter_id == Chapter.id)
        & ChapterFile.missing_since.is_(None)
        & ChapterFile.trashed_at.is_(None)
    )


def _mine_in(person: User, series_id: UUID) -> ColumnElement[bool]:
    chapters = select(Chapter.id).join(Series, Series.id == Chapter.series_id)
    return (Progress.user_id == person.id) & Progress.chapter_id.in_(
        chapters.where(Series.id == series_id, visible_to(person))
    )


async def _complete(session: AsyncSession, rows: list[dict[str, Any]], at: datetime) -> int:
    statement = insert(Progress).values(rows)
    changed = await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Progress.user_id, Progress.chapter_id],
            set_={
                "completed_at": at,
                "reread_page": None,
                "version": Progress.version + 1,
                "updated_at": at,
            },
            where=Progress.completed_at.is_(None),
        ).returning(Progress.chapter_id)
    )
    return len(changed.all())
