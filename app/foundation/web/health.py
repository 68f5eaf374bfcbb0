"""`/healthz`: the process lives. `/readyz`: it can serve (database migrated, Valkey reachable)."""

import asyncio

from litestar import Response, get
from litestar.datastructures import State
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Unavailable
from app.foundation.db.version import newest
from app.foundation.web.policies import FOR_ALL, Policy

SECONDS = 3


@get(
    "/healthz",
    name="health.alive",
    opt={"policy": Policy.PUBLIC, FOR_ALL: True},
    sync_to_thread=False,
)
def alive() -> Response[str]:
    return Response("alive\n", media_type="text/plain")


@get("/readyz", name="health.ready", opt={"policy": Policy.PUBLIC, FOR_ALL: True})
async def ready(state: State) -> Response[str]:
    """200 or 503; says which part is missing, nothing about it."""
    try:
        async with asyncio.timeout(SECONDS):
            await _database_is_newest(state["engine"])
            await _valkey_answers(state["settings"].valkey_url)
    except TimeoutError as error:
        raise Unavailable("A server that Bunko needs does not answer in time.") from error
    return Response("ready\n", media_type="text/plain")


async def _database_is_newest(engine: AsyncEngine) -> None:
    try:
        async with engine.connect() as connection:
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except (SQLAlchemyError, OSError) as error:
        raise Unavailable("The database cannot be reached at the moment.") from error
    if found != newest():
        raise Unavailable("The database is not at the newest migration: bunko db upgrade.")


async def _valkey_answers(url: str | None) -> None:
    import valkey.asyncio
    from valkey.exceptions import ValkeyError

    if url is None:
        raise Unavailable("Valkey cannot be reached at the moment.")
    client = valkey.asyncio.Valkey.from_url(
        url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
    )
    try:
        await client.ping()
    except (ValkeyError, OSError) as error:
        raise Unavailable("Valkey cannot be reached at the moment.") from error
    finally:
        await client.aclose()
