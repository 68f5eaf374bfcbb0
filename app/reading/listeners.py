"""What the shelf announces, and what it means for reading. Imported by web and worker alike."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.events import on
from app.library.events import ChapterReplaced, SeriesChanged
from app.reading import bookmarks
from app.reading.aggregate import rebuild_aggregate
from app.reading.progress import take_over


@on(SeriesChanged)
async def keep_sums_true(session: AsyncSession, fact: SeriesChanged) -> None:
    await rebuild_aggregate(session, series_ids=list(fact.series_ids))


@on(ChapterReplaced)
async def keep_the_furthest_place(session: AsyncSession, fact: ChapterReplaced) -> None:
    await take_over(session, fact.chapter_id, fact.taken_from)
    await bookmarks.take_over(session, fact.chapter_id, fact.taken_from)
