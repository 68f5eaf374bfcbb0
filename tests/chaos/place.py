"""A running `bunko serve` and what a test of faults does to it: scans, kills, and the last look."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.doctor import LONG_STATEMENT_MS, examine
from app.config import Settings
from app.foundation.db import create_engine, session_maker
from app.foundation.db.outage import DATABASE_ERRORS, is_outage
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.valkey import EmbeddedValkey
from app.foundation.queue import wake
from app.foundation.queue.models import Job
from app.scanning.jobs import scan_library_later
from tests import factories
from tests.e2e.serving import Serving
from tests.patience import Patience
from tests.scanning.shelves import cbz

RECOVERY = 60.0


def fill(folder: Path, files: int, a_series: int = 25) -> Path:
    """`files` chapters of one page, `a_series` in each folder."""
    for number in range(files):
        series, chapter = divmod(number, a_series)
        name = f"Tale {series:03}"
        cbz(folder / name / f"{name} c{chapter + 1:03}.cbz", 1, seed=f"{folder.name} {number}")
    return folder


class Ledger:
    """What the database says; it may be away for a while."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.sessions = session_maker(engine)

    async def count(self, query: str, **values: Any) -> int:
        async with self.engine.connect() as connection:
            return int(await connection.scalar(text(query), values) or 0)

    async def files(self, library_id: UUID) -> int:
        """Live rows of files."""
        return await self.count(LIVE, library=library_id)

    async def job(self, job_id: UUID) -> Job:
        async with self.sessions() as session:
            return (await session.scalars(select(Job).where(Job.id == job_id))).one()

    async def ask(self, folder: Path) -> tuple[UUID, UUID]:
        """A library of this folder and its scan."""
        async with self.sessions() as session:
            library = await factories.library(session, folder.name, path=str(folder))
            job_id = await scan_library_later(session, library.id)
            await session.commit()
            return library.id, job_id

    async def until_files(self, library_id: UUID, least: int) -> None:
        """A failpoint: the scan has written this much, and is not through."""
        await fact(lambda: self._has(library_id, least), 30)

    async def _has(self, library_id: UUID, least: int) -> bool:
        return await self.files(library_id) >= least

    async def finished(self, job_id: UUID, within: float = RECOVERY) -> Job:
        async def is_over() -> bool:
            return (await self.job(job_id)).finished_at is not None

        await fact(is_over, within)
        return await self.job(job_id)


LIVE = """SELECT count(*) FROM chapter_file JOIN library_root root ON root.id = root_id
 WHERE library_id = :library AND missing_since IS NULL AND trashed_at IS NULL"""
TWICE = """SELECT count(*) FROM (SELECT root_id, chapter_file.path FROM chapter_file JOIN library_root root
 ON root.id = root_id WHERE library_id = :library AND missing_since IS NULL
 GROUP BY 1, 2 HAVING count(*) > 1) double"""
CHAPTERS = """SELECT count(*) FROM chapter JOIN series ON series.id = series_id
 WHERE library_id = :library AND chapter.missing_since IS NULL"""
PROBLEMS = "SELECT display_name, kind, reason, since FROM problem WHERE library_id = :library"
SERIES = "SELECT count(*) FROM series WHERE library_id = :library"


async def fact(holds: Callable[[], Any], seconds: float) -> None:
    """Waits for it, also through an absent database."""
    patience = Patience(seconds)
    while True:
        try:
            if await holds():
                return
        except DATABASE_ERRORS as error:
            if not is_outage(error):
                raise
        assert not patience.is_over, f"not within {seconds} s"
        await asyncio.sleep(0.003)


async def is_whole(ledger: Ledger, settings: Settings, library_id: UUID, files: int) -> None:
    """Effects exactly once: one live row for each file, a chapter each, and `doctor` clean."""
    said = {
        "files": await ledger.files(library_id),
        "twice": await ledger.count(TWICE, library=library_id),
        "chapters": await ledger.count(CHAPTERS, library=library_id),
        "series": await ledger.count(SERIES, library=library_id),
    }
    async with ledger.sessions() as session:
        problems = (await session.execute(text(PROBLEMS), {"library": library_id})).all()
    whole = {"files": files, "twice": 0, "chapters": files, "series": -(-files // 25)}
    assert said == whole, f"{said}, problems: {problems}"
    assert await examine(ledger.engine, settings) == []


class Place:
    """`bunko serve` with its own servers; everything is reached as from outside."""

    def __init__(self, folder: Path, cluster: Path | None = None) -> None:
        self.shelves = folder / "shelves"
        self.shelves.mkdir()
        self.serving = Serving(folder / "data", self.shelves)
        self.serving.cluster = cluster
        self.postgres = EmbeddedPostgres(folder / "data", folder / "data" / "run")
        self.valkey = EmbeddedValkey(folder / "data", folder / "data" / "run")

    async def start(self) -> None:
        await self.serving.start()
        if not self.postgres.is_running():
            url = await asyncio.to_thread(self.postgres.start)  # adopted: the tree owns it
            valkey_url = await asyncio.to_thread(self.valkey.start)
            self.settings = Settings(
                data_dir=self.serving.data_dir,
                library_roots=(self.shelves,),
                database_url=url,
                valkey_url=valkey_url,
            )

    def part(self, kind: str, worker: str = "") -> list[psutil.Process]:
        """The processes of one kind; `worker` is the name under which a job was claimed."""
        tree = psutil.Process(self.serving.process.pid)
        if kind == "launcher":
            return [tree]
        if kind == "Postgres":
            return [one for one in tree.children() if one.name() == "postgres"]
        if kind == "Valkey":
            return [one for one in tree.children() if one.name() == "valkey-server"]
        worker_pid = int(worker.rpartition(":")[2])
        if kind == "worker":
            return [psutil.Process(worker_pid)]
        if kind == "sandbox child":
            return psutil.Process(worker_pid).children(recursive=True)
        servers = ("postgres", "valkey-server")
        return [c for c in tree.children() if c.name() not in servers and c.pid != worker_pid]

    def kill(self, kind: str, worker: str = "") -> int:
        """How many were killed. SIGKILL, as the kernel does when memory is short."""
        found = self.part(kind, worker)
        for one in found:
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        return len(found)


@asynccontextmanager
async def a_place(place: Place) -> AsyncIterator[tuple[Place, Ledger]]:
    await place.start()
    # As `bunko doctor` has it: after a scan that was killed Postgres has not counted its rows yet.
    engine = create_engine(place.settings.database_url or "", statement_ms=LONG_STATEMENT_MS)
    bell = wake.Bell(place.settings.valkey_url or "")
    wake.hang(bell)
    try:
        yield place, Ledger(engine)
    finally:
        wake.hang(None)
        await bell.close()
        await engine.dispose()
        place.postgres.stop()
        place.valkey.stop()
        await place.serving.stop()
