"""Chapters from loopback without a limit, beside a bare loop of httpx over the same pages:
`python -m bench.downloads`. `BENCH_CHAPTERS` says how many (100; the budget names 1,000).

The library, the database and the partial folder lie on one disk; every page is looked at in the
sandbox, every chapter bound, verified and taken in, as at home.
"""

import asyncio
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import httpx
import msgspec
import uvloop
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.downloads import releases_listeners  # noqa: F401 (as in every worker)
from app.downloads.jobs import download_from
from app.downloads.models import Download, DownloadState
from app.downloads.service import want
from app.downloads.settings import DownloadRules
from app.foundation.db import create_engine, new_id, now, session_maker
from app.foundation.db.setting_store import save
from app.foundation.http import Rate
from app.foundation.http.client import Outbound
from app.foundation.queue import NotNow, Run
from app.foundation.queue.models import Job, JobState
from app.library.models import Library, Root, Series
from app.providers import opening
from app.providers.base import Options, PageList, RemotePage
from app.providers.models import Provider, Release, Source
from bench.report import Figure, report
from bench.scan import proportional_memory_mb

CHAPTERS = int(os.environ.get("BENCH_CHAPTERS", "100"))
PAGES, KILOBYTES, AT_ONCE = 20, 200, 6
BARE_PAGES = 500
SERVER = """
import asyncio, sys
from pathlib import Path

async def main(folder):
    pages = [path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))]
    heads = [b"HTTP/1.1 200 OK\\r\\nContent-Type: image/jpeg\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(page)
             for page in pages]

    async def answer(reader, writer):
        try:
            while True:
                asked = await reader.readuntil(b"\\r\\n\\r\\n")
                n = int(asked.split(b" ", 2)[1].rpartition(b"/")[2])
                writer.write(heads[n] + pages[n])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main(sys.argv[1]))
"""


class Loopback:
    """A driver without an interface of its own: every chapter has the same pages."""

    driver: ClassVar[str] = "loopback"

    def __init__(self, out: Outbound, options: Options, port: int = 0) -> None:
        self.out = out
        self.port = port

    async def pages(self, chapter_id: str) -> PageList:
        base = f"http://127.0.0.1:{self.port}/{chapter_id}"
        return PageList(pages=[RemotePage(f"{base}/{n}") for n in range(PAGES)], version="1")

    async def page(self, page: RemotePage) -> bytes:
        return (await self.out.fetch(page.url)).body


def measure() -> list[Figure]:
    from app.foundation.embedded.session import servers

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("pages", "shelf", "data"):
            (place / name).mkdir()
        size = _draw(place / "pages")
        with (
            servers(Settings(data_dir=place), scratch=True, valkey=True) as on,
            subprocess.Popen(
                [sys.executable, "-c", SERVER, str(place / "pages")],
                stdout=subprocess.PIPE,
                text=True,
            ) as server,
        ):
            assert server.stdout is not None
            port = int(server.stdout.readline())
            try:
                settings = Settings(
                    data_dir=place / "data",
                    database_url=on.database_url,
                    valkey_url=on.valkey_url,
                    secret_key=random.Random(2).randbytes(32),
                )
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:  # as in a worker
                    bare = loop.run(_bare(port, size))
                    ours = loop.run(_ours(settings, place / "shelf", port))
            finally:
                server.terminate()
    rate = CHAPTERS * size / ours.seconds / 1e6
    pages = CHAPTERS * PAGES / 1000
    return [
        Figure("a bare loop of httpx", bare, "MB/s"),
        Figure("downloaded, looked at, bound and taken in", rate, "MB/s", 60.0, at_least=True),
        Figure("of the bare loop", rate / bare, "×", 0.5, at_least=True),
        Figure("processor time of a page, worker", ours.worker / pages, "ms"),
        Figure("processor time of a page, sandbox", ours.sandbox / pages, "ms"),
        Figure("worker and sandbox at most, shared memory once", ours.most_memory, "MB", 200.0),
        Figure("chapters", CHAPTERS, ""),
    ]


async def _bare(port: int, size: int) -> float:
    places = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(timeout=30) as client:

        async def fetch(n: int) -> None:
            async with places:
                await client.get(f"http://127.0.0.1:{port}/bare/{n % PAGES}")

        began = time.monotonic()
        await asyncio.gather(*(fetch(n) for n in range(BARE_PAGES)))
        return BARE_PAGES * size / PAGES / (time.monotonic() - began) / 1e6


class Ours(msgspec.Struct):
    """What it took, in seconds and MB."""

    seconds: float = 0.0
    worker: float = 0.0
    sandbox: float = 0.0
    most_memory: float = 0.0

    async def watch(self) -> None:
        while True:
            memory = await asyncio.to_thread(proportional_memory_mb, [os.getpid(), *_children()])
            self.most_memory = max(self.most_memory, memory)
            await asyncio.sleep(1.0)


def _children() -> list[int]:
    """Those that look at pages."""
    threads = Path("/proc/self/task").iterdir()
    listed = [pid for thread in threads for pid in (thread / "children").read_text().split()]
    return [
        int(pid) for pid in listed if b"sandbox_child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


async def _ours(settings: Settings, shelf: Path, port: int) -> Ours:
    assert settings.database_url
    engine = create_engine(settings.database_url)
    sessions = session_maker(engine)
    async with sessions() as session:
        provider = await _fill(session, shelf)
    opened = opening.Opened(settings)
    free = Rate(per_second=1e6, burst=1_000_000, places=64)
    out = Outbound(
        opened.pace, user_agent="Bunko/bench", allowed=frozenset({("127.0.0.1", port)}), rate=free
    )
    driver: Any = Loopback(out, Options(), port)
    opened._kept[provider.id] = (provider.revision, driver)
    opening.appoint(opened)
    ours = Ours()
    watching = asyncio.create_task(ours.watch())
    before = time.process_time(), _buried()
    began = time.monotonic()
    while not await _work(settings, sessions, provider):
        pass
    ours.seconds = time.monotonic() - began
    ours.worker, ours.sandbox = time.process_time() - before[0], _buried() - before[1]
    watching.cancel()
    async with sessions() as session:
        done = await session.scalar(
            select(func.count(Download.id)).where(Download.state == DownloadState.DONE)
        )
    assert done == CHAPTERS, f"{done} chapters came"
    await opened.close()
    await engine.dispose()
    return ours


def _buried() -> float:
    """Processor time of children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _work(settings: Settings, sessions: Any, provider: Provider) -> bool:
    """One turn of the job; whether it was the last."""
    job = Job(kind=download_from.name, key=None, state=JobState.RUNNING, fence=1, args={})
    job.max_attempts, job.started_at = 3, now()
    async with sessions() as session:
        session.add(job)
        await session.commit()
    run = Run(
        job_id=job.id,
        kind=job.kind,
        fence=1,
        attempt=1,
        session_maker=sessions,
        settings=settings,
    )
    try:
        await download_from.function(run, provider.id)
    except NotNow:
        return False
    finally:
        async with sessions() as session:
            (await session.get_one(Job, job.id)).state = JobState.DONE
            await session.commit()
    return True


async def _fill(session: AsyncSession, shelf: Path) -> Provider:
    await save(session, DownloadRules(pages_at_once=AT_ONCE, free_megabytes=0))
    library = Library(id=new_id(), name="Bench", sort_key="bench")
    root = Root(library_id=library.id, path=os.fsencode(shelf), display_name=str(shelf))
    series = Series(
        id=new_id(),
        library_id=library.id,
        folder=b"Loop",
        key="loop",
        title="Loop",
        sort_key="loop",
    )
    provider = Provider(id=new_id(), name="Loopback", driver="mangadex", options={}, revision=1)
    source = Source(
        id=new_id(), series_id=series.id, provider_id=provider.id, remote_id="1", title="Loop"
    )
    releases = [
        Release(id=new_id(), source_id=source.id, remote_id=str(n), number=n, number_text=str(n))
        for n in range(1, CHAPTERS + 1)
    ]
    for rows in ([library], [root, series, provider], [source], releases):
        session.add_all(rows)
        await session.flush()
    await want(session, [one.id for one in releases])
    await session.commit()
    session.expunge_all()
    return provider


def _draw(folder: Path) -> int:
    """PAGES pictures of about KILOBYTES each; the bytes of all of them."""
    chance = random.Random(1)
    return sum(_draw_page(folder / f"{n:02}.jpg", chance) for n in range(PAGES))


def _draw_page(path: Path, chance: random.Random) -> int:
    rough = Image.frombytes("L", (110, 160), chance.randbytes(110 * 160))
    image = rough.resize((1100, 1600), Image.Resampling.BICUBIC)
    data = b""
    for quality in range(20, 96, 5):
        out = BytesIO()
        image.save(out, "JPEG", quality=quality)
        data = out.getvalue()
        if len(data) >= KILOBYTES * 1000:
            break
    path.write_bytes(data)
    return len(data)


if __name__ == "__main__":
    report("Downloads", measure())
