"""`bunko downloads`: here, as a worker of its own knows every kind of work."""

import asyncio
from uuid import UUID

import click
from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings, load
from app.downloads.jobs import download_from
from app.downloads.models import OPEN, Download, DownloadState
from app.errors import Unavailable
from app.foundation.db import create_engine, session_maker
from app.foundation.embedded.session import servers
from app.foundation.queue.models import Job, JobState
from app.foundation.queue.worker import Worker
from app.library.models import Series
from app.providers.models import Provider, Release
from app.providers.opening import open_for_process
from app.worker import ALL_JOBS

SHOWN, FAILED_SHOWN = 50, 10
LOOK_EVERY = 0.5


@click.command()
@click.option("--wait", is_flag=True, help="Until nothing is left; here, if no worker is running.")
def downloads(wait: bool) -> None:
    """What is on its way into the library, and how far it is."""
    settings = load()
    with servers(settings) as connected:
        asyncio.run(_downloads(connected, wait=wait))


async def _downloads(settings: Settings, *, wait: bool) -> None:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url)
    try:
        if wait:
            await _wait(engine, settings)
        else:
            await _list(engine)
    finally:
        await engine.dispose()


async def _list(engine: AsyncEngine) -> None:
    """What is open, and below it what failed last."""
    on_its_way = _named().where(text(f"download.{OPEN}"))
    in_order = (Download.priority.desc(), Download.place, Download.id)
    failed = _named().where(Download.state == DownloadState.FAILED)
    last = (Download.finished_at.desc(), Download.id.desc())
    async with session_maker(engine)() as session:
        found = (await session.execute(on_its_way.order_by(*in_order).limit(SHOWN + 1))).all()
        lost = (await session.execute(failed.order_by(*last).limit(FAILED_SHOWN))).all()
    if not found:
        click.echo("Nothing is on its way.")
    for title, number, provider, one in found[:SHOWN]:
        click.echo(f"{_place(title, number)} from {provider}: {_standing(one)}")
    if len(found) > SHOWN:
        click.echo("… and more.")
    for title, number, provider, one in lost:
        click.echo(f"{_place(title, number)} from {provider}: {_standing(one)}")


def _named() -> Select[str, str, str, Download]:
    return (
        select(Series.title, Release.number_text, Provider.name, Download)
        .join(Series, Series.id == Download.series_id)
        .join(Release, Release.id == Download.release_id)
        .join(Provider, Provider.id == Download.provider_id)
    )


def _place(title: str, number: str) -> str:
    return f"{title}, ch. {number}" if number else title


def _standing(one: Download) -> str:
    if one.paused_at is not None:
        return "paused"
    if one.pages_total and one.state in (DownloadState.RUNNING, DownloadState.VERIFYING):
        return f"{one.state}, {one.pages_done} of {one.pages_total} pages"
    return f"{one.state}. {one.reason}" if one.reason else one.state


async def _wait(engine: AsyncEngine, settings: Settings) -> None:
    """Progress on stderr; ends with an error where something failed meanwhile."""
    async with session_maker(engine)() as session:
        failed_before = await _failed(session)
        is_worked_on = await _has_worker(session)
    if is_worked_on:
        await _watch(engine)
    else:
        await _work_here(engine, settings)
    async with session_maker(engine)() as session:
        failed = await _failed(session) - failed_before
    if failed > 0:
        what = "One download" if failed == 1 else f"{failed} downloads"
        raise Unavailable(f"{what} failed; `bunko downloads` and the screen say why.")
    click.echo("Everything is here.")


async def _work_here(engine: AsyncEngine, settings: Settings) -> None:
    """A worker of its own, for as long as there is something to do."""
    assert ALL_JOBS, "whatever it claims it has to know"
    async with open_for_process(settings):
        worker = Worker(engine, settings)
        working = asyncio.create_task(worker.run())
        try:
            await _watch(engine)
        finally:
            worker.stop()
            await working


async def _watch(engine: AsyncEngine) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("Chapters", total=None)
        most = 0
        while True:
            async with session_maker(engine)() as session:
                left = await _left(session)
            most = max(most, left)
            bar.update(task, completed=most - left, total=most)
            if not left:
                return
            await asyncio.sleep(LOOK_EVERY)


async def _left(session: AsyncSession) -> int:
    """Paused ones wait for a person and are not waited for."""
    open_ones = select(func.count(Download.id)).where(
        text(f"download.{OPEN}"), Download.paused_at.is_(None)
    )
    return await session.scalar(open_ones) or 0


async def _failed(session: AsyncSession) -> int:
    counted = select(func.count(Download.id)).where(Download.state == DownloadState.FAILED)
    return await session.scalar(counted) or 0


async def _has_worker(session: AsyncSession) -> bool:
    """Whether one of another process has a download in hand, or does anything at all."""
    found: UUID | None = await session.scalar(
        select(Job.id)
        .where(Job.state == JobState.RUNNING, Job.lease_until > func.now())
        .order_by((Job.kind == download_from.name).desc())
        .limit(1)
    )
    return found is not None
