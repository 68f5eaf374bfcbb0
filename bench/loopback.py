"""A provider on loopback that sends as fast as it is asked, for the benches of downloads."""

import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.downloads import releases_listeners  # noqa: F401 (as in every worker)
from app.downloads.jobs import download_from
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

PAGES, KILOBYTES, AT_ONCE = 20, 200, 6
_SERVER = """
import asyncio, sys, uvloop
from pathlib import Path

async def main(folder):
    head = b"HTTP/1.1 200 OK\\r\\nContent-Type: image/jpeg\\r\\nContent-Length: %d\\r\\n\\r\\n"
    pages = [path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))]
    answers = [head % len(page) + page for page in pages]

    async def answer(reader, writer):
        try:
            while True:
                asked = await reader.readuntil(b"\\r\\n\\r\\n")
                n = int(asked.split(b" ", 2)[1].rpartition(b"/")[2])
                writer.write(answers[n])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

uvloop.run(main(sys.argv[1]))
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


@contextmanager
def answering(folder: Path) -> Iterator[tuple[int, int]]:
    """The port of a process that sends the pictures of this folder, and the process."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline()), server.pid
        finally:
            server.terminate()


@asynccontextmanager
async def opened_for(settings: Settings, provider: Provider, port: int) -> AsyncIterator[None]:
    opened = opening.Opened(settings)
    free = Rate(per_second=1e6, burst=1_000_000, places=64)
    allowed = frozenset({("127.0.0.1", port)})
    out = Outbound(opened.pace, user_agent="Bunko/bench", allowed=allowed, rate=free)
    driver: Any = Loopback(out, Options(), port)
    opened._kept[provider.id] = (provider.revision, driver)
    opening.appoint(opened)
    yield
    await opened.close()


async def download(
    database_url: str, valkey_url: str, shelf: str, port: int, chapters: int
) -> None:
    """All of them, as a worker does; says when it begins."""
    settings = settings_for(Path(shelf).parent / "downloading", database_url, valkey_url)
    settings.data_dir.mkdir()
    engine = create_engine(database_url)
    sessions = session_maker(engine)
    async with sessions() as session:
        provider = await fill(session, Path(shelf), chapters)
    async with opened_for(settings, provider, port):
        print("begun", flush=True)
        while not await work(settings, sessions, provider):
            pass
    await engine.dispose()


def settings_for(data_dir: Path, database_url: str, valkey_url: str | None) -> Settings:
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        valkey_url=valkey_url,
        secret_key=random.Random(2).randbytes(32),
    )


async def work(settings: Settings, sessions: Any, provider: Provider) -> bool:
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


async def fill(session: AsyncSession, shelf: Path, chapters: int) -> Provider:
    """A library, and a series of so many chapters of which each is wanted."""
    await save(session, DownloadRules(pages_at_once=AT_ONCE, free_megabytes=0))
    library = Library(id=new_id(), name="Loopback", sort_key="loopback")
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
        for n in range(1, chapters + 1)
    ]
    for rows in ([library], [root, series, provider], [source], releases):
        session.add_all(rows)
        await session.flush()
    await want(session, [one.id for one in releases])
    await session.commit()
    session.expunge_all()
    return provider


def draw(folder: Path) -> int:
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
