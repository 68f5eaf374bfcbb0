"""The judge of health: what counts, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest

from app.providers.base import Capability
from app.providers.health import (
    AGREEING,
    GROWING,
    SLOW_MS,
    Recently,
    Verdict,
    next_check,
    take_in,
    verdict_of,
)
from app.providers.models import Health, Provider
from app.providers.probing import Answer

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
QUIET = Recently(0, 0)


def well(ms: int = 100) -> Answer:
    return Answer(capability=Capability.SEARCH, is_good=True, ms=ms)


def ill(said: str = "It broke off.", **more) -> Answer:
    return Answer(capability=Capability.PAGES, is_good=False, ms=9, said=said, **more)


def a_provider(health: Health = Health.HEALTHY) -> Provider:
    return Provider(health=health, leaned=0, health_since=NOON, health_reason=None)


@pytest.mark.parametrize(
    ("answers", "recently", "said"),
    [
        ([well(), well()], QUIET, Verdict(Health.HEALTHY)),
        ([well(), ill()], QUIET, Verdict(Health.DEGRADED, "It broke off.")),
        ([ill(), ill("Not seen.")], QUIET, Verdict(Health.DOWN, "It broke off.")),
        (
            [well(), ill("Go away.", is_blocked=True)],
            QUIET,
            Verdict(Health.BLOCKED, "Go away."),
        ),
        (
            [well(SLOW_MS + 1)],
            QUIET,
            Verdict(Health.DEGRADED, "It answers slowly."),
        ),
    ],
)
def test_what_one_check_says(answers, recently, said):
    assert verdict_of(answers, recently) == said


def test_real_use_that_fails_now_and_then_is_held_against_it():
    assert verdict_of([well()], Recently(7, 10)).health is Health.DEGRADED
    assert verdict_of([well()], Recently(8, 10)).health is Health.HEALTHY
    assert verdict_of([well()], Recently(0, 3)).health is Health.HEALTHY


def test_what_was_not_asked_since_the_host_is_left_alone_says_nothing():
    left_alone = ill(wait=9.0, was_asked=False)

    assert verdict_of([left_alone], QUIET) is None
    assert verdict_of([well(), left_alone], QUIET) == Verdict(Health.HEALTHY)


def test_the_first_check_counts_at_once():
    provider = a_provider(Health.UNTESTED)

    assert take_in(provider, Verdict(Health.DOWN, "It is away."), NOON)
    assert (provider.health, provider.health_reason) == (Health.DOWN, "It is away.")


def test_one_hiccup_changes_nothing():
    provider = a_provider()

    assert not take_in(provider, Verdict(Health.DOWN, "Away."), NOON)
    assert not take_in(provider, Verdict(Health.HEALTHY), NOON)
    assert not take_in(provider, Verdict(Health.DOWN, "Away."), NOON)

    assert (provider.health, provider.health_since) == (Health.HEALTHY, NOON)


def test_a_state_changes_when_checks_agree():
    provider, later = a_provider(), NOON + timedelta(minutes=5)

    changed = [take_in(provider, Verdict(Health.DOWN, "Away."), later) for _ in range(AGREEING)]

    assert changed == [False] * (AGREEING - 1) + [True]
    assert (provider.health, provider.health_since) == (Health.DOWN, later)


def test_a_check_that_says_nothing_leaves_everything_as_it_was():
    provider = a_provider(Health.DOWN)

    assert not take_in(provider, None, NOON)
    assert (provider.health, provider.leaned, provider.checked_at) == (Health.DOWN, 0, NOON)


@pytest.mark.parametrize("health", sorted(GROWING))
def test_a_sick_one_is_asked_more_and_more_rarely_but_always_again(health):
    provider = a_provider(health)
    pauses = []
    moment = NOON
    for _ in range(40):
        following = next_check(provider, [], moment)
        pauses.append(following - moment)
        moment = following

    shortest, longest = GROWING[health]
    assert pauses[0] <= shortest
    assert longest * 0.9 <= pauses[-1] <= longest
    assert len(pauses) > 30 and pauses[5] < longest


def test_a_doubt_is_looked_into_soon():
    provider = a_provider()
    take_in(provider, Verdict(Health.DOWN, "Away."), NOON)

    assert next_check(provider, [], NOON) <= NOON + timedelta(minutes=1)


def test_a_pause_that_a_host_asked_for_is_kept():
    provider = a_provider()

    assert next_check(provider, [ill(wait=7200.0, was_asked=False)], NOON) == NOON + timedelta(
        hours=2
    )
