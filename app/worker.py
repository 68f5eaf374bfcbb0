"""The process that works: `bunko worker`, and the second half of `bunko serve`."""

import asyncio
import contextlib
import signal

from app.config import Settings
from app.foundation.db import create_engine
from app.foundation.queue import wake
from app.foundation.queue.worker import Timing, Worker
from app.scanning import jobs as scanning_jobs

ALL_JOBS = [scanning_jobs]  # imported so that their kinds are known


def run_worker(settings: Settings, timing: Timing | None = None) -> None:
    """Work until SIGTERM or SIGINT. Both URLs must be set."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work(settings, timing))


async def work(settings: Settings, timing: Timing | None = None) -> None:
    assert settings.database_url and settings.valkey_url
    engine = create_engine(settings.database_url, pool_size=settings.worker_concurrency + 2)
    worker = Worker(engine, settings, timing)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    bell = wake.Bell(settings.valkey_url)
    wake.hang(bell)
    listener = wake.listener(settings.valkey_url, worker.ring)
    listening = asyncio.create_task(listener.start())
    try:
        await worker.run()
    finally:
        await listener.stop()
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        await bell.close()
        await engine.dispose()
