"""Reads: what to go on with."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Integer, Select, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Chapter, ChapterFile, Series
from app.library.queries import Asker, visible_to
from app.reading.addresses import cover_version_column
from app.reading.models import Progress, SeriesReading
from app.reading.queries import LIVE_FILE, NAME, my_progress

type Row = Any
"""A core row: `series_id, title, language, chapter_id, kind, number, number_end, volume,
volume_end, chapter_title, page, page_count, cover_version, last_read_at`."""


async def continue_reading(session: AsyncSession, person: User, *, limit: int) -> Sequence[Row]:
    """Chapters left in the middle, the last read first. One query."""
    return await _in_progress(session, person, begun=True, limit=limit)


async def on_deck(session: AsyncSession, person: User, *, limit: int) -> Sequence[Row]:
    """The next chapter of each series in progress where it is not begun. One query."""
    return await _in_progress(session, person, begun=False, limit=limit)


async def _in_progress(
    session: AsyncSession, person: User, *, begun: bool, limit: int
) -> Sequence[Row]:
    values = {**Asker.values(person), "begun": begun, "most": limit}
    return (await session.execute(_to_read(Asker.like(person)), values)).all()


@cache
def _to_read(person: Asker) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Series.id.label("series_id"),
            Series.title,
            Series.language,
            Chapter.id.label("chapter_id"),
            *NAME,
            Chapter.title.label("chapter_title"),
            func.coalesce(Progress.page, 0).label("page"),
            ChapterFile.page_count,
            cover_version_column().label("cover_version"),
            SeriesReading.last_read_at,
        )
        .select_from(SeriesReading)
        .join(Series, Series.id == SeriesReading.series_id)
        .join(Chapter, Chapter.id == SeriesReading.next_chapter_id)
        .join(ChapterFile, LIVE_FILE)
        .outerjoin(Progress, my_progress(person))
        .where(SeriesReading.user_id == person.id, visible_to(person))
        .where(Series.missing_since.is_(None), Series.trashed_at.is_(None))
        .where((func.coalesce(Progress.page, 0) > 0) == bindparam("begun", type_=Boolean))
        .where(
            or_(
                SeriesReading.put_away_at.is_(None),
                SeriesReading.put_away_at < SeriesReading.last_read_at,
            )
        )
        .order_by(SeriesReading.last_read_at.desc(), SeriesReading.series_id)
        .limit(bindparam("most", type_=Integer))
    )
