"""One file that Bunko itself put into a library is taken in at once, without looking at the rest.

By the same importer as in a scan, and never beside one: who finds the library being scanned comes
again later, and finds the chapter that the scan made of the file.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app import events
from app.errors import NotFound
from app.foundation.archives.errors import BadFile
from app.foundation.archives.paths import open_beneath, open_root
from app.foundation.archives.sandbox import SandboxPool
from app.library.events import SeriesChanged
from app.metadata.folders import place_of
from app.reading import listeners  # noqa: F401 (whoever imports keeps the sums of reading true)
from app.scanning.describe_jobs import describe_files_later
from app.scanning.examination import Examination, Wanted
from app.scanning.importer import Importer
from app.scanning.lock import alone
from app.scanning.moves import Gone
from app.scanning.notebook import Notebook
from app.scanning.rows import Entry
from app.scanning.walker import Found

type Then = Callable[[AsyncSession, UUID], Awaitable[None]]

_LIVE = (
    "SELECT id, chapter_id, size, mtime_ns, inode FROM chapter_file"
    " WHERE root_id = $1 AND path = $2 AND missing_since IS NULL AND trashed_at IS NULL"
)


class Lying(msgspec.Struct, frozen=True, kw_only=True):
    """Where the file lies. `replaces` is the row of a file that it took the place of: its chapter
    keeps its id, and with it who has read how far."""

    library_id: UUID
    root_id: UUID
    root: bytes
    path: bytes
    replaces: UUID | None = None


async def take_in(engine: AsyncEngine, pool: SandboxPool, lying: Lying, then: Then) -> None:
    """`then` is told the chapter inside the transaction that makes it, and may refuse by raising.

    Raises Conflict while the library is being scanned, BadFile for what is no chapter, and OSError
    or PathRefused where the file is not there."""
    async with alone(engine, lying.library_id) as connection:
        await _Taking(connection, lying, then).take(Examination(pool, 1))


class _Taking:
    def __init__(self, connection: AsyncConnection, lying: Lying, then: Then) -> None:
        self.connection = connection
        self.lying = lying
        self.then = then
        self.raw: Any = None

    async def take(self, examination: Examination) -> None:
        self.raw = (await self.connection.get_raw_connection()).driver_connection
        wanted = await asyncio.to_thread(_wanted, self.lying)
        try:
            row = await self.raw.fetchrow(_LIVE, self.lying.root_id, self.lying.path)
            if row is not None and tuple(row)[2:] == wanted.found.stamp:
                # A scan came first.
                async with self.raw.transaction():
                    await self._tell(())
            else:
                await self._import(await self._entry(examination, wanted), row)
        finally:
            os.close(wanted.root_fd)

    async def _entry(self, examination: Examination, wanted: Wanted) -> Entry:
        async for batch in examination.analyses([wanted]):
            for item, analysis in batch:
                if analysis.trouble:
                    raise BadFile(analysis.reason)
                return Entry(item.root_id, item.found, item.place, analysis)
        raise AssertionError

    async def _import(self, entry: Entry, row: Any) -> None:
        entry.file_id = row["id"] if row is not None else self.lying.replaces
        root_name = await self.raw.fetchval(
            "SELECT display_name FROM library_root WHERE id = $1", self.lying.root_id
        )
        if root_name is None:
            raise NotFound("There is no such library any more.")
        importer = Importer(
            self.raw,
            self.lying.library_id,
            notebook=Notebook(self.raw, self.lying.library_id),
            gone=Gone([]),
            sidecars={},
            root_names={self.lying.root_id: root_name.rstrip("/").rpartition("/")[2] or root_name},
            announce=self._count_and_tell if entry.file_id is None else self._tell,
        )
        await importer.take([entry])

    async def _count_and_tell(self, series_ids: Sequence[UUID]) -> None:
        await self.raw.execute(
            "UPDATE library SET chapter_total = chapter_total + 1 WHERE id = $1",
            self.lying.library_id,
        )
        await self._tell(series_ids, is_added=True)

    async def _tell(self, series_ids: Sequence[UUID], *, is_added: bool = False) -> None:
        """Inside the transaction, before it commits. `then` knows what the chapter is, and so comes
        before those who look for it."""
        row = await self.raw.fetchrow(_LIVE, self.lying.root_id, self.lying.path)
        chapter_id: UUID = row["chapter_id"]
        async with AsyncSession(bind=self.connection, expire_on_commit=False) as session:
            await self.then(session, chapter_id)
            if series_ids:
                added = chapter_id if is_added else None
                changed = SeriesChanged(self.lying.library_id, tuple(series_ids), added)
                await events.publish(session, changed)
            await describe_files_later(session)
            await session.commit()


def _wanted(lying: Lying) -> Wanted:
    root_fd = open_root(lying.root)
    try:
        fd = open_beneath(root_fd, lying.path)
        try:
            facts = os.fstat(fd)
        finally:
            os.close(fd)
    except BaseException:
        os.close(root_fd)
        raise
    found = Found(lying.path, "archive", facts.st_size, facts.st_mtime_ns, facts.st_ino)
    return Wanted(lying.root_id, root_fd, found, place_of(lying.path))
