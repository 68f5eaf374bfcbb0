"""Series put away from the rows of home, until their reader goes on with them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.db import now
from app.library.models import Series
from app.library.queries import visible_to
from app.reading.models import SeriesReading


async def put_away(session: AsyncSession, person: User, series_id: UUID) -> str:
    """Its title. A series that was never begun is in no row, and so stays as it is."""
    return await _mark(session, person, series_id, now())


async def fetch_back(session: AsyncSession, person: User, series_id: UUID) -> str:
    return await _mark(session, person, series_id, None)


async def _mark(session: AsyncSession, person: User, series_id: UUID, at: datetime | None) -> str:
    title: str | None = await session.scalar(
        select(Series.title).where(
            Series.id == series_id, Series.trashed_at.is_(None), visible_to(person)
        )
    )
    if title is None:
        raise NotFound("There is no such series.")
    await session.execute(
        update(SeriesReading)
        .where(SeriesReading.user_id == person.id, SeriesReading.series_id == series_id)
        .values(put_away_at=at)
        .execution_options(synchronize_session=False)
    )
    return title
