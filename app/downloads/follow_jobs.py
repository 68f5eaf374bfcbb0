"""Looking for news of what is followed, and fetching covers, as work."""

import asyncio
import os
import tempfile
import time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.downloads import releases_listeners, releases_notices
from app.downloads.follow_checks import check, is_live
from app.downloads.follow_series import from_provider
from app.downloads.following import mend_followed
from app.foundation.archives.errors import BadFile
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import now
from app.foundation.http import OutboundError
from app.foundation.images.artwork import MOST_BYTES, Artwork
from app.foundation.queue import SOON, InVain, Run, enqueue, job, minutes
from app.library.models import Series
from app.metadata.changes import Cover, Present
from app.metadata.describing import describe
from app.metadata.sheet import COVER
from app.providers.answers import answered
from app.providers.base import RemotePage
from app.providers.errors import ProviderError
from app.providers.models import Provider, Source
from app.providers.opening import opened
from app.providers.service import can_be_asked
from app.reading.images import ARTWORK

__all__ = ["check_source", "check_sources", "fetch_cover", "releases_listeners", "releases_notices"]

ROUND = minutes(4)
"""What was not reached by then waits for the next round."""
AT_ONCE = 8
"""Providers that are asked side by side; each of them one series after another."""
MOST_TROUBLES = 3
"""Series in a row that brought nothing: then it is not the series."""


@job(timeout=minutes(10), retries=3, every=minutes(5))
async def check_sources(run: Run) -> None:
    """Everything that is due. Providers are asked side by side, so that one that is slow keeps only
    its own waiting; one in trouble is left alone for the rest of the round."""
    ends = time.monotonic() + ROUND
    places = asyncio.Semaphore(AT_ONCE)
    async with run.transaction() as session:
        await mend_followed(session)
    async with run.session_maker() as session:
        providers = await session.scalars(
            select(Source.provider_id)
            .join(Series)
            .join(Provider)
            .where(is_live(), can_be_asked(), Source.next_check_at <= now())
            .distinct()
        )
    asked = (_ask_all_of(run, provider_id, places, ends) for provider_id in providers.all())
    # Where one goes wrong in a way nobody thought of, the others are asked all the same.
    for failure in await asyncio.gather(*asked, return_exceptions=True):
        if failure is not None:
            raise failure


async def _ask_all_of(run: Run, provider_id: UUID, places: asyncio.Semaphore, ends: float) -> None:
    troubles = 0
    async with places:
        while troubles < MOST_TROUBLES and not run.cancelled and time.monotonic() < ends:
            source_id = await _next_due(run, provider_id)
            if source_id is None:
                return
            outcome = await check(run, source_id)
            if outcome.is_the_provider:
                return
            troubles = troubles + 1 if outcome.trouble else 0


async def _next_due(run: Run, provider_id: UUID) -> UUID | None:
    async with run.session_maker() as session:
        return await session.scalar(
            select(Source.id)
            .join(Series)
            .join(Provider)
            .where(Source.provider_id == provider_id, Source.next_check_at <= now())
            .where(is_live(), can_be_asked())
            .order_by(Source.next_check_at, Source.id)
            .limit(1)
        )


@job(timeout=minutes(5), retries=1, priority=SOON)
async def check_source(run: Run, source_id: UUID) -> None:
    """One that a person asked for."""
    outcome = await check(run, source_id)
    if outcome.trouble:
        raise InVain(outcome.trouble)


@job(timeout=minutes(3), retries=4)
async def fetch_cover(run: Run, source_id: UUID, url: str) -> None:
    """The picture stands for the series until a person chooses another."""
    async with run.session_maker() as session:
        source = await session.get(Source, source_id, options=[joinedload(Source.provider)])
    if source is None:
        return
    try:
        driver = await opened().driver(source.provider)
        picture = await answered(driver.page(RemotePage(url)))
    except (ProviderError, OutboundError) as error:
        if not error.is_passing:
            raise InVain(str(error)) from error
        raise
    name = await _kept(run, picture)
    async with run.transaction() as session:
        series = await session.get(Series, source.series_id, with_for_update={"key_share": True})
        if series is None or series.cover_art or COVER in series.locked_fields:
            return
        await session.refresh(series, ["creators", "tags"])
        cover = Cover(series.cover_chapter_id, series.cover_page, art=name)
        there = from_provider(source.provider)
        await describe(session, series, {COVER: Present(cover, source=there)})


async def _kept(run: Run, picture: bytes) -> str:
    if len(picture) > MOST_BYTES:
        raise InVain("The cover is too large.")
    pool = SandboxPool(1)
    try:
        with tempfile.TemporaryFile() as file:
            file.write(picture)
            file.flush()
            fd = os.dup(file.fileno())
        try:
            return await Artwork(run.settings.data_dir / ARTWORK, pool).keep(fd)
        finally:
            os.close(fd)
    except BadFile as error:
        raise InVain(f"The cover cannot be shown: {error}") from error
    finally:
        await asyncio.to_thread(pool.close)


async def check_soon(session: AsyncSession, source: Source, requested_by: UUID | None) -> None:
    await enqueue(
        session, check_source, key=str(source.id), requested_by=requested_by, source_id=source.id
    )


async def fetch_cover_later(session: AsyncSession, source: Source, url: str) -> None:
    await enqueue(session, fetch_cover, key=str(source.series_id), source_id=source.id, url=url)
