"""One world for every test: real Postgres and Valkey, started once, emptied after each test.

Rows are really committed, because some routes read through a bare driver connection of
their own; afterwards the tables that have any are emptied.
"""

import asyncio
import gc
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import httpx
import hypothesis
import pytest
from _pytest.nodeid import coerce_node_id
from hypothesis import HealthCheck
from litestar import Litestar
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.auth import hashing
from app.config import Settings
from app.foundation.db import create_engine, session_maker
from app.foundation.db.tables import all_tables
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.valkey import EmbeddedValkey
from app.foundation.http.patience import patiently
from app.foundation.queue import herald, wake
from app.foundation.valkey import rights
from app.foundation.valkey.local_cache import LocalCache
from tests import clusters

# The audit log lets nobody else take lines away.
EMPTY_AUDIT = """
ALTER TABLE audit_line DISABLE TRIGGER USER;
DELETE FROM audit_line;
ALTER TABLE audit_line ENABLE TRIGGER USER;
"""
# Packing every screen would take a third of the time of a request.
UNPACKED = {"accept-encoding": "identity"}
SECRET_KEY = b"tests only: 0123456789 abcdefghijklmnop"

# Examples may take as long as a busy machine makes them: time is never what a property is about.
PATIENT = hypothesis.settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis.settings.register_profile("patient", PATIENT)
hypothesis.settings.register_profile("the same each time", PATIENT, derandomize=True)
hypothesis.settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """By day, where others wait, properties are tried with the same examples each time; by night
    and alone with ever new ones."""
    if "not night" in config.option.markexpr:
        hypothesis.settings.load_profile("the same each time")


# A run makes millions of short-lived things: circles among them are looked for less often.
gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What `xdist_group` holds together. xdist writes the group into an attribute that pytest no
    longer reads, and every fixture of the group was made in each of its processes."""
    for item in items:
        if (grouped := vars(item).get("_nodeid")) is not None:
            item._id = coerce_node_id(grouped)


@pytest.fixture(scope="session", autouse=True)
def cheap_hash() -> None:
    """A safe one would be the most of the time of many tests. Processes of their own use that."""
    hashing.use_cost(hashing.Cost(time=1, memory_kib=8))


@pytest.fixture(scope="session", autouse=True)
def short_waits() -> None:
    """A provider that fails is asked again after moments. Processes of their own wait seconds."""
    assert patiently.__kwdefaults__
    patiently.__kwdefaults__["first_wait"] = 0.01


@pytest.fixture(scope="session")
def servers_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bunko-tests-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster to be copied (`clusters.lend`), one for all test processes of this run."""
    shared = tmp_path_factory.getbasetemp()
    is_one_of_many = "PYTEST_XDIST_WORKER" in os.environ
    return clusters.migrated(shared.parent if is_one_of_many else shared)


@pytest.fixture(scope="session")
def database_url(servers_dir: Path, migrated: Path) -> Iterator[str]:
    """A migrated database, one per test process."""
    clusters.lend(migrated, servers_dir / "data")
    with EmbeddedPostgres(servers_dir / "data", servers_dir / "run", durable=False) as postgres:
        yield postgres.url


@pytest.fixture(scope="session")
def valkey_url(servers_dir: Path) -> Iterator[str]:
    with EmbeddedValkey(servers_dir / "data", servers_dir / "run") as valkey:
        yield valkey.url


@pytest.fixture(scope="session")
def settings(
    database_url: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    return Settings(
        data_dir=tmp_path_factory.mktemp("bunko-data"),
        library_roots=(tmp_path_factory.mktemp("shelves"),),
        database_url=database_url,
        valkey_url=valkey_url,
        secret_key=SECRET_KEY,
    )


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """The test's own session; what the app should see must be committed."""
    async with session_maker(engine)() as session:
        yield session
    await empty(engine)


async def empty(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        names = list(await connection.scalars(_filled()))
        deletes = [
            EMPTY_AUDIT if name == "audit_line" else f'DELETE FROM "{name}";' for name in names
        ]
        if deletes:
            await connection.execute(text(f"DO $$ BEGIN {' '.join(deletes)} END $$"))
    LocalCache.clear_all()


@cache
def _filled() -> TextClause:
    """The names of the tables with rows in them, children before their parents."""
    names = [table.name for table in reversed(all_tables().sorted_tables)]
    return text(
        " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names
        )
    )


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    """The web app, started. Its lifespan lives in one task of its own, as anyio demands."""
    from app.asgi import create_app
    from tests.unlimited import Unlimited

    litestar = create_app(settings)
    # A test is a hundred people at once from one address.
    litestar.state["limits"] = Unlimited()
    started, leave = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with litestar.lifespan():
            started.set()
            await leave.wait()

    life = asyncio.create_task(live())
    await asyncio.wait([life, asyncio.create_task(started.wait())], return_when="FIRST_COMPLETED")
    if life.done():
        await life
    gc.collect()
    gc.freeze()  # what lasts as long as the tests is not looked through again and again
    yield litestar
    leave.set()
    await life


@pytest.fixture
async def client(app: Litestar, session: AsyncSession) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous browser with cookies and without scripts; redirects are not followed."""
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 4242))  # type: ignore[arg-type]
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers=UNPACKED
    ) as client:
        yield client


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command is a process of its own, with a loop of its own: here, where it runs in a thread
    of ours, it must not tell its news through the app's connections."""
    monkeypatch.setattr(rights, "_live", None)
    monkeypatch.setattr(herald, "_herald", None)
    monkeypatch.setattr(wake, "_bell", None)
