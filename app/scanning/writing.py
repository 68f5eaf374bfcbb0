"""Rows into tables in bulk: COPY for what is new, one prepared statement for what changes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.metadata.folders import shown
from app.scanning.reading_rows import Connection
from app.scanning.rows import ChapterRow, FileRow, OldFile, SeriesRow

_CHAPTER_COLUMNS = (
    *("series_id", "title", "number_text", "number", "number_end", "volume", "volume_end"),
    *("kind", "language", "groups", "released_on", "position"),
)
_FILE_COLUMNS = (
    *("chapter_id", "root_id", "path", "display_name", "size", "mtime_ns", "inode", "format"),
    *("revision", "fingerprint", "page_count", "comicinfo"),
)
_SERIES_COLUMNS = (
    *("folder", "key", "title", "sort_key", "other_titles", "sort_title", "summary", "status"),
    *("year", "language", "publisher", "age_rating", "direction", "total_chapters", "links"),
    *("sources", "sidecars", "position_count"),
)
_PLAIN_VALUES = (
    *(
        "sort_title",
        "summary",
        "status",
        "year",
        "language",
        "publisher",
        "age_rating",
        "direction",
    ),
    "total_chapters",
)
_JSON_VALUES = ("other_titles", "links")


async def copy_series(
    connection: Connection, library_id: UUID, rows: Sequence[SeriesRow], at: datetime
) -> None:
    await connection.copy_records_to_table(
        "series",
        records=[(row.id, library_id, *_series_values(row), [], 1, at, at) for row in rows],
        columns=(
            *("id", "library_id", *_SERIES_COLUMNS),
            *("locked_fields", "cover_page", "added_at", "updated_at"),
        ),
    )


async def update_series(connection: Connection, rows: Sequence[SeriesRow], at: datetime) -> None:
    """Writes what a scan may write: fields a person locked or set are not in `row.values`."""
    for row in rows:
        columns = {
            "folder": row.folder,
            "key": row.key,
            "title": row.title,
            "sort_key": row.sort_key,
            "sources": _json(row.sources),
            "sidecars": _json(row.sidecars),
            "position_count": row.position_count,
            "missing_since": None if row.position_count or row.is_followed else at,
            **{name: row.values[name] for name in _PLAIN_VALUES if name in row.values},
            **{name: _links(row, name) for name in _JSON_VALUES if name in row.values},
        }
        if row.has_new_chapter:
            columns["updated_at"] = at
        sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=2))
        await connection.execute(
            f"UPDATE series SET {sets}, trashed_at = NULL WHERE id = $1",  # noqa: S608
            row.id,
            *columns.values(),
        )


async def copy_chapters(connection: Connection, rows: Sequence[ChapterRow], at: datetime) -> None:
    await connection.copy_records_to_table(
        "chapter",
        records=[(row.id, *_chapter_values(row), at) for row in rows],
        columns=("id", *_CHAPTER_COLUMNS, "added_at"),
    )


async def update_chapters(connection: Connection, rows: Sequence[ChapterRow]) -> None:
    sets = _assignments(_CHAPTER_COLUMNS)
    await connection.executemany(
        f"UPDATE chapter SET {sets}, missing_since = NULL WHERE id = $1",  # noqa: S608
        [(row.id, *_chapter_values(row)) for row in rows],
    )


async def update_positions(connection: Connection, rows: Sequence[ChapterRow]) -> None:
    if rows:
        await connection.execute(
            "UPDATE chapter SET position = new.position "
            "FROM unnest($1::uuid[], $2::int[]) AS new(id, position) WHERE chapter.id = new.id",
            [row.id for row in rows],
            [row.position for row in rows],
        )


async def displace(connection: Connection, files: Sequence[OldFile], at: datetime) -> None:
    """They make room: a place holds one file. Those that are elsewhere now are written anew."""
    for table, ids in (
        ("chapter_file", [file.file_id for file in files]),
        ("chapter", [file.chapter_id for file in files]),
    ):
        await connection.execute(
            f"UPDATE {table} SET missing_since = $2 WHERE id = ANY($1::uuid[])",  # noqa: S608
            ids,
            at,
        )


async def copy_files(connection: Connection, rows: Sequence[FileRow], at: datetime) -> None:
    await connection.copy_records_to_table(
        "chapter_file",
        records=[(row.id, *_file_values(row), at) for row in rows],
        columns=("id", *_FILE_COLUMNS, "added_at"),
    )


async def update_files(connection: Connection, rows: Sequence[FileRow]) -> None:
    sets = _assignments(_FILE_COLUMNS)
    await connection.executemany(
        f"UPDATE chapter_file SET {sets}, missing_since = NULL WHERE id = $1",  # noqa: S608
        [(row.id, *_file_values(row)) for row in rows],
    )
    renewed = [row.id for row in rows if row.has_new_pages]
    if renewed:
        await connection.execute(
            "UPDATE chapter_file SET described_at = NULL WHERE id = ANY($1::uuid[])", renewed
        )


async def copy_pages(connection: Connection, rows: Iterable[FileRow]) -> None:
    records = [
        (row.id, row.revision, row.entry.analysis.pages) for row in rows if row.has_new_pages
    ]
    if records:
        await connection.copy_records_to_table(
            "page_table", records=records, columns=("file_id", "revision", "data")
        )


async def choose_covers(connection: Connection, series_ids: Sequence[UUID]) -> None:
    """The first chapter's first page, unless a person chose another that is there. A picture that came
    from elsewhere stands before it."""
    await connection.execute(
        "UPDATE series SET cover_chapter_id = first.id, cover_page = 1 FROM ("
        " SELECT DISTINCT ON (series_id) series_id, id FROM chapter"
        " WHERE series_id = ANY($1::uuid[]) AND missing_since IS NULL AND trashed_at IS NULL"
        " ORDER BY series_id, position, id) AS first "
        "WHERE series.id = first.series_id AND (NOT 'cover' = ANY(series.locked_fields)"
        " OR NOT EXISTS (SELECT FROM chapter WHERE chapter.id = series.cover_chapter_id"
        " AND chapter.missing_since IS NULL AND chapter.trashed_at IS NULL))"
        " AND series.cover_chapter_id IS DISTINCT FROM first.id",
        list(series_ids),
    )


def _assignments(columns: Sequence[str]) -> str:
    return ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=2))


def _series_values(row: SeriesRow) -> tuple[Any, ...]:
    values = row.values
    return (
        row.folder,
        row.key,
        row.title,
        row.sort_key,
        _links(row, "other_titles"),
        *(values.get(name) for name in _PLAIN_VALUES),
        _links(row, "links"),
        _json(row.sources),
        _json(row.sidecars),
        row.position_count,
    )


def _links(row: SeriesRow, name: str) -> str:
    """Links are stored as [{url, label}], titles as [{title, kind, language}]."""
    items = row.values.get(name) or []
    if name == "links":
        items = [{"url": url, "label": url.split("/")[2][:100]} for url in items]
    return _json(items)


def _chapter_values(row: ChapterRow) -> tuple[Any, ...]:
    return (
        row.series_id,
        row.title,
        row.number_text,
        row.number,
        row.number_end,
        row.volume,
        row.volume_end,
        row.kind,
        row.language,
        row.groups,
        row.released_on,
        row.position,
    )


def _file_values(row: FileRow) -> tuple[Any, ...]:
    entry, found = row.entry, row.entry.found
    return (
        row.chapter_id,
        entry.root_id,
        found.path,
        shown(found.path.rpartition(b"/")[2]),
        found.size,
        found.mtime_ns,
        found.inode,
        entry.analysis.format,
        row.revision,
        entry.analysis.fingerprint,
        entry.analysis.page_count,
        entry.analysis.info_json,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
