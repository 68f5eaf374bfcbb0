"""One scan of a library at a time, whoever asked for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.errors import Conflict


@asynccontextmanager
async def alone(engine: AsyncEngine, library_id: UUID) -> AsyncIterator[AsyncConnection]:
    """A connection that holds the library's advisory lock; the lock ends with the connection."""
    key = library_id.int & (2**63 - 1)
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        lock = text("SELECT pg_try_advisory_lock(:key)").bindparams(key=key)
        if not await connection.scalar(lock):
            raise Conflict("This library is being scanned already.")
        try:
            yield connection
        finally:
            if not connection.invalidated:  # else Postgres gave the lock back with the connection
                unlock = text("SELECT pg_advisory_unlock(:key)").bindparams(key=key)
                await connection.execute(unlock)
