"""What must hold of reading: the sums of every person, and the folders of made images."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.config import Settings
from app.foundation.db.checks import SHOWN, Check, Found, Patient, counted
from app.foundation.images.disk_cache import file_of
from app.foundation.images.widths import COVER_WIDTHS
from app.library.models import Chapter, ChapterFile, Series
from app.reading.addresses import cover_version
from app.reading.aggregate import rebuild_aggregate
from app.reading.models import Progress, SeriesReading

AT_ONCE = 500
KEPT_SECONDS = 7 * 24 * 3600.0
"""Covers of an older revision may still be in a browser's page for a while."""
HALF_WRITTEN_SECONDS = 3600.0

_KEEP = text("CREATE TEMPORARY TABLE sums_before ON COMMIT DROP AS TABLE series_reading")
_COLUMNS = "user_id, series_id, read_positions, started_positions, last_read_at, next_chapter_id"
_DIFFERENT = text(f"""
    SELECT count(*) OVER (), u.name || ' in ' || s.title FROM (
        SELECT user_id, series_id FROM (
            (SELECT {_COLUMNS} FROM sums_before EXCEPT SELECT {_COLUMNS} FROM series_reading)
            UNION ALL
            (SELECT {_COLUMNS} FROM series_reading EXCEPT SELECT {_COLUMNS} FROM sums_before)
        ) AS rows GROUP BY user_id, series_id) AS wrong
    JOIN user_account u ON u.id = wrong.user_id JOIN series s ON s.id = wrong.series_id
    LIMIT {SHOWN}
""")  # noqa: S608 (our own constants)
_BEYOND = "page > page_count OR page < 0 OR version < 0 OR reread_page > page_count"
_CLAMP = text(f"""
    UPDATE progress SET page = greatest(0, least(page, page_count)),
        reread_page = least(reread_page, page_count), version = greatest(version, 0) + 1
    WHERE {_BEYOND}
""")  # noqa: S608


async def _rebuild(session: AsyncSession) -> None:
    """A person at a time and some series at a time: each pair holds a lock until the end."""
    for user_id in list(await session.scalars(select(User.id))):
        begun = select(Chapter.series_id).join(Progress, Progress.chapter_id == Chapter.id)
        summed = select(SeriesReading.series_id).where(SeriesReading.user_id == user_id)
        ids = list(await session.scalars(begun.where(Progress.user_id == user_id).union(summed)))
        for at in range(0, len(ids), AT_ONCE):
            wanted = ids[at : at + AT_ONCE]
            await rebuild_aggregate(session, series_ids=wanted, user_id=user_id)


async def _look_at_sums(patient: Patient) -> Found:
    """Makes them anew, compares, and takes it back."""
    async with patient.sessions() as session:
        await session.execute(_KEEP)
        await _rebuild(session)
        wrong = (await session.execute(_DIFFERENT)).all()
        await session.rollback()
    return Found(wrong[0][0], tuple(row[1] for row in wrong)) if wrong else Found()


async def _mend_sums(patient: Patient) -> str:
    async with patient.sessions() as session, session.begin():
        await _rebuild(session)
    return "Made the sums of every person anew."


async def _look_at_covers(patient: Patient) -> Found:
    strays = await _strays(patient)
    return counted(f"covers/{path.parent.name}/{path.name}" for path in strays)


async def _drop_covers(patient: Patient) -> str:
    return f"Removed {_remove(await _strays(patient))} covers."


async def _strays(patient: Patient) -> list[Path]:
    folder = patient.settings.data_dir / "covers"
    async with patient.sessions() as session:
        wanted = await _wanted_covers(session, folder)
    return await asyncio.to_thread(
        lambda: [path for path in _older(folder, KEPT_SECONDS) if path not in wanted]
    )


async def _wanted_covers(session: AsyncSession, folder: Path) -> set[Path]:
    """Of every file of a chapter, its first page; of every series, its chosen one."""
    first = await session.execute(select(ChapterFile.id, ChapterFile.revision))
    chosen = await session.execute(
        select(ChapterFile.id, ChapterFile.revision, Series.cover_page)
        .join(Series, Series.cover_chapter_id == ChapterFile.chapter_id)
        .where(Series.cover_page > 1)
    )
    pages: list[tuple[UUID, int, int]] = [(file_id, revision, 1) for file_id, revision in first]
    pages += [(file_id, revision, page) for file_id, revision, page in chosen]
    return {
        file_of(folder, f"{cover_version(*page)}/{width}")
        for page in pages
        for width in COVER_WIDTHS
    }


async def _look_at_parts(patient: Patient) -> Found:
    parts = await asyncio.to_thread(lambda: list(_parts(patient.settings)))
    return counted(str(path.relative_to(patient.settings.data_dir)) for path in parts)


async def _drop_parts(patient: Patient) -> str:
    return f"Removed {_remove(list(_parts(patient.settings)))} half-written images."


def _parts(settings: Settings) -> Iterator[Path]:
    for folder in (settings.data_dir / "covers", settings.data_dir / "cache" / "pages"):
        yield from (path for path in _older(folder, HALF_WRITTEN_SECONDS, parts=True))


def _older(folder: Path, seconds: float, *, parts: bool = False) -> Iterator[Path]:
    for path in folder.glob("??/*"):
        with suppress(FileNotFoundError):
            age = abs(time.time() - path.stat().st_mtime)
            if (path.suffix == ".part") == parts and age > seconds:
                yield path


def _remove(paths: list[Path]) -> int:
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


async def _look_at_progress(patient: Patient) -> Found:
    asked = text(f"SELECT count(*) FROM progress WHERE {_BEYOND}")  # noqa: S608
    async with patient.sessions() as session:
        count = await session.scalar(asked) or 0
    return Found(count, ("a page beyond the end",) if count else ())


async def _clamp_progress(patient: Patient) -> str:
    async with patient.engine.begin() as connection:
        done = await connection.execute(_CLAMP)
    return f"Set {done.rowcount} to the last page."


checks = (
    Check("progress_pages", "places are beyond the end", _look_at_progress, _clamp_progress),
    Check("reading_sums", "sums of reading are not right", _look_at_sums, _mend_sums),
    Check("stray_covers", "covers of nothing are kept", _look_at_covers, _drop_covers),
    Check("cache_parts", "half-written images lie in the data folder", _look_at_parts, _drop_parts),
)
