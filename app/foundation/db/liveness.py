"""Whether a kept connection to Postgres still lives, before somebody relies on it.

`pool_pre_ping` asks at every checkout, and asyncpg's ping is three round trips (BEGIN, nothing,
ROLLBACK): as many as a short request has of its own. A server that ends closes its connections, of
which the driver hears by itself; only a connection that lay idle may be cut off in silence.
"""

from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

ASKED_AFTER = 10.0
"""Seconds of idleness."""
_USED = "bunko_used"


def look_before_use(engine: AsyncEngine) -> AsyncEngine:
    """Dead connections leave the pool instead of reaching a request."""
    dialect = engine.sync_engine.dialect
    errors: Any = dialect.loaded_dbapi

    def note_use(_connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info[_USED] = monotonic()

    def look(connection: Any, entry: ConnectionPoolEntry, _fairy: Any) -> None:
        used = entry.info.get(_USED)
        if used is None:
            return  # just opened
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        if monotonic() - used > ASKED_AFTER:
            try:
                dialect.do_ping(connection)
            except (errors.Error, OSError) as error:
                raise InvalidatePoolError from error

    event.listen(engine.sync_engine, "checkin", note_use)
    event.listen(engine.sync_engine, "checkout", look)
    return engine
