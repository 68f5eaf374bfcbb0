"""Scanning as work: asked for by people, by the timetable and by the file system."""

import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.errors import Conflict
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.queue import NotNow, Plan, Run, enqueue, hours, job, plans_of
from app.library.events import ScanWanted
from app.library.models import Library
from app.scanning.scanner import Scanner

REPORT_EVERY = 0.5  # seconds between two looks at the progress bar
SCANNED_ELSEWHERE = 10.0
"""Seconds to wait for the scan of somebody else."""


@job(timeout=hours(12), retries=3, topic="scan")
async def scan_library(run: Run, library_id: UUID, really_gone: tuple[UUID, ...] = ()) -> None:
    """Safe to run twice: what was read in already is only walked over. `really_gone` are roots of
    which a person said that what they lost is lost."""
    reported = time.monotonic()

    async def progress(done: int, total: int) -> None:
        nonlocal reported
        if 0 < done < total and time.monotonic() - reported < REPORT_EVERY:
            return
        reported = time.monotonic()
        await run.report(done, total)

    pool = SandboxPool(run.settings.scan_processes)
    try:
        scanner = Scanner(run.engine, pool, run.settings.scan_processes)
        await scanner.scan(
            library_id,
            progress=progress,
            cancelled=lambda: run.cancelled,
            hold=run.hold,
            really_gone=really_gone,
        )
    except Conflict as error:
        # Somebody scans it from the command line, or a worker that is thought dead still does.
        raise NotNow(str(error), wait=SCANNED_ELSEWHERE) from error
    finally:
        pool.close()
    run.check()


@plans_of(scan_library)
async def scan_plans(session: AsyncSession) -> Sequence[Plan]:
    rows = await session.execute(
        select(Library.id, Library.scan_every_hours).where(Library.scan_every_hours > 0)
    )
    return [
        Plan(str(library_id), hours(every), {"library_id": str(library_id)})
        for library_id, every in rows
    ]


async def scan_library_later(
    session: AsyncSession,
    library_id: UUID,
    requested_by: UUID | None = None,
    really_gone: tuple[UUID, ...] = (),
) -> UUID:
    """The id of the scan that will be, or already is: one at a time for each library. What a
    person said of lost files is a scan of its own, as the one under way has not heard it."""
    return await enqueue(
        session,
        scan_library,
        key=f"{library_id} really gone" if really_gone else str(library_id),
        requested_by=requested_by,
        library_id=library_id,
        really_gone=really_gone,
    )


@events.on(ScanWanted)
async def scan_when_wanted(session: AsyncSession, wanted: ScanWanted) -> None:
    await scan_library_later(session, wanted.library_id, wanted.requested_by, wanted.really_gone)
