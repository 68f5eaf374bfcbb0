"""Asking for work, and changing one's mind."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.foundation.db import new_id, now
from app.foundation.queue.models import ACTIVE, Job, JobState
from app.foundation.queue.registry import JobKind
from app.foundation.queue.wake import ring_after_commit


async def enqueue(
    session: AsyncSession,
    kind: JobKind,
    *,
    key: str | None = None,
    priority: int | None = None,
    run_at: datetime | None = None,
    requested_by: UUID | None = None,
    **args: Any,
) -> UUID:
    """The id of a job that will do this: a new one, or the active one with this key."""
    values = {
        "id": new_id(),
        "kind": kind.name,
        "args": msgspec.to_builtins(args),
        "key": key,
        "priority": kind.priority if priority is None else priority,
        "run_at": run_at or now(),
        "max_attempts": kind.retries,
        "requested_by": requested_by,
    }
    fresh = await session.scalar(
        insert(Job)
        .values(values)
        .on_conflict_do_nothing(index_elements=["kind", "key"], index_where=text(ACTIVE))
        .returning(Job.id)
    )
    ring_after_commit(session, kind.name)
    return fresh or await _active(session, kind, key)


async def _active(session: AsyncSession, kind: JobKind, key: str | None) -> UUID:
    return (
        await session.scalars(
            select(Job.id).where(Job.kind == kind.name, Job.key == key, text(ACTIVE))
        )
    ).one()


async def cancel(session: AsyncSession, job_id: UUID) -> None:
    """A waiting job is cancelled at once, a running one when it next looks up."""
    asked = await session.scalar(
        update(Job)
        .where(Job.id == job_id, text(ACTIVE))
        .values(cancel_requested_at=now())
        .returning(Job.state)
    )
    if asked is None:
        raise NotFound("This job is not waiting or running any more.")
    await session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.WAITING)
        .values(state=JobState.CANCELLED, finished_at=now())
    )


async def retry(session: AsyncSession, job_id: UUID) -> None:
    """Begin a failed or cancelled job anew, with all its attempts."""
    kind = await session.scalar(
        update(Job)
        .where(Job.id == job_id, Job.state.in_([JobState.FAILED, JobState.CANCELLED]))
        .values(
            state=JobState.WAITING,
            attempts=0,
            run_at=now(),
            finished_at=None,
            cancel_requested_at=None,
        )
        .returning(Job.kind)
    )
    if kind is None:
        raise NotFound("Only a failed or cancelled job can be tried again.")
    ring_after_commit(session, kind)
