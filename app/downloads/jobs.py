"""Downloading as work: one job a provider, which takes the provider's downloads one after another."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

import valkey.asyncio
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads import history, partial, queueing, rows
from app.downloads.bringing import Means
from app.downloads.inspecting import Inspector
from app.downloads.intake import Intake
from app.downloads.metering import Free, Meter, Metered
from app.downloads.models import CLAIMABLE, TOPIC, Download, DownloadState
from app.downloads.runner import Runner
from app.downloads.settings import DownloadRules, rules_of
from app.errors import Invalid
from app.events import on
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import now
from app.foundation.queue import LOW, NotNow, Run, enqueue, hasten, hours, job, minutes
from app.foundation.queue.wake import tell_after_commit
from app.providers.base import Capability, Driver
from app.providers.events import HealthChanged
from app.providers.health import SICK
from app.providers.models import Provider
from app.providers.opening import opened
from app.providers.service import can_be_asked, record

FOR_A_PLACE = 5.0
FOR_THE_PROVIDER = 60.0
NICENESS = 5


@job(timeout=minutes(15), retries=10, priority=-1)
async def download_from(run: Run, provider_id: UUID) -> None:
    """Safe to run twice: what is there already is not fetched again. Behind scans, and never in
    every place of a worker."""
    async with run.session_maker() as session:
        rules = await rules_of(session)
        provider = await session.get(Provider, provider_id)
        can_ask = await session.scalar(
            select(Provider.id).where(Provider.id == provider_id, can_be_asked())
        )
        at_work = await queueing.jobs_at_work(session, run.kind)
    if provider is None:
        return
    if can_ask is None:
        raise NotNow("The provider is paused, or does not answer.", wait=FOR_THE_PROVIDER)
    places = min(rules.chapters_at_once, max(1, run.settings.worker_concurrency - 1))
    if run.job_id not in at_work[:places]:
        raise NotNow("Other providers have their turn.", wait=FOR_A_PLACE)
    driver = await _driver_of(run, provider)
    pool = SandboxPool(run.settings.scan_processes, niceness=NICENESS)
    intake = Intake(run, pool)
    try:
        async with _metered(run, rules) as meter:
            means = Means(
                run=run,
                provider_id=provider_id,
                driver=driver,
                rules=rules,
                meter=meter,
                inspector=Inspector(pool, run.settings.scan_processes),
                intake=intake,
                places=asyncio.Semaphore(rules.pages_at_once),
            )
            share = max(1, rules.chapters_at_once // len(at_work[:places]))
            await Runner(means, share).work()
    finally:
        await intake.close()
        await asyncio.to_thread(pool.close)


@job(timeout=minutes(5), every=60.0)
async def ring_downloads(run: Run) -> None:
    """Whatever waits without a job gets one: the last word of a job and a new wish may cross."""
    async with run.transaction() as session:
        asked = select(Download.provider_id).where(text(CLAIMABLE)).distinct()
        await download_later(session, await session.scalars(asked), hurry=False)


@job(timeout=minutes(30), every=hours(6))
async def sweep_downloads(run: Run) -> None:
    """Pages of what nobody downloads any more."""
    async with run.session_maker() as session:
        open_ids = await rows.open_ids(session)
    await asyncio.to_thread(partial.sweep, run.settings.data_dir, open_ids)


@job(timeout=minutes(10), retries=3, priority=LOW, every=hours(24))
async def forget_downloads(run: Run) -> None:
    """Old tries that no screen shows, and that are not the last word about their release."""
    async with run.session_maker() as session:
        before = await history.begins(session)
    while True:
        run.check()
        async with run.transaction() as session:
            forgotten = await history.forget(session, before)
        if forgotten < history.AT_ONCE:
            break


async def download_later(
    session: AsyncSession, provider_ids: Iterable[UUID], *, hurry: bool = True
) -> None:
    """What waits at these providers is looked at, with `hurry` at once."""
    for provider_id in provider_ids:
        await enqueue(session, download_from, key=str(provider_id), provider_id=provider_id)
        if hurry:
            await hasten(session, download_from, str(provider_id))


@on(HealthChanged)
async def bring_forward(session: AsyncSession, fact: HealthChanged) -> None:
    """What failed while its provider was sick had to wait longer after each try. Now it is well."""
    if fact.before in SICK and fact.provider.health not in SICK:
        await session.execute(
            update(Download)
            .where(Download.provider_id == fact.provider.id)
            .where(Download.state == DownloadState.WAITING)
            .values(run_at=now(), attempts=0)
            .execution_options(synchronize_session=False)
        )
        await download_later(session, [fact.provider.id])
        tell_after_commit(session, TOPIC)


async def _driver_of(run: Run, provider: Provider) -> Driver:
    """Where it is set up wrongly its next check finds the same, and says so to whoever can mend it."""
    try:
        return await opened().driver(provider)
    except Invalid as error:
        async with run.transaction() as session:
            await record(session, provider.id, Capability.PAGES, False, 0, error.said)
        raise NotNow(str(error), wait=FOR_THE_PROVIDER) from error


@asynccontextmanager
async def _metered(run: Run, rules: DownloadRules) -> AsyncIterator[Meter]:
    if not rules.kilobytes_per_second:
        yield Free()
        return
    assert run.settings.valkey_url
    client = valkey.asyncio.Valkey.from_url(run.settings.valkey_url, socket_timeout=2.0)
    try:
        yield Metered(client, rules.kilobytes_per_second * 1000)
    finally:
        await client.aclose()
