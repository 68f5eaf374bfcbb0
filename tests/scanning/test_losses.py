"""An unmounted disk is not a cleared shelf; a killed scan is run again."""

import shutil

import pytest
from sqlalchemy import delete, select

from app.errors import Conflict
from app.library.events import SeriesChanged
from app.library.models import Chapter, ChapterFile, PageTable, Root, SearchDocument, Series
from app.scanning import examination
from app.scanning.importer import Importer
from app.scanning.lock import alone
from tests.scanning.shelves import cbz, info


def fill(shelf, files=20, folder="Iron Lantern"):
    for number in range(1, files + 1):
        cbz(shelf.path / folder / f"c{number:03}.cbz", comicinfo=info(Series=folder, Number=number))


async def offline_reason(shelf):
    return await shelf.session.scalar(select(Root.offline_reason))


@pytest.mark.parametrize("loss", ["root gone", "root empty", "half gone"])
async def test_SEC65_a_root_that_lost_much_is_offline_and_nothing_is_missing(shelf, loss, tmp_path):
    fill(shelf, 24)
    await shelf.scan()
    if loss == "root gone":
        shelf.path.rename(tmp_path / "unplugged")
    elif loss == "root empty":
        shutil.rmtree(shelf.path / "Iron Lantern")
    else:
        for number in range(1, 13):
            (shelf.path / "Iron Lantern" / f"c{number:03}.cbz").unlink()

    report = await shelf.scan()

    assert report.missing == 0
    assert len(report.offline) == 1
    assert len(await shelf.chapters()) == 24
    assert await offline_reason(shelf)


async def test_SEC65_a_root_comes_back_online_by_itself(shelf, tmp_path):
    fill(shelf, 12)
    await shelf.scan()
    shelf.path.rename(tmp_path / "unplugged")
    await shelf.scan()

    (tmp_path / "unplugged").rename(shelf.path)
    report = await shelf.scan()

    assert (report.offline, report.unchanged) == ([], 12)
    assert await offline_reason(shelf) is None


async def test_SEC65_they_are_really_gone_when_a_person_says_so(shelf):
    fill(shelf, 24)
    await shelf.scan()
    for number in range(1, 13):
        (shelf.path / "Iron Lantern" / f"c{number:03}.cbz").unlink()
    [root] = (await shelf.scan()).offline

    report = await shelf.scan(really_gone=[root])

    assert (report.missing, report.offline) == (12, [])
    assert len(await shelf.chapters()) == 12


async def test_a_loss_of_few_files_is_a_loss(shelf):
    fill(shelf, 12)
    await shelf.scan()
    for number in range(1, 10):
        (shelf.path / "Iron Lantern" / f"c{number:03}.cbz").unlink()

    report = await shelf.scan()

    assert (report.missing, report.offline) == (9, [])
    assert [chapter.position for chapter in await shelf.chapters()] == [1, 2, 3]


async def test_an_unreadable_folder_is_a_line_and_its_chapters_stay(shelf, monkeypatch):
    fill(shelf, 3)
    await shelf.scan()
    real_open = examination.os.open

    def refuse(path, *args, **more):
        if path == "Iron Lantern":
            raise PermissionError(13, "refused", path)
        return real_open(path, *args, **more)

    monkeypatch.setattr("app.scanning.walker.os.open", refuse)
    report = await shelf.scan()
    monkeypatch.undo()

    [problem] = await shelf.problems()
    assert (problem.kind, report.missing) == ("folder", 0)
    assert len(await shelf.chapters()) == 3


async def snapshot(shelf):
    session = shelf.session
    series = await session.execute(
        select(Series.folder, Series.key, Series.title, Series.position_count).order_by(
            Series.folder
        )
    )
    chapters = await session.execute(
        select(Chapter.number, Chapter.position, ChapterFile.path, ChapterFile.page_count)
        .join(ChapterFile, ChapterFile.chapter_id == Chapter.id)
        .order_by(ChapterFile.path)
    )
    pages = await session.scalars(select(PageTable.data))
    words = await session.execute(select(SearchDocument.kind, SearchDocument.grams))
    await session.rollback()
    return (
        [tuple(row) for row in series],
        [tuple(row) for row in chapters],
        sorted(pages),
        sorted((kind, tuple(grams)) for kind, grams in words),
    )


async def test_SEC60_a_scan_that_dies_mid_way_and_runs_again_equals_one_that_did_not(
    shelf, monkeypatch
):
    for folder in ("A", "B", "C", "D"):
        fill(shelf, 4, folder)
    monkeypatch.setattr("app.scanning.scanner.COMMIT_FILES", 4)
    real_take, calls = Importer.take, []

    async def take_twice(self, entries, folders=()):
        calls.append(len(entries))
        if len(calls) == 3:
            raise ConnectionResetError("killed")
        return await real_take(self, entries, folders)

    monkeypatch.setattr(Importer, "take", take_twice)
    with pytest.raises(ConnectionResetError):
        await shelf.scan()
    await shelf.session.rollback()
    half = len(await shelf.files())
    monkeypatch.setattr(Importer, "take", real_take)
    await shelf.scan()
    recovered = await snapshot(shelf)
    for row in await shelf.all_series():
        await shelf.session.delete(row)
    await shelf.session.execute(delete(SearchDocument))
    await shelf.session.commit()
    await shelf.scan()

    assert 0 < half < 16
    assert recovered == await snapshot(shelf)


async def test_two_scans_of_one_library_never_run_at_once(shelf, engine):
    fill(shelf, 1)

    async with alone(engine, shelf.library.id):
        with pytest.raises(Conflict):
            await shelf.scan()

    assert (await shelf.scan()).added == 1


async def test_a_cancelled_scan_stops_and_marks_nothing_missing(shelf):
    fill(shelf, 3)
    await shelf.scan()
    (shelf.path / "Iron Lantern" / "c001.cbz").unlink()
    cbz(shelf.path / "Other" / "c001.cbz")

    report = await shelf.scan(cancelled=lambda: True)

    assert report.cancelled
    assert report.missing == 0


async def test_a_second_scan_opens_no_file_and_asks_few_questions(shelf, engine, monkeypatch):
    fill(shelf, 30)
    cbz(shelf.path / "Other" / "Other c001.cbz")
    await shelf.scan()
    asked = []

    def opened(*_):
        raise AssertionError("a file was opened")

    monkeypatch.setattr(examination, "open_beneath", opened)
    raw = "app.scanning.scanner.reading_rows.known_files"
    from app.scanning import reading_rows

    real = reading_rows.known_files

    async def count(connection, roots):
        connection.add_query_logger(lambda query: asked.append(query.query))
        return await real(connection, roots)

    monkeypatch.setattr(raw, count)
    report = await shelf.scan()

    assert report.unchanged == 31
    assert 0 < len(asked) <= 12


async def test_progress_runs_from_nothing_to_all(shelf):
    fill(shelf, 5)
    told = []

    await shelf.scan(progress=lambda done, total: told.append((done, total)))

    assert told[0] == (0, 5)
    assert told[-1] == (5, 5)


async def test_other_rooms_hear_of_series_that_changed_in_the_same_transaction(shelf, monkeypatch):
    from app import events

    heard = []

    async def listen(session, fact):
        heard.append((fact.series_ids, await session.scalar(select(Chapter.id).limit(1))))

    monkeypatch.setitem(events._listeners, SeriesChanged, [listen])
    fill(shelf, 2)
    await shelf.scan()
    assert heard == []

    cbz(shelf.path / "Iron Lantern" / "c099.cbz")
    await shelf.scan()

    [series] = await shelf.all_series()
    assert [ids for ids, _ in heard] == [(series.id,)]
