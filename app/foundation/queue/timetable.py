"""What is done by itself: rows that say when, and the moment that turns them into jobs.

Any worker may look; a row that is due is taken by one of them (`SKIP LOCKED`), and its job and
its next time are written together. A time that was missed is made up for once.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.errors import NotFound
from app.foundation.db import now
from app.foundation.queue.models import TimetableEntry
from app.foundation.queue.registry import KINDS, SOON, JobKind
from app.foundation.queue.service import enqueue

FIRST_WAIT = 300.0
"""The longest wait, in seconds, of fixed work for its first time: so that it is seen to work."""
AT_ONCE = 100


class Plan(msgspec.Struct, frozen=True):
    """One line that ought to stand in the timetable. Work of one key is never done twice at once."""

    key: str
    every: float
    """Seconds from one time to the next."""
    args: dict[str, Any] = {}
    first: float | None = None
    """Seconds until the first time; None is a whole round."""


type Planner = Callable[[AsyncSession], Awaitable[Sequence[Plan]]]
_planners: dict[str, Planner] = {}


def plans_of(kind: JobKind) -> Callable[[Planner], Planner]:
    """The decorated function says which lines of this kind there ought to be at the moment."""

    def register(planner: Planner) -> Planner:
        _planners[kind.name] = planner
        return planner

    return register


class Timetable:
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions

    async def turn(self) -> None:
        """Write down what is planned now, and ask for what is due."""
        async with self.sessions() as session:
            await self._plan(session)
            await session.commit()
        async with self.sessions() as session:
            await self._ask_for_due(session)
            await session.commit()

    async def _plan(self, session: AsyncSession) -> None:
        planned = [
            (kind.name, Plan("", kind.every, first=min(kind.every, FIRST_WAIT)))
            for kind in KINDS.values()
            if kind.every is not None
        ]
        for name, planner in _planners.items():
            planned += [(name, plan) for plan in await planner(session)]
        await _strike_all_but(session, {(name, plan.key) for name, plan in planned})
        if planned:
            await _write(session, planned)

    async def _ask_for_due(self, session: AsyncSession) -> None:
        moment = now()
        due = await session.scalars(
            select(TimetableEntry)
            .where(TimetableEntry.enabled, TimetableEntry.next_run_at <= moment)
            .order_by(TimetableEntry.next_run_at)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        for entry in due.all():
            kind = KINDS.get(entry.kind)
            if kind is not None:
                await enqueue(session, kind, key=entry.key, **kind.arguments(entry.args))
            entry.next_run_at = next_time(entry, moment)


def next_time(entry: TimetableEntry, moment: datetime) -> datetime:
    """Keeps its hour; after a long absence it begins anew from now."""
    every = timedelta(seconds=entry.every_seconds)
    following = entry.next_run_at + every
    return following if following > moment else moment + every


async def run_now(session: AsyncSession, name: str, key: str) -> None:
    """Ask for it before its time; its next time stays."""
    entry = await _entry(session, name, key)
    kind = KINDS[entry.kind]
    await enqueue(session, kind, key=entry.key, priority=SOON, **kind.arguments(entry.args))


async def switch(session: AsyncSession, name: str, key: str, *, on: bool) -> None:
    entry = await _entry(session, name, key)
    entry.enabled = on
    if on and entry.next_run_at < now():
        entry.next_run_at = next_time(entry, now())


async def _entry(session: AsyncSession, name: str, key: str) -> TimetableEntry:
    entry = await session.get(TimetableEntry, (name, key))
    if entry is None or entry.kind not in KINDS:
        raise NotFound("The timetable does not know this work.")
    return entry


async def _strike_all_but(session: AsyncSession, planned: set[tuple[str, str]]) -> None:
    place = tuple_(TimetableEntry.kind, TimetableEntry.key)
    await session.execute(delete(TimetableEntry).where(place.not_in(planned)))


async def _write(session: AsyncSession, planned: Iterable[tuple[str, Plan]]) -> None:
    moment = now()
    rows = [
        {
            "kind": name,
            "key": plan.key,
            "args": plan.args,
            "every_seconds": round(plan.every),
            "next_run_at": moment
            + timedelta(seconds=plan.every if plan.first is None else plan.first),
            "enabled": True,
        }
        for name, plan in planned
    ]
    wish = insert(TimetableEntry).values(rows)
    # A line that gets another rhythm takes it up from now on.
    await session.execute(
        wish.on_conflict_do_update(
            index_elements=["kind", "key"],
            set_={
                "args": wish.excluded.args,
                "every_seconds": wish.excluded.every_seconds,
                "next_run_at": wish.excluded.next_run_at,
            },
            where=TimetableEntry.every_seconds != wish.excluded.every_seconds,
        )
    )
