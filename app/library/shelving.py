"""What the shelf is counted by, made anew from its chapters: positions, covers, totals.

A scan does the same in bulk; here it is for the few series that a person changed, and for doctor.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.foundation.db import now
from app.library.events import SeriesChanged
from app.library.models import Chapter
from app.library.positions import Placed, positions

_PLACED = (
    *(Chapter.kind, Chapter.number, Chapter.number_end, Chapter.volume, Chapter.volume_end),
    *(Chapter.language, Chapter.title),
)
_MOVE = text(
    "UPDATE chapter SET position = new.position FROM unnest(CAST(:ids AS uuid[]),"
    " CAST(:positions AS int[])) AS new(id, position) WHERE chapter.id = new.id"
)
_STATE = text("""
    UPDATE series SET position_count = found.positions,
        missing_since = CASE WHEN found.positions > 0 THEN NULL
            WHEN found.trashed THEN missing_since
            WHEN is_followed THEN NULL ELSE coalesce(missing_since, :at) END,
        trashed_at = CASE WHEN found.positions > 0 THEN NULL
            WHEN found.trashed THEN coalesce(trashed_at, :at) ELSE trashed_at END
    FROM (SELECT series.id,
            coalesce(max(c.position) FILTER (WHERE c.missing_since IS NULL
                AND c.trashed_at IS NULL), 0) AS positions,
            coalesce(bool_or(c.trashed_at IS NOT NULL), false) AS trashed
          FROM series LEFT JOIN chapter c ON c.series_id = series.id
          WHERE series.id = ANY(CAST(:ids AS uuid[])) GROUP BY series.id) AS found
    WHERE series.id = found.id
""")
_COVERS = text("""
    UPDATE series SET cover_chapter_id = first.id, cover_page = 1
    FROM (
        SELECT DISTINCT ON (series_id) series_id, id FROM chapter
        WHERE series_id = ANY(CAST(:ids AS uuid[])) AND missing_since IS NULL
          AND trashed_at IS NULL
        ORDER BY series_id, position, id) AS first
    WHERE series.id = first.series_id AND series.cover_chapter_id IS DISTINCT FROM first.id
      AND (NOT 'cover' = ANY(series.locked_fields) OR NOT EXISTS (
        SELECT FROM chapter WHERE chapter.id = series.cover_chapter_id
        AND chapter.missing_since IS NULL AND chapter.trashed_at IS NULL))
""")
_TOTALS = text("""
    UPDATE library SET
        series_total = (SELECT count(*) FROM series s WHERE s.library_id = library.id
            AND s.missing_since IS NULL AND s.trashed_at IS NULL),
        chapter_total = (SELECT count(*) FROM series s JOIN chapter c ON c.series_id = s.id
            WHERE s.library_id = library.id AND c.missing_since IS NULL AND c.trashed_at IS NULL
            AND s.missing_since IS NULL AND s.trashed_at IS NULL)
    WHERE id = :library_id
""")


class Position(msgspec.Struct, frozen=True):
    """Where a chapter is, and where it ought to be."""

    chapter_id: UUID
    series_id: UUID
    stored: int
    right: int


async def shelve_again(session: AsyncSession, library_id: UUID, series_ids: Iterable[UUID]) -> None:
    """After chapters of these series came or went, in the transaction that changed them."""
    wanted = sorted(set(series_ids))
    if not wanted:
        return
    await session.flush()
    wrong = [at for at in await positions_of(session, wanted) if at.stored != at.right]
    if wrong:
        ids, right = [at.chapter_id for at in wrong], [at.right for at in wrong]
        await session.execute(_MOVE, {"ids": ids, "positions": right})
    await session.execute(_STATE, {"ids": wanted, "at": now()})
    await session.execute(_COVERS, {"ids": wanted})
    await count_library(session, library_id)
    await events.publish(session, SeriesChanged(library_id, tuple(wanted)))


async def count_library(session: AsyncSession, library_id: UUID) -> None:
    """The kept totals of what is on the shelf now."""
    await session.execute(_TOTALS, {"library_id": library_id})


async def positions_of(session: AsyncSession, series_ids: Sequence[UUID]) -> list[Position]:
    """Of every listed chapter of these series."""
    rows = await session.execute(
        select(Chapter.id, Chapter.series_id, Chapter.position, *_PLACED)
        .where(Chapter.series_id.in_(series_ids))
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .order_by(Chapter.series_id, Chapter.id)
    )
    by_series: dict[UUID, list[tuple[UUID, int, Placed]]] = {}
    for chapter_id, series_id, stored, *placed in rows:
        by_series.setdefault(series_id, []).append((chapter_id, stored, Placed(*placed)))
    return [
        Position(chapter_id, series_id, stored, right)
        for series_id, chapters in by_series.items()
        for (chapter_id, stored, _), right in zip(
            chapters, positions([placed for _, _, placed in chapters]), strict=True
        )
    ]
