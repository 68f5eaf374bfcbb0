"""Upkeep of the folders themselves."""

import asyncio
import os
from contextlib import suppress

from sqlalchemy import select

from app.errors import DomainError
from app.foundation.archives.paths import open_root
from app.foundation.archives.publishing import sweep
from app.foundation.queue import LOW, Run, hours, job, minutes
from app.library.models import Library, Root
from app.library.trash import Trash


@job(timeout=minutes(60), retries=3, priority=LOW, every=hours(24))
async def tidy_folders(run: Run) -> None:
    """Empties the trash of what has lain there for 30 days, and removes half-written files of
    processes that died. Folders that are offline wait for another day."""
    async with run.session_maker() as session:
        overdue = await Trash(session).overdue()
    for file_id in overdue:
        run.check()
        with suppress(DomainError):
            async with run.transaction() as session:
                trash = Trash(session)
                await trash.delete(await trash.one(file_id))
    async with run.session_maker() as session:
        writable = select(Root.path).join(Library).where(Library.read_only.is_(False))
        roots = list(await session.scalars(writable))
    for path in roots:
        run.check()
        with suppress(OSError):
            await asyncio.to_thread(_sweep, path)


def _sweep(path: bytes) -> None:
    fd = open_root(path)
    try:
        sweep(fd)
    finally:
        os.close(fd)
