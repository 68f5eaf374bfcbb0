import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.auth.throttle import LONGEST_WAIT, Throttles, account_anywhere, account_here
from app.foundation.db import now, session_maker
from app.foundation.web.client import Client


def test_SEC09_the_wait_doubles_and_ends_at_a_quarter_of_an_hour() -> None:
    limit = account_here("alice", "127.0.0.1")

    waits = [int(limit.wait_after(n).total_seconds()) for n in range(4, 9)]

    assert waits == [0, 1, 2, 4, 8]
    assert limit.wait_after(10_000) == LONGEST_WAIT
    assert account_anywhere("alice").wait_after(10_000) == timedelta(minutes=1)


def test_SEC09_an_ipv6_network_is_counted_by_its_64_bits() -> None:
    first, second = Client("2001:db8::1", "http", "x"), Client("2001:db8::ffff:1", "http", "x")

    assert first.network == second.network == "2001:db8::/64"


async def test_SEC09_tries_at_once_are_each_counted_and_a_refused_one_is_not(
    engine: AsyncEngine, session: AsyncSession
) -> None:
    moment = now()
    throttles = Throttles(session_maker(engine), clock=lambda: moment)
    limit = account_here("alice", "127.0.0.1")

    waits = await asyncio.gather(*(throttles.take(limit) for _ in range(20)))

    assert waits.count(0) == 5
    assert await throttles.wait(limit) == 1
