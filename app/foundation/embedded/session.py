"""The servers, for as long as one command needs them."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from app.config import Settings
from app.foundation.db import migrate
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
        if upgraded:
            migrate.upgrade(database_url)
        values = msgspec.structs.asdict(settings)
        yield Connected(**{**values, "database_url": database_url, "valkey_url": valkey_url})
