"""What a scan is doing now, as its job says."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.queue.models import Job, JobState

ACTIVE = (JobState.WAITING, JobState.RUNNING)
SCAN = "scan_library"


async def running_scan(session: AsyncSession, library_id: UUID) -> Job | None:
    return await session.scalar(
        select(Job).where(Job.kind == SCAN, Job.key == str(library_id), Job.state.in_(ACTIVE))
    )


async def running_scans(session: AsyncSession, library_ids: Sequence[UUID]) -> dict[UUID, Job]:
    """Library → its scan, for those that have one now."""
    rows = await session.scalars(
        select(Job).where(
            Job.kind == SCAN, Job.key.in_(map(str, library_ids)), Job.state.in_(ACTIVE)
        )
    )
    return {UUID(job.key): job for job in rows}
