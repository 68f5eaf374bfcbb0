"""Providers are checked by themselves, and by wish."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db import now
from app.foundation.queue import LOW, SOON, InVain, NotNow, Run, enqueue, hours, job, minutes
from app.foundation.queue.models import Job, JobState
from app.foundation.queue.timetable import Plan, plans_of
from app.providers.checking import MOST_FORGOTTEN, check_all, due, fold, forget_old
from app.providers.models import Provider, Way

LONGEST_REST = 120.0
"""Seconds for which a test that a person asked for waits."""


@job(timeout=minutes(10), retries=3)
async def check_providers(run: Run) -> None:
    """Those whose time has come. Comes round each minute, so only its last time is kept."""
    async with run.session_maker() as session:
        providers = await due(session, now())
    await check_all(run, providers)
    async with run.transaction() as session:
        await fold(session)
        before = (Job.kind == run.kind, Job.state == JobState.DONE, Job.id != run.job_id)
        await session.execute(delete(Job).where(*before))


@plans_of(check_providers)
async def each_minute(session: AsyncSession) -> Sequence[Plan]:
    """While there is any that may be asked."""
    is_any = await session.scalar(select(exists().where(Provider.paused_at.is_(None))))
    return [Plan("", minutes(1), first=0)] if is_any else []


@job(timeout=minutes(3), retries=2, priority=SOON)
async def test_provider(run: Run, provider_id: UUID) -> None:
    """A person wants to know now, also of one that is paused. Where its host is left alone for a
    moment, it is asked as soon as that is over."""
    async with run.session_maker() as session:
        provider = await session.get(Provider, provider_id)
    if provider is None:
        raise InVain("The provider is gone.")
    [probed] = await check_all(run, [provider], Way.TEST)
    async with run.transaction() as session:
        await fold(session)
    if 0 < probed.left_alone <= LONGEST_REST:
        raise NotNow("Its host is left alone for a moment.", probed.left_alone)


async def test_later(session: AsyncSession, provider_id: UUID, by: UUID) -> None:
    await enqueue(
        session, test_provider, key=str(provider_id), requested_by=by, provider_id=provider_id
    )


@job(timeout=minutes(10), retries=3, priority=LOW, every=hours(24))
async def forget_checks(run: Run) -> None:
    """Single checks after a week, sums of hours after three months."""
    while True:
        run.check()
        async with run.transaction() as session:
            forgotten = await forget_old(session, now())
        if forgotten < MOST_FORGOTTEN:
            break
