"""Marks on whole series at once: a few statements, however many chapters they have.

Each change keeps aside what it takes away, under the moment it was made at (`locator`): that is
what brings back exactly what was there. All of it may be done twice. Callers choose how many
series go into one transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    update,
)
from sqlalchemy import UUID as SqlUUID
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Chapter, ChapterFile, Series
from app.library.queries import visible_to
from app.reading.aggregate import hold_all, rebuild_aggregate
from app.reading.models import Progress

type Ids = Sequence[UUID]


async def mark_series_read(session: AsyncSession, person: User, series: Ids, at: datetime) -> int:
    """Completes every chapter that is not complete yet; answers how many."""
    await hold_all(session, person.id, series)
    chapters = _chapters(person, series).add_columns(
        func.coalesce(ChapterFile.page_count, 1),
        *(literal(value) for value in (0, 1)),
        *(cast(at, DateTime(timezone=True)) for _ in range(2)),
        literal(person.id),
    )
    columns = ("chapter_id", "page_count", "page", "version", "completed_at", "updated_at")
    aside = func.jsonb_build_object("read_at", at.isoformat(), "updated_at", Progress.updated_at)
    made = insert(Progress).from_select([*columns, "user_id"], chapters)
    changed = await session.execute(
        made.on_conflict_do_update(
            index_elements=[Progress.user_id, Progress.chapter_id],
            set_={
                "completed_at": at,
                "reread_page": None,
                "version": Progress.version + 1,
                "updated_at": at,
                "locator": aside,
            },
            where=Progress.completed_at.is_(None),
        )
    )
    return await _sums(session, person, series, changed)


async def mark_series_unread(session: AsyncSession, person: User, series: Ids, at: datetime) -> int:
    """As if none of their chapters had ever been opened; answers how many were."""
    await hold_all(session, person.id, series)
    aside = func.jsonb_build_object(
        *("unread_at", at.isoformat(), "page", Progress.page, "reread_page", Progress.reread_page),
        *("completed_at", Progress.completed_at),
    )
    changed = await session.execute(
        _change(person, series)
        .where((Progress.page > 0) | Progress.completed_at.is_not(None))
        .values(locator=aside, page=0, completed_at=None, reread_page=None)
        .values(version=Progress.version + 1)
    )
    return await _sums(session, person, series, changed)


async def take_series_back(session: AsyncSession, person: User, series: Ids, at: datetime) -> int:
    """Undoes `mark_series_read`, except for what was opened again since."""
    await hold_all(session, person.id, series)
    kept = Progress.locator
    same = kept["read_at"].astext == at.isoformat()
    before = cast(kept["updated_at"].astext, DateTime(timezone=True))
    changed = await session.execute(
        _change(person, series)
        .where(Progress.completed_at == at, Progress.reread_page.is_(None))
        .values(completed_at=None, version=Progress.version + 1, locator=null())
        .values(updated_at=case((same, before), else_=Progress.updated_at))
    )
    return await _sums(session, person, series, changed)


async def bring_series_back(session: AsyncSession, person: User, series: Ids, at: datetime) -> int:
    """Undoes `mark_series_unread`, except for what was opened again since."""
    await hold_all(session, person.id, series)
    kept = Progress.locator
    changed = await session.execute(
        _change(person, series)
        .where(kept["unread_at"].astext == at.isoformat())
        .where(Progress.page == 0, Progress.completed_at.is_(None))
        .values(
            page=cast(kept["page"].astext, Integer),
            reread_page=cast(kept["reread_page"].astext, Integer),
            completed_at=cast(kept["completed_at"].astext, DateTime(timezone=True)),
            locator=null(),
            version=Progress.version + 1,
        )
    )
    return await _sums(session, person, series, changed)


def _chapters(person: User, series: Ids) -> Select[*tuple[Any, ...]]:
    live = and_(
        ChapterFile.chapter_id == Chapter.id,
        ChapterFile.missing_since.is_(None),
        ChapterFile.trashed_at.is_(None),
    )
    return (
        select(Chapter.id)
        .join(Series, Series.id == Chapter.series_id)
        .outerjoin(ChapterFile, live)
        .where(_among(series), visible_to(person))
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
    )


def _change(person: User, series: Ids) -> Any:
    chapters = (
        select(Chapter.id)
        .join(Series, Series.id == Chapter.series_id)
        .where(_among(series), visible_to(person))
    )
    return (
        update(Progress)
        .where(Progress.user_id == person.id, Progress.chapter_id.in_(chapters))
        .execution_options(synchronize_session=False)
    )


def _among(series: Ids) -> ColumnElement[bool]:
    return Chapter.series_id == any_(cast(list(series), ARRAY(SqlUUID(as_uuid=True))))


async def _sums(session: AsyncSession, person: User, series: Ids, changed: Any) -> int:
    await rebuild_aggregate(session, series_ids=list(series), user_id=person.id)
    return int(changed.rowcount)
