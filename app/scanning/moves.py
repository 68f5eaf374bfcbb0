"""Files that are not where they were, and the ones that may be they.

A new file is one that vanished if they are equal inside, and no other is. A place that holds
another file than before is judged likewise, so that a chapter goes with its pages when names are
handed on (c001 to c002 to c003) or exchanged; only what is found nowhere was replaced in place.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from app.scanning import reading_rows
from app.scanning.examination import Examination, Wanted
from app.scanning.inspection import Inspection
from app.scanning.reading_rows import Connection
from app.scanning.rows import Entry, OldFile

FEWEST_PAGES = 3
"""A page or two, such as a blank or a credit, is no proof that two files are one."""

type Spot = tuple[UUID, bytes]
"""root and path."""


class Gone:
    """The files that vanished, by what is in them. Each can be found once. `moves` are those that
    are known to lie now where another file lay, or where nothing did."""

    def __init__(self, files: Iterable[OldFile], moves: Mapping[Spot, OldFile] = {}) -> None:
        self.files: dict[UUID, OldFile] = {}
        self.moves = moves
        self._moved = {file.file_id for file in moves.values()}
        self._by_fingerprint: dict[bytes, list[OldFile]] = {}
        for file in files:
            self.add(file)

    def add(self, file: OldFile) -> None:
        self.files[file.file_id] = file
        if file.file_id not in self._moved and _is_proof(file.fingerprint, file.page_count):
            self._by_fingerprint.setdefault(file.fingerprint or b"", []).append(file)

    def olds_of(
        self, entries: Sequence[Entry], rows: Mapping[UUID, OldFile]
    ) -> tuple[list[OldFile | None], list[OldFile]]:
        """The old file of each entry, of `rows` or found again; and those that stood where another
        is now. They are gone until they are found, be it in this batch."""
        own = [rows.get(entry.file_id) if entry.file_id else None for entry in entries]
        again = self._found_again(entries)
        olds = [
            self._moved_to(entry) or self._staying(row) or again.get(at)
            for at, (entry, row) in enumerate(zip(entries, own, strict=True))
        ]
        displaced = []
        for entry, row, old in zip(entries, own, olds, strict=True):
            if row and row is not old and row.path == entry.found.path and not row.is_missing:
                displaced.append(row)
                self.add(row)
        for old in filter(None, olds):
            self.files.pop(old.file_id, None)
        return olds, displaced

    def still_gone(self, file_ids: Iterable[UUID]) -> list[UUID]:
        return [file_id for file_id in file_ids if file_id in self.files]

    def _moved_to(self, entry: Entry) -> OldFile | None:
        old = self.moves.get((entry.root_id, entry.found.path))
        # It may have been replaced once more since it was looked at.
        return old if old and old.fingerprint == entry.analysis.fingerprint else None

    def _staying(self, own: OldFile | None) -> OldFile | None:
        return own if own and own.file_id not in self._moved else None

    def _found_again(self, entries: Sequence[Entry]) -> dict[int, OldFile]:
        """By place in `entries`: the old file of each new one, where exactly one matches."""
        if not self._by_fingerprint:
            return {}
        new = [
            (at, entry.analysis.fingerprint)
            for at, entry in enumerate(entries)
            if entry.file_id is None and entry.analysis.page_count >= FEWEST_PAGES
        ]
        copies = Counter(fingerprint for _, fingerprint in new)
        found: dict[int, OldFile] = {}
        for at, fingerprint in new:
            matches = self._by_fingerprint.get(fingerprint, [])
            if len(matches) == 1 and copies[fingerprint] == 1:
                found[at] = matches[0]
        for old in found.values():
            self._by_fingerprint.pop(old.fingerprint or b"", None)
        return found


async def gone_files(
    connection: Connection,
    present: Sequence[Inspection],
    wanted: Sequence[Wanted],
    examination: Examination,
) -> Gone:
    """Vanished now or in an earlier scan; asked for only if something new may be one of them."""
    ids = [file_id for one in present for file_id in one.changes.gone]
    changed = {file_id for one in present for _, file_id in one.changes.changed}
    old = await reading_rows.old_files(connection, [*ids, *changed])
    moves = await _moves(list(old.values()), wanted, examination) if changed else {}
    if any(one.changes.new for one in present):
        lost = await reading_rows.lost_files(connection, [one.root_id for one in present])
        earlier = [file_id for file_id in lost if file_id not in changed]
        old |= await reading_rows.old_files(connection, earlier)
    return Gone([file for file_id, file in old.items() if file_id not in changed], moves)


async def _moves(
    old: Collection[OldFile], wanted: Sequence[Wanted], examination: Examination
) -> dict[Spot, OldFile]:
    """Found out before anything is written, as a name and its file may lie far apart. Looked at
    twice are only files as large as another one was that is not at its place."""
    by_size: dict[int, set[UUID]] = {}
    for file in old:
        by_size.setdefault(file.size, set()).add(file.file_id)
    suspects = [item for item in wanted if by_size.get(item.found.size, set()) - {item.file_id}]
    seen: dict[Spot, bytes] = {}
    async for batch in examination.analyses(suspects):
        for item, analysis in batch:
            if _is_proof(analysis.fingerprint, analysis.page_count):
                seen[item.root_id, item.found.path] = analysis.fingerprint
    return moves(old, seen)


def moves(old: Collection[OldFile], seen: Mapping[Spot, bytes]) -> dict[Spot, OldFile]:
    """The old file of each place that holds another than it did, where exactly one matches. Pure:
    `old` are files that vanished or whose place changed, `seen` what lies where now."""
    by_fingerprint: dict[bytes, list[OldFile]] = {}
    for file in old:
        if file.fingerprint is not None and _is_proof(file.fingerprint, file.page_count):
            by_fingerprint.setdefault(file.fingerprint, []).append(file)
    copies = Counter(seen.values())
    at_place = {(file.root_id, file.path): file for file in old}
    found = {
        spot: by_fingerprint[fingerprint][0]
        for spot, fingerprint in seen.items()
        if copies[fingerprint] == 1 and len(by_fingerprint.get(fingerprint, ())) == 1
    }
    elsewhere = {file.file_id for spot, file in found.items() if at_place.get(spot) is not file}
    return {
        spot: file
        for spot, file in found.items()
        if file.file_id in elsewhere and not _is_replaced(at_place.get(spot), file, elsewhere)
    }


def _is_replaced(there: OldFile | None, by: OldFile, elsewhere: set[UUID]) -> bool:
    """A file laid over another of the same chapter is a better one of it: readers keep their place."""
    return (
        there is not None
        and there.file_id not in elsewhere
        and (there.series_id, there.position) == (by.series_id, by.position)
    )


def _is_proof(fingerprint: bytes | None, page_count: int) -> bool:
    return fingerprint is not None and page_count >= FEWEST_PAGES
