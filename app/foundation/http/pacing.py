"""How often a host is asked, by all workers together: a token bucket, places at once, pauses it asked
for, and a breaker for one that fails again and again.

The state of a host lies in Valkey, where one script changes it in one step. While Valkey is away
each process goes by its own count, at a quarter of the rate, so that four of them still keep to it.
"""

import asyncio
import email.utils
import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import valkey.asyncio
from valkey.exceptions import ValkeyError

AWAY = (ValkeyError, OSError, TimeoutError)
PREFIX = "bunko:pace:"
BREAKS_AFTER = 5
"""Failures in a row after which nothing is asked for a while, and then one request at a time."""
FIRST_REST, LONGEST_REST = 5.0, 900.0
LONGEST_PAUSE = 3600.0
"""What a host may ask for at most."""
LEASE = 120.0
"""A place whose process died is free again after this."""
SOON = 0.05
ALONE = 0.25
FORGOTTEN_AFTER = 7200

log = logging.getLogger(__name__)


class Rate(msgspec.Struct, frozen=True):
    """`burst` requests at once after a quiet time, `per_second` in the long run, `places` open at any
    moment."""

    per_second: float = 2.0
    burst: int = 4
    places: int = 4


class Turn(msgspec.Struct, frozen=True):
    """`wait` 0: go. Else seconds after which to ask again; `is_rest` while the host is left alone."""

    wait: float
    is_rest: bool = False


class Pace(Protocol):
    async def take(self, key: str, rate: Rate, place: str) -> Turn: ...
    async def give_back(self, key: str, place: str) -> None: ...
    async def went_well(self, key: str) -> None: ...
    async def failed(self, key: str) -> None: ...
    async def pause(self, key: str, seconds: float) -> None: ...
    async def rest_of(self, key: str) -> float:
        """Seconds for which it is left alone from now on; 0 where it may be asked."""
        ...

    async def settle(self) -> None:
        """Before the process leaves: nothing is kept back."""
        ...


def retry_after(value: str | None) -> float | None:
    """Seconds of a `Retry-After` header, given as a number or as a date (RFC 9110, 10.2.3)."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, IndexError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def new_place() -> str:
    return secrets.token_hex(8)


class LocalPace:
    """By this process alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._hosts: dict[str, _Host] = {}

    async def take(self, key: str, rate: Rate, place: str) -> Turn:
        host, now = self._host(key, rate), self.clock()
        if host.rests_until > now:
            return Turn(host.rests_until - now, is_rest=True)
        host.places = {held: until for held, until in host.places.items() if until > now}
        if len(host.places) >= (1 if host.failures >= BREAKS_AFTER else rate.places):
            return Turn(SOON)
        host.tokens = min(rate.burst, host.tokens + (now - host.filled_at) * rate.per_second)
        host.filled_at = now
        if host.tokens < 1:
            return Turn((1 - host.tokens) / rate.per_second)
        host.tokens -= 1
        host.places[place] = now + LEASE
        return Turn(0)

    async def give_back(self, key: str, place: str) -> None:
        if host := self._hosts.get(key):
            host.places.pop(place, None)

    async def went_well(self, key: str) -> None:
        if host := self._hosts.get(key):
            host.failures = 0

    async def failed(self, key: str) -> None:
        host = self._host(key, Rate())
        host.failures += 1
        if (beyond := host.failures - BREAKS_AFTER) >= 0:
            rest = min(FIRST_REST * 2 ** min(beyond, 20), LONGEST_REST)
            host.rests_until = max(host.rests_until, self.clock() + rest)

    async def pause(self, key: str, seconds: float) -> None:
        host = self._host(key, Rate())
        host.rests_until = max(host.rests_until, self.clock() + min(seconds, LONGEST_PAUSE))

    async def rest_of(self, key: str) -> float:
        host = self._hosts.get(key)
        return max(0.0, host.rests_until - self.clock()) if host else 0.0

    async def settle(self) -> None:
        return

    def _host(self, key: str, rate: Rate) -> "_Host":
        return self._hosts.setdefault(key, _Host(tokens=rate.burst, filled_at=self.clock()))


class _Host(msgspec.Struct):
    tokens: float
    filled_at: float
    rests_until: float = float("-inf")
    failures: int = 0
    places: dict[str, float] = {}


_NOW = "local t = redis.call('TIME'); local now = t[1] + t[2] / 1000000\n"
_TAKE = (
    _NOW
    + """
local rate, burst, places = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 9, #ARGV do redis.call('ZREM', KEYS[2], ARGV[i]) end
local h = redis.call('HMGET', KEYS[1], 'tokens', 'filled_at', 'rests_until', 'failures')
local rests_until = tonumber(h[3]) or 0
local failures = tonumber(h[4]) or 0
if rests_until > now then return {tostring(rests_until - now), 1, failures} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if failures >= tonumber(ARGV[6]) then places = 1 end
if redis.call('ZCARD', KEYS[2]) >= places then return {ARGV[7], 0, failures} end
local tokens = math.min(burst, (tonumber(h[1]) or burst) + (now - (tonumber(h[2]) or now)) * rate)
local wait = 0
if tokens < 1 then wait = (1 - tokens) / rate else
  tokens = tokens - 1
  redis.call('ZADD', KEYS[2], now + ARGV[5], ARGV[4])
  redis.call('EXPIRE', KEYS[2], ARGV[8])
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'filled_at', tostring(now))
redis.call('EXPIRE', KEYS[1], ARGV[8])
return {tostring(wait), 0, failures}
"""
)
_REST = (
    _NOW
    + """
local rest = tonumber(ARGV[1])
if rest == 0 then
  local beyond = redis.call('HINCRBY', KEYS[1], 'failures', 1) - tonumber(ARGV[2])
  if beyond < 0 then redis.call('EXPIRE', KEYS[1], ARGV[5]) return end
  rest = math.min(tonumber(ARGV[3]) * 2 ^ math.min(beyond, 20), tonumber(ARGV[4]))
end
local known = tonumber(redis.call('HGET', KEYS[1], 'rests_until')) or 0
redis.call('HSET', KEYS[1], 'rests_until', tostring(math.max(known, now + rest)))
redis.call('EXPIRE', KEYS[1], ARGV[5])
"""
)
_LEFT = _NOW + "return tostring((tonumber(redis.call('HGET', KEYS[1], 'rests_until')) or 0) - now)"


class SharedPace:
    """By all processes together; by this one alone while Valkey is away."""

    def __init__(self, client: valkey.asyncio.Valkey) -> None:
        self.client = client
        self.alone = LocalPace()
        self._take = client.register_script(_TAKE)
        self._rest = client.register_script(_REST)
        self._left = client.register_script(_LEFT)
        self._given_back: dict[str, list[str]] = {}
        """Places by host that Valkey hears of with the next turn, or very soon."""
        self._tellers: dict[str, asyncio.Task[None]] = {}
        self._failing: set[str] = set()
        """Hosts that had failed when somebody here asked for a turn, or failed since."""
        self._is_away = False

    async def take(self, key: str, rate: Rate, place: str) -> Turn:
        slow = msgspec.structs.replace(rate, per_second=rate.per_second * ALONE, burst=1, places=1)
        args: list[float | str] = [rate.per_second, rate.burst, rate.places, place, LEASE]
        args += [BREAKS_AFTER, SOON, FORGOTTEN_AFTER, *self._given_back.pop(key, ())]
        try:
            wait, is_rest, failures = await self._take(keys=_keys(key), args=args)
        except AWAY as error:
            self._say_away(error)
            return await self.alone.take(key, slow, place)
        self._is_away = False
        if failures:
            self._failing.add(key)
        return Turn(_believed(wait), is_rest=bool(is_rest))

    async def give_back(self, key: str, place: str) -> None:
        await self.alone.give_back(key, place)
        self._given_back.setdefault(key, []).append(place)
        if key not in self._tellers:
            self._tellers[key] = asyncio.create_task(self._tell_soon(key))

    async def went_well(self, key: str) -> None:
        await self.alone.went_well(key)
        if key in self._failing:
            self._failing.discard(key)
            await self._quietly(self.client.hdel(_keys(key)[0], "failures"))

    async def settle(self) -> None:
        for teller in self._tellers.values():
            teller.cancel()
        self._tellers.clear()
        for key in list(self._given_back):
            await self._tell_given_back(key)

    async def failed(self, key: str) -> None:
        await self.alone.failed(key)
        self._failing.add(key)
        await self._let_rest(key, 0)

    async def pause(self, key: str, seconds: float) -> None:
        await self.alone.pause(key, seconds)
        await self._let_rest(key, min(seconds, LONGEST_PAUSE))

    async def _tell_soon(self, key: str) -> None:
        await asyncio.sleep(SOON)
        del self._tellers[key]
        await self._tell_given_back(key)

    async def _tell_given_back(self, key: str) -> None:
        if places := self._given_back.pop(key, None):
            await self._quietly(self.client.zrem(_keys(key)[1], *places))

    async def rest_of(self, key: str) -> float:
        try:
            return _believed(await self._left(keys=_keys(key)[:1]))
        except AWAY as error:
            self._say_away(error)
            return await self.alone.rest_of(key)

    async def _let_rest(self, key: str, seconds: float) -> None:
        args = [seconds, BREAKS_AFTER, FIRST_REST, LONGEST_REST, FORGOTTEN_AFTER]
        await self._quietly(self._rest(keys=_keys(key)[:1], args=args))

    async def _quietly(self, asked: Any) -> None:
        """What is told while Valkey is away, this process remembers."""
        try:
            await asked
        except AWAY as error:
            self._say_away(error)

    def _say_away(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("Valkey is away: hosts are asked at a quarter of the rate: %s", error)
        self._is_away = True


def _believed(seconds: Any) -> float:
    """Whatever somebody else may have written into Valkey, nothing rests for ever."""
    return min(max(0.0, float(seconds)), LONGEST_PAUSE)


def _keys(key: str) -> list[str]:
    # In braces: both lie on one node of a cluster.
    return [f"{PREFIX}{{{key}}}", f"{PREFIX}{{{key}}}:places"]
