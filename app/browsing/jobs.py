"""Marks of reading that are too many for one request; acts that nobody can take back any more."""

from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.browsing.models import ShelfAct
from app.browsing.selection import KEPT, MARKS, Chosen
from app.foundation.db import now
from app.foundation.queue import LOW, NotNow, Run, enqueue, hours, job, minutes
from app.foundation.queue.models import Job, JobState

ACTIVE = (JobState.WAITING, JobState.RUNNING)
A_MOMENT = 2.0


@job(timeout=minutes(60), retries=5)
async def mark_series(run: Run, act_id: UUID, undo: bool = False) -> None:
    """A transaction for every few thousand chapters. Safe to run twice: what is marked already, at
    the moment of the act, is left alone. Stops where the act was taken back meanwhile."""
    async with run.session_maker() as session:
        act = await session.get(ShelfAct, act_id)
        if act is None:
            return
        if undo and await _still_marking(session, act_id):
            raise NotNow("The marking ends first.", wait=A_MOMENT)
        person = await session.get(User, act.user_id, options=[joinedload(User.preference)])
        if person is None:
            return
        chosen = await Chosen.still(session, person, act.library_id, act.ids)
    marked = 0
    await run.report(0, chosen.chapters)
    for step in chosen.steps():
        run.check()
        async with run.transaction() as session:
            if not undo and await _taken_back(session, act_id):
                return
            await MARKS[act.kind, undo](session, person, step, act.at)
        marked += sum(chosen.sizes[series_id] for series_id in step)
        await run.report(marked, chosen.chapters)


@job(timeout=minutes(10), retries=3, priority=LOW, every=hours(24))
async def forget_acts(run: Run) -> None:
    """What was done to many series can be taken back for a day; then nobody needs to know."""
    async with run.transaction() as session:
        await session.execute(delete(ShelfAct).where(ShelfAct.at < now() - KEPT))


async def mark_series_later(session: AsyncSession, act: ShelfAct, *, undo: bool = False) -> None:
    key = f"{act.id} undo" if undo else str(act.id)
    asked_by = act.user_id
    await enqueue(session, mark_series, key=key, requested_by=asked_by, act_id=act.id, undo=undo)


async def _taken_back(session: AsyncSession, act_id: UUID) -> bool:
    gone = select(ShelfAct.undone_at.is_not(None)).where(ShelfAct.id == act_id)
    return await session.scalar(gone) is not False


async def _still_marking(session: AsyncSession, act_id: UUID) -> bool:
    active = exists().where(
        Job.kind == mark_series.name, Job.key == str(act_id), Job.state.in_(ACTIVE)
    )
    return bool(await session.scalar(select(active)))
