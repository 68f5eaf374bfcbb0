"""Drivers of the providers that were set up, opened once in a process and kept.

Kept, so that connections and cookies last from one question to the next, and so that the options
are read and the way out is built once. What an owner changes raises `Provider.revision`, and the next
question goes out by a driver made anew.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import valkey.asyncio

from app.config import Settings
from app.errors import Invalid
from app.foundation.http import LocalPace, Pace, SharedPace
from app.foundation.security.sealing import seal, unseal
from app.foundation.security.secrets import Keys, master_secret
from app.foundation.web.i18n import _
from app.providers.base import Driver
from app.providers.models import Provider
from app.providers.registry import open_driver, options_that_are, parse_port, read_options

PURPOSE = "providers"


class SecretsLost(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__(
            _(
                "The secret options of “%(name)s” cannot be opened: BUNKO_SECRET_KEY is another one "
                "now. Type them anew.",
                name=name,
            )
        )


class Opened:
    """The drivers of one process. `SharedPace` counts for all processes while Valkey is there."""

    def __init__(self, settings: Settings, pace: Pace | None = None) -> None:
        self._key = Keys(master_secret(settings)).sub(PURPOSE)
        self._client = (
            valkey.asyncio.Valkey.from_url(settings.valkey_url, socket_timeout=2.0)
            if settings.valkey_url and pace is None
            else None
        )
        self.pace = pace or (SharedPace(self._client) if self._client else LocalPace())
        self._kept: dict[UUID, tuple[int, Driver]] = {}

    async def driver(self, provider: Provider) -> Driver:
        """Raises Invalid where the options no longer fit the driver, or cannot be opened."""
        kept = self._kept.get(provider.id)
        if kept and kept[0] >= provider.revision:
            # Whoever read the row before it was changed asks by what it is now as well.
            return kept[1]
        given = provider.options | self.secrets(provider)
        driver = open_driver(
            provider.driver,
            read_options(provider.driver, given),
            self.pace,
            frozenset(parse_port(text) for text in provider.allowed),
        )
        # Another task may have opened it meanwhile: nothing above waits, so none did.
        self._kept[provider.id] = (provider.revision, driver)
        if kept:
            await kept[1].out.aclose()
        return driver

    async def rest_of(self, provider: Provider) -> float:
        """Seconds for which its interface is left alone, by everybody: its breaker is open, or it asked
        for a pause. 0 also where its driver cannot be opened: that is said elsewhere."""
        try:
            driver = await self.driver(provider)
        except Invalid:
            return 0.0
        options = read_options(provider.driver, provider.options | self.secrets(provider))
        names = options_that_are("address", type(options))
        hosts = {driver.out.counted_as(getattr(options, name)) for name in names}
        return max([await self.pace.rest_of(host) for host in hosts], default=0.0)

    async def forget(self, provider_id: UUID) -> None:
        if kept := self._kept.pop(provider_id, None):
            await kept[1].out.aclose()

    def sealed(self, provider_id: UUID, secrets: Mapping[str, Any]) -> bytes | None:
        """As they are kept: opened only in the row of this provider."""
        if not secrets:
            return None
        return seal(self._key, msgspec.json.encode(secrets), provider_id.bytes)

    def secrets(self, provider: Provider) -> dict[str, Any]:
        if provider.sealed is None:
            return {}
        plain = unseal(self._key, provider.sealed, provider.id.bytes)
        if plain is None:
            raise SecretsLost(provider.name)
        return msgspec.json.decode(plain, type=dict[str, Any])

    async def close(self) -> None:
        drivers = [driver for _revision, driver in self._kept.values()]
        await asyncio.gather(*(driver.out.aclose() for driver in drivers))
        self._kept.clear()
        await self.pace.settle()
        if self._client:
            await self._client.aclose()


_opened: Opened | None = None


def appoint(opened: Opened | None) -> None:
    """For this process."""
    global _opened
    _opened = opened


@asynccontextmanager
async def open_for_process(settings: Settings) -> AsyncIterator[Opened]:
    """Until the block ends; then those from before it, if there were any, count again."""
    before, mine = _opened, Opened(settings)
    appoint(mine)
    try:
        yield mine
    finally:
        appoint(before)
        await mine.close()


def opened() -> Opened:
    assert _opened is not None, "the process opened no providers"
    return _opened
