"""The same rules by one process alone and by all together through Valkey."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
import valkey.asyncio
import valkey.exceptions

from app.foundation.http import SharedPace
from app.foundation.http.pacing import (
    BREAKS_AFTER,
    FIRST_REST,
    FORGOTTEN_AFTER,
    LEASE,
    LONGEST_PAUSE,
    LONGEST_REST,
    MOST_HOSTS,
    LocalPace,
    Pace,
    Rate,
    new_place,
)
from app.foundation.http.shared_pacing import _keys

SLOW = Rate(per_second=0.001, burst=3, places=50)
NARROW = Rate(per_second=1000, burst=1000, places=2)


@pytest.fixture
def key() -> str:
    return f"host-{uuid.uuid4()}.example"


@pytest.fixture
async def client(valkey_url: str) -> AsyncIterator[valkey.asyncio.Valkey]:
    client = valkey.asyncio.Valkey.from_url(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture(params=["alone", "together"])
def pace(request, client) -> Pace:
    return LocalPace() if request.param == "alone" else SharedPace(client)


async def test_after_the_burst_one_waits_for_the_next_token(pace: Pace, key: str) -> None:
    turns = [await pace.take(key, SLOW, new_place()) for _ in range(5)]

    assert [turn.wait == 0 for turn in turns] == [True] * 3 + [False] * 2
    assert 900 < turns[3].wait <= 1000 and not turns[3].is_rest


async def test_no_more_places_are_taken_than_there_are(pace: Pace, key: str) -> None:
    first, second, third = (new_place() for _ in range(3))
    assert (await pace.take(key, NARROW, first)).wait == 0
    assert (await pace.take(key, NARROW, second)).wait == 0
    assert 0 < (await pace.take(key, NARROW, third)).wait < 1

    await pace.give_back(key, first)

    assert (await pace.take(key, NARROW, third)).wait == 0


async def test_a_pause_is_kept_and_the_longer_of_two_counts(pace: Pace, key: str) -> None:
    await pace.take(key, NARROW, new_place())
    await pace.pause(key, 60)
    await pace.pause(key, 5)

    turn = await pace.take(key, NARROW, new_place())

    assert turn.is_rest and 55 < turn.wait <= 60


async def test_SEC68_failures_in_a_row_break_the_line_for_a_growing_time(
    pace: Pace, key: str
) -> None:
    for _ in range(BREAKS_AFTER - 1):
        await pace.failed(key)
    assert not (await pace.take(key, NARROW, new_place())).is_rest

    await pace.failed(key)
    first = await pace.take(key, NARROW, new_place())
    await pace.failed(key)
    second = await pace.take(key, NARROW, new_place())

    assert first.is_rest and second.is_rest
    assert 3 < first.wait <= 5 < second.wait <= 10


async def test_SEC68_no_host_is_left_alone_for_ever(pace: Pace, key: str) -> None:
    for _ in range(BREAKS_AFTER + 12):
        await pace.failed(key)

    assert LONGEST_REST - 5 < await pace.rest_of(key) <= LONGEST_REST


async def test_SEC68_what_one_process_met_holds_for_the_others(client, key: str) -> None:
    first, second = SharedPace(client), SharedPace(client)

    for _ in range(BREAKS_AFTER):
        await first.failed(key)
    broken = await second.rest_of(key)
    await first.pause(key, 60)
    await first.pause(key, 5)

    assert 3 < broken <= FIRST_REST and 55 < await second.rest_of(key) <= 60


async def test_nobody_may_ask_for_a_pause_without_end(pace: Pace, key: str) -> None:
    await pace.pause(key, 1e9)

    assert LONGEST_PAUSE - 5 < await pace.rest_of(key) <= LONGEST_PAUSE


async def test_together_too_a_host_that_failed_is_tried_by_one_at_a_time(client, key: str) -> None:
    pace = SharedPace(client)
    await client.hset(_keys(key)[0], "failures", BREAKS_AFTER)

    turns = [await pace.take(key, NARROW, new_place()) for _ in range(2)]

    assert [turn.wait == 0 for turn in turns] == [True, False]


async def test_whoever_shows_a_host_is_told_how_long_it_rests(pace: Pace, key: str) -> None:
    before = await pace.rest_of(key)

    await pace.pause(key, 90)

    assert before == 0 and 80 < await pace.rest_of(key) <= 90


async def test_SEC54_what_somebody_else_wrote_there_shuts_no_host_out_for_ever(
    client, key: str
) -> None:
    pace = SharedPace(client)
    await client.hset(f"bunko:pace:{{{key}}}", "rests_until", "1e999")

    turn = await pace.take(key, NARROW, new_place())

    assert turn.is_rest and LONGEST_PAUSE - 5 < await pace.rest_of(key) <= turn.wait
    until = float(await client.hget(_keys(key)[0], "rests_until"))
    assert until <= (await client.time())[0] + LONGEST_PAUSE + 1
    assert turn.wait <= LONGEST_PAUSE


async def test_a_success_forgives_the_failures_before_it(pace: Pace, key: str) -> None:
    for _ in range(2):
        for _ in range(BREAKS_AFTER - 1):
            await pace.failed(key)
        await pace.went_well(key)

    assert (await pace.take(key, NARROW, new_place())).wait == 0


async def test_a_host_that_failed_is_tried_by_one_at_a_time(key: str) -> None:
    moment = 1000.0
    pace = LocalPace(lambda: moment)
    for _ in range(BREAKS_AFTER):
        await pace.failed(key)
    moment += 6

    turns = [await pace.take(key, NARROW, new_place()) for _ in range(2)]

    assert [turn.wait == 0 for turn in turns] == [True, False]


async def test_the_place_of_a_dead_process_is_free_after_its_lease(key: str) -> None:
    moment = 1000.0
    pace = LocalPace(lambda: moment)
    for _ in range(NARROW.places):
        await pace.take(key, NARROW, "dead")
        await pace.take(key, NARROW, "dead too")
    moment += LEASE + 1

    assert (await pace.take(key, NARROW, new_place())).wait == 0


async def test_all_workers_together_keep_to_one_rate(client, key: str) -> None:
    paces = [SharedPace(client) for _ in range(4)]

    turns = await asyncio.gather(
        *(pace.take(key, SLOW, new_place()) for pace in paces for _ in range(5))
    )

    assert sum(turn.wait == 0 for turn in turns) == SLOW.burst


async def test_while_valkey_is_away_one_goes_on_more_slowly(key: str, caplog) -> None:
    nowhere = valkey.asyncio.Valkey.from_url("unix:///nowhere/valkey.sock")
    pace = SharedPace(nowhere)
    rate = Rate(per_second=2, burst=4, places=4)

    place = new_place()
    first = await pace.take(key, rate, place)
    await pace.give_back(key, place)
    second = await pace.take(key, rate, new_place())
    for _ in range(BREAKS_AFTER):
        await pace.failed(key)
    third = await pace.take(key, rate, new_place())

    assert first.wait == 0
    assert 1.5 < second.wait <= 2  # a quarter of two a second
    assert third.is_rest
    assert caplog.text.count("quarter of the rate") == 1


async def test_a_pause_that_is_over_already_is_no_failure(pace: Pace, key: str) -> None:
    for _ in range(BREAKS_AFTER + 1):
        await pace.pause(key, 0)
        await pace.pause(key, -5)

    assert (await pace.take(key, NARROW, new_place())).wait == 0


async def test_SEC62_a_pause_outlives_a_valkey_that_forgets_everything(client, key: str) -> None:
    pace = SharedPace(client)
    await pace.pause(key, 60)
    await client.delete(*_keys(key))

    turn = await pace.take(key, NARROW, new_place())

    assert turn.is_rest and await pace.rest_of(key) > 50


async def test_a_clock_that_is_set_back_stops_nobody(client, key: str) -> None:
    """Of the machine that Valkey runs on; what was written by its old time lies ahead now."""
    pace, [host, places] = SharedPace(client), _keys(key)
    ahead = (await client.time())[0] + 86_400
    await client.hset(host, mapping={"tokens": "0", "filled_at": ahead, "rests_until": "0"})
    await client.zadd(places, {"dead": ahead, "dead too": ahead + 1})

    turn = await pace.take(key, NARROW, new_place())

    assert turn.wait < 1 and await client.zcard(places) <= 1


async def test_places_that_were_given_back_while_valkey_was_away_are_told_later(
    client, key: str, monkeypatch
) -> None:
    pace, place = SharedPace(client), new_place()
    await pace.take(key, NARROW, place)

    async def away(*_: object, **__: object) -> None:
        raise valkey.exceptions.ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(pace, "_take", away)
        patched.setattr(client, "zrem", away)
        await pace.give_back(key, place)
        await pace.take(key, NARROW, new_place())
        await pace.settle()
    await pace.settle()

    assert await client.zcard(_keys(key)[1]) == 0


async def test_a_place_is_held_as_long_as_somebody_says_so(pace: Pace, key: str, client) -> None:
    await pace.take(key, NARROW, "mine")
    await pace.hold(key, "mine")
    await pace.hold(key, "never taken")

    if isinstance(pace, SharedPace):
        [(held, until)] = await client.zrange(_keys(key)[1], 0, -1, withscores=True)
        assert held == b"mine" and until > (await client.time())[0] + LEASE - 5
    else:
        assert list(pace._hosts[key].places) == ["mine"]


def test_hosts_that_are_at_peace_are_forgotten_when_there_are_many() -> None:
    moment = 0.0
    pace = LocalPace(lambda: moment)
    for number in range(MOST_HOSTS):
        pace._host(f"node-{number}.example", NARROW)
    moment += FORGOTTEN_AFTER + 1

    pace._host("one.more.example", NARROW)

    assert len(pace._hosts) == 1
