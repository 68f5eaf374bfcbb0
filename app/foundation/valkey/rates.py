"""How often something may be done: counted in Valkey, for all processes together.

Each name has an allowance that comes back evenly over its window (the generic cell rate algorithm):
a pause earns a burst, and there is no moment at which everybody begins anew. One script counts, so
two at once never both get the last one. While Valkey is away each process counts by itself, by the
same rule; a second later it tries again.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, Protocol

import msgspec
import valkey.asyncio
from valkey.exceptions import ValkeyError

from app.foundation.logger import get_logger

AWAY = (ValkeyError, OSError, TimeoutError)
PATIENCE = 0.25
"""Seconds to wait for Valkey: counting must not be what makes a screen slow."""
PAUSE = 1.0
MOST_CONNECTIONS = 8
MOST_NAMES = 20_000
PREFIX = "bunko:rate:"
HELD_FOR = 5.0

# Times are whole microseconds: a float of Lua holds them exactly.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each, window, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local spent = tonumber(redis.call('GET', KEYS[1]) or '') or now
-- What nobody of ours wrote, or an earlier clock, counts for nothing.
if spent < now or spent > now + window then spent = now end
local left = math.floor((window - (spent - now)) / each)
if left < 1 then return {0, 0, spent - now, each - (window - (spent - now))} end
local taken = math.min(left, wanted)
spent = spent + taken * each
redis.call('SET', KEYS[1], string.format('%.0f', spent), 'PX', math.ceil((spent - now) / 1000))
return {taken, left - taken, spent - now, 0}
"""
MICROSECONDS = 1_000_000

log = get_logger("bunko.rates")


class Allowance(msgspec.Struct, frozen=True):
    """`quota` in `window` seconds. `handful`: how many are fetched at once and then given out
    without asking; a process may hold back that many, and what it does not need is lost."""

    name: str
    quota: int
    window: int = 60
    handful: int = 1


class Taken(NamedTuple):
    """`wait` seconds where it was refused, else 0. `left` and `reset` as the headers tell them."""

    left: int
    reset: int
    wait: int


class Counting(Protocol):
    """(taken, left, microseconds until all is back, microseconds until one is back)"""

    async def __call__(self, key: str, each: int, window: int, wanted: int) -> list[int]: ...


class _Held:
    __slots__ = ("beyond", "left", "reset", "until")

    def __init__(self, left: int, beyond: int, reset: int, until: float) -> None:
        self.left = left
        self.beyond = beyond
        self.reset = reset
        self.until = until


class Rates:
    def __init__(self, url: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._client = _client(url) if url else None
        self._script = self._client.register_script(SCRIPT) if self._client else None
        self._local = LocalCount(clock)
        self._away_until = 0.0
        self._held: OrderedDict[tuple[str, str], _Held] = OrderedDict()

    async def take(self, allowance: Allowance, who: str) -> Taken:
        """One of the allowance of `who`."""
        name = (allowance.name, who)
        held = self._held.get(name)
        if held is not None and held.left > 0 and held.until > self.clock():
            held.left -= 1
            return Taken(held.left + held.beyond, held.reset, 0)
        each = allowance.window * MICROSECONDS // allowance.quota
        window = each * allowance.quota
        taken, left, reset, wait = await self._count(
            f"{PREFIX}{allowance.name}:{who}", each, window, allowance.handful
        )
        if not taken:
            return Taken(0, _seconds(reset), max(1, _seconds(wait)))
        if taken > 1:
            self._hold(name, _Held(taken - 1, left, _seconds(reset), self.clock() + HELD_FOR))
        return Taken(left + taken - 1, _seconds(reset), 0)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _count(self, key: str, each: int, window: int, wanted: int) -> list[int]:
        if self._script is None or self.clock() < self._away_until:
            return self._local.take(key, each, window, wanted)
        try:
            found: list[int] = await self._script(keys=[key], args=[each, window, wanted])
        except AWAY as error:
            log.warning("Valkey is away, each process counts by itself", error=str(error))
            self._away_until = self.clock() + PAUSE
            return self._local.take(key, each, window, wanted)
        return found

    def _hold(self, name: tuple[str, str], held: _Held) -> None:
        self._held[name] = held
        self._held.move_to_end(name)
        while len(self._held) > MOST_NAMES:
            self._held.popitem(last=False)


class LocalCount:
    """What the script does, for one process. It forgets whom it has not seen for longest."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._spent: OrderedDict[str, int] = OrderedDict()

    def take(self, key: str, each: int, window: int, wanted: int) -> list[int]:
        now = int(self.clock() * MICROSECONDS)
        spent = max(self._spent.get(key, now), now)
        left = (window - (spent - now)) // each
        if left < 1:
            return [0, 0, spent - now, each - (window - (spent - now))]
        taken = min(left, wanted)
        spent += taken * each
        self._spent[key] = spent
        self._spent.move_to_end(key)
        while len(self._spent) > MOST_NAMES:
            self._spent.popitem(last=False)
        return [taken, left - taken, spent - now, 0]


def _client(url: str) -> valkey.asyncio.Valkey:
    pool = valkey.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=PATIENCE,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
    )
    return valkey.asyncio.Valkey(connection_pool=pool)


def _seconds(microseconds: int) -> int:
    """Rounded up."""
    return -(-microseconds // MICROSECONDS)
