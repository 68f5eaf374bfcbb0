"""Statistics and dead rows, by the numbers that Postgres itself keeps."""

import asyncpg
import pytest

from app.foundation.db.engine import asyncpg_arguments
from app.foundation.queue import Run
from app.foundation.queue.models import Job, JobState
from app.monitoring.database_care import care_for_database, tables_that_want_care
from tests.patience import Patience


@pytest.fixture
async def connection(database_url):
    connection = await asyncpg.connect(**asyncpg_arguments(database_url))
    # Of its own, so that nothing else changes what is counted; autovacuum leaves it alone.
    await connection.execute("CREATE TABLE shelf (name text) WITH (autovacuum_enabled = off)")
    yield connection
    await connection.execute("DROP TABLE shelf")
    await connection.close()


@pytest.fixture
async def run(session, settings, app):
    mine = Job(kind="care_for_database", state=JobState.RUNNING, fence=1)
    session.add(mine)
    await session.commit()
    return Run(
        job_id=mine.id,
        kind=mine.kind,
        fence=1,
        attempt=1,
        session_maker=app.state.session_maker_class,
        settings=settings,
    )


async def counted(connection, *, dead: int = 0, changed: int = 0) -> None:
    """Postgres has written down what happened: its counts come a moment later."""
    patience = Patience(20)
    while True:
        await connection.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        row = await connection.fetchrow(
            "SELECT n_dead_tup AS dead, n_mod_since_analyze AS changed FROM pg_stat_user_tables"
            " WHERE relname = 'shelf'"
        )
        if row["dead"] >= dead and row["changed"] >= changed:
            return
        assert not patience.is_over


async def care_of_shelf(connection) -> list[bool]:
    return [
        one.is_bloated
        for one in await tables_that_want_care(connection)
        if one.name == "public.shelf"
    ]


async def test_a_table_that_changed_gets_new_statistics(connection, run):
    await connection.execute("INSERT INTO shelf SELECT 'a' FROM generate_series(1, 5000)")
    await counted(connection, changed=5000)
    assert await care_of_shelf(connection) == [False]

    await care_for_database.function(run)

    assert (
        await connection.fetchval("SELECT reltuples FROM pg_class WHERE relname = 'shelf'") == 5000
    )
    await counted(connection)
    assert await care_of_shelf(connection) == []


async def test_the_room_of_dead_rows_is_given_back(connection, run):
    await connection.execute("INSERT INTO shelf SELECT 'a' FROM generate_series(1, 5000)")
    await connection.execute("DELETE FROM shelf")
    await counted(connection, dead=5000)
    assert await care_of_shelf(connection) == [True]

    await care_for_database.function(run)

    assert await connection.fetchval("SELECT pg_relation_size('shelf')") == 0
