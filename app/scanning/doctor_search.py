"""What must hold of the search: everything on the shelf can be found, and nothing else."""

from uuid import UUID

from sqlalchemy import text

from app.foundation.db.checks import Check, Patient, rows
from app.scanning import reading_rows
from app.scanning.indexing import Index

AT_ONCE = 500

_WITHOUT = """
    SELECT s.id, s.library_id, s.title FROM series s WHERE NOT EXISTS (
        SELECT FROM search_document d WHERE d.kind = 'series' AND d.id = s.id)
    UNION SELECT s.id, s.library_id, s.title FROM series s JOIN chapter c ON c.series_id = s.id
    WHERE c.title <> '' AND c.missing_since IS NULL AND c.trashed_at IS NULL AND NOT EXISTS (
        SELECT FROM search_document d WHERE d.kind = 'chapter' AND d.id = c.id)
"""
_IS_ORPHAN = """
    (kind = 'series' AND NOT EXISTS (SELECT FROM series s WHERE s.id = search_document.id))
    OR (kind = 'chapter' AND NOT EXISTS (SELECT FROM chapter c WHERE c.id = search_document.id))
"""
_ORPHANS = f"SELECT kind || ' ' || id FROM search_document WHERE {_IS_ORPHAN}"  # noqa: S608
_DROP = text(f"DELETE FROM search_document WHERE {_IS_ORPHAN}")  # noqa: S608


async def _write(patient: Patient) -> str:
    async with patient.engine.begin() as connection:
        wanted: dict[UUID, list[UUID]] = {}
        for row in await connection.execute(text(_WITHOUT)):
            wanted.setdefault(row.library_id, []).append(row.id)
        raw = (await connection.get_raw_connection()).driver_connection
        for library_id, ids in wanted.items():
            index = Index(raw, library_id)
            for at in range(0, len(ids), AT_ONCE):
                await _describe(raw, index, ids[at : at + AT_ONCE])
    return f"Described {sum(map(len, wanted.values()))} series anew."


async def _describe(raw: reading_rows.Connection, index: Index, ids: list[UUID]) -> None:
    await index.write_series(await reading_rows.series_by_id(raw, ids))
    there = await reading_rows.chapters_of(raw, ids)
    await index.write_chapters([chapter for found in there.values() for chapter, _, _ in found])


async def _drop(patient: Patient) -> str:
    async with patient.engine.begin() as connection:
        gone = await connection.execute(_DROP)
    return f"Removed {gone.rowcount} entries of the search."


search_checks = (
    Check(
        "search_missing",
        "series, or chapters of them, cannot be found by a search",
        rows(f"SELECT title FROM ({_WITHOUT}) AS series"),  # noqa: S608
        _write,
    ),
    Check("search_orphans", "entries of the search lead nowhere", rows(_ORPHANS), _drop),
)
