"""How often a series is asked for news."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.downloads.follow_rhythm import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    OFTENEST,
    RAREST,
    UNKNOWN,
    check_every,
    pause_after,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOURS = st.integers(-400 * 24, 48)
times = st.lists(HOURS, max_size=20).map(
    lambda hours: [NOW + timedelta(hours=one) for one in hours]
)


def every(days: float, number: int = 10, silent: float | None = None):
    last = NOW - timedelta(days=days if silent is None else silent)
    return [last - timedelta(days=days) * at for at in range(number)]


@pytest.mark.parametrize(
    ("days", "hours"), [(7, 21), (1, 3), (30, 90), (14, 42), (365, 24 * 7), (0.6, 1.8)]
)
def test_an_eighth_of_the_time_between_two_chapters(days, hours):
    assert check_every(every(days), NOW) == pytest.approx(
        timedelta(hours=hours), abs=timedelta(seconds=1)
    )


def test_of_what_nothing_is_known_a_day_is_waited_for():
    assert check_every([], NOW) == UNKNOWN


def test_a_series_that_fell_silent_is_asked_for_more_rarely():
    assert check_every(every(7, silent=64), NOW) == timedelta(days=4)


def test_chapters_that_come_together_are_no_rhythm_of_their_own():
    weekly = every(7)
    in_threes = [moment - timedelta(minutes=at) for moment in weekly for at in range(3)]

    assert check_every(in_threes, NOW) == pytest.approx(check_every(weekly, NOW), rel=0.01)


@given(times, st.booleans())
def test_never_more_often_than_every_hour_nor_more_rarely_than_every_week(moments, is_over):
    assert OFTENEST <= check_every(moments, NOW, is_over=is_over) <= RAREST


@given(times)
def test_what_is_over_is_never_asked_for_more_often(moments):
    assert check_every(moments, NOW) <= check_every(moments, NOW, is_over=True)


@given(times, st.randoms())
def test_the_order_of_the_moments_does_not_matter(moments, random):
    mixed = list(moments)
    random.shuffle(mixed)

    assert check_every(mixed, NOW) == check_every(moments, NOW)


@given(times, st.integers(0, 300).map(lambda days: timedelta(days=days)))
def test_more_silence_never_means_asking_more_often(moments, more):
    known = [moment for moment in moments if moment <= NOW]

    assert check_every(known, NOW + more) >= check_every(known, NOW)


@given(st.integers(min_value=0, max_value=10_000))
def test_after_failures_the_pause_grows_to_a_day(failures):
    pause = pause_after(failures)

    assert FIRST_PAUSE <= pause <= LONGEST_PAUSE
    assert pause_after(failures + 1) >= pause
