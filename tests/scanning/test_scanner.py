"""Scans of real folders into real tables."""

import shutil

from sqlalchemy import func, select

from app.browsing.selection import Chosen, read_anew
from app.library.models import Library, PageTable
from tests.scanning.shelves import cbz, info


async def test_a_folder_of_chapters_becomes_one_series(shelf):
    for number in (1, 2, 10):
        cbz(shelf.path / "Iron Lantern" / f"Iron Lantern c{number:03}.cbz")

    report = await shelf.scan()

    [series] = await shelf.all_series()
    assert (report.found, report.added, report.problems) == (3, 3, 0)
    assert (series.title, series.position_count) == ("Iron Lantern", 3)
    assert [int(chapter.number) for chapter in await shelf.chapters()] == [1, 2, 10]
    assert [chapter.position for chapter in await shelf.chapters()] == [1, 2, 3]
    assert await shelf.session.scalar(select(func.count()).select_from(PageTable)) == 3
    library = await shelf.session.get(Library, shelf.library.id)
    assert (library.series_total, library.chapter_total) == (1, 3)


async def test_a_second_scan_finds_nothing_to_do(shelf):
    cbz(shelf.path / "Iron Lantern" / "c1.cbz")
    await shelf.scan()

    report = await shelf.scan()

    assert (report.unchanged, report.added, report.updated, report.moved) == (1, 0, 0, 0)


async def test_a_renamed_file_keeps_its_chapter(shelf):
    old = cbz(shelf.path / "Iron Lantern" / "Iron Lantern c001.cbz")
    await shelf.scan()
    [before] = await shelf.files()

    old.rename(old.with_name("Iron Lantern c002.cbz"))
    report = await shelf.scan()

    [after], [chapter] = await shelf.files(), await shelf.chapters()
    assert (report.moved, report.missing, report.added) == (1, 0, 0)
    assert (after.id, after.chapter_id, after.revision) == (before.id, before.chapter_id, 1)
    assert int(chapter.number) == 2


async def test_a_renamed_folder_keeps_its_series_and_takes_the_new_name(shelf):
    for number in range(1, 14):
        cbz(shelf.path / "Iron Lantern" / f"c{number:03}.cbz")
    await shelf.scan()
    [before] = await shelf.all_series()
    chapters = [chapter.id for chapter in await shelf.chapters()]

    (shelf.path / "Iron Lantern").rename(shelf.path / "Brass Lantern")
    cbz(shelf.path / "Brass Lantern" / "c014.cbz")
    report = await shelf.scan()

    [after] = await shelf.all_series()
    assert (report.moved, report.added, report.missing, report.offline) == (13, 1, 0, [])
    assert (after.id, after.title, after.folder) == (before.id, "Brass Lantern", b"Brass Lantern")
    assert [chapter.id for chapter in await shelf.chapters()][:13] == chapters


async def test_a_changed_file_keeps_its_chapter_and_raises_its_revision(shelf):
    path = cbz(shelf.path / "Iron Lantern" / "c1.cbz", pages=3)
    await shelf.scan()
    [before] = await shelf.files()

    cbz(path, pages=5)
    report = await shelf.scan()

    [after] = await shelf.files()
    assert report.updated == 1
    assert (after.id, after.chapter_id) == (before.id, before.chapter_id)
    assert (after.revision, after.page_count) == (2, 5)


async def test_two_comicinfo_series_in_one_folder_are_two_series(shelf):
    cbz(shelf.path / "Mixed" / "a.cbz", comicinfo=info(Series="Akira", Number="1"))
    cbz(shelf.path / "Mixed" / "b.cbz", comicinfo=info(Series="Domu", Number="1"))

    await shelf.scan()

    assert [series.title for series in await shelf.all_series()] == ["Akira", "Domu"]


async def test_a_missing_file_is_missing_and_comes_back_as_it_was(shelf, tmp_path):
    first = cbz(shelf.path / "Iron Lantern" / "c1.cbz")
    cbz(shelf.path / "Iron Lantern" / "c2.cbz")
    await shelf.scan()
    ids = [chapter.id for chapter in await shelf.chapters()]

    aside = shutil.move(first, tmp_path / "aside.cbz")
    report = await shelf.scan()
    left = await shelf.chapters()
    shutil.move(aside, first)
    await shelf.scan()

    assert report.missing == 1
    assert [chapter.id for chapter in left] == ids[1:]
    assert [chapter.id for chapter in await shelf.chapters()] == ids


async def test_only_the_series_that_were_chosen_are_read_anew_and_nothing_is_lost(shelf):
    for title in ("Akira", "Domu"):
        cbz(shelf.path / title / "c1.cbz", comicinfo=info(Series=title, Number="1"))
    await shelf.scan()
    akira, _domu = await shelf.all_series()
    before = [(one.id, one.chapter_id, one.path, one.mtime_ns) for one in await shelf.files()]

    await read_anew(shelf.session, Chosen(shelf.library.id, {akira.id: 1}))
    await shelf.session.commit()
    report = await shelf.scan()
    again = await shelf.scan()

    assert (report.updated, report.unchanged, report.missing, report.added) == (1, 1, 0, 0)
    assert (again.updated, again.unchanged) == (0, 2)
    after = [(one.id, one.chapter_id, one.path, one.mtime_ns) for one in await shelf.files()]
    assert after == before
