"""Which series a file belongs to. Pure.

Files in one folder are one series, unless their ComicInfo `Series` (or their parsed titles where
there is none) name two or more. A file that names nothing but its folder goes with the others.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from app.foundation.db import new_id
from app.library.text import title_key
from app.metadata.naming import ParsedName
from app.scanning.rows import SeriesRow


class Named(msgspec.Struct, frozen=True):
    """The name a file claims: `key` is empty where only its folder names it."""

    key: str = ""
    title: str = ""


def named(info_series: str | None, parsed: ParsedName, folder_title: str) -> Named:
    """`folder_title` is empty for files directly in the root: its name is nobody's title."""
    title = info_series or parsed.series or ""
    key = title_key(title) if title else ""
    if key and key == title_key(folder_title) and not info_series:
        return Named()
    return Named(key, title)


class Folder:
    """The series of one folder: those that are there, and those that its new files found."""

    def __init__(
        self,
        folder: bytes,
        title: str,
        existing: Iterable[SeriesRow],
        members: Iterable[tuple[UUID, Named]] = (),
        *,
        is_root: bool = False,
    ) -> None:
        """`members` are the names of the files that the existing series already hold."""
        self.folder = folder
        self.title = title
        self.is_root = is_root
        self.series = list(existing)
        self.by_key = {row.key: row for row in self.series}
        self.by_member: dict[str, UUID] = {}
        for series_id, name in members:
            if name.key:
                self.by_member.setdefault(name.key, series_id)

    def assign(self, names: Sequence[Named]) -> list[SeriesRow]:
        """The series of each new file. All new files of the folder at once: they vote together."""
        keys = {name.key for name in names if name.key} | set(self.by_member)
        # A shelf of loose files is no series: there each file speaks for itself.
        is_one = len(keys) <= 1 and not self.is_root
        if is_one and not self.series:
            voice = next((name for name in names if name.key), Named())
            self._new(voice.key or title_key(self.title), voice.title or self.title)
        sole = self.series[0] if len(self.series) == 1 and not self.is_root else None
        return [self._series_of(name, sole, is_one=is_one) for name in names]

    def _series_of(self, name: Named, sole: SeriesRow | None, *, is_one: bool) -> SeriesRow:
        key = name.key or title_key(self.title)
        known = self.by_key.get(key) or self._by_member(name.key)
        if known is not None and (name.key or sole is None):
            return known
        if sole is not None and (is_one or not name.key):
            return sole
        return self._new(key, name.title or self.title)

    def _by_member(self, key: str) -> SeriesRow | None:
        owner = self.by_member.get(key)
        return next((row for row in self.series if row.id == owner), None)

    def _new(self, key: str, title: str) -> SeriesRow:
        row = SeriesRow(id=new_id(), folder=self.folder, key=key, title=title, is_new=True)
        self.series.append(row)
        self.by_key[key] = row
        return row
