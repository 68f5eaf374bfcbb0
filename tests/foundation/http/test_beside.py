"""What is sent beside the work, which nobody waits for."""

import asyncio

import pytest
from structlog.testing import capture_logs

from app.foundation.http import Resting
from app.foundation.http import beside as module
from app.foundation.http.beside import AT_ONCE, MOST_WAITING, Beside
from app.foundation.http.counting import count_one, requests_sent
from app.foundation.http.errors import CannotConnect
from app.foundation.security.logs import SHOWN


@pytest.fixture
def beside() -> Beside:
    return Beside()


async def test_a_few_go_at_once_and_more_than_can_wait_are_dropped(beside) -> None:
    under_way, gate = [], asyncio.Event()

    async def ask() -> None:
        under_way.append(1)
        await gate.wait()

    for _ in range(AT_ONCE):
        beside.send(ask)
    await asyncio.sleep(0)
    for _ in range(MOST_WAITING + 2):
        beside.send(ask)
    await asyncio.sleep(0)

    assert len(under_way) == AT_ONCE and beside.dropped == 2
    gate.set()
    await beside.settle()
    assert len(under_way) == AT_ONCE + MOST_WAITING and beside.dropped == 2


async def test_a_host_that_rests_is_sent_nothing_of_what_waits(beside, monkeypatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    asked = []

    async def ask() -> None:
        asked.append(1)
        raise Resting("report.example", 60)

    for _ in range(5):
        beside.send(ask)
    await beside.settle()

    assert len(asked) == 1 and beside.dropped == 5


async def test_what_is_dropped_is_told_once_a_minute_and_why(beside) -> None:
    async def ask() -> None:
        raise Resting("report.example", 60)

    with capture_logs() as told:
        for _ in range(3):
            beside.send(ask)
            await beside.settle()

    [line] = told
    assert line["reason"].startswith("report.example is left alone")
    assert set(line) - {"log_level"} <= SHOWN and beside.dropped == 3


async def test_one_that_fails_is_dropped_alone(beside) -> None:
    sent = []

    async def fail() -> None:
        raise CannotConnect("report.example")

    async def ask() -> None:
        sent.append(1)

    beside.send(fail)
    beside.send(ask)
    await beside.settle()

    assert sent == [1] and beside.dropped == 1


async def test_what_hangs_at_the_end_is_dropped_and_leaves_no_task(beside) -> None:
    before = asyncio.all_tasks()
    for _ in range(AT_ONCE + 2):
        beside.send(asyncio.Event().wait)

    await beside.settle(0.01)

    assert beside.dropped == AT_ONCE + 2 and asyncio.all_tasks() == before


async def test_what_ends_in_one_moment_leaves_room_for_the_next(beside) -> None:
    """Also before the loop has told anybody that it ended."""
    sent = []

    async def ask() -> None:
        sent.append(1)
        if len(sent) == AT_ONCE:
            asyncio.get_running_loop().call_soon(beside.send, ask)

    for _ in range(AT_ONCE):
        beside.send(ask)
    await beside.settle()
    await beside.settle()

    assert len(sent) == AT_ONCE + 1


async def test_it_counts_for_nobody_who_counts_their_own_questions(beside) -> None:
    async def ask() -> None:
        count_one()

    with requests_sent() as sent:
        beside.send(ask)
        await beside.settle()

    assert sent.number == 0
