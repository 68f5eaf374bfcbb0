"""Connections to Postgres that never hang: connect, command and statement timeouts."""

from typing import Any
from urllib.parse import unquote

import asyncpg
import msgspec
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.foundation.db.liveness import look_before_use

CONNECT_SECONDS = 5
COMMAND_SECONDS = 30
STATEMENT_MS = 10_000


def normal_url(database_url: str) -> URL:
    """Any of postgres://, postgresql://, postgresql+asyncpg:// as SQLAlchemy wants it."""
    _scheme, _, rest = database_url.partition("://")
    return make_url(f"postgresql+asyncpg://{rest}")


def create_engine(
    database_url: str,
    *,
    pool_size: int = 5,
    overflow: int = 5,
    statement_ms: int = STATEMENT_MS,
) -> AsyncEngine:
    """An engine whose dead connections are noticed and whose waits all end. It keeps `pool_size`
    connections and opens `overflow` more while they are needed."""
    engine = create_async_engine(
        normal_url(database_url),
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=10,
        # What people type must not reach a log through an error message.
        hide_parameters=True,
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
        connect_args=_connect_args(statement_ms),
    )
    return look_before_use(engine)


def session_maker(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False)


async def raw_pool(database_url: str, *, max_size: int = 5) -> asyncpg.Pool:
    """Bare asyncpg connections, for routes where every tenth of a millisecond counts. Each runs one
    statement at a time and keeps nothing: there is nothing to undo when it is given back."""
    return await asyncpg.create_pool(
        **asyncpg_arguments(database_url),
        min_size=1,
        max_size=max_size,
        reset=_nothing_to_undo,
        **_connect_args(STATEMENT_MS),
    )


async def _nothing_to_undo(_connection: object) -> None: ...


def asyncpg_arguments(database_url: str) -> dict[str, Any]:
    url = normal_url(database_url)
    host = url.query.get("host", url.host)
    return {
        "host": unquote(host) if isinstance(host, str) else host,
        "port": url.port or 5432,
        "user": url.username,
        "password": url.password,
        "database": url.database,
    }


def _connect_args(statement_ms: int) -> dict[str, Any]:
    return {
        "timeout": CONNECT_SECONDS,
        "command_timeout": COMMAND_SECONDS,
        "server_settings": {
            "statement_timeout": str(statement_ms),
            "lock_timeout": str(statement_ms),
            "timezone": "UTC",
            "application_name": "bunko",
            "jit": "off",
            # A library's tables fit into memory, where the next row costs as much as any other;
            # at the default of 4 a plan for many queries would rather walk a whole table.
            "random_page_cost": "1.1",
        },
    }
