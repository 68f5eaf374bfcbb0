"""How many bytes a second all workers together may take. What came is charged afterwards: who comes
next waits until it is worked off."""

import asyncio
import time
from typing import Protocol

import valkey.asyncio
from valkey.exceptions import ValkeyError

KEY = "bunko:downloads:worked_off_at"
ALONE = 0.25
"""The part that a process takes while it cannot count with the others."""
LONGEST_WAIT = 60.0
_AWAY = (ValkeyError, OSError, TimeoutError)
_CHARGE = """
local t = redis.call('TIME'); local now = t[1] + t[2] / 1000000
local at = math.max(now, tonumber(redis.call('GET', KEYS[1])) or 0) + tonumber(ARGV[1])
redis.call('SET', KEYS[1], tostring(at), 'EX', 3600)
return tostring(at - now)
"""


class Meter(Protocol):
    async def turn(self) -> None:
        """Returns once something may be fetched."""
        ...

    async def took(self, size: int) -> None: ...


class Free:
    """Without a limit."""

    async def turn(self) -> None:
        return

    async def took(self, size: int) -> None:
        return


class Metered:
    def __init__(self, client: valkey.asyncio.Valkey, bytes_per_second: int) -> None:
        self.rate = bytes_per_second
        self._charge = client.register_script(_CHARGE)
        self._worked_off_at = 0.0

    async def turn(self) -> None:
        while (wait := await self._debt(0.0)) > 0:  # noqa: ASYNC110 (the others are elsewhere)
            await asyncio.sleep(min(wait, LONGEST_WAIT))

    async def took(self, size: int) -> None:
        await self._debt(size / self.rate)

    async def _debt(self, seconds: float) -> float:
        """Seconds until what was taken is worked off, with these added."""
        try:
            return float(await self._charge(keys=[KEY], args=[seconds]))
        except _AWAY:
            moment = time.monotonic()
            self._worked_off_at = max(moment, self._worked_off_at) + seconds / ALONE
            return self._worked_off_at - moment
