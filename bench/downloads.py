"""Chapters from loopback without a limit, beside a bare loop of httpx over the same pages:
`python -m bench.downloads`. `BENCH_CHAPTERS` says how many (100; the budget names 1,000).

The library, the database and the partial folder lie on one disk; every page is looked at in the
sandbox, every chapter bound, verified and taken in, as at home.
"""

import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvloop
import valkey.asyncio
from sqlalchemy import func, select, text

from app.config import Settings
from app.downloads.models import Download, DownloadState
from app.foundation.db import create_engine, session_maker
from bench.loopback import AT_ONCE, PAGES, answering, draw, fill, opened_for, settings_for, work
from bench.report import Figure, report
from bench.scan import processor_seconds, proportional_memory_mb

CHAPTERS = int(os.environ.get("BENCH_CHAPTERS", "100"))
BARE_PAGES = 500


def measure() -> list[Figure]:
    from app.foundation.embedded.session import servers

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("pages", "shelf", "data"):
            (place / name).mkdir()
        size = draw(place / "pages")
        with (
            servers(Settings(data_dir=place), scratch=True, valkey=True) as on,
            answering(place / "pages") as (port, server),
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop,  # as in a worker
        ):
            settings = settings_for(place / "data", on.database_url, on.valkey_url)
            bare = loop.run(_bare(port, size, server))
            ours = loop.run(_ours(settings, place / "shelf", port, server))
    rate = CHAPTERS * size / ours.seconds / 1e6
    return [
        Figure("a bare loop of httpx", bare.rate, "MB/s"),
        Figure("downloaded, looked at, bound and taken in", rate, "MB/s", 60.0, at_least=True),
        Figure("of the bare loop", rate / bare.rate, "×", 0.5, at_least=True),
        Figure("processor time of a page, the bare loop", bare.client, "ms"),
        Figure("the same, who answers it", bare.server, "ms"),
        *(Figure(f"processor time of a page, {name}", ms, "ms") for name, ms in ours.times.items()),
        Figure("all but who answers / the bare loop", ours.all_of_ours / bare.client, "×"),
        Figure("both processors were busy", ours.busy, "of 1"),
        Figure("worker and sandbox at most, shared memory once", ours.most_memory, "MB", 200.0),
        Figure("chapters", CHAPTERS, ""),
    ]


class Bare(msgspec.Struct):
    """MB/s, and milliseconds of processor time a page."""

    rate: float
    client: float
    server: float


async def _bare(port: int, size: int, server: int) -> Bare:
    """Bodies read and thrown away; the better of two turns, of which the first warms it up."""
    return max(
        [await _bare_turn(port, size, server) for _turn in range(2)], key=lambda one: one.rate
    )


async def _bare_turn(port: int, size: int, server: int) -> Bare:
    places = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(timeout=30) as client:

        async def fetch(n: int) -> None:
            async with places:
                await client.get(f"http://127.0.0.1:{port}/bare/{n % PAGES}")

        used = time.process_time(), processor_seconds([server])
        began = time.monotonic()
        await asyncio.gather(*(fetch(n) for n in range(BARE_PAGES)))
        return Bare(
            BARE_PAGES * size / PAGES / (time.monotonic() - began) / 1e6,
            (time.process_time() - used[0]) / BARE_PAGES * 1000,
            (processor_seconds([server]) - used[1]) / BARE_PAGES * 1000,
        )


class Ours(msgspec.Struct):
    """What it took: seconds, MB, and milliseconds of processor time a page by who used it."""

    seconds: float = 0.0
    most_memory: float = 0.0
    times: dict[str, float] = {}

    async def watch(self) -> None:
        while True:
            memory = await asyncio.to_thread(proportional_memory_mb, [os.getpid(), *_children()])
            self.most_memory = max(self.most_memory, memory)
            await asyncio.sleep(1.0)

    @property
    def all_of_ours(self) -> float:
        return sum(self.times.values()) - self.times[ANSWERS]

    @property
    def busy(self) -> float:
        cores = len(os.sched_getaffinity(0))
        return sum(self.times.values()) / 1000 * CHAPTERS * PAGES / self.seconds / cores


ANSWERS = "who answers"


def _backends(of: int) -> list[int]:
    """Of Postgres: the server and all its processes, of which this is one."""
    server = Path(f"/proc/{of}/stat").read_text().rpartition(")")[2].split()[1]
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return [int(server), *map(int, children)]


async def _used(sessions: Any, settings: Settings, server: int) -> dict[str, float]:
    """Seconds of each until now; of the sandbox those whose children have ended."""
    async with sessions() as session:
        backend = await session.scalar(text("SELECT pg_backend_pid()"))
    client = valkey.asyncio.Valkey.from_url(str(settings.valkey_url))
    keeper = int((await client.info("server"))["process_id"])
    await client.aclose()
    return {
        "worker": time.process_time(),
        "sandbox": _buried(),
        "Postgres": processor_seconds(_backends(backend)),
        "Valkey": processor_seconds([keeper]),
        ANSWERS: processor_seconds([server]),
    }


def _children() -> list[int]:
    """Those that look at pages."""
    threads = Path("/proc/self/task").iterdir()
    listed = [pid for thread in threads for pid in (thread / "children").read_text().split()]
    return [
        int(pid) for pid in listed if b"sandbox_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


async def _ours(settings: Settings, shelf: Path, port: int, server: int) -> Ours:
    assert settings.database_url
    engine = create_engine(settings.database_url)
    sessions = session_maker(engine)
    async with sessions() as session:
        provider = await fill(session, shelf, CHAPTERS)
    ours = Ours()
    async with opened_for(settings, provider, port):
        watching = asyncio.create_task(ours.watch())
        before = await _used(sessions, settings, server)
        began = time.monotonic()
        while not await work(settings, sessions, provider):
            pass
        ours.seconds = time.monotonic() - began
        after = await _used(sessions, settings, server)
        watching.cancel()
    pages = CHAPTERS * PAGES / 1000
    ours.times = {name: (after[name] - before[name]) / pages for name in after}
    async with sessions() as session:
        done = await session.scalar(
            select(func.count(Download.id)).where(Download.state == DownloadState.DONE)
        )
    assert done == CHAPTERS, f"{done} chapters came"
    await engine.dispose()
    return ours


def _buried() -> float:
    """Processor time of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    report("Downloads", measure())
