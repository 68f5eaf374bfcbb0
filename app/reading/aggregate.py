"""The sums every list is made of, per person and series (`SeriesReading`), always made anew.

One statement makes them from `progress`, so what a page turn leaves behind and what `doctor`
rebuilds cannot differ. It runs in the transaction that changes progress, under a lock per person
and series: two turns at once would each miss the other's row.

A chapter is begun when `page > 0`, read when `completed_at` is set. A position is read when any
of its chapters is; it is started when it is begun and not read. What is missing or in the trash
counts for nothing but `last_read_at`. To continue is, from the place last read, the first unread
position (that place itself, if it is not read), else the first unread one of all.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_PAIRS = """
    SELECT DISTINCT progress.user_id, chapter.series_id
    FROM progress JOIN chapter ON chapter.id = progress.chapter_id
    WHERE (progress.page > 0 OR progress.completed_at IS NOT NULL)
      AND (CAST(:user_id AS uuid) IS NULL OR progress.user_id = :user_id)
      AND (CAST(:series_ids AS uuid[]) IS NULL OR chapter.series_id = ANY(:series_ids))
"""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_LOCK_EACH = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(key, 0))
    FROM (SELECT 'reading ' || CAST(:user_id AS uuid) || ' ' || id AS key
          FROM unnest(CAST(:series_ids AS uuid[])) AS id ORDER BY id) AS pairs
""")
_LOCK_ALL = text(f"""
    SELECT pg_advisory_xact_lock(hashtextextended('reading ' || user_id || ' ' || series_id, 0))
    FROM (SELECT user_id, series_id FROM ({_PAIRS}) AS found
          UNION SELECT user_id, series_id FROM series_reading
          WHERE (CAST(:user_id AS uuid) IS NULL OR user_id = :user_id)
            AND (CAST(:series_ids AS uuid[]) IS NULL OR series_id = ANY(:series_ids))
          ORDER BY user_id, series_id) AS pairs
""")  # noqa: S608 (our own constant)

_FORGET = text(f"""
    DELETE FROM series_reading
    WHERE (CAST(:user_id AS uuid) IS NULL OR user_id = :user_id)
      AND (CAST(:series_ids AS uuid[]) IS NULL OR series_id = ANY(:series_ids))
      AND (user_id, series_id) NOT IN ({_PAIRS})
""")  # noqa: S608

_MAKE = text(f"""
    WITH pairs AS ({_PAIRS}),
    place AS (
        SELECT pairs.user_id, pairs.series_id, chapter.id, chapter.position, chapter.language,
               chapter.groups, chapter.missing_since IS NULL AND chapter.trashed_at IS NULL AS listed,
               COALESCE(progress.page, 0) > 0 AS begun, progress.completed_at IS NOT NULL AS done,
               progress.updated_at
        FROM pairs
        JOIN chapter ON chapter.series_id = pairs.series_id
        LEFT JOIN progress
          ON progress.chapter_id = chapter.id AND progress.user_id = pairs.user_id
    ),
    sums AS (
        SELECT user_id, series_id,
               COUNT(DISTINCT position) FILTER (WHERE listed AND done) AS done,
               COUNT(DISTINCT position) FILTER (WHERE listed AND (begun OR done)) AS touched,
               MAX(updated_at) FILTER (WHERE begun OR done) AS last_read_at
        FROM place GROUP BY user_id, series_id
    ),
    latest AS (
        SELECT DISTINCT ON (user_id, series_id) *
        FROM place WHERE begun OR done
        ORDER BY user_id, series_id, updated_at DESC, position DESC, id DESC
    ),
    following AS (
        SELECT DISTINCT ON (place.user_id, place.series_id)
               place.user_id, place.series_id, place.id
        FROM place
        JOIN latest USING (user_id, series_id)
        LEFT JOIN preference ON preference.user_id = place.user_id
        LEFT JOIN preferred_version AS chosen
          ON chosen.user_id = place.user_id AND chosen.series_id = place.series_id
        LEFT JOIN (SELECT DISTINCT user_id, series_id, position FROM place WHERE listed AND done)
          AS finished
          ON finished.user_id = place.user_id AND finished.series_id = place.series_id
         AND finished.position = place.position
        WHERE place.listed AND finished.position IS NULL
        ORDER BY place.user_id, place.series_id,
                 place.position < latest.position, place.position, place.id <> latest.id,
                 chosen.user_id IS NOT NULL AND place.language IS DISTINCT FROM chosen.language,
                 NOT (place.groups = chosen.groups OR place.groups && chosen.groups),
                 (place.language = preference.reading ->> 'language') IS NOT TRUE,
                 (place.language = latest.language) IS NOT TRUE,
                 NOT place.groups && latest.groups, NOT place.begun, place.id
    )
    INSERT INTO series_reading
        (user_id, series_id, read_positions, started_positions, last_read_at, next_chapter_id)
    SELECT sums.user_id, sums.series_id, sums.done, sums.touched - sums.done, sums.last_read_at,
           following.id
    FROM sums LEFT JOIN following USING (user_id, series_id)
    ON CONFLICT (user_id, series_id) DO UPDATE SET
        read_positions = excluded.read_positions, started_positions = excluded.started_positions,
        last_read_at = excluded.last_read_at, next_chapter_id = excluded.next_chapter_id
""")  # noqa: S608


async def hold(session: AsyncSession, user_id: UUID, series_id: UUID) -> None:
    """Until the transaction ends, nobody else changes this person's progress in this series."""
    await session.execute(_LOCK, {"key": f"reading {user_id} {series_id}"})


async def hold_all(session: AsyncSession, user_id: UUID, series_ids: Sequence[UUID]) -> None:
    """The same for many series, in the one order in which everybody takes them."""
    await session.execute(_LOCK_EACH, {"user_id": user_id, "series_ids": list(series_ids)})


async def refresh(session: AsyncSession, user_id: UUID, series_id: UUID) -> None:
    """After a change of progress, in the same transaction. Call `hold` before reading it."""
    await session.flush()
    only = {"user_id": user_id, "series_ids": [series_id]}
    await session.execute(_MAKE, only)
    await session.execute(_FORGET, only)


async def rebuild_aggregate(
    session: AsyncSession,
    *,
    series_ids: list[UUID] | None = None,
    user_id: UUID | None = None,
) -> None:
    """Make the sums anew: of these series, of this person, or (neither given) of everybody.

    For `doctor`, and for whoever changes positions or what is listed.
    """
    if series_ids == []:
        return
    await session.flush()
    only = {"user_id": user_id, "series_ids": series_ids}
    await session.execute(_LOCK_ALL, only)
    await session.execute(_MAKE, only)
    await session.execute(_FORGET, only)
