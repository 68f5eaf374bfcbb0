"""One scan of a library at a time, also where the database goes away meanwhile."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Conflict
from app.foundation.db.outage import is_outage
from app.scanning.lock import alone


async def test_a_second_one_is_refused_until_the_first_has_ended(engine: AsyncEngine) -> None:
    library = uuid4()
    async with alone(engine, library):
        with pytest.raises(Conflict):
            async with alone(engine, library):
                pass

    async with alone(engine, library):
        pass


async def test_whose_connection_is_lost_is_told_of_that_and_of_nothing_else(
    engine: AsyncEngine,
) -> None:
    with pytest.raises(SQLAlchemyError) as met:
        async with alone(engine, uuid4()) as connection:
            await _end(engine, await connection.scalar(text("SELECT pg_backend_pid()")))
            while True:
                await connection.execute(text("SELECT 1"))

    assert is_outage(met.value), met.value


async def _end(engine: AsyncEngine, pid: int) -> None:
    async with engine.connect() as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
