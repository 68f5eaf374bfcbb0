"""Jobs as the screen shows them."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.queue.models import Job, JobState, TimetableEntry
from app.library.models import Library

SHOWN = 50
MOST_COUNTED = 1000


class Line(NamedTuple):
    job: Job
    subject: str | None
    """For what: the name of a library, if it is still there."""
    asked_by: str | None


class Due(NamedTuple):
    entry: TimetableEntry
    subject: str | None


type Edge = tuple[datetime, UUID]


async def unfinished(session: AsyncSession) -> list[Line]:
    """What runs, then what waits in the order it will be begun; at most SHOWN of each."""
    running = await session.execute(
        _jobs().where(Job.state == JobState.RUNNING).order_by(Job.started_at, Job.id).limit(SHOWN)
    )
    waiting = await session.execute(
        _jobs()
        .where(Job.state == JobState.WAITING)
        .order_by(Job.priority.desc(), Job.run_at, Job.id)
        .limit(SHOWN)
    )
    return [Line(*row) for row in [*running, *waiting]]


async def ended(session: AsyncSession, after: Edge | None) -> tuple[list[Line], Edge | None]:
    """The last ones first; and where the list goes on."""
    query = _jobs().where(Job.finished_at.is_not(None))
    if after is not None:
        query = query.where(
            (Job.finished_at < after[0]) | ((Job.finished_at == after[0]) & (Job.id > after[1]))
        )
    rows = await session.execute(query.order_by(Job.finished_at.desc(), Job.id).limit(SHOWN + 1))
    found = rows.all()
    edge: Edge | None = None
    if len(found) > SHOWN:
        last = found[SHOWN - 1].Job
        assert last.finished_at is not None
        edge = (last.finished_at, last.id)
    return [Line(*row) for row in found[:SHOWN]], edge


async def how_many(session: AsyncSession, *states: JobState) -> list[int]:
    """Of each state; no more than MOST_COUNTED are counted."""
    some = [
        select(Job.id).where(Job.state == state).limit(MOST_COUNTED).subquery() for state in states
    ]
    counts = [select(func.count()).select_from(one).scalar_subquery() for one in some]
    return list((await session.execute(select(*counts))).one())


async def timetable(session: AsyncSession) -> list[Due]:
    rows = await session.execute(
        select(TimetableEntry, Library.name)
        .outerjoin(Library, cast(Library.id, Text) == TimetableEntry.key)
        .order_by(TimetableEntry.enabled.desc(), TimetableEntry.next_run_at, TimetableEntry.key)
        .limit(SHOWN)
    )
    return [Due(*row) for row in rows]


def _jobs() -> Select[Job, str | None, str | None]:
    return (
        select(Job, Library.name, User.name)
        .outerjoin(Library, cast(Library.id, Text) == Job.key)
        .outerjoin(User, User.id == Job.requested_by)
    )
