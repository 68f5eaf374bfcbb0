"""The second pass as work: behind everything else, a few files at a time."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.archives.sandbox import SandboxPool
from app.foundation.queue import Run, enqueue, hours, job
from app.foundation.queue.registry import LOW
from app.scanning.describe import count_undescribed, keep_facts, measured, next_undescribed

BATCH = 20
_NICENESS = 15


@job(timeout=hours(12), retries=3, priority=LOW, every=hours(12))
async def describe_files(run: Run) -> None:
    """Safe to run twice: what is described is left alone. The timetable asks for it too, for
    files that were offline."""
    async with run.session_maker() as session:
        total = await count_undescribed(session)
    pool = SandboxPool(1, niceness=_NICENESS)
    done, after = 0, None
    try:
        while total:
            async with run.session_maker() as session:
                files = await next_undescribed(session, after, BATCH)
            if not files:
                break
            found = await measured(pool, files)
            async with run.transaction() as session:
                await keep_facts(session, found)
            after, done = files[-1].file_id, done + len(files)
            await run.report(done, max(total, done))
            run.check()
    finally:
        pool.close()


async def describe_files_later(session: AsyncSession) -> UUID:
    """One at a time for all libraries, and the timetable's is the same one."""
    return await enqueue(session, describe_files, key="")
