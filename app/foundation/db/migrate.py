"""Alembic, run from inside: at every start under an advisory lock, and by `bunko db …`."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.errors import ConfigError
from app.foundation.db.engine import CONNECT_SECONDS, normal_url
from app.foundation.db.tables import all_tables

SCRIPTS = Path(__file__).parents[3] / "migrations"
LOCK = 0x62756E6B6F  # "bunko": one process migrates, the others wait for it


def upgrade(database_url: str, revision: str = "head") -> None:
    _run(database_url, lambda config: command.upgrade(config, revision))


def downgrade(database_url: str, revision: str) -> None:
    _run(database_url, lambda config: command.downgrade(config, revision))


def current(database_url: str) -> str | None:
    """The revision the database is at; None for an empty one."""
    return asyncio.run(_ask(database_url, _revision))


def differences(database_url: str) -> list[Any]:
    """What the models say and the database does not, as Alembic's tuples; empty when equal."""
    return asyncio.run(_ask(database_url, _compare))


def _run(database_url: str, work: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["metadata"] = all_tables()

    def locked(connection: Connection) -> None:
        # A session lock: it goes when the connection closes, however we end.
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        config.attributes["connection"] = connection
        work(config)
        connection.commit()

    asyncio.run(_ask(database_url, locked))


async def _ask[Answer](database_url: str, question: Callable[[Connection], Answer]) -> Answer:
    engine = create_async_engine(
        normal_url(database_url),
        poolclass=pool.NullPool,
        connect_args={"timeout": CONNECT_SECONDS},
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(question)
    except (OSError, TimeoutError) as error:
        raise ConfigError(f"The database cannot be reached: {error}.") from error
    finally:
        await engine.dispose()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _compare(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, all_tables()))
