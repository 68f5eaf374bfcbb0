"""How often a host is asked, by all workers together: a token bucket, places at once, pauses it asked
for, and a breaker for one that fails again and again.

The state of a host lies in Valkey (`shared_pacing`). While that is away each process goes by its own
count, at a quarter of the rate, so that four of them still keep to it.
"""

import email.utils
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import msgspec

BREAKS_AFTER = 5
"""Failures in a row after which nothing is asked for a while, and then one request at a time."""
FIRST_REST, LONGEST_REST = 5.0, 900.0
LONGEST_PAUSE = 3600.0
"""What a host may ask for at most."""
LEASE = 120.0
"""A place whose process died is free again after this."""
SOON = 0.05
MOST_HOSTS = 4096
"""Of which one process keeps its own count; beyond that those that are at peace are forgotten."""
FORGOTTEN_AFTER = 7200


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
    async def hold(self, key: str, place: str) -> None:
        """For another LEASE from now on."""
        ...

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
        self._room = MOST_HOSTS

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

    async def hold(self, key: str, place: str) -> None:
        if (host := self._hosts.get(key)) and place in host.places:
            host.places[place] = self.clock() + LEASE

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
        now = self.clock()
        if key not in self._hosts and len(self._hosts) >= self._room:
            self._hosts = {
                name: host for name, host in self._hosts.items() if not host.is_at_peace(now)
            }
            self._room = MOST_HOSTS + 2 * len(self._hosts)
        return self._hosts.setdefault(key, _Host(tokens=rate.burst, filled_at=now))


class _Host(msgspec.Struct):
    tokens: float
    filled_at: float
    rests_until: float = float("-inf")
    failures: int = 0
    places: dict[str, float] = {}

    def is_at_peace(self, now: float) -> bool:
        """Nobody is there, and what is known of it has lapsed long ago."""
        known_since = max(self.filled_at, self.rests_until)
        return not self.places and known_since < now - FORGOTTEN_AFTER
