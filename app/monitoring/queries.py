"""Jobs as the screen shows them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, func, select
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
    return await _lines(session, [*running, *waiting])


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
    return await _lines(session, found[:SHOWN]), edge


async def how_many(session: AsyncSession, state: JobState) -> int:
    """No more than MOST_COUNTED are counted."""
    some = select(Job.id).where(Job.state == state).limit(MOST_COUNTED).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def timetable(session: AsyncSession) -> list[Due]:
    rows = await session.scalars(
        select(TimetableEntry)
        .order_by(TimetableEntry.enabled.desc(), TimetableEntry.next_run_at, TimetableEntry.key)
        .limit(SHOWN)
    )
    entries = rows.all()
    names = await _library_names(session, [entry.key for entry in entries])
    return [Due(entry, names.get(entry.key)) for entry in entries]


def _jobs() -> Select[Job, str]:
    return select(Job, User.name).outerjoin(User, User.id == Job.requested_by)


async def _lines(session: AsyncSession, rows: Sequence[Row[Job, str]]) -> list[Line]:
    names = await _library_names(session, [job.key or "" for job, _ in rows])
    return [Line(job, names.get(job.key or ""), asked_by) for job, asked_by in rows]


async def _library_names(session: AsyncSession, keys: Iterable[str]) -> dict[str, str]:
    ids = set()
    for key in keys:
        try:
            ids.add(UUID(key))
        except ValueError:
            continue
    if not ids:
        return {}
    rows = await session.execute(select(Library.id, Library.name).where(Library.id.in_(ids)))
    return {str(row.id): row.name for row in rows}
