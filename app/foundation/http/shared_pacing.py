"""The pace of all processes together, in Valkey: a script changes the state of a host in one step."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import valkey.asyncio
from valkey.exceptions import ValkeyError

from app.foundation.http.pacing import (
    BREAKS_AFTER,
    FIRST_REST,
    FORGOTTEN_AFTER,
    LEASE,
    LONGEST_PAUSE,
    LONGEST_REST,
    SOON,
    LocalPace,
    Rate,
    Turn,
)

AWAY = (ValkeyError, OSError, TimeoutError)
PREFIX = "bunko:pace:"
ALONE = 0.25
MOST_GIVEN_BACK = 200
"""Places of a host that are told anew when Valkey is there again; others end with their lease."""

log = logging.getLogger(__name__)

_NOW = "local t = redis.call('TIME'); local now = t[1] + t[2] / 1000000\n"
"""Of the clock of the machine, which may be set back: what lies further ahead than it can is cut."""
_TAKE = (
    _NOW
    + """
local rate, burst, places = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 10, #ARGV do redis.call('ZREM', KEYS[2], ARGV[i]) end
local h = redis.call('HMGET', KEYS[1], 'tokens', 'filled_at', 'rests_until', 'failures')
local rests_until = tonumber(h[3]) or 0
local failures = tonumber(h[4]) or 0
if rests_until > now + ARGV[9] then
  rests_until = now + ARGV[9]
  redis.call('HSET', KEYS[1], 'rests_until', tostring(rests_until))
end
if rests_until > now then return {tostring(rests_until - now), 1, failures} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], now + ARGV[5] + 1, '+inf')
if failures >= tonumber(ARGV[6]) then places = 1 end
if redis.call('ZCARD', KEYS[2]) >= places then return {ARGV[7], 0, failures} end
local passed = math.max(0, now - (tonumber(h[2]) or now))
local tokens = math.min(burst, (tonumber(h[1]) or burst) + passed * rate)
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
if rest < 0 then
  local beyond = redis.call('HINCRBY', KEYS[1], 'failures', 1) - tonumber(ARGV[2])
  if beyond < 0 then redis.call('EXPIRE', KEYS[1], ARGV[5]) return end
  rest = math.min(tonumber(ARGV[3]) * 2 ^ math.min(beyond, 20), tonumber(ARGV[4]))
end
local known = tonumber(redis.call('HGET', KEYS[1], 'rests_until')) or 0
redis.call('HSET', KEYS[1], 'rests_until', tostring(math.max(known, now + rest)))
redis.call('EXPIRE', KEYS[1], ARGV[5])
"""
)
_HOLD = _NOW + "redis.call('ZADD', KEYS[1], 'XX', now + ARGV[1], ARGV[2])"
_FAILED = -1.0
"""In place of seconds to rest: how long follows from how often it failed."""
_LEFT = _NOW + "return tostring((tonumber(redis.call('HGET', KEYS[1], 'rests_until')) or 0) - now)"


class SharedPace:
    """By all processes together; by this one alone while Valkey is away."""

    def __init__(self, client: valkey.asyncio.Valkey) -> None:
        self.client = client
        self.alone = LocalPace()
        self._take = client.register_script(_TAKE)
        self._rest = client.register_script(_REST)
        self._left = client.register_script(_LEFT)
        self._hold = client.register_script(_HOLD)
        self._given_back: dict[str, list[str]] = {}
        """Places by host that Valkey hears of with the next turn, or very soon."""
        self._tellers: dict[str, asyncio.Task[None]] = {}
        self._failing: set[str] = set()
        """Hosts that had failed when somebody here asked for a turn, or failed since."""
        self._is_away = False

    async def take(self, key: str, rate: Rate, place: str) -> Turn:
        if (rest := await self.alone.rest_of(key)) > 0:
            # What this process was told holds, also where Valkey has forgotten it.
            return Turn(rest, is_rest=True)
        back = self._given_back.pop(key, [])
        args: list[float | str] = [rate.per_second, rate.burst, rate.places, place, LEASE]
        args += [BREAKS_AFTER, SOON, FORGOTTEN_AFTER, LONGEST_PAUSE, *back]
        try:
            wait, is_rest, failures = await self._take(keys=_keys(key), args=args)
        except AWAY as error:
            self._say_away(error)
            self._tell_later(key, back)
            slow = Rate(rate.per_second * ALONE, burst=1, places=1)
            return await self.alone.take(key, slow, place)
        except asyncio.CancelledError:
            self._tell_later(key, back)
            raise
        self._is_away = False
        if failures:
            self._failing.add(key)
        return Turn(_believed(wait), is_rest=bool(is_rest))

    async def hold(self, key: str, place: str) -> None:
        await self.alone.hold(key, place)
        await self._quietly(self._hold(keys=_keys(key)[1:], args=[LEASE, place]))

    async def give_back(self, key: str, place: str) -> None:
        await self.alone.give_back(key, place)
        self._tell_later(key, [place])
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
        await self._let_rest(key, _FAILED)

    async def pause(self, key: str, seconds: float) -> None:
        await self.alone.pause(key, seconds)
        await self._let_rest(key, min(max(seconds, 0.0), LONGEST_PAUSE))

    def _tell_later(self, key: str, places: Sequence[str]) -> None:
        if places:
            self._given_back[key] = [*self._given_back.get(key, ()), *places][-MOST_GIVEN_BACK:]

    async def _tell_soon(self, key: str) -> None:
        await asyncio.sleep(SOON)
        del self._tellers[key]
        await self._tell_given_back(key)

    async def _tell_given_back(self, key: str) -> None:
        places = self._given_back.pop(key, [])
        if places and not await self._quietly(self.client.zrem(_keys(key)[1], *places)):
            self._tell_later(key, places)

    async def rest_of(self, key: str) -> float:
        mine = await self.alone.rest_of(key)
        try:
            return max(mine, _believed(await self._left(keys=_keys(key)[:1])))
        except AWAY as error:
            self._say_away(error)
            return mine

    async def _let_rest(self, key: str, seconds: float) -> None:
        args = [seconds, BREAKS_AFTER, FIRST_REST, LONGEST_REST, FORGOTTEN_AFTER]
        await self._quietly(self._rest(keys=_keys(key)[:1], args=args))

    async def _quietly(self, asked: Any) -> bool:
        """Whether Valkey heard it. What is told while it is away, this process remembers."""
        try:
            await asked
        except AWAY as error:
            self._say_away(error)
            return False
        return True

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
