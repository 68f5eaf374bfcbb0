"""The database kept fast: fresh statistics, and the room of dead rows given back.

Autovacuum does most of it. It waits for a fifth of a table to change, though, and by then a large
one has been planned for by old numbers for weeks; and an owner's Postgres may have it switched off.
"""

import asyncpg
import msgspec

from app.foundation.db.engine import asyncpg_arguments
from app.foundation.queue import LOW, Run, hours, job

STALE = 0.05
"""The part of a table that may change before it is looked at anew."""
DEAD = 0.1
"""The part of it that may be rows that nobody sees any more."""
FEW = 1000
"""Rows that may change, or be dead, in a table of any size."""

WANTING = """
    SELECT format('%I.%I', schemaname, relname) AS name,
           n_dead_tup > $1 + n_live_tup * $2::float AS is_bloated
      FROM pg_stat_user_tables
     WHERE n_dead_tup > $1 + n_live_tup * $2::float
        OR n_mod_since_analyze > $1 + n_live_tup * $3::float
     ORDER BY n_live_tup
"""


class Wanting(msgspec.Struct, frozen=True):
    """A table that wants care; the small ones come first."""

    name: str
    is_bloated: bool

    @property
    def statement(self) -> str:
        return f"VACUUM (ANALYZE) {self.name}" if self.is_bloated else f"ANALYZE {self.name}"


@job(timeout=hours(2), retries=3, priority=LOW, every=hours(24))
async def care_for_database(run: Run) -> None:
    """Safe to run twice, and beside everything else: neither statement keeps readers or writers
    out. On a connection of its own, since VACUUM stands outside of transactions and may take
    longer than any statement of ours."""
    assert run.settings.database_url is not None
    connection = await asyncpg.connect(
        **asyncpg_arguments(run.settings.database_url),
        timeout=5,
        server_settings={"application_name": "bunko", "statement_timeout": "0"},
    )
    try:
        wanting = await tables_that_want_care(connection)
        for done, table in enumerate(wanting):
            run.check()
            await run.report(done, len(wanting))
            await connection.execute(table.statement)
        await run.report(len(wanting), len(wanting))
    finally:
        await connection.close()


async def tables_that_want_care(connection: asyncpg.Connection) -> list[Wanting]:
    rows = await connection.fetch(WANTING, FEW, DEAD, STALE)
    return [Wanting(row["name"], row["is_bloated"]) for row in rows]
