"""Asking for work, and changing one's mind."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, NotFound
from app.foundation.db import new_id, now
from app.foundation.queue.herald import CANCEL
from app.foundation.queue.models import ACTIVE, Job, JobState
from app.foundation.queue.registry import JobKind, topics_of
from app.foundation.queue.wake import ring_after_commit, tell_after_commit


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
    values = _row(kind, key, args) | {
        "priority": kind.priority if priority is None else priority,
        "run_at": run_at or now(),
        "requested_by": requested_by,
    }
    fresh = await session.scalar(_NEW.values(values).returning(Job.id))
    ring_after_commit(session, kind.name)
    tell_after_commit(session, *topics_of(kind.name, key))
    return fresh or await _active(session, kind, key)


async def enqueue_all(
    session: AsyncSession, kind: JobKind, wishes: Iterable[tuple[str | None, dict[str, Any]]]
) -> None:
    """Many jobs of one kind at once, each (key, arguments); those active already are left alone."""
    rows = [_row(kind, key, args) for key, args in wishes]
    if rows:
        await session.execute(_NEW, rows)
        ring_after_commit(session, kind.name)
        tell_after_commit(session, *topics_of(kind.name, None))


async def hasten(session: AsyncSession, kind: JobKind, key: str) -> None:
    """If it waits for a later moment, that moment is now."""
    await session.execute(
        update(Job)
        .where(Job.kind == kind.name, Job.key == key, Job.state == JobState.WAITING)
        .where(Job.run_at > now())
        .values(run_at=now())
    )
    ring_after_commit(session, kind.name)


_NEW = insert(Job).on_conflict_do_nothing(index_elements=["kind", "key"], index_where=text(ACTIVE))


def _row(kind: JobKind, key: str | None, args: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": kind.name,
        "args": msgspec.to_builtins(args),
        "key": key,
        "priority": kind.priority,
        "run_at": now(),
        "max_attempts": kind.retries,
    }


async def _active(session: AsyncSession, kind: JobKind, key: str | None) -> UUID:
    return (
        await session.scalars(
            select(Job.id).where(Job.kind == kind.name, Job.key == key, text(ACTIVE))
        )
    ).one()


async def cancel(session: AsyncSession, job_id: UUID) -> None:
    """A waiting job is cancelled at once, a running one when it next looks up."""
    found = await session.execute(
        update(Job)
        .where(Job.id == job_id, text(ACTIVE))
        .values(cancel_requested_at=now())
        .returning(Job.kind, Job.key)
    )
    asked = found.one_or_none()
    if asked is None:
        raise NotFound("This job is not waiting or running any more.")
    await session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.WAITING)
        .values(state=JobState.CANCELLED, finished_at=now())
    )
    tell_after_commit(session, CANCEL, *topics_of(asked.kind, asked.key))


async def retry(session: AsyncSession, job_id: UUID) -> None:
    """Begin a failed or cancelled job anew, with all its attempts. Where the same work was asked
    for again meanwhile, there is nothing to begin."""
    gone = await session.get(Job, job_id)
    if gone is None or gone.state not in (JobState.FAILED, JobState.CANCELLED):
        raise NotFound("Only a failed or cancelled job can be tried again.")
    if gone.key is not None and await _is_active(session, gone):
        raise Conflict("The same work is waiting or running already.")
    gone.state, gone.attempts, gone.run_at = JobState.WAITING, 0, now()
    gone.finished_at = gone.cancel_requested_at = None
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict("The same work is waiting or running already.") from error
    ring_after_commit(session, gone.kind)
    tell_after_commit(session, *topics_of(gone.kind, gone.key))


async def _is_active(session: AsyncSession, like: Job) -> bool:
    found = await session.scalar(
        select(Job.id).where(Job.kind == like.kind, Job.key == like.key, text(ACTIVE))
    )
    return found is not None
