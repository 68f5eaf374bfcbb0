"""Walk, compare, analyse what changed, write: one library, one scan at a time.

Chapters appear while it runs, a transaction per batch of folders. Killed at any moment it can be
run again: what is in the tables is left alone, what is not is found again.
"""

import asyncio
import inspect as introspection
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app import events
from app.errors import NotFound
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import now
from app.library.events import SeriesChanged
from app.reading import listeners  # noqa: F401 (whoever scans keeps the sums of reading true)
from app.scanning import losses, reading_rows
from app.scanning.analyzer import Analysis
from app.scanning.describe_jobs import describe_files_later
from app.scanning.examination import Examination, Wanted
from app.scanning.importer import Importer
from app.scanning.inspection import Inspection, inspect, note_findings, wanted_files
from app.scanning.lock import alone
from app.scanning.moves import Gone, gone_files
from app.scanning.notebook import Notebook
from app.scanning.problems import Trouble
from app.scanning.rows import Entry
from app.scanning.sidecars import changed_sidecars

COMMIT_FILES = 400
LARGEST_FOLDER = 4000
"""Files of one folder are judged together, but no more than these at once."""

type Progress = Callable[[int, int], Awaitable[None] | None]
type Cancelled = Callable[[], bool]
type Hold = Callable[[AsyncSession], Awaitable[None]]


class ScanReport(msgspec.Struct):
    """Counts of files, unless said otherwise. `offline` are ids of roots that were left alone."""

    found: int = 0
    unchanged: int = 0
    added: int = 0
    updated: int = 0
    moved: int = 0
    missing: int = 0
    problems: int = 0
    new_series: int = 0
    offline: list[UUID] = []
    cancelled: bool = False


class Scanner:
    """Needs an engine of real connections and a sandbox pool; `processes` is the pool's size."""

    def __init__(self, engine: AsyncEngine, pool: SandboxPool, processes: int = 2) -> None:
        self.engine = engine
        self.examination = Examination(pool, processes)

    async def scan(
        self,
        library_id: UUID,
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        really_gone: Iterable[UUID] = (),
        hold: Hold | None = None,
    ) -> ScanReport:
        """`progress` is told (files done, files to do). `really_gone` are roots of which a person
        said that what they lost is lost. `hold` is asked inside every transaction and may raise,
        as a job does that has lost its lease. Raises Conflict while another scan of it runs."""
        async with alone(self.engine, library_id) as connection:
            scan = _Scan(connection, self.examination, library_id, frozenset(really_gone), hold)
            await scan.prepare()
            try:
                await scan.run(progress, cancelled or (lambda: False))
            finally:
                scan.close()
        if scan.report.added or scan.report.updated:
            async with AsyncSession(self.engine) as session:
                await describe_files_later(session)
                await session.commit()
        return scan.report


class _Scan:
    def __init__(
        self,
        connection: AsyncConnection,
        examination: Examination,
        library_id: UUID,
        really_gone: frozenset[UUID],
        hold: Hold | None,
    ) -> None:
        self.connection = connection
        self.examination = examination
        self.library_id = library_id
        self.really_gone = really_gone
        self.hold = hold
        self.report = ScanReport()
        self.inspections: list[Inspection] = []
        self.raw: Any = None

    async def prepare(self) -> None:
        """Walks every root and compares it with what is known."""
        self.raw = (await self.connection.get_raw_connection()).driver_connection
        library = await self.raw.fetchrow(
            "SELECT ignore_patterns FROM library WHERE id = $1", self.library_id
        )
        if library is None:
            raise NotFound("There is no such library.")
        roots = await self.raw.fetch(
            "SELECT id, path, display_name FROM library_root WHERE library_id = $1 ORDER BY id",
            self.library_id,
        )
        self.root_names = {
            root_id: shown_name.rstrip("/").rpartition("/")[2] or shown_name
            for root_id, _, shown_name in roots
        }
        self.notebook = Notebook(self.raw, self.library_id)
        await self.notebook.load()
        known = await reading_rows.known_files(self.raw, list(self.root_names))
        for root_id, path, _ in roots:
            judged = self.notebook.judged(root_id)
            self.inspections.append(
                await asyncio.to_thread(
                    inspect, root_id, path, known[root_id], judged, library["ignore_patterns"]
                )
            )

    def close(self) -> None:
        for inspection in self.inspections:
            if inspection.fd >= 0:
                os.close(inspection.fd)

    async def run(self, progress: Progress | None, cancelled: Cancelled) -> None:
        present = [one for one in self.inspections if self._is_here(one)]
        for one in present:
            note_findings(one, self.notebook)
            self.report.found += len(one.walk.files)
            self.report.unchanged += one.changes.unchanged
        sidecars = await changed_sidecars(
            self.raw,
            self.library_id,
            present,
            notebook=self.notebook,
            examination=self.examination,
            is_whole=len(present) == len(self.inspections),
        )
        wanted = wanted_files(present)
        gone = await gone_files(self.raw, present, wanted, self.examination)
        importer = Importer(
            self.raw,
            self.library_id,
            notebook=self.notebook,
            gone=gone,
            sidecars=sidecars,
            root_names=self.root_names,
            announce=self._announce,
        )
        await self._import(importer, wanted, set(sidecars), progress, cancelled)
        if not self.report.cancelled:
            await self._settle(gone)

    async def _import(
        self,
        importer: Importer,
        wanted: Sequence[Wanted],
        folders: set[bytes],
        progress: Progress | None,
        cancelled: Cancelled,
    ) -> None:
        waiting: list[Entry] = []
        done = 0
        await _tell(progress, 0, len(wanted))
        async with aclosing(self.examination.analyses(wanted)) as batches:
            async for batch in batches:
                for item, analysis in batch:
                    if len(waiting) >= COMMIT_FILES and _is_next(waiting, item):
                        await self._take(importer, waiting, folders)
                        waiting = []
                    if analysis.trouble:
                        self._refuse(item, analysis)
                    else:
                        waiting.append(_entry(item, analysis))
                done += len(batch)
                await _tell(progress, done, len(wanted))
                if cancelled():
                    self.report.cancelled = True
                    break
        if self.report.cancelled and waiting:
            # What was begun of the last folder is left for the next scan, as its files vote.
            last = waiting[-1].place.folder
            waiting = [entry for entry in waiting if entry.place.folder != last]
        if waiting or folders:
            await self._take(importer, waiting, folders)

    async def _take(
        self, importer: Importer, entries: Sequence[Entry], folders: set[bytes]
    ) -> None:
        written = await importer.take(entries, folders)
        folders.clear()
        self.report.added += written.added
        self.report.updated += written.updated
        self.report.moved += written.moved
        self.report.new_series += written.new_series

    def _refuse(self, item: Wanted, analysis: Analysis) -> None:
        found = item.found
        stamp = found.stamp
        self.notebook.strike(item.root_id, found.path)
        self.notebook.add(
            Trouble(item.root_id, found.path, analysis.trouble, analysis.reason, stamp)
        )

    async def _settle(self, gone: Gone) -> None:
        """What is left over is missing, unless the guard says that the root is not whole."""
        at = now()
        touched: list[UUID] = []
        async with self.raw.transaction():
            for one in self.inspections:
                lost = gone.still_gone(one.changes.gone)
                reason = self._offline_reason(one, len(lost))
                if reason is None and lost:
                    touched += await losses.mark_missing(self.raw, lost, at)
                    self.report.missing += len(lost)
                elif reason is not None:
                    self.report.offline.append(one.root_id)
                await losses.note_root(self.raw, one.root_id, reason, at)
            await self._announce(touched)
            await self.notebook.write(at)
            # Always: a scan that died before its end has left the totals of before it.
            await losses.count_library(self.raw, self.library_id)
            await self.raw.execute(
                "UPDATE library SET scanned_at = $2 WHERE id = $1", self.library_id, at
            )
        self.report.problems = len(self.notebook.lines)

    def _offline_reason(self, one: Inspection, lost: int) -> str | None:
        if not self._is_here(one):
            return one.offline_reason
        if one.root_id in self.really_gone or not losses.is_suspicious(lost, one.changes.known):
            return None
        return losses.THINNED_ROOT

    def _is_here(self, one: Inspection) -> bool:
        return one.offline_reason is None or (one.fd >= 0 and one.root_id in self.really_gone)

    async def _announce(self, series_ids: Sequence[UUID]) -> None:
        """Inside a transaction, before it commits."""
        if not series_ids and self.hold is None:
            return
        async with AsyncSession(bind=self.connection, expire_on_commit=False) as session:
            if self.hold is not None:
                await self.hold(session)
            if series_ids:
                await events.publish(session, SeriesChanged(self.library_id, tuple(series_ids)))
            await session.commit()


def _entry(item: Wanted, analysis: Analysis) -> Entry:
    return Entry(item.root_id, item.found, item.place, analysis, item.file_id)


def _is_next(waiting: Sequence[Entry], item: Wanted) -> bool:
    """Whether the batch may end before this file: at a new folder, or in an enormous one."""
    return waiting[-1].place.folder != item.place.folder or len(waiting) >= LARGEST_FOLDER


async def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        answer = progress(done, total)
        if introspection.isawaitable(answer):
            await answer
