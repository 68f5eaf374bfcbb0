"""The tables go up and down with rows in them, and say what the models say."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from app.foundation.db import create_engine, migrate, session_maker
from app.foundation.db.engine import asyncpg_arguments
from app.foundation.db.version import newest
from tests import factories as make
from tests.foundation.db.populating import fill

NEWEST = 8


@pytest.fixture
async def empty_url(database_url: str) -> AsyncIterator[str]:
    """A second database without tables."""
    server = await asyncpg.connect(**asyncpg_arguments(database_url))
    await server.execute("DROP DATABASE IF EXISTS other")
    await server.execute("CREATE DATABASE other TEMPLATE template0")
    yield database_url.replace("/bunko?", "/other?")
    await server.execute("DROP DATABASE other WITH (FORCE)")
    await server.close()


async def in_thread[**P, Answer](function, *args):
    """Alembic brings an event loop of its own."""
    return await asyncio.to_thread(function, *args)


async def populate(url: str) -> None:
    engine = create_engine(url)
    async with session_maker(engine)() as session:
        reader = await make.alice(session)
        shelf = await make.library(session)
        await make.let_in(session, reader, shelf)
        series = await make.series(session, shelf)
        chapter = await make.chapter(session, series)
        series.cover_chapter_id = chapter.id
        await session.merge(series)
        await session.commit()
    await engine.dispose()


async def fill_every_table(url: str) -> dict[str, int]:
    engine = create_engine(url)
    async with engine.begin() as connection:
        counts = await connection.run_sync(fill)
    await engine.dispose()
    return counts


@pytest.mark.parametrize("many", [NEWEST, pytest.param(None, marks=pytest.mark.night)])
async def test_every_migration_goes_down_and_up_again_with_rows_in_every_table(empty_url, many):
    """By day the newest: the others are what they were when they were that."""
    await in_thread(migrate.upgrade, empty_url)
    await populate(empty_url)
    steps = _newest_first()[:many]

    for script in steps:
        await fill_every_table(empty_url)
        await in_thread(migrate.downgrade, empty_url, script.down_revision or "base")
    before: dict[str, int] = {}
    for script in reversed(steps):
        await in_thread(migrate.upgrade, empty_url, script.revision)
        after = await fill_every_table(empty_url)
        lost = {table for table in before if before[table] > after[table]}
        assert not lost, f"{script.revision} loses rows of {lost}"
        before = after

    assert await in_thread(migrate.differences, empty_url) == []


async def test_SEC72_models_and_migrations_do_not_differ(empty_url):
    await in_thread(migrate.upgrade, empty_url)

    assert await in_thread(migrate.differences, empty_url) == []


async def test_a_missing_column_is_noticed(empty_url):
    await in_thread(migrate.upgrade, empty_url)
    server = await asyncpg.connect(**asyncpg_arguments(empty_url))
    await server.execute("ALTER TABLE series DROP COLUMN summary")
    await server.close()

    [difference] = await in_thread(migrate.differences, empty_url)

    assert difference[0] == "add_column" and difference[3].name == "summary"


async def test_several_processes_may_start_at_once(empty_url):
    with ThreadPoolExecutor(4) as threads:
        loop = asyncio.get_running_loop()
        await asyncio.gather(
            *(loop.run_in_executor(threads, migrate.upgrade, empty_url) for _ in range(4))
        )

    assert await in_thread(migrate.current, empty_url) == newest()


def test_the_migrations_are_one_line_and_import_nothing_of_ours():
    scripts = ScriptDirectory(str(migrate.SCRIPTS))

    assert len(scripts.get_heads()) == 1
    for script in scripts.walk_revisions():
        source = (migrate.SCRIPTS / "versions" / f"{script.path}").read_text()
        assert "import app" not in source and "from app" not in source


def _newest_first():
    return list(ScriptDirectory(str(migrate.SCRIPTS)).walk_revisions())
