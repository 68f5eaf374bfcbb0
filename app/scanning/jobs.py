"""Scanning as work: asked for by people, by the timetable and by the file system."""

import time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.queue import Run, enqueue, hours, job
from app.library.events import ScanWanted
from app.scanning.scanner import Scanner

REPORT_EVERY = 0.5  # seconds between two looks at the progress bar


@job(timeout=hours(12), retries=3)
async def scan_library(run: Run, library_id: UUID) -> None:
    """Safe to run twice: what was read in already is only walked over."""
    began = reported = time.monotonic()

    async def progress(done: int, total: int) -> None:
        nonlocal reported
        if time.monotonic() - reported < REPORT_EVERY and done < total:
            return
        reported = time.monotonic()
        await run.report(done, total, note=f"{done / max(reported - began, 0.001):.0f}/s")

    pool = SandboxPool(run.settings.scan_processes)
    try:
        scanner = Scanner(run.engine, pool, run.settings.scan_processes)
        await scanner.scan(
            library_id, progress=progress, cancelled=lambda: run.cancelled, hold=run.hold
        )
    finally:
        pool.close()
    run.check()


async def scan_library_later(
    session: AsyncSession, library_id: UUID, requested_by: UUID | None = None
) -> UUID:
    """The id of the scan that will be, or already is: one at a time for each library."""
    return await enqueue(
        session,
        scan_library,
        key=str(library_id),
        requested_by=requested_by,
        library_id=library_id,
    )


@events.on(ScanWanted)
async def scan_when_wanted(session: AsyncSession, wanted: ScanWanted) -> None:
    await scan_library_later(session, wanted.library_id, wanted.requested_by)
