"""Files that Bunko itself put into a library are taken in at once, without looking at the rest.

By the same importer as in a scan, and never beside one: who finds the library being scanned comes
again later, and finds the chapters that the scan made of the files.
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

type Then = Callable[[AsyncSession, Sequence[UUID]], Awaitable[None]]

_LIVE = """
    SELECT file.id, file.chapter_id, file.size, file.mtime_ns, file.inode
    FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY AS place(root_id, path, nth)
    LEFT JOIN chapter_file file ON file.root_id = place.root_id AND file.path = place.path
        AND file.missing_since IS NULL AND file.trashed_at IS NULL
    ORDER BY place.nth
"""


class Lying(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file lies."""

    root_id: UUID
    root: bytes
    path: bytes


async def examined(pool: SandboxPool, lying: Lying) -> Entry:
    """Raises BadFile for what is no chapter, and OSError or PathRefused where there is no file."""
    wanted = await asyncio.to_thread(_wanted, lying)
    try:
        [[(item, analysis)]] = [batch async for batch in Examination(pool, 1).analyses([wanted])]
    finally:
        os.close(wanted.root_fd)
    if analysis.trouble:
        raise BadFile(analysis.reason)
    return Entry(item.root_id, item.found, item.place, analysis)


async def take_in(
    engine: AsyncEngine, library_id: UUID, entries: Sequence[Entry], then: Then
) -> None:
    """All of them or none. `then` is told their chapters, in this order, inside the transaction that
    makes those, and may refuse by raising. Raises Conflict while the library is being scanned."""
    async with alone(engine, library_id) as connection:
        await _Taking(connection, library_id, entries, then).take()


class _Taking:
    def __init__(
        self, connection: AsyncConnection, library_id: UUID, entries: Sequence[Entry], then: Then
    ) -> None:
        self.connection = connection
        self.library_id = library_id
        self.entries = entries
        self.then = then
        self.raw: Any = None

    async def take(self) -> None:
        self.raw = (await self.connection.get_raw_connection()).driver_connection
        missing = []
        for entry, row in zip(self.entries, await self._live(), strict=True):
            entry.file_id, _chapter_id, *stamp = row
            if tuple(stamp) != entry.found.stamp:  # else a scan came first
                missing.append(entry)
        if missing:
            await self._import(missing)
        else:
            async with self.raw.transaction():
                await self._tell(())

    async def _import(self, entries: Sequence[Entry]) -> None:
        names = await self.raw.fetch(
            "SELECT id, display_name FROM library_root WHERE id = ANY($1::uuid[])",
            list({entry.root_id for entry in entries}),
        )
        root_names = {root: name.rstrip("/").rpartition("/")[2] or name for root, name in names}
        if not all(entry.root_id in root_names for entry in entries):
            raise NotFound("There is no such library any more.")
        added = sum(entry.file_id is None for entry in entries)

        async def announce(series_ids: Sequence[UUID]) -> None:
            await self.raw.execute(
                "UPDATE library SET chapter_total = chapter_total + $2 WHERE id = $1",
                *(self.library_id, added),
            )
            await self._tell(series_ids, only_added=added == len(self.entries))

        importer = Importer(
            self.raw,
            self.library_id,
            notebook=Notebook(self.raw, self.library_id),
            gone=Gone([]),
            sidecars={},
            root_names=root_names,
            announce=announce,
        )
        await importer.take(entries)

    async def _tell(self, series_ids: Sequence[UUID], *, only_added: bool = False) -> None:
        """Inside the transaction, before it commits. `then` knows what the chapters are, and so comes
        before those who look for them."""
        chapter_ids = [row["chapter_id"] for row in await self._live()]
        async with AsyncSession(bind=self.connection, expire_on_commit=False) as session:
            await self.then(session, chapter_ids)
            if series_ids:
                added = tuple(chapter_ids) if only_added else None
                changed = SeriesChanged(self.library_id, tuple(series_ids), added)
                await events.publish(session, changed)
            await describe_files_later(session)
            await session.commit()

    async def _live(self) -> Sequence[Any]:
        roots = [entry.root_id for entry in self.entries]
        rows: Sequence[Any] = await self.raw.fetch(
            _LIVE, roots, [entry.found.path for entry in self.entries]
        )
        return rows


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
