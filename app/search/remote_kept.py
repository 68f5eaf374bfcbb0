"""Answers of providers that Valkey keeps for all processes. What comes back is read only as what it
should be; without Valkey there is nothing, and providers are asked anew."""

import logging
from typing import Any, NamedTuple

import msgspec
import valkey.asyncio
from valkey.exceptions import ValkeyError

CONNECTIONS = 16
MOST_BYTES = 4_000_000
RENEWING = 300
"""Seconds in which one answer is renewed by one process, and not again where that failed."""
AWAY = (ValkeyError, OSError, TimeoutError)

log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """`age` in seconds."""

    answer: Any
    age: int


class Keeping:
    def __init__(self, url: str | None) -> None:
        self._client: valkey.asyncio.Valkey | None = (
            valkey.asyncio.Valkey.from_pool(
                valkey.asyncio.BlockingConnectionPool.from_url(
                    url, max_connections=CONNECTIONS, socket_timeout=2, socket_connect_timeout=2
                )
            )
            if url
            else None
        )

    async def close(self) -> None:
        if self._client:
            await self._client.aclose()

    async def get(self, key: str, kind: Any, seconds: int) -> Kept | None:
        """`seconds` are those it was put for."""
        if self._client is None:
            return None
        try:
            async with self._client.pipeline(transaction=False) as asked:
                asked.get(key)
                asked.ttl(key)
                found, left = await asked.execute()
            return Kept(msgspec.json.decode(found, type=kind), seconds - left) if found else None
        except AWAY as error:
            log.warning("Valkey is away: providers are asked anew: %s", error)
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("What Valkey kept of a provider is not what it should be: %s", key)
        return None

    async def put(self, key: str, answer: Any, seconds: int) -> None:
        if self._client is None or len(written := msgspec.json.encode(answer)) > MOST_BYTES:
            return
        try:
            await self._client.set(key, written, ex=seconds)
        except AWAY as error:
            log.warning("Valkey is away: an answer is not kept: %s", error)

    async def may_renew(self, key: str) -> bool:
        """Unless another process does, or a moment ago nothing came."""
        if self._client is None:
            return False
        try:
            return bool(await self._client.set(f"{key}:renewing", b"", nx=True, ex=RENEWING))
        except AWAY:
            return False
