"""What is missing, and the guard that an unmounted disk never looks like a cleared shelf (SEC65)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.library.problems import EMPTY_ROOT, THINNED_ROOT, UNREADABLE_ROOT
from app.scanning import reading_rows, writing
from app.scanning.reading_rows import Connection
from app.scanning.summing import place_chapters

__all__ = ["EMPTY_ROOT", "THINNED_ROOT", "UNREADABLE_ROOT", "is_suspicious", "mark_missing"]

MOST_LOST_FILES = 10
MOST_LOST_PART = 0.2


def is_suspicious(lost: int, known: int) -> bool:
    """More than 20 % and more than ten files: that is an accident until a person says otherwise."""
    return lost > MOST_LOST_FILES and lost > known * MOST_LOST_PART


async def mark_missing(
    connection: Connection, file_ids: Sequence[UUID], at: datetime
) -> list[UUID]:
    """Files, their chapters, and series without any other; answers with the series touched.

    Progress and ids stay: a file that comes back takes its chapter up again.
    """
    rows = await connection.fetch(
        "WITH lost AS (UPDATE chapter_file SET missing_since = $2 WHERE id = ANY($1::uuid[])"
        " AND missing_since IS NULL RETURNING chapter_id) "
        "UPDATE chapter SET missing_since = $2 FROM lost WHERE chapter.id = lost.chapter_id "
        "RETURNING chapter.series_id",
        list(file_ids),
        at,
    )
    touched = list({row[0] for row in rows})
    if touched:
        await _place_again(connection, touched)
        await connection.execute(
            "UPDATE series SET missing_since = $2 WHERE id = ANY($1::uuid[]) AND NOT is_followed"
            " AND NOT EXISTS ("
            " SELECT FROM chapter WHERE chapter.series_id = series.id"
            " AND chapter.missing_since IS NULL AND chapter.trashed_at IS NULL)",
            touched,
            at,
        )
        await writing.choose_covers(connection, touched)
    return touched


async def count_library(connection: Connection, library_id: UUID) -> None:
    """The kept totals of what is on the shelf now."""
    await connection.execute(
        "UPDATE library SET series_total = (SELECT count(*) FROM series s WHERE"
        "  s.library_id = $1 AND s.missing_since IS NULL AND s.trashed_at IS NULL),"
        " chapter_total = (SELECT count(*) FROM series s JOIN chapter c ON c.series_id = s.id"
        "  WHERE s.library_id = $1 AND c.missing_since IS NULL AND c.trashed_at IS NULL"
        "  AND s.missing_since IS NULL AND s.trashed_at IS NULL) WHERE id = $1",
        library_id,
    )


async def note_root(
    connection: Connection, root_id: UUID, offline_reason: str | None, at: datetime
) -> None:
    await connection.execute(
        "UPDATE library_root SET walked_at = $3, offline_reason = $2,"
        " offline_since = CASE WHEN $2::text IS NULL THEN NULL"
        " ELSE coalesce(offline_since, $3) END WHERE id = $1",
        root_id,
        offline_reason,
        at,
    )


async def _place_again(connection: Connection, series_ids: Sequence[UUID]) -> None:
    rows = await reading_rows.series_by_id(connection, series_ids)
    there = await reading_rows.chapters_of(connection, series_ids)
    for row in rows:
        chapters = [chapter for chapter, _, _ in there.get(row.id, [])]
        await writing.update_positions(connection, place_chapters(row, chapters))
        await connection.execute(
            "UPDATE series SET position_count = $2 WHERE id = $1", row.id, row.position_count
        )
