"""What must hold of what is followed: rows that agree with each other."""

from sqlalchemy import text

from app.downloads.follow_rhythm import OFTENEST, RAREST
from app.downloads.following import mend_followed
from app.downloads.releases import link_to_chapters
from app.foundation.db.checks import Check, Patient, rows
from app.library.shelving import shelve_again

_FARTHEST = RAREST * 2
_STRAY = """
    SELECT s.title || ', ' || r.number_text FROM release r
    JOIN source ON source.id = r.source_id JOIN series s ON s.id = source.series_id
    JOIN chapter c ON c.id = r.chapter_id WHERE c.series_id <> source.series_id
"""
_LET_GO = text("""
    UPDATE release r SET chapter_id = NULL FROM source, chapter c
    WHERE source.id = r.source_id AND c.id = r.chapter_id AND c.series_id <> source.series_id
    RETURNING source.series_id
""")
_AWAITED = """
    SELECT s.title FROM series s WHERE s.is_followed <> EXISTS (
        SELECT FROM source WHERE source.series_id = s.id AND source.stopped_at IS NULL)
"""
_AWAIT = text("""
    UPDATE series s SET is_followed = true WHERE NOT s.is_followed AND EXISTS (
        SELECT FROM source WHERE source.series_id = s.id AND source.stopped_at IS NULL)
    RETURNING s.library_id, s.id
""")
_NEVER_DUE = f"""
    SELECT title FROM source WHERE stopped_at IS NULL AND (
        next_check_at > now() + interval '{_FARTHEST.days} days'
        OR check_every NOT BETWEEN {OFTENEST.total_seconds():.0f} AND {RAREST.total_seconds():.0f})
"""  # noqa: S608
_DUE = text(f"""
    UPDATE source SET next_check_at = now(),
        check_every = least(greatest(check_every, {OFTENEST.total_seconds():.0f}),
            {RAREST.total_seconds():.0f})
    WHERE stopped_at IS NULL AND (next_check_at > now() + interval '{_FARTHEST.days} days'
        OR check_every NOT BETWEEN {OFTENEST.total_seconds():.0f} AND {RAREST.total_seconds():.0f})
    RETURNING id
""")  # noqa: S608


async def _link_again(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        series = list(await session.scalars(_LET_GO))
        await link_to_chapters(session, set(series))
    return f"Linked the releases of {len(set(series))} series anew."


async def _await_again(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        count = await mend_followed(session)
        found = list(await session.execute(_AWAIT))
        for library_id, series_id in found:
            await shelve_again(session, library_id, [series_id])
    return f"Looked anew at what is followed of {count + len(found)} series."


async def _make_due(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        ids = list(await session.scalars(_DUE))
    return f"{len(ids)} series will be asked for at once."


checks = (
    Check(
        "release_chapters",
        "releases lead to chapters of another series",
        rows(_STRAY),
        _link_again,
    ),
    Check(
        "followed_series",
        "series are awaited from nobody, or not awaited though they are followed",
        rows(_AWAITED),
        _await_again,
    ),
    Check("source_times", "followed series are never due", rows(_NEVER_DUE), _make_due),
)
