"""Analysed files into the library: whole folders at a time, each batch in one transaction.

A batch is either in the tables or not; running it again after a crash finds what is there.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.foundation.db import new_id, now
from app.library.text import title_key
from app.metadata.folders import parsed_name, shown
from app.scanning import reading_rows, writing
from app.scanning.assigning import Folder, Named, named
from app.scanning.chapters import chapter_of, has_odd_number
from app.scanning.homes import follow_files
from app.scanning.indexing import Index
from app.scanning.moves import Gone
from app.scanning.notebook import Notebook
from app.scanning.problems import METADATA, NUMBER, NUMBER_REASON, TWIN, Trouble
from app.scanning.reading_rows import Connection
from app.scanning.revisions import settle_revisions
from app.scanning.rows import ChapterRow, Entry, FileRow, OldFile, SeriesRow, Sidecar, Written
from app.scanning.summing import describe_series, place_chapters

type Announce = Callable[[Sequence[UUID]], Awaitable[None]]


class Importer:
    """`sidecars` maps a series folder to what its sidecars say; `root_names` are shown for files
    that lie in no folder. `announce` is told, before each commit, which old series changed."""

    def __init__(
        self,
        connection: Connection,
        library_id: UUID,
        *,
        notebook: Notebook,
        gone: Gone,
        sidecars: dict[bytes, dict[str, Sidecar | None]],
        root_names: dict[UUID, str],
        announce: Announce,
    ) -> None:
        self.connection = connection
        self.library_id = library_id
        self.notebook = notebook
        self.gone = gone
        self.sidecars = sidecars
        self.root_names = root_names
        self.announce = announce
        self.index = Index(connection, library_id)

    async def take(self, entries: Sequence[Entry], folders: Iterable[bytes] = ()) -> Written:
        """Writes these entries, and describes the series of `folders` (sidecars changed) anew."""
        batch = _Batch(self, entries)
        async with self.connection.transaction():
            await batch.read(folders)
            batch.assign()
            await batch.write()
            for entry in entries:
                self._note(entry)
            await self.notebook.write(batch.written.at or now())
            await self.announce([row.id for row in batch.old_series])
        return batch.written

    def _note(self, entry: Entry) -> None:
        path = entry.found.path
        self.notebook.strike(entry.root_id, path, keep=(TWIN,))
        stamp = entry.found.stamp
        if entry.analysis.note:
            self.notebook.add(Trouble(entry.root_id, path, METADATA, entry.analysis.note, stamp))
        if has_odd_number(entry.analysis):
            self.notebook.add(Trouble(entry.root_id, path, NUMBER, NUMBER_REASON, stamp))


class _Batch:
    def __init__(self, importer: Importer, entries: Sequence[Entry]) -> None:
        self.importer = importer
        self.connection = importer.connection
        self.entries = entries
        self.old: list[OldFile | None] = [None] * len(entries)
        self.displaced: list[OldFile] = []
        self.kept: dict[UUID, dict[str, Any]] = {}
        self.series: dict[UUID, SeriesRow] = {}
        self.there: dict[UUID, list[tuple[ChapterRow, bytes, UUID]]] = {}
        self.touched: dict[UUID, SeriesRow] = {}
        self.chapters: list[ChapterRow] = []
        self.files: list[FileRow] = []
        self.written = Written(at=now())

    @property
    def old_series(self) -> list[SeriesRow]:
        return [row for row in self.touched.values() if not row.is_new]

    async def read(self, folders: Iterable[bytes]) -> None:
        """Everything the batch needs to know, in a fixed number of queries."""
        importer, connection = self.importer, self.connection
        changed = [entry.file_id for entry in self.entries if entry.file_id is not None]
        old = await reading_rows.old_files(connection, changed)
        self.old, self.displaced = importer.gone.olds_of(self.entries, old)
        described = set(folders)
        found = await self._lock_series({entry.place.folder for entry in self.entries} | described)
        self.kept = await reading_rows.kept_columns(connection, self._old_chapters())
        self.series = {row.id: row for row in found}
        if self.series:
            self.there = await self._chapters_there()
        left = {file.series_id for file in self.displaced}
        self.touched = {row.id: row for row in found if row.folder in described or row.id in left}

    async def _lock_series(self, folders: set[bytes]) -> list[SeriesRow]:
        """Those of these folders, and those of the old files: until this is written nobody edits
        a chapter of theirs, or takes it to another series."""
        found = await reading_rows.series_in(self.connection, self.importer.library_id, folders)
        while True:
            at = await reading_rows.where_chapters_are(self.connection, self._old_chapters())
            self.old = [file and file.now_at(*at[file.chapter_id]) for file in self.old]
            self.displaced = [file.now_at(*at[file.chapter_id]) for file in self.displaced]
            wanted = {file.series_id for file in [*self.old, *self.displaced] if file}
            missing = wanted - {row.id for row in found}
            if not missing:
                return found
            found += await reading_rows.series_by_id(self.connection, missing)

    def _old_chapters(self) -> list[UUID]:
        return [file.chapter_id for file in [*self.old, *self.displaced] if file]

    async def _chapters_there(self) -> dict[UUID, list[tuple[ChapterRow, bytes, UUID]]]:
        there = await reading_rows.chapters_of(self.connection, self.series)
        for file in self.displaced:
            there[file.series_id] = [one for one in there[file.series_id] if one[2] != file.file_id]
        return there

    def assign(self) -> None:
        """A series for each entry, and its chapter and file rows."""
        by_folder: dict[bytes, list[int]] = {}
        for at, entry in enumerate(self.entries):
            by_folder.setdefault(entry.place.folder, []).append(at)
        for folder, places in by_folder.items():
            for at, row in zip(places, self._series_of(folder, places), strict=True):
                self._add(self.entries[at], self.old[at], row)
        self._follow_moved_folders()

    def _series_of(self, folder: bytes, places: Sequence[int]) -> list[SeriesRow]:
        first = self.entries[places[0]]
        title = shown(first.place.name) if folder else ""
        staying = {at: row for at in places if (row := self._staying(at, title)) is not None}
        existing = {row.id: row for row in self.series.values() if row.folder == folder}
        existing.update({row.id: row for at, row in staying.items() if not self._is_put(at)})
        shelf = Folder(
            folder,
            title or self.importer.root_names[first.root_id],
            existing.values(),
            self._members(existing, title),
            is_root=not folder,
        )
        joining = [at for at in places if at not in staying]
        assigned = shelf.assign([self._name(at, title) for at in joining])
        return [{**staying, **dict(zip(joining, assigned, strict=True))}[at] for at in places]

    def _staying(self, at: int, folder_title: str) -> SeriesRow | None:
        """A chapter keeps its series until its own ComicInfo names another, or a person put its
        file into the folder of a series that it names; for good where a person put it there."""
        old, entry = self.old[at], self.entries[at]
        if old is None:
            return None
        if old.is_put:
            return self.series[old.series_id]
        info = entry.analysis.info
        says = title_key(info.series) if info and info.series else None
        if says is not None and says != title_key(old.series_name or "") and old.series_name:
            return None
        own = self.series[old.series_id]
        if own.folder != entry.place.folder:
            key = self._name(at, folder_title).key or title_key(folder_title)
            for row in self.series.values():
                if row.folder == entry.place.folder and row.key == key:
                    return row
        return own

    def _is_put(self, at: int) -> bool:
        old = self.old[at]
        return old is not None and old.is_put

    def _name(self, at: int, folder_title: str) -> Named:
        analysis = self.entries[at].analysis
        return named(analysis.info.series if analysis.info else None, analysis.name, folder_title)

    def _members(self, existing: dict[UUID, SeriesRow], title: str) -> list[tuple[UUID, Named]]:
        found: list[tuple[UUID, Named]] = []
        for series_id in existing:
            for chapter, path, _ in self.there.get(series_id, []):
                parsed = parsed_name(path)
                chapter.parsed_series = parsed.series
                if not chapter.is_put:
                    found.append((series_id, named(chapter.info_series, parsed, title)))
        return found

    def _add(self, entry: Entry, old: OldFile | None, series: SeriesRow) -> None:
        chapter_id = old.chapter_id if old else new_id()
        chapter = chapter_of(entry, chapter_id, series.id, self.kept.get(chapter_id))
        chapter.is_put = old is not None and old.is_put
        file_id = old.file_id if old else new_id()
        self.chapters.append(chapter)
        self.files.append(
            FileRow(
                id=file_id,
                chapter_id=chapter.id,
                entry=entry,
                revision=old.revision if old else 1,
                has_new_pages=True,
            )
        )
        self.touched[series.id] = series
        if old is None:
            series.has_new_chapter = True
            self.written.added += 1
        else:
            self.touched[old.series_id] = self.series[old.series_id]
            self.written.moved += old.path != entry.found.path
            self.written.updated += old.path == entry.found.path

    def _follow_moved_folders(self) -> None:
        paths: dict[UUID, dict[UUID, bytes]] = {}
        for series_id, rows in self.there.items():
            gone = self.importer.gone.files
            paths[series_id] = {
                file: path
                for chapter, path, file in rows
                if file not in gone and not chapter.is_put
            }
        for file, chapter in zip(self.files, self.chapters, strict=True):
            if chapter.series_id in self.series and not chapter.is_put:
                paths.setdefault(chapter.series_id, {})[file.id] = file.entry.found.path
        taken = {(row.folder, row.key) for row in self.touched.values()}
        follow_files(self.old_series, {one: of.values() for one, of in paths.items()}, taken)

    async def write(self) -> None:
        old = {id(entry): old for entry, old in zip(self.entries, self.old, strict=True)}
        renewed = [file for file in self.files if old[id(file.entry)] is not None]
        await settle_revisions(self.connection, renewed)
        changed = {chapter.id for chapter in self.chapters}
        shifted: list[ChapterRow] = []
        by_series: dict[UUID, list[ChapterRow]] = {}
        for chapter in self.chapters:
            by_series.setdefault(chapter.series_id, []).append(chapter)
        for series_id, row in self.touched.items():
            mine = by_series.get(series_id, [])
            others = [
                chapter
                for chapter, _, _ in self.there.get(series_id, [])
                if chapter.id not in changed
            ]
            moved = place_chapters(row, [*others, *mine])
            shifted += [chapter for chapter in moved if chapter.id not in changed]
            self._describe(row, [*others, *mine])
        await self._write_rows(shifted)

    def _describe(self, row: SeriesRow, chapters: Sequence[ChapterRow]) -> None:
        for name, sidecar in self.importer.sidecars.get(row.folder, {}).items():
            if sidecar is None:
                row.sidecars.pop(name, None)
            else:
                facts = msgspec.to_builtins(sidecar.facts)
                row.sidecars = {**row.sidecars, name: [*sidecar.stamp, facts]}
        describe_series(row, chapters, shown(row.folder.rpartition(b"/")[2]))

    async def _write_rows(self, shifted: Sequence[ChapterRow]) -> None:
        connection, at = self.connection, self.written.at or now()
        old = {file.chapter_id for file in self.old if file is not None}
        old_files = {file.file_id for file in self.old if file is not None}
        new_series = [row for row in self.touched.values() if row.is_new]
        new_chapters = [row for row in self.chapters if row.id not in old]
        if self.displaced:
            await writing.displace(connection, self.displaced, at)
        if new_series:
            await writing.copy_series(connection, self.importer.library_id, new_series, at)
        if new_chapters:
            await writing.copy_chapters(connection, new_chapters, at)
            await writing.copy_files(
                connection, [row for row in self.files if row.id not in old_files], at
            )
        if old:
            await writing.update_chapters(
                connection, [row for row in self.chapters if row.id in old]
            )
            await writing.update_files(
                connection, [row for row in self.files if row.id in old_files]
            )
        await writing.copy_pages(connection, self.files)
        await writing.update_series(connection, self.old_series, at)
        await writing.update_positions(connection, shifted)
        await self.importer.index.write_series(list(self.touched.values()))
        await self.importer.index.write_chapters(self.chapters)
        await writing.choose_covers(connection, list(self.touched))
        self.written.new_series = len(new_series)
