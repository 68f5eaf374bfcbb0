"""The rows an import works on, as plain structs: the object mapper would cost half the scan."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from app.metadata.facts import SeriesFacts
from app.metadata.folders import Place
from app.scanning.analyzer import Analysis
from app.scanning.walker import Found


class Entry(msgspec.Struct):
    """One analysed file on its way into the tables."""

    root_id: UUID
    found: Found
    place: Place
    analysis: Analysis
    file_id: UUID | None = None
    """The row it changes; None for a new file."""


class OldFile(msgspec.Struct, frozen=True):
    """The row of a file that changed, or is gone and may have moved."""

    file_id: UUID
    chapter_id: UUID
    series_id: UUID
    root_id: UUID
    path: bytes
    size: int
    mtime_ns: int
    revision: int
    fingerprint: bytes | None
    page_count: int
    series_name: str | None
    """The series its ComicInfo named."""
    is_missing: bool
    position: int
    """Where its chapter stands in the series."""
    is_put: bool = False
    """Whether a person put its chapter into the series."""

    def now_at(self, series_id: UUID, is_put: bool) -> "OldFile":
        return msgspec.structs.replace(self, series_id=series_id, is_put=is_put)


class SeriesRow(msgspec.Struct, kw_only=True):
    id: UUID
    folder: bytes
    key: str
    title: str = ""
    sort_key: str = ""
    sort_title: str | None = None
    values: dict[str, Any] = {}
    """The other columns a scan may write, by the names of SeriesFacts."""
    locked_fields: list[str] = []
    sources: dict[str, Any] = {}
    sidecars: dict[str, Any] = {}
    position_count: int = 0
    is_followed: bool = False
    is_new: bool = False
    has_new_chapter: bool = False


class ChapterRow(msgspec.Struct, kw_only=True):
    id: UUID
    series_id: UUID
    title: str | None
    number_text: str | None
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    kind: str
    language: str | None
    groups: list[str]
    released_on: date | None
    position: int = 0
    facts: SeriesFacts | None = None
    """What its file's ComicInfo says of the series."""
    parsed_series: str | None = None
    """The series its file's name says."""
    info_series: str | None = None
    """The series its file's ComicInfo says."""
    is_put: bool = False
    """Whether a person put it into its series; then its file does not speak for that series."""


class FileRow(msgspec.Struct, kw_only=True):
    id: UUID
    chapter_id: UUID
    entry: Entry
    revision: int
    has_new_pages: bool


class Sidecar(msgspec.Struct, frozen=True):
    folder: bytes
    name: str
    stamp: list[int]
    facts: SeriesFacts


class Written(msgspec.Struct):
    """What one import did."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    new_series: int = 0
    at: datetime | None = None
