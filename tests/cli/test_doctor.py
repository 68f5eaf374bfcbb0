"""Every invariant broken once: doctor names it, mends it, and is content (SEC59)."""

import asyncio
import os
import re
import time
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from app.cli.doctor import CHECKS, examine, repair
from app.downloads.models import Download, DownloadState
from app.foundation.db import new_id, now
from app.foundation.queue.models import Job, JobState
from app.library.models import Chapter, ChapterFile, Library, Problem, Root
from app.providers.models import Provider, Release, Source
from app.reading import progress
from app.reading.models import Progress, SeriesReading
from tests import factories
from tests.scanning.conftest import pool, shelf
from tests.scanning.shelves import cbz, info

__all__ = ["pool", "shelf"]


@pytest.fixture
async def ill(shelf, settings):
    """A library of three chapters in good health, two of them read, ready to be broken."""
    for number in (1, 2, 3):
        name = f"Iron Lantern/c{number:03}.cbz"
        cbz(shelf.path / name, comicinfo=info(Title=f"Night {number}", Number=number))
    await shelf.scan()
    reader = await factories.admin(shelf.session)
    for chapter in (await shelf.chapters())[:2]:
        await progress.turn_to(shelf.session, reader, chapter.id, 2, version=0, device="tests")
    await shelf.session.commit()
    return shelf


async def names(engine, settings):
    return {finding.check for finding in await examine(engine, settings)}


STATEMENTS = {
    "chapters_without_file": "DELETE FROM chapter_file WHERE display_name = 'c002.cbz'",
    "hidden_chapters": "UPDATE chapter SET missing_since = now() WHERE number = 2",
    "page_tables": "UPDATE page_table SET data = '\\x00ff'",
    "page_tables_missing": "DELETE FROM page_table",
    "page_tables_count": "UPDATE chapter_file SET page_count = 99",
    "series_sums": "UPDATE series SET position_count = 9",
    "series_sums_positions": "UPDATE chapter SET position = 4 - position",
    "library_totals": "UPDATE library SET chapter_total = 4000",
    "search_missing": "DELETE FROM search_document",
    "search_orphans": "UPDATE search_document SET id = gen_random_uuid() WHERE kind = 'series'",
    "progress_pages": "UPDATE progress SET page = 77",
    "reading_sums": "UPDATE series_reading SET started_positions = 0, read_positions = 3",
    "followed_series": "UPDATE series SET is_followed = true",
    "artwork": "UPDATE series SET cover_art = repeat('a', 20), locked_fields = '{cover}'",
}


def by_statement(name):
    async def breaking(shelf, settings):
        await shelf.session.execute(text(STATEMENTS[name]))
        await shelf.session.commit()

    return breaking


async def stuck_jobs(shelf, settings):
    await factories.add(
        shelf.session,
        Job(
            kind="scan_library",
            state=JobState.RUNNING,
            worker="gone",
            lease_until=now() - timedelta(minutes=5),
        ),
    )


async def job_states(shelf, settings):
    await factories.add(shelf.session, Job(kind="scan_library", state=JobState.DONE))


async def trash(shelf, settings):
    """Killed between rename and commit."""
    [file, *_] = await shelf.files()
    there = shelf.path / ".bunko-trash" / str(file.id) / "Iron Lantern"
    there.mkdir(parents=True)
    (shelf.path / "Iron Lantern" / "c001.cbz").rename(there / "c001.cbz")


async def files_gone(shelf, settings):
    (shelf.path / "Iron Lantern" / "c003.cbz").unlink()


async def files_changed(shelf, settings):
    cbz(shelf.path / "Iron Lantern" / "c003.cbz", pages=7)


async def files_new(shelf, settings):
    cbz(shelf.path / "Iron Lantern" / "c004.cbz")


async def problems_gone(shelf, settings):
    root = await shelf.session.scalar(select(Root))
    await factories.add(
        shelf.session,
        Problem(
            library_id=shelf.library.id,
            root_id=root.id,
            path=b"was/here.cbz",
            display_name="was/here.cbz",
            kind="damaged",
            reason="It is damaged.",
        ),
    )


async def stale_parts(shelf, settings):
    part = shelf.path / "Iron Lantern" / ".bunko-00.part"
    part.write_bytes(b"half")
    os.utime(part, (1, 1))


async def stray_covers(shelf, settings):
    old_file(settings.data_dir / "covers" / "ab" / "cdef", days=30)


async def cache_parts(shelf, settings):
    old_file(settings.data_dir / "cache" / "pages" / "ab" / "tmp0.part", days=1)


async def release_chapters(shelf, settings):
    source = await followed(shelf)
    [chapter, *_] = await shelf.chapters()
    release = Release(source_id=source.id, remote_id="1", number_text="1", chapter_id=chapter.id)
    await factories.add(shelf.session, release)


async def download_jobs(shelf, settings):
    await download(shelf, run_at=now() - timedelta(minutes=10))


async def done_downloads(shelf, settings):
    await download(shelf, state=DownloadState.DONE)


async def partial_downloads(shelf, settings):
    folder = settings.data_dir / "downloads" / str(new_id())
    old_file(folder / "1.jpg", days=30)
    os.utime(folder, (1, 1))


async def download(shelf, **more):
    source = await followed(shelf)
    release = await factories.add(
        shelf.session, Release(source_id=source.id, remote_id="2", number_text="2")
    )
    await factories.add(
        shelf.session,
        Download(
            release_id=release.id,
            series_id=source.series_id,
            provider_id=source.provider_id,
            **more,
        ),
    )


async def source_times(shelf, settings):
    source = await followed(shelf)
    source.next_check_at = now() + timedelta(days=400)
    await shelf.session.commit()


async def followed(shelf):
    """Another series, at a provider."""
    series = await factories.series(shelf.session, shelf.library, "Glass Harbor", is_followed=True)
    provider = await factories.add(shelf.session, Provider(name="Tidepool", driver="mangadex"))
    source = Source(
        series_id=series.id, provider_id=provider.id, remote_id="harbor", title=series.title
    )
    return await factories.add(shelf.session, source)


def old_file(path, days):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"old")
    moment = time.time() - days * 24 * 3600
    os.utime(path, (moment, moment))


OTHERWISE = [
    *(stuck_jobs, job_states, trash, files_gone, files_changed),
    *(files_new, problems_gone, stale_parts, stray_covers, cache_parts),
    *(release_chapters, source_times),
    *(download_jobs, done_downloads, partial_downloads),
]
BREAKS = {name: by_statement(name) for name in STATEMENTS} | {
    breaking.__name__: breaking for breaking in OTHERWISE
}


def named_by(breaking):
    return max((check.name for check in CHECKS if breaking.startswith(check.name)), key=len)


def test_SEC59_every_check_has_a_way_to_break_it():
    assert {named_by(breaking) for breaking in BREAKS} == {check.name for check in CHECKS}


@pytest.mark.parametrize("breaking", BREAKS)
async def test_SEC59_doctor_names_what_is_broken_and_mends_it(ill, engine, settings, breaking):
    read_before = await all_progress(ill)
    await BREAKS[breaking](ill, settings)

    found = await examine(engine, settings)
    did = await repair(engine, settings)
    after = await examine(engine, settings)

    assert named_by(breaking) in {finding.check for finding in found}
    assert all(1 <= len(finding.examples) <= finding.count for finding in found)
    assert did
    assert after == []
    if breaking != "progress_pages":
        assert await all_progress(ill) == read_before


async def all_progress(shelf):
    rows = await shelf.session.execute(
        select(Progress.user_id, Progress.chapter_id, Progress.page).order_by(Progress.chapter_id)
    )
    found = [tuple(row) for row in rows]
    await shelf.session.rollback()
    return found


async def test_SEC59_a_library_in_good_health_has_no_findings(ill, engine, settings):
    assert await examine(engine, settings) == []
    assert await repair(engine, settings) == []


async def test_SEC59_looking_changes_nothing(ill, engine, settings):
    for name in ("series_sums", "reading_sums", "files_gone", "search_missing", "library_totals"):
        await BREAKS[name](ill, settings)

    first = await examine(engine, settings)
    second = await examine(engine, settings)

    assert first == second
    assert {"series_sums", "reading_sums", "files_gone"} <= {one.check for one in first}
    sums = await ill.session.scalar(select(SeriesReading.read_positions))
    assert sums == 3


async def test_SEC59_SEC65_a_root_that_is_offline_is_no_finding_and_loses_nothing(
    ill, engine, settings, tmp_path
):
    ill.path.rename(tmp_path / "unplugged")

    assert await names(engine, settings) == set()
    await repair(engine, settings)

    assert await ill.session.scalar(select(func.count(Chapter.id))) == 3
    missing = select(func.count(ChapterFile.id)).where(ChapterFile.missing_since.is_not(None))
    assert await ill.session.scalar(missing) == 0


async def test_SEC59_what_was_put_into_the_trash_and_never_committed_keeps_its_chapter(
    ill, engine, settings
):
    [first, *_] = await ill.chapters()
    await trash(ill, settings)

    await repair(engine, settings)

    assert (ill.path / "Iron Lantern" / "c001.cbz").exists()
    assert (await ill.chapters())[0].id == first.id


async def test_the_command_says_what_is_wrong_and_how_to_mend_it(
    ill, engine, settings, monkeypatch, apart
):
    from app.cli.doctor import doctor

    monkeypatch.setenv("BUNKO_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("BUNKO_DATABASE_URL", settings.database_url)
    await BREAKS["library_totals"](ill, settings)
    call = lambda *arguments: asyncio.to_thread(CliRunner().invoke, doctor, arguments)  # noqa: E731

    found, mended, clean = await call(), await call("--repair"), await call()

    assert (found.exit_code, mended.exit_code, clean.exit_code) == (1, 0, 0)
    assert "Libraries are counted wrongly: 1." in found.output
    assert "4000 chapters" in found.output
    assert "bunko doctor --repair" in found.output
    assert "Counted every library anew." in mended.output
    assert re.search(r"^All \d+ checks hold\.$", clean.output, re.MULTILINE)
    assert (await ill.session.get_one(Library, ill.library.id)).chapter_total == 3
