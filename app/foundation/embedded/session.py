"""The servers, for as long as one command needs them."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.foundation.db import create_engine, session_maker
from app.foundation.db.version import is_newest
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.valkey import EmbeddedValkey


class Connected(Settings, frozen=True, kw_only=True):
    """Settings whose database can be reached now."""

    database_url: str


@contextmanager
def servers(
    settings: Settings, *, upgraded: bool = True, valkey: bool = False, scratch: bool = False
) -> Iterator[Connected]:
    """The settings with their URLs filled in: embedded servers are started, or adopted from a
    running `bunko serve`. `scratch` uses an empty database that is thrown away afterwards."""
    with ExitStack() as stack:
        data = settings.data_dir
        if scratch:
            data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bunko-")))
        database_url, valkey_url = settings.database_url, settings.valkey_url
        if database_url is None or scratch:
            postgres = EmbeddedPostgres(data, data / "run", durable=not scratch)
            database_url = stack.enter_context(postgres).url
        if valkey_url is None and valkey:
            valkey_url = stack.enter_context(EmbeddedValkey(data, data / "run")).url
        if upgraded and not is_newest(database_url):
            from app.foundation.db.migrate import upgrade

            upgrade(database_url)
        values = msgspec.structs.asdict(settings)
        yield Connected(**{**values, "database_url": database_url, "valkey_url": valkey_url})


def in_transaction(settings: Settings, act: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """What a command does to the database: all of it, or where `act` raises nothing."""

    async def run(database_url: str) -> None:
        engine = create_engine(database_url)
        try:
            async with session_maker(engine)() as session, session.begin():
                await act(session)
        finally:
            await engine.dispose()

    with servers(settings) as connected:
        asyncio.run(run(connected.database_url))
