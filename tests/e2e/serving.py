"""`bunko serve`, with a data folder and a port of its own."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import psutil
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db import create_engine, session_maker
from app.foundation.embedded.postgres import EmbeddedPostgres
from tests import clusters

START_SECONDS = 90
STOP_SECONDS = 30
BUNKO = (str(Path(sys.executable).with_name("bunko")),)
QUICKLY = (
    sys.executable,
    "-c",
    "from app import cli; from app.auth import hashing;"
    "from app.foundation.http.patience import patiently;"
    " hashing.use_cost(hashing.Cost(time=1, memory_kib=8));"
    " patiently.__kwdefaults__['first_wait'] = 0.05; cli.main()",
)
"""As it is, but for the quarter of a second that a password or a backup code takes, and the seconds
after which a provider that failed is asked again."""


class Serving:
    """`link` is what was printed: the setup link of a new server, else its address."""

    def __init__(self, data_dir: Path, *roots: Path) -> None:
        self.data_dir = data_dir
        self.roots = roots
        self.log = data_dir.with_suffix(".log")
        self.link = ""
        self.more: dict[str, str] = {}
        """Variables it is started with besides."""
        self.command: tuple[str, ...] = BUNKO
        self.before: tuple[str, ...] = ()
        """A program that runs the server as its own, such as setpriv(1)."""
        self.cluster: Path | None = None
        """A migrated one to begin with a copy of, where the very first start is not the point."""

    async def start(self) -> None:
        if self.cluster and not self.data_dir.exists():
            await asyncio.to_thread(clusters.lend, self.cluster, self.data_dir)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BUNKO_")}
        spoken = {
            "BUNKO_DATA_DIR": str(self.data_dir),
            "BUNKO_LIBRARY_ROOTS": os.pathsep.join(map(str, self.roots)),
        }
        with self.log.open("wb") as out:
            self.process = await asyncio.create_subprocess_exec(
                *self.before,
                *(*self.command, "serve", "--port", "0"),
                cwd=Path(__file__).parents[2],
                env=kept | spoken | self.more,
                stdout=out,
                stderr=out,
            )
        await until(self._has_started, START_SECONDS, self.said)

    async def _has_started(self) -> bool:
        if self.process.returncode is not None:
            raise AssertionError(f"bunko serve ended by itself:\n{self.said()}")
        found = re.search(r"http://\S+", self.said())
        self.link = found[0] if found else ""
        return bool(found) and await self.answers()

    async def answers(self) -> bool:
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(base_url=self.origin, timeout=2) as client:
                return (await client.get("/healthz")).status_code == 200
        return False

    @property
    def origin(self) -> str:
        return "/".join(self.link.split("/")[:3])

    @asynccontextmanager
    async def rows(self) -> AsyncIterator[AsyncSession]:
        """Its database, for what no screen does; committed at the end."""
        postgres = EmbeddedPostgres(self.data_dir, self.data_dir / "run")
        engine = create_engine(await asyncio.to_thread(postgres.start))  # adopted: the tree owns it
        try:
            async with session_maker(engine)() as session, session.begin():
                yield session
        finally:
            await engine.dispose()
            postgres.stop()

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    async def stop(self) -> None:
        """SIGTERM, as a service manager does: it ends well, and no process of it stays behind."""
        family = [psutil.Process(self.process.pid)]
        family += family[0].children(recursive=True)
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        left = [one for one in family if _is_alive(one)]
        assert (code, left) == (0, []), self.said()
        assert not [one for one in psutil.process_iter() if _is_about(one, self.data_dir)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_about(process: psutil.Process, folder: Path) -> bool:
    try:
        return any(str(folder) in word for word in process.cmdline())
    except psutil.Error:
        return False


async def until(
    fact: Callable[[], Awaitable[bool]], seconds: float, story: Callable[[], str] = str
) -> None:
    """Waits for a fact; the failure tells `story()`."""
    limit = time.monotonic() + seconds
    while not await fact():
        assert time.monotonic() < limit, f"not within {seconds} s:\n{story()}"
        await asyncio.sleep(0.05)
