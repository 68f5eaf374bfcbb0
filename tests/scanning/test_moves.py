"""Names that are handed on: a chapter, and everybody's place in it, goes with its pages."""

import pytest
from sqlalchemy import select

from app.cli.doctor import examine
from app.library.models import Chapter, ChapterFile
from app.reading import progress
from app.reading.models import Progress
from app.scanning.importer import Importer
from tests import factories
from tests.scanning.shelves import cbz

FOLDER = "Iron Lantern"


def place(shelf, name, folder=FOLDER):
    return shelf.path / folder / f"{name}.cbz"


def rename(shelf, names):
    """All at once, whatever stands where: each file first steps aside."""
    for old in names:
        place(shelf, *old).rename(place(shelf, *old).with_suffix(".aside"))
    for old, new in names.items():
        place(shelf, *new).parent.mkdir(exist_ok=True)
        place(shelf, *old).with_suffix(".aside").rename(place(shelf, *new))


@pytest.fixture
async def read(shelf):
    """c001 to c004, of which somebody has read as many pages as their number says. Answers with
    what is read by what is inside; a fingerprint stands for the pages."""
    for number in range(1, 5):
        cbz(place(shelf, f"c{number:03}"), pages=6, seed=f"tale {number}")
    await shelf.scan()
    reader = await factories.admin(shelf.session)
    for chapter in await shelf.chapters():
        await progress.turn_to(
            shelf.session, reader, chapter.id, chapter.position, version=0, device="tests"
        )
    await shelf.session.commit()
    return await reading(shelf)


async def reading(shelf):
    """Of each live chapter: its pages, its id, and the page that somebody is on."""
    rows = await shelf.session.execute(
        select(ChapterFile.fingerprint, Chapter.id, Progress.page)
        .join(Chapter, Chapter.id == ChapterFile.chapter_id)
        .outerjoin(Progress, Progress.chapter_id == Chapter.id)
        .where(ChapterFile.missing_since.is_(None), Chapter.missing_since.is_(None))
    )
    found = {pages: (chapter_id, page) for pages, chapter_id, page in rows}
    await shelf.session.rollback()
    return found


async def paths(shelf):
    return {file.fingerprint: file.path for file in await shelf.files()}


RENAMES = {
    "swap": {"c001": "c002", "c002": "c001"},
    "chain": {"c001": "c002", "c002": "c003", "c003": "c004", "c004": "c005"},
    "chain down": {"c004": "c003", "c003": "c002", "c002": "c001", "c001": "c000"},
    "cycle": {"c001": "c002", "c002": "c003", "c003": "c004", "c004": "c001"},
    "swap and step": {"c001": "c002", "c002": "c001", "c003": "c009"},
}


@pytest.mark.parametrize("names", RENAMES.values(), ids=RENAMES)
async def test_SEC65_places_go_with_the_pages_when_names_are_handed_on(
    shelf, read, engine, settings, names
):
    before = await paths(shelf)
    rename(shelf, {(old,): (new,) for old, new in names.items()})

    report = await shelf.scan()

    assert (report.moved, report.missing, report.added) == (len(names), 0, 0)
    assert await reading(shelf) == read
    assert {path.replace(FOLDER.encode(), b"") for path in (await paths(shelf)).values()} == {
        f"/{names.get(name, name)}.cbz".encode() for name in ("c001", "c002", "c003", "c004")
    }
    assert (await paths(shelf)) != before
    assert [int(chapter.number) for chapter in await shelf.chapters()] == sorted(
        int(chapter.number) for chapter in await shelf.chapters()
    )
    assert all(file.revision == 1 for file in await shelf.files())
    assert await examine(engine, settings) == []
    assert (await shelf.scan()).unchanged == 4


async def test_SEC65_names_handed_on_between_folders_are_followed_across_batches(
    shelf, read, engine, settings, monkeypatch
):
    for number in range(1, 5):
        cbz(place(shelf, f"c{number:03}", "Brass Comet"), pages=6, seed=f"comet {number}")
    await shelf.scan()
    read = await reading(shelf)
    monkeypatch.setattr("app.scanning.scanner.COMMIT_FILES", 1)

    rename(
        shelf,
        {("c001", FOLDER): ("c001", "Brass Comet"), ("c001", "Brass Comet"): ("c001", FOLDER)},
    )
    report = await shelf.scan()

    assert (report.moved, report.missing, report.added) == (2, 0, 0)
    assert await reading(shelf) == read
    assert await examine(engine, settings) == []


async def test_SEC60_a_scan_that_dies_between_the_halves_of_a_swap_is_mended_by_the_next(
    shelf, read, engine, settings, monkeypatch
):
    cbz(place(shelf, "c001", "Brass Comet"), pages=6, seed="comet")
    await shelf.scan()
    read = await reading(shelf)
    monkeypatch.setattr("app.scanning.scanner.COMMIT_FILES", 1)
    real_take, takes = Importer.take, []

    async def die_at_the_second(self, entries, folders=()):
        takes.append(entries)
        if len(takes) == 2:
            raise ConnectionResetError("killed")
        return await real_take(self, entries, folders)

    rename(
        shelf,
        {("c001", FOLDER): ("c001", "Brass Comet"), ("c001", "Brass Comet"): ("c001", FOLDER)},
    )
    monkeypatch.setattr(Importer, "take", die_at_the_second)
    with pytest.raises(ConnectionResetError):
        await shelf.scan()
    monkeypatch.setattr(Importer, "take", real_take)
    await shelf.scan()

    assert await reading(shelf) == read
    assert await examine(engine, settings) == []


async def test_SEC65_a_chapter_renamed_over_another_brings_its_place_and_the_other_is_missing(
    shelf, read, engine, settings
):
    before = await paths(shelf)
    lost = next(pages for pages, path in before.items() if path.endswith(b"c002.cbz"))

    place(shelf, "c001").replace(place(shelf, "c002"))
    await shelf.scan()

    assert await reading(shelf) == {pages: it for pages, it in read.items() if pages != lost}
    assert await examine(engine, settings) == []
    assert (await shelf.scan()).unchanged == 3


async def test_SEC65_a_new_file_under_the_name_of_one_that_moved_on_is_a_new_chapter(
    shelf, read, engine, settings
):
    rename(shelf, {("c002",): ("c009",)})
    cbz(place(shelf, "c002"), pages=8, seed="never seen")

    report = await shelf.scan()

    after = await reading(shelf)
    assert (report.moved, report.added, report.missing) == (1, 1, 0)
    assert read.items() <= after.items()
    assert len(after) == 5
    assert await examine(engine, settings) == []


async def test_SEC65_a_better_file_in_the_same_place_keeps_the_place_in_it(shelf, read):
    cbz(place(shelf, "c002"), pages=12, seed="better")

    report = await shelf.scan()

    assert (report.updated, report.moved, report.missing) == (1, 0, 0)
    assert {chapter_id for chapter_id, _ in (await reading(shelf)).values()} == {
        chapter_id for chapter_id, _ in read.values()
    }


async def test_SEC65_a_second_file_of_a_chapter_laid_over_the_first_keeps_the_place_in_the_first(
    shelf, read
):
    cbz(place(shelf, "c002 (better)"), pages=12, seed="better")
    await shelf.scan()
    ids = {chapter_id for chapter_id, _ in read.values()}

    place(shelf, "c002 (better)").replace(place(shelf, "c002"))
    await shelf.scan()

    assert {chapter_id for chapter_id, _ in (await reading(shelf)).values()} == ids


async def test_a_copy_under_another_name_takes_nothing_from_its_original(shelf, read):
    original = place(shelf, "c001")
    place(shelf, "c002").write_bytes(original.read_bytes())
    original.touch()

    report = await shelf.scan()

    assert (report.moved, report.missing, report.updated) == (0, 0, 2)
    assert {chapter_id for chapter_id, _ in (await reading(shelf)).values()} <= {
        chapter_id for chapter_id, _ in read.values()
    }


async def test_pages_too_few_to_prove_anything_stay_with_their_name(shelf):
    for name in ("c001", "c002"):
        cbz(place(shelf, name), pages=2, seed=name)
    await shelf.scan()
    before = {file.path: file.chapter_id for file in await shelf.files()}

    rename(shelf, {("c001",): ("c002",), ("c002",): ("c001",)})
    await shelf.scan()

    assert {file.path: file.chapter_id for file in await shelf.files()} == before
