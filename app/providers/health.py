"""How well a provider is, judged by what became of questions to it. No I/O.

A state changes when two checks in a row speak for another one, so that a single hiccup is no news.
One that is down, or wants no more of us, is asked more and more rarely, and is well again by itself.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.providers.models import Health, Provider
from app.providers.probing import Answer

AGREEING = 2
"""Checks in a row that make a new state."""
SLOW_MS = 5000
FEW, ENOUGH = 8, 0.8
"""From how many questions on the share of good answers says something; and which share is well."""
AGAIN = timedelta(minutes=1)
PAUSES = {
    Health.UNTESTED: timedelta(minutes=1),
    Health.HEALTHY: timedelta(minutes=15),
    Health.DEGRADED: timedelta(minutes=5),
}
GROWING = {
    Health.DOWN: (timedelta(minutes=1), timedelta(hours=1)),
    Health.BLOCKED: (timedelta(minutes=30), timedelta(hours=6)),
}
"""The shortest and the longest pause; between them it is half of how long it has been so."""
SICK = frozenset(GROWING)


class Verdict(NamedTuple):
    health: Health
    reason: str | None = None


class Recently(NamedTuple):
    """Questions of the last hour, real use among them."""

    good: int
    total: int

    @property
    def is_shaky(self) -> bool:
        return self.total >= FEW and self.good < self.total * ENOUGH


def verdict_of(answers: Sequence[Answer], recently: Recently) -> Verdict | None:
    """What one check says; None where the host was left alone and nothing was asked."""
    asked = [one for one in answers if one.was_asked]
    bad = [one for one in asked if not one.is_good]
    blocked = next((one for one in bad if one.is_blocked), None)
    if not asked:
        return None
    if blocked is not None:
        return Verdict(Health.BLOCKED, blocked.said)
    if len(bad) == len(asked):
        return Verdict(Health.DOWN, bad[0].said)
    if bad:
        return Verdict(Health.DEGRADED, bad[0].said)
    if recently.is_shaky:
        return Verdict(Health.DEGRADED, _SHAKY)
    if max(one.ms for one in asked) > SLOW_MS:
        return Verdict(Health.DEGRADED, _SLOW)
    return Verdict(Health.HEALTHY)


_SHAKY = "It answers, but failed several times within the last hour."
_SLOW = "It answers slowly."


def take_in(provider: Provider, verdict: Verdict | None, moment: datetime) -> bool:
    """Let one check count; whether the state of the provider changed by it."""
    provider.checked_at = moment
    if verdict is None:
        return False
    if verdict.health is provider.health:
        provider.leaning, provider.leaned = None, 0
        provider.health_reason = verdict.reason
        return False
    provider.leaning = verdict.health
    provider.leaned += 1
    if provider.leaned < AGREEING and provider.health is not Health.UNTESTED:
        return False
    provider.health, provider.health_reason = verdict
    provider.health_since = moment
    provider.leaning, provider.leaned = None, 0
    return True


def next_check(provider: Provider, answers: Sequence[Answer], moment: datetime) -> datetime:
    """A little uneven, so that a hundred providers are not asked all at once for ever."""
    if provider.leaned:
        pause = AGAIN
    elif provider.health in SICK:
        shortest, longest = GROWING[provider.health]
        pause = min(max((moment - provider.health_since) / 2, shortest), longest)
    else:
        pause = PAUSES[provider.health]
    rest = max((one.wait for one in answers), default=0.0)
    return moment + max(pause * random.uniform(0.9, 1.0), timedelta(seconds=rest))
