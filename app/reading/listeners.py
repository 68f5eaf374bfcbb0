"""What the shelf announces, and what it means for reading. Imported by web and worker alike."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.events import on
from app.library.events import SeriesChanged
from app.reading.aggregate import rebuild_aggregate


@on(SeriesChanged)
async def keep_sums_true(session: AsyncSession, fact: SeriesChanged) -> None:
    await rebuild_aggregate(session, series_ids=list(fact.series_ids))
