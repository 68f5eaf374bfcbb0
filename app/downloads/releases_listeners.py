"""What the shelf announces, and what it means for releases. Imported by web and worker alike."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.releases import link_to_chapters
from app.events import on
from app.library.events import SeriesChanged


@on(SeriesChanged)
async def find_chapters(session: AsyncSession, fact: SeriesChanged) -> None:
    await link_to_chapters(session, fact.series_ids)
