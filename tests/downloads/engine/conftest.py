from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.downloads import fetching, intake, jobs
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.http import LocalPace
from app.providers import opening
from tests.downloads.engine.desk import Desk
from tests.providers.fake_mangadex import FakeMangaDex, a_fake


@pytest.fixture
async def fake() -> AsyncIterator[FakeMangaDex]:
    async with a_fake() as fake:
        fake.is_strict = False
        yield fake


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxPool]:
    made = SandboxPool(1, idle_seconds=600.0)
    yield made
    made.close()


class Kept:
    """One pool for all tests: to start a child costs more than a test."""

    def __init__(self, pool: SandboxPool) -> None:
        self.run = pool.run
        self.run_batch = pool.run_batch

    def close(self) -> None:
        return


@pytest.fixture
async def desk(
    fake: FakeMangaDex,
    session: AsyncSession,
    engine: AsyncEngine,
    settings: Settings,
    sandbox: SandboxPool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    # Pauses between tries of one page are of no interest here.
    monkeypatch.setattr(fetching, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(intake, "FOR_OTHERS", 0.0)
    monkeypatch.setattr(jobs, "SandboxPool", lambda *_, **__: Kept(sandbox))
    before = opening._opened
    mine = opening.Opened(settings, LocalPace())
    opening.appoint(mine)
    desk = Desk()
    desk.session, desk.engine, desk.fake = session, engine, fake
    desk.settings = msgspec.structs.replace(settings, data_dir=tmp_path / "data")
    desk.root = tmp_path / "shelf"
    desk.root.mkdir()
    await desk.set_up()
    yield desk
    opening.appoint(before)
    await mine.close()
