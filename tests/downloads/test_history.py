"""The history goes back as far as owners want it; what must not come again is remembered for ever."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.downloads import queries
from app.downloads.jobs import forget_downloads
from app.downloads.models import Download, DownloadState
from app.downloads.queries import Filter, Show
from app.downloads.service import want
from app.downloads.settings import DownloadRules
from app.foundation.db import now, session_maker
from app.foundation.queue import Run
from app.foundation.queue.models import Job, JobState
from app.foundation.web.settings import choose
from tests import factories
from tests.downloads import rows


async def ended(session: AsyncSession, *states: DownloadState, days: int) -> list[Download]:
    """Tries of one release, one after another, each so many days ago."""
    series = await factories.series(session, await factories.library(session), "Hourglass")
    source = await rows.a_source(session, series, await rows.a_provider(session))
    [release] = await rows.releases(session, source, 1)
    for nth, state in enumerate(states):
        await want(session, [release.id])
        moment = now() - timedelta(days=days) + timedelta(minutes=nth)
        last = update(Download).where(Download.finished_at.is_(None))
        await session.execute(last.values(state=state, finished_at=moment, created_at=moment))
    await session.commit()
    return list(await session.scalars(select(Download).order_by(Download.created_at)))


async def tidied(session: AsyncSession, engine: AsyncEngine, settings: Settings) -> list[UUID]:
    """What is left once the job has run."""
    job = Job(kind=forget_downloads.name, state=JobState.RUNNING, fence=1)
    session.add(job)
    await session.commit()
    maker = session_maker(engine)
    run = Run(
        job_id=job.id, kind=job.kind, fence=1, attempt=1, session_maker=maker, settings=settings
    )
    await forget_downloads.function(run)
    return list(await session.scalars(select(Download.id).order_by(Download.created_at)))


async def test_of_old_tries_the_last_is_remembered(
    session: AsyncSession, engine: AsyncEngine, settings: Settings
) -> None:
    states = (DownloadState.FAILED, DownloadState.CANCELLED, DownloadState.CANCELLED)
    *_, last = await ended(session, *states, days=100)

    assert await tidied(session, engine, settings) == [last.id]


async def test_what_ended_lately_is_all_kept(
    session: AsyncSession, engine: AsyncEngine, settings: Settings
) -> None:
    tries = await ended(session, DownloadState.FAILED, DownloadState.FAILED, days=80)

    assert await tidied(session, engine, settings) == [one.id for one in tries]


@pytest.mark.parametrize(("days", "is_shown"), [(90, False), (200, True)])
async def test_the_screen_shows_as_far_back_as_owners_want_but_every_failure(
    session: AsyncSession, days: int, is_shown: bool
) -> None:
    owner = await factories.admin(session)
    await choose(session, DownloadRules(keep_days=days))
    await ended(session, DownloadState.FAILED, DownloadState.CANCELLED, days=100)

    failed, _ = await queries.lines(session, owner, Filter(show=Show.FAILED), None)
    cancelled, _ = await queries.lines(session, owner, Filter(show=Show.CANCELLED), None)

    assert len(failed) == 1
    assert bool(cancelled) is is_shown
