"""Tries are counted before they are made, in a transaction of their own.

So a request that fails, is rolled back or never ends has counted all the same, and two hundred
at once are two hundred tries. The counters live in Postgres because Valkey may be flushed.
A try that is refused because of an earlier one is not counted: nobody can keep a door shut for
ever by knocking, and the longest wait is a quarter of an hour.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.auth.models import Throttle
from app.errors import TooManyTries
from app.foundation.db import now

LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)


class Limit(msgspec.Struct, frozen=True):
    """`free` tries cost nothing; each further one doubles the wait before the next, which begins
    with `step` seconds."""

    key: str
    free: int
    longest: timedelta = LONGEST_WAIT
    forgotten_after: timedelta = FORGOTTEN_AFTER
    then_longest: bool = False
    """The first wait is the longest already."""
    step: int = 1

    def wait_after(self, failures: int) -> timedelta:
        if failures < self.free:
            return timedelta()
        if self.then_longest:
            return self.longest
        # Beyond 2^12 seconds every wait is the longest.
        return min(timedelta(seconds=self.step * 2 ** min(failures - self.free, 12)), self.longest)


def account_here(name_key: str, network: str) -> Limit:
    """One name from one network."""
    return Limit(f"account:{_hidden(name_key)}:{network}", free=5)


def account_anywhere(name_key: str) -> Limit:
    """One name from all networks together. The short wait leaves gaps for its person."""
    return Limit(f"account:{_hidden(name_key)}", free=50, longest=timedelta(minutes=1))


def network(address: str, door: str = "login") -> Limit:
    """All names from one network: an IPv4 address or an IPv6 /64."""
    return Limit(f"network:{door}:{address}", free=30, forgotten_after=timedelta(hours=1))


def letters_to(name_key: str) -> Limit:
    """Letters with a link to one person, wherever they were asked for."""
    return Limit(f"letters:{_hidden(name_key)}", free=3, forgotten_after=timedelta(hours=1))


def second_step(user_id: UUID) -> Limit:
    """Codes after the password, from wherever: five in a quarter of an hour (ASVS 5.0, 6.6.3)."""
    quarter = LONGEST_WAIT
    return Limit(f"second:{user_id}", free=5, forgotten_after=quarter, then_longest=True)


class Throttles:
    def __init__(
        self, maker: async_sessionmaker[AsyncSession], clock: Callable[[], datetime] = now
    ) -> None:
        self.maker = maker
        self.clock = clock

    async def take(self, *limits: Limit) -> int:
        """Count a try with every limit. Seconds to wait where one refuses; 0 lets it through."""
        # Always in one order, so that two requests never wait for each other.
        async with self.maker() as session, session.begin():
            for limit in sorted(limits, key=lambda limit: limit.key):
                wait = await self._take_one(session, limit)
                if wait > 0:
                    await session.rollback()
                    return wait
        return 0

    async def clear(self, *limits: Limit) -> None:
        """The try was a good one."""
        async with self.maker() as session, session.begin():
            keys = [limit.key for limit in limits]
            await session.execute(delete(Throttle).where(Throttle.key.in_(keys)))

    async def wait(self, *limits: Limit) -> int:
        """Seconds until all of these let a try through."""
        async with self.maker() as session:
            until = await session.scalar(
                select(func.max(Throttle.blocked_until)).where(
                    Throttle.key.in_([limit.key for limit in limits])
                )
            )
        return _seconds(until, self.clock())

    async def forget_old(self) -> None:
        async with self.maker() as session, session.begin():
            old = self.clock() - FORGOTTEN_AFTER
            await session.execute(delete(Throttle).where(Throttle.updated_at < old))

    async def _take_one(self, session: AsyncSession, limit: Limit) -> int:
        moment = self.clock()
        await session.execute(
            insert(Throttle)
            .values(key=limit.key, failures=0, updated_at=moment)
            .on_conflict_do_nothing()
        )
        row = (
            await session.scalars(
                select(Throttle).where(Throttle.key == limit.key).with_for_update()
            )
        ).one()
        wait = _seconds(row.blocked_until, moment)
        if wait == 0:
            is_old = row.updated_at < moment - limit.forgotten_after
            row.failures = 1 if is_old else row.failures + 1
            row.updated_at = moment
            wait_after = limit.wait_after(row.failures)
            # Another may have begun before `moment` and come here after it: a free try keeps
            # nobody waiting, not even for the blink between the two.
            row.blocked_until = moment + wait_after if wait_after else None
            await session.flush()
        return wait


async def refusal_of(throttles: Throttles, address: str, door: str) -> TooManyTries | None:
    """A try from this network is counted; what to answer where it was one too many."""
    wait = await throttles.take(network(address, door))
    return TooManyTries("There were too many tries from your network.", wait) if wait else None


async def forget_account(session: AsyncSession, names: Sequence[str]) -> None:
    """Let the person in again at once, wherever they are: someone with the right to has said so."""
    for name in names:
        prefix = f"account:{_hidden(name)}"
        await session.execute(delete(Throttle).where(Throttle.key.startswith(prefix)))


def _hidden(name_key: str) -> str:
    # People type passwords into the wrong field.
    return sha256(name_key.encode()).hexdigest()[:32]


def _seconds(until: datetime | None, moment: datetime) -> int:
    """Whole seconds from `moment` to `until`, rounded up."""
    left = (until - moment).total_seconds() if until is not None else 0.0
    return max(0, -int(-left // 1))
