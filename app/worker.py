"""The process that works: `bunko worker`, and the second half of `bunko serve`."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

from app.auth import letters as auth_letters
from app.browsing import jobs as browsing_jobs
from app.config import Settings
from app.downloads import follow_jobs
from app.downloads import jobs as download_jobs
from app.foundation.db import create_engine
from app.foundation.mail import jobs as mail_jobs
from app.foundation.mail import open_post
from app.foundation.queue import herald, wake
from app.foundation.queue.worker import Timing, Worker
from app.foundation.security.logs import configure_logs
from app.foundation.valkey.live import Live
from app.invitations import letters as invitation_letters
from app.library import jobs as library_jobs
from app.monitoring import database_care
from app.monitoring import jobs as monitoring_jobs
from app.notifications import jobs as notification_jobs
from app.notifications import letters as notification_letters
from app.notifications import providers as provider_notices
from app.providers import jobs as provider_jobs
from app.providers.opening import open_for_process
from app.scanning import describe_jobs
from app.scanning import jobs as scanning_jobs
from app.scanning.watching import Watching

# Imported so that their kinds, and the letters, are known.
ALL_JOBS = [
    scanning_jobs,
    describe_jobs,
    library_jobs,
    monitoring_jobs,
    database_care,
    browsing_jobs,
    mail_jobs,
    follow_jobs,
    download_jobs,
    notification_jobs,
    provider_jobs,
]
# Who hears of what jobs announce.
LISTENERS = [provider_notices]
ALL_LETTERS = [auth_letters, invitation_letters, notification_letters]
BESIDE_JOBS = 5
"""Connections for the claims, the upkeep of leases, the timetable and the watcher of folders."""
KEPT = 2
"""Connections kept while there is no work: each is 3 MB of Postgres."""


NICENESS = 10
"""Pages come first: a worker and its sandboxes take the processor that readers leave. On two busy
cores a page during a scan then costs what it costs at rest (bench.beside), not six times that."""


def run_worker(settings: Settings, timing: Timing | None = None) -> None:
    """Work until SIGTERM or SIGINT. Both URLs must be set."""
    import uvloop

    os.nice(NICENESS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(settings, timing))


async def work(settings: Settings, timing: Timing | None = None) -> None:
    assert settings.database_url and settings.valkey_url
    configure_logs(settings.log_format, settings.log_level)
    open_post(settings)
    overflow = 2 * settings.worker_concurrency + BESIDE_JOBS - KEPT
    engine = create_engine(settings.database_url, pool_size=KEPT, overflow=overflow)
    worker = Worker(engine, settings, timing)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    try:
        async with (
            open_for_process(settings),
            _heard(settings.valkey_url, worker),
            _beside(Watching(engine).keep()),
        ):
            await worker.run()
    finally:
        await engine.dispose()


@asynccontextmanager
async def _heard(valkey_url: str, worker: Worker) -> AsyncIterator[None]:
    """Woken when work is asked for or cancelled; telling screens how it goes."""
    live, bell = Live(valkey_url), wake.Bell(valkey_url)
    live.start()
    wake.hang(bell)
    herald.appoint(herald.Herald(live))
    listener = wake.listener(valkey_url, worker.ring)
    try:
        async with _beside(listener.start()), _beside(_stop_when_told(live, worker)):
            yield
            await listener.stop()
    finally:
        wake.hang(None)
        herald.appoint(None)
        await bell.close()
        await live.close()


async def _stop_when_told(live: Live, worker: Worker) -> None:
    while True:  # a listener that was dropped for being slow listens anew
        async for _ in live.topics([herald.CANCEL], beat=600):
            worker.look_up_soon()


@asynccontextmanager
async def _beside(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Runs while the block does, and ends with it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
