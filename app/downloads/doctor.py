"""What must hold of downloads: rows, the jobs that work on them, and the pages on their way."""

import asyncio

from sqlalchemy import select, text

from app.downloads import partial
from app.downloads.jobs import download_from, download_later
from app.downloads.models import CLAIMABLE, Download
from app.downloads.rows import open_ids
from app.foundation.db.checks import Check, Found, Patient, counted, rows

_NAMED = """
    SELECT s.title || ', ' || r.number_text FROM download d
    JOIN release r ON r.id = d.release_id JOIN series s ON s.id = d.series_id WHERE
"""
_FORGOTTEN = f"""{_NAMED} d.state IN ('queued', 'waiting', 'running', 'verifying')
    AND d.paused_at IS NULL AND d.run_at < now() - interval '5 minutes' AND NOT EXISTS (
        SELECT FROM job WHERE job.kind = '{download_from.name}' AND job.key = d.provider_id::text
            AND job.state IN ('waiting', 'running'))
"""
_EMPTY = f"""{_NAMED} d.state = 'done' AND (d.path IS NULL OR d.finished_at IS NULL)"""
_GIVE_BACK = text("""
    UPDATE download SET state = 'queued' WHERE state IN ('running', 'verifying') AND NOT EXISTS (
        SELECT FROM job WHERE job.kind = :kind AND job.key = download.provider_id::text
            AND job.state = 'running')
""")
_BEGIN_ANEW = text("""
    UPDATE download SET state = 'failed', finished_at = now(),
        reason = 'It ended without a chapter. Try it again.'
    WHERE state = 'done' AND (path IS NULL OR finished_at IS NULL)
""")


async def _ring(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        await session.execute(_GIVE_BACK, {"kind": download_from.name})
        asked = select(Download.provider_id).where(text(CLAIMABLE)).distinct()
        providers = list(await session.scalars(asked))
        await download_later(session, providers)
    return f"Asked for the downloads of {len(providers)} providers."


async def _begin_anew(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        await session.execute(_BEGIN_ANEW)
    return "They say so now, and can be tried again."


async def _look_for_stale(patient: Patient) -> Found:
    async with patient.sessions() as session:
        known = await open_ids(session)
    found = await asyncio.to_thread(partial.stale, patient.settings.data_dir, known)
    return counted(path.name for path in found)


async def _sweep(patient: Patient) -> str:
    async with patient.sessions() as session:
        known = await open_ids(session)
    gone = await asyncio.to_thread(partial.sweep, patient.settings.data_dir, known)
    return f"Removed {gone} folders."


checks = (
    Check("download_jobs", "downloads wait, and nobody works on them", rows(_FORGOTTEN), _ring),
    Check("done_downloads", "downloads are done, and say not where", rows(_EMPTY), _begin_anew),
    Check(
        "partial_downloads",
        "folders hold pages of what is not downloaded any more",
        _look_for_stale,
        _sweep,
    ),
)
