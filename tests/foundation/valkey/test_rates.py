"""Counting in Valkey, and without it."""

import asyncio
from pathlib import Path

import pytest
import valkey.asyncio

from app.foundation.db import new_id
from app.foundation.embedded.valkey import EmbeddedValkey
from app.foundation.valkey.rates import PAUSE, PREFIX, Allowance, LocalCount, Rates


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def rates(valkey_url: str):
    made = Rates(valkey_url)
    yield made
    await made.close()


def allowance(quota: int, **more: int) -> Allowance:
    return Allowance(new_id().hex, quota, **more)


async def test_what_is_used_up_is_refused_until_some_of_it_is_back(rates):
    of_five = allowance(5, window=60)

    taken = [await rates.take(of_five, "alice") for _ in range(6)]

    assert [one.wait > 0 for one in taken] == [False] * 5 + [True]
    assert [one.left for one in taken] == [4, 3, 2, 1, 0, 0]
    # Seconds that the machine takes for this count as well.
    assert 0 < taken[5].wait <= 12 and 48 < taken[4].reset <= 60
    assert (await rates.take(of_five, "bob")).wait == 0


async def test_it_comes_back_evenly(rates):
    fast = allowance(10, window=1)
    while not (await rates.take(fast, "alice")).wait:
        pass

    async with asyncio.timeout(5):
        while (await rates.take(fast, "alice")).wait:
            pass


async def test_of_a_hundred_at_once_no_more_come_through_than_may(valkey_url):
    of_forty = allowance(40, window=3600)
    processes = [Rates(valkey_url) for _ in range(4)]

    taken = await asyncio.gather(
        *(processes[number % 4].take(of_forty, "alice") for number in range(100))
    )

    assert sum(not one.wait for one in taken) == 40
    for process in processes:
        await process.close()


async def test_a_handful_costs_one_question_and_never_gives_too_much(rates, monkeypatch):
    of_fifty = allowance(50, window=3600, handful=10)
    asked = []
    count = rates._count

    async def counted(*given):
        asked.append(given)
        return await count(*given)

    monkeypatch.setattr(rates, "_count", counted)
    taken = [await rates.take(of_fifty, "alice") for _ in range(60)]

    assert [one.wait == 0 for one in taken] == [True] * 50 + [False] * 10
    assert len(asked) == 5 + 10
    assert [one.left for one in taken[:50]] == list(reversed(range(50)))


@pytest.mark.parametrize("nonsense", ["what", "-5", "1e400", "9" * 40])
async def test_SEC54_what_somebody_else_wrote_there_shuts_nobody_out(rates, valkey_url, nonsense):
    of_five = allowance(5, window=1)
    async with valkey.asyncio.Valkey.from_url(valkey_url) as client:
        await client.set(f"{PREFIX}{of_five.name}:alice", nonsense)

    async with asyncio.timeout(5):
        while (await rates.take(of_five, "alice")).wait:
            pass


async def test_SEC62_it_counts_by_itself_while_valkey_is_away_and_goes_back(tmp_path: Path):
    clock, of_five = Clock(), allowance(5, window=3600)
    with EmbeddedValkey(tmp_path / "data", tmp_path / "run") as server:
        url = server.url
        rates = Rates(url, clock)
        assert (await rates.take(of_five, "alice")).left == 4

    alone = [await rates.take(of_five, "alice") for _ in range(6)]
    assert [one.wait == 0 for one in alone] == [True] * 5 + [False]

    with EmbeddedValkey(tmp_path / "data", tmp_path / "run"):
        clock.now += PAUSE + 0.1
        again = await rates.take(of_five, "alice")
        assert (again.left, again.wait) == (3, 0), "what Valkey kept counts again"
    await rates.close()


async def test_a_valkey_that_does_not_answer_costs_one_wait_and_no_more():
    silent = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    clock = Clock()
    rates = Rates(f"valkey://127.0.0.1:{port}", clock)
    waited = asyncio.get_running_loop().time()

    taken = [await rates.take(allowance(5), "alice") for _ in range(20)]

    assert not any(one.wait for one in taken)
    assert asyncio.get_running_loop().time() - waited < 10
    await rates.close()
    silent.close()


def test_the_local_count_remembers_a_bounded_number_of_names(monkeypatch):
    monkeypatch.setattr("app.foundation.valkey.rates.MOST_NAMES", 3)
    count = LocalCount(Clock())

    for number in range(10):
        count.take(str(number), 1000, 5000, 1)

    assert len(count._spent) == 3
