"""Files that are not where they were, and the new ones that may be they."""

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from app.scanning.rows import Entry, OldFile

FEWEST_PAGES = 3
"""A page or two, such as a blank or a credit, is no proof that two files are one."""


class Gone:
    """The files that vanished, by what is in them. Each can be found once."""

    def __init__(self, files: Iterable[OldFile]) -> None:
        self.files = {file.file_id: file for file in files}
        self._by_fingerprint: dict[bytes, list[OldFile]] = {}
        for file in self.files.values():
            if file.fingerprint is not None and file.page_count >= FEWEST_PAGES:
                self._by_fingerprint.setdefault(file.fingerprint, []).append(file)

    def found_again(self, entries: Sequence[Entry]) -> dict[int, OldFile]:
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
            del self.files[old.file_id]
        return found

    def still_gone(self, file_ids: Iterable[UUID]) -> list[UUID]:
        return [file_id for file_id in file_ids if file_id in self.files]
