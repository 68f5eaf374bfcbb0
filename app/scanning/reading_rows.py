"""Rows as the scan finds them, read over the bare driver connection."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.metadata.chapter_facts import SERIES, columns_of
from app.metadata.facts import SeriesFacts
from app.scanning.diff import Known
from app.scanning.rows import ChapterRow, OldFile, SeriesRow

type Connection = Any
"""An asyncpg connection of SQLAlchemy's: JSONB is written as text and read as tables."""

_FACTS = msgspec.json.Decoder(SeriesFacts)
_OLD_FILES = """
    SELECT f.id, f.chapter_id, c.series_id, f.root_id, f.path, f.size, f.mtime_ns, f.revision,
           f.fingerprint, f.page_count, f.comicinfo->>'series', f.missing_since IS NOT NULL,
           c.position
    FROM chapter_file f JOIN chapter c ON c.id = f.chapter_id
    WHERE f.id = ANY($1::uuid[])
"""
_SERIES = """
    SELECT id, folder, key, title, sort_title, locked_fields, sources, sidecars, position_count,
           is_followed
    FROM series
"""
# What a person changes while a batch is written must not be lost: they wait for each other.
_TO_CHANGE = "ORDER BY id FOR NO KEY UPDATE"


async def known_files(
    connection: Connection, root_ids: Sequence[UUID]
) -> dict[UUID, dict[bytes, Known]]:
    """By root, then by path; where a place had several files the living one counts."""
    rows = await connection.fetch(
        "SELECT root_id, path, id, size, mtime_ns, inode, missing_since IS NOT NULL "
        "FROM chapter_file WHERE root_id = ANY($1::uuid[]) AND trashed_at IS NULL "
        "ORDER BY missing_since NULLS FIRST",
        list(root_ids),
    )
    known: dict[UUID, dict[bytes, Known]] = {root_id: {} for root_id in root_ids}
    for root_id, path, file_id, size, mtime_ns, inode, is_missing in rows:
        row = Known(file_id, (size, mtime_ns, inode), is_missing)
        known[root_id].setdefault(path, row)
    return known


async def lost_files(connection: Connection, root_ids: Sequence[UUID]) -> list[UUID]:
    """Files that vanished in an earlier scan and may turn up elsewhere."""
    rows = await connection.fetch(
        "SELECT id FROM chapter_file WHERE root_id = ANY($1::uuid[]) "
        "AND missing_since IS NOT NULL AND trashed_at IS NULL",
        list(root_ids),
    )
    return [row[0] for row in rows]


async def old_files(connection: Connection, file_ids: Iterable[UUID]) -> dict[UUID, OldFile]:
    wanted = list(file_ids)
    if not wanted:
        return {}
    rows = await connection.fetch(_OLD_FILES, wanted)
    return {row[0]: OldFile(*row) for row in rows}


async def where_chapters_are(
    connection: Connection, chapter_ids: Sequence[UUID]
) -> dict[UUID, tuple[UUID, bool]]:
    """Of each its series, and whether a person put it there."""
    if not chapter_ids:
        return {}
    rows = await connection.fetch(
        "SELECT id, series_id, kept ? 'series' FROM chapter WHERE id = ANY($1::uuid[])", chapter_ids
    )
    return {chapter_id: (series_id, is_put) for chapter_id, series_id, is_put in rows}


async def kept_columns(
    connection: Connection, chapter_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Any]]:
    """Of chapters of which a person set something: the columns that a scan leaves alone."""
    if not chapter_ids:
        return {}
    rows = await connection.fetch(
        f"SELECT kept, {', '.join(_CHAPTER_FIELDS)} FROM chapter "  # noqa: S608
        "WHERE id = ANY($1::uuid[]) AND kept <> '{}'",
        chapter_ids,
    )
    found: dict[UUID, dict[str, Any]] = {}
    for kept, *fields in rows:
        values = dict(zip(_CHAPTER_FIELDS, fields, strict=True))
        names = [name for field in kept for name in columns_of(field, None)]
        found[values["id"]] = {name: values[name] for name in names if name != SERIES}
    return found


async def old_pages(connection: Connection, file_ids: Iterable[UUID]) -> dict[UUID, bytes]:
    """The newest page table of each file."""
    rows = await connection.fetch(
        "SELECT p.file_id, p.data FROM page_table p JOIN chapter_file f "
        "ON f.id = p.file_id AND f.revision = p.revision WHERE p.file_id = ANY($1::uuid[])",
        list(file_ids),
    )
    return dict(rows)


async def series_in(
    connection: Connection, library_id: UUID, folders: Iterable[bytes]
) -> list[SeriesRow]:
    rows = await connection.fetch(
        f"{_SERIES} WHERE library_id = $1 AND folder = ANY($2::bytea[]) {_TO_CHANGE}",
        library_id,
        list(folders),
    )
    return [_series(row) for row in rows]


async def series_by_id(connection: Connection, series_ids: Iterable[UUID]) -> list[SeriesRow]:
    wanted = list(series_ids)
    if not wanted:
        return []
    rows = await connection.fetch(f"{_SERIES} WHERE id = ANY($1::uuid[]) {_TO_CHANGE}", wanted)
    return [_series(row) for row in rows]


async def sidecar_stamps(
    connection: Connection, library_id: UUID
) -> dict[bytes, dict[str, list[int]]]:
    """Of every series folder: the sidecars that were read, and [size, mtime_ns] when they were."""
    rows = await connection.fetch(
        "SELECT folder, sidecars FROM series WHERE library_id = $1 AND sidecars <> '{}'::jsonb",
        library_id,
    )
    found: dict[bytes, dict[str, list[int]]] = {}
    for folder, sidecars in rows:
        stamps = found.setdefault(folder, {})
        for name, (size, mtime_ns, _) in sidecars.items():
            stamps[name] = [size, mtime_ns]
    return found


async def chapters_of(
    connection: Connection, series_ids: Iterable[UUID]
) -> dict[UUID, list[tuple[ChapterRow, bytes, UUID]]]:
    """The live chapters of each series, each with the path and id of its live file.

    Each file is looked up by its chapter, whatever Postgres believes about tables that are being
    filled: without statistics it would compare every chapter with every file.
    """
    rows = await connection.fetch(
        "SELECT c.id, c.series_id, c.title, c.number_text, c.number, c.number_end, c.volume,"
        " c.volume_end, c.kind, c.language, c.groups, c.released_on, c.position,"
        " f.facts, f.path, f.id, f.series, c.kept ? 'series' "
        "FROM chapter c CROSS JOIN LATERAL ("
        " SELECT id, path, comicinfo->>'facts' AS facts, comicinfo->>'series' AS series"
        " FROM chapter_file WHERE chapter_id = c.id"
        " AND missing_since IS NULL AND trashed_at IS NULL OFFSET 0) f "
        "WHERE c.series_id = ANY($1::uuid[]) "
        "AND c.missing_since IS NULL AND c.trashed_at IS NULL ORDER BY c.id",
        list(series_ids),
    )
    found: dict[UUID, list[tuple[ChapterRow, bytes, UUID]]] = {}
    for *fields, facts, path, file_id, series_name, is_put in rows:
        chapter = ChapterRow(**dict(zip(_CHAPTER_FIELDS, fields, strict=True)))
        chapter.facts = _FACTS.decode(facts) if facts else None
        chapter.info_series = series_name
        chapter.is_put = is_put
        found.setdefault(chapter.series_id, []).append((chapter, path, file_id))
    return found


_CHAPTER_FIELDS = (
    *("id", "series_id", "title", "number_text", "number", "number_end", "volume", "volume_end"),
    *("kind", "language", "groups", "released_on", "position"),
)


def _series(row: Sequence[Any]) -> SeriesRow:
    series_id, folder, key, title, sort_title, locked, sources, sidecars, count, followed = row
    return SeriesRow(
        id=series_id,
        folder=folder,
        key=key,
        title=title,
        sort_title=sort_title,
        locked_fields=locked,
        sources=sources,
        sidecars=sidecars,
        position_count=count,
        is_followed=followed,
    )
