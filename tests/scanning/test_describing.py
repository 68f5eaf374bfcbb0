"""The second pass: what the pages measure, and series that are one long strip."""

import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.foundation.archives.page_facts import decode_facts
from app.foundation.archives.sandbox import SandboxFailure
from app.foundation.db import session_maker
from app.foundation.queue import Run
from app.foundation.queue.models import Job, JobState
from app.library.models import ChapterFile, Direction, PageFacts, Problem, Series
from app.scanning import describe_jobs
from app.scanning.describe_jobs import describe_files, describe_files_later
from app.scanning.problems import IO_ERROR
from tests.scanning.conftest import Shelf
from tests.scanning.shelves import info


def png_of(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
        + bytes(12)
    )


def draw(path: Path, *sizes: tuple[int, int], comicinfo: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number, size in enumerate(sizes, start=1):
            archive.writestr(f"{number:03}.png", png_of(*size) + path.name.encode())
        if comicinfo is not None:
            archive.writestr("ComicInfo.xml", comicinfo)


async def described(engine: AsyncEngine, session: AsyncSession, settings: Settings) -> Job:
    """Runs the job that the scan asked for, as a worker would."""
    wanted = (await session.scalars(select(Job).where(Job.kind == "describe_files"))).one()
    wanted.state, wanted.fence = JobState.RUNNING, 1
    await session.commit()
    run: Any = Run(
        job_id=wanted.id,
        kind="describe_files",
        fence=1,
        attempt=1,
        session_maker=session_maker(engine),
        settings=settings,
    )
    await describe_files.function(run)
    await session.rollback()
    session.expire_all()
    return wanted


async def direction(session: AsyncSession) -> Direction | None:
    session.expire_all()
    return await session.scalar(select(Series.direction))


async def test_a_scan_that_found_something_asks_for_the_second_pass(
    shelf: Shelf, session: AsyncSession
) -> None:
    await shelf.scan()
    assert await session.scalar(select(Job.kind)) is None

    draw(shelf.path / "Saga" / "Saga 01.cbz", (800, 1200))
    await shelf.scan()

    job = (await session.scalars(select(Job))).one()
    assert (job.kind, job.state) == ("describe_files", JobState.WAITING)
    assert job.priority < 0


async def test_the_second_pass_keeps_the_size_of_every_page_that_can_be_measured(
    shelf: Shelf, engine: AsyncEngine, session: AsyncSession, settings: Settings
) -> None:
    draw(shelf.path / "Saga" / "Saga 01.cbz", (800, 1200), (0, 0), (1600, 1200))
    await shelf.scan()

    job = await described(engine, session, settings)

    data = await session.scalar(select(PageFacts.data))
    assert data is not None
    sizes = [(size.width, size.height) for size in decode_facts(data).sizes]
    assert sizes == [(800, 1200), (0, 0), (1600, 1200)]
    assert await session.scalar(select(ChapterFile.described_at)) is not None
    await session.refresh(job)
    assert (job.done, job.total) == (1, 1)


async def test_a_series_of_long_strips_becomes_a_webtoon_and_stays_one(
    shelf: Shelf, engine: AsyncEngine, session: AsyncSession, settings: Settings
) -> None:
    draw(shelf.path / "Pylons" / "Pylons 01.cbz", (800, 4000), (800, 4000))
    await shelf.scan()
    await described(engine, session, settings)
    assert await direction(session) is Direction.WEBTOON
    assert (await session.scalar(select(Series.sources)) or {})["direction"] == "auto"

    draw(shelf.path / "Pylons" / "Pylons 02.cbz", (800, 4000))
    await shelf.scan()

    assert await direction(session) is Direction.WEBTOON


async def test_what_a_file_says_of_its_direction_counts_more_than_its_pages(
    shelf: Shelf, engine: AsyncEngine, session: AsyncSession, settings: Settings
) -> None:
    draw(
        shelf.path / "Tall" / "Tall 01.cbz",
        (800, 4000),
        comicinfo=info(Series="Tall", Manga="YesAndRightToLeft"),
    )
    await shelf.scan()

    await described(engine, session, settings)

    assert await direction(session) is Direction.RIGHT_TO_LEFT


async def test_a_locked_direction_is_left_alone(
    shelf: Shelf, engine: AsyncEngine, session: AsyncSession, settings: Settings
) -> None:
    draw(shelf.path / "Tall" / "Tall 01.cbz", (800, 4000))
    await shelf.scan()
    await session.execute(update(Series).values(locked_fields=["direction"]))
    await session.commit()

    await described(engine, session, settings)

    assert await direction(session) is None


async def test_one_tall_extra_makes_no_strip_of_a_series(
    shelf: Shelf, engine: AsyncEngine, session: AsyncSession, settings: Settings
) -> None:
    for number in (1, 2):
        draw(shelf.path / "Saga" / f"Saga {number:02}.cbz", (800, 1200))
    draw(shelf.path / "Saga" / "Saga 03.cbz", (800, 4000))
    await shelf.scan()

    await described(engine, session, settings)

    assert await direction(session) is None


async def test_a_file_that_is_gone_waits_for_the_next_second_pass(
    shelf: Shelf, engine: AsyncEngine, session: AsyncSession, settings: Settings
) -> None:
    lost = shelf.path / "Saga" / "Saga 01.cbz"
    draw(lost, (800, 1200))
    draw(shelf.path / "Saga" / "Saga 02.cbz", (800, 1200))
    await shelf.scan()
    lost.unlink()

    await described(engine, session, settings)

    rows = await session.execute(
        select(ChapterFile.display_name, ChapterFile.described_at.is_(None)).order_by(
            ChapterFile.path
        )
    )
    assert [tuple(row) for row in rows] == [("Saga 01.cbz", True), ("Saga 02.cbz", False)]


async def test_a_disk_that_fails_is_said_and_asked_again_by_the_next_second_pass(
    shelf: Shelf,
    engine: AsyncEngine,
    session: AsyncSession,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw(shelf.path / "Saga" / "Saga 01.cbz", (800, 1200))
    await shelf.scan()

    async def unread(_pool: Any, files: Any) -> Any:
        return [(file, SandboxFailure("Input/output error", is_of_disk=True)) for file in files]

    with monkeypatch.context() as broken:
        broken.setattr(describe_jobs, "measured", unread)
        job = await described(engine, session, settings)

    assert await session.scalar(select(Problem.reason)) == IO_ERROR
    assert await session.scalar(select(ChapterFile.described_at)) is None
    await session.delete(job)
    await describe_files_later(session)
    await described(engine, session, settings)
    assert await session.scalar(select(PageFacts.data)) is not None
    assert await session.scalar(select(Problem.id)) is None
