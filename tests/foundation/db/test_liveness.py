"""Connections that were cut off reach nobody, and those that were just used are not asked."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection as Driver
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings
from app.foundation.db import create_engine, liveness

END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND pid = ANY(:pids)"
)


async def _pid(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        found: int = await connection.scalar(text("SELECT pg_backend_pid()"))
        return found


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections that were asked whether they live."""
    found: list[object] = []
    ask = Driver.ping

    def ping(self: Driver) -> None:
        found.append(self)
        ask(self)

    monkeypatch.setattr(Driver, "ping", ping)
    return found


async def test_a_connection_the_server_ended_is_replaced_before_anybody_gets_it(
    settings: Settings,
) -> None:
    assert settings.database_url
    engine, other = create_engine(settings.database_url), create_engine(settings.database_url)
    async with engine.connect() as connection:
        kept = (await connection.get_raw_connection()).driver_connection
    before = kept.get_server_pid()
    async with other.connect() as connection:
        await connection.execute(END_OTHERS, {"pids": [before]})
    async with asyncio.timeout(20):
        while not kept.is_closed():  # noqa: ASYNC110  (the driver tells no event)
            await asyncio.sleep(0.01)

    after = await _pid(engine)

    assert after != before
    await engine.dispose()
    await other.dispose()


async def test_who_was_just_used_is_not_asked(settings: Settings, asked: list[object]) -> None:
    assert settings.database_url
    engine = create_engine(settings.database_url)

    pids = {await _pid(engine) for _ in range(3)}

    assert len(pids) == 1 and not asked
    await engine.dispose()


async def test_who_lay_idle_is_asked(
    settings: Settings, asked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.database_url
    engine = create_engine(settings.database_url)
    before = await _pid(engine)
    monkeypatch.setattr(liveness, "ASKED_AFTER", 0.0)

    after = await _pid(engine)

    assert after == before and len(asked) == 1
    await engine.dispose()


async def test_who_does_not_answer_is_replaced(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.database_url
    engine = create_engine(settings.database_url)
    before = await _pid(engine)
    monkeypatch.setattr(liveness, "ASKED_AFTER", 0.0)
    monkeypatch.setattr(Driver, "ping", _gives_no_answer)

    assert await _pid(engine) != before
    await engine.dispose()


def _gives_no_answer(_connection: Driver) -> None:
    raise TimeoutError
