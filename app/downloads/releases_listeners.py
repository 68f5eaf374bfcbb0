"""What the shelf and the providers announce, and what it means for releases. Imported by web and worker alike."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.following import leave_provider
from app.downloads.releases import concerns_others, link_to_chapters
from app.downloads.releases_events import TOPIC, ChaptersReleased
from app.events import on
from app.foundation.queue.wake import tell_after_commit
from app.library.events import SeriesChanged
from app.providers.events import ProviderLeaves


@on(SeriesChanged)
async def find_chapters(session: AsyncSession, fact: SeriesChanged) -> None:
    # A long series that is downloaded would be gone through once for each of its chapters.
    if fact.added is None or await concerns_others(session, fact.added):
        await link_to_chapters(session, fact.series_ids)


@on(ChaptersReleased)
async def tell_screens(session: AsyncSession, _fact: ChaptersReleased) -> None:
    tell_after_commit(session, TOPIC)


@on(ProviderLeaves)
async def await_nothing(session: AsyncSession, fact: ProviderLeaves) -> None:
    await leave_provider(session, fact.provider)
