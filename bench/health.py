"""Checks of 200 providers, twenty at a time: `python -m bench.health`.

Each is a MangaDex of its own at an address of its own, which takes a tenth of a second for every
answer; each check is a search, a list of chapters and a page that is really decoded.
"""

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import uvicorn
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.foundation.db import create_engine, session_maker
from app.foundation.db.migrate import upgrade
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.http import LocalPace
from app.providers import opening
from app.providers.checking import AT_ONCE, check_all, fold
from app.providers.models import Health, Provider
from app.providers.queries import overview
from app.providers.service import Providers, Wanted
from tests.providers.fake_mangadex import FakeMangaDex, FakeSeries, many
from tests.providers.faking import Answer, Asked

type Row = tuple[str, float, str, float | None, str]

NUMBER, LATENCY, PORT = 200, 0.1, 9709


class Desk:
    """Transactions without a job."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.sessions = session_maker(engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with self.sessions() as session, session.begin():
            yield session


class Slow(FakeMangaDex):
    async def honest(self, asked: Asked) -> Answer:
        return replace(await super().honest(asked), after=LATENCY)


def host(number: int) -> str:
    return f"127.0.{number // 250 + 1}.{number % 250 + 1}"


def serve() -> None:
    """All of them, told apart by the address that is asked."""
    file = BytesIO()
    Image.linear_gradient("L").resize((1000, 1500)).save(file, "JPEG")
    fakes = {}
    for number in range(NUMBER):
        fake = fakes[host(number)] = Slow()
        fake.host, fake.port, fake.is_strict = host(number), PORT, False
        chapters = many(20)
        chapters[0].pages = [file.getvalue()]
        fake.series.append(FakeSeries("lantern", {"en": "Iron Lantern"}, chapters=chapters))

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        asked = dict(scope["headers"])[b"host"].decode().partition(":")[0]
        await fakes[asked](scope, receive, send)

    uvicorn.run(app, host="0.0.0.0", port=PORT, log_level="error", lifespan="off")


def measure() -> list[Row]:
    fakes = subprocess.Popen([sys.executable, "-m", "bench.health", "serve"])
    try:
        with tempfile.TemporaryDirectory(prefix="bunko-bench-") as folder:
            data = Path(folder)
            with EmbeddedPostgres(data / "data", data / "run") as postgres:
                upgrade(postgres.url)
                settings = Settings(
                    data_dir=data,
                    database_url=postgres.url,
                    secret_key=b"of a bench alone, and as long as that",
                )
                return asyncio.run(_measure(settings, postgres.url))
    finally:
        fakes.terminate()
        fakes.wait(30)


async def _measure(settings: Settings, url: str) -> list[Row]:
    engine, opened = create_engine(url), opening.Opened(settings, LocalPace())
    opening.appoint(opened)
    desk = Desk(engine)
    try:
        async with desk.transaction() as session:
            for number in range(NUMBER):
                await Providers(session).add("mangadex", _wanted(number))
        first, cpu = await _checked(desk)
        second, _cpu = await _checked(desk)
        async with desk.transaction() as session:
            await fold(session)
            began = time.perf_counter()
            seen = await overview(session)
            shown = time.perf_counter() - began
            well = await session.scalar(
                select(func.count(Provider.id)).where(Provider.health == Health.HEALTHY)
            )
        assert len(seen) == NUMBER
        note = f"{well} of them well, {AT_ONCE} at once, {LATENCY * 1000:.0f} ms an answer"
        return [
            ("200 providers checked for the first time", first, "s", None, note),
            ("… and again", second, "s", None, "what to ask for is known"),
            ("processor time of the first round", cpu, "s", None, "worker and its sandbox"),
            ("the screen's questions about 200", shown * 1000, "ms", None, "with 24 hours each"),
        ]
    finally:
        opening.appoint(None)
        await opened.close()
        await engine.dispose()


async def _checked(desk: Desk) -> tuple[float, float]:
    async with desk.sessions() as session:
        providers = await Providers(session).all()
    began, before = time.perf_counter(), _processor()
    await check_all(desk, providers)
    return time.perf_counter() - began, _processor() - before


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _wanted(number: int) -> Wanted:
    url = f"http://{host(number)}:{PORT}"
    return Wanted(
        name=f"Number {number}",
        options={"api": url, "uploads": url, "report": f"{url}/report", "requests_per_second": 5},
        allowed=[f"{host(number)}:{PORT}"],
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        for what, figure, unit, _raw, note in measure():
            print(f"{what:44} {figure:10.1f} {unit:4} {note}")
