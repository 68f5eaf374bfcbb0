"""The problems screen and the trash over HTTP, plain and with htmx; duplicates; what is really gone."""

import shutil

import pytest
from sqlalchemy import select

from app.foundation.queue.models import Job
from app.library.models import Chapter, ChapterFile, Library, Problem, Root, Series
from app.reading import progress
from app.reading.models import Progress
from tests import factories
from tests.browser import another_browser, browser_of
from tests.scanning.shelves import cbz, info


@pytest.fixture
async def manager(session, shelf):
    user = await factories.charlie(session)
    await factories.let_in(session, user, shelf.library)
    return user


@pytest.fixture
async def browser(client, session, manager):
    return await browser_of(client, session, manager)


def home(shelf, more=""):
    return f"/admin/libraries/{shelf.library.id}{more}"


def fill(shelf, files, folder="Iron Lantern"):
    for number in range(1, files + 1):
        cbz(shelf.path / folder / f"c{number:03}.cbz")


async def test_a_problem_says_what_and_since_when_and_what_to_do(shelf, browser):
    (shelf.path / "broken.cbz").write_bytes(b"no archive at all")
    (shelf.path / "book.pdf").write_bytes(b"%PDF-1.7")
    await shelf.scan()

    screen = (await browser.get(home(shelf, "/problems"))).text

    assert "broken.cbz" in screen and "book.pdf" in screen
    assert "PDF files are not supported yet." in screen
    assert "Convert it to CBZ" in screen
    assert "Copy or download the file again" in screen
    assert "Check all again" in screen


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("which", ["one", "all"])
async def test_checking_again_judges_a_file_that_has_not_changed(shelf, browser, htmx, which):
    (shelf.path / "broken.cbz").write_bytes(b"no archive at all")
    await shelf.scan()
    [problem] = await shelf.problems()
    where = f"/problems/{problem.id}/check" if which == "one" else "/problems/check"

    answer = await browser.post(home(shelf, where), htmx=htmx)

    assert answer.status_code == (200 if htmx else 303)
    await shelf.session.rollback()
    shelf.session.expunge_all()
    assert await shelf.session.scalar(select(Problem.mtime_ns)) is None
    job = await shelf.session.scalar(select(Job).where(Job.kind == "scan_library"))
    assert (job.kind, job.args["library_id"]) == ("scan_library", str(shelf.library.id))
    await shelf.scan()
    assert await shelf.session.scalar(select(Problem.mtime_ns)) is not None


async def test_SEC65_a_lost_root_is_offline_until_a_person_says_that_it_is_really_gone(
    shelf, browser
):
    fill(shelf, 24)
    await shelf.scan()
    shutil.rmtree(shelf.path / "Iron Lantern")
    [root_id] = (await shelf.scan()).offline

    screen = (await browser.get(home(shelf, "/problems"))).text
    question = (await browser.get(home(shelf, f"/roots/{root_id}/gone"))).text
    answer = await browser.post(home(shelf, f"/roots/{root_id}/gone"))

    assert "is offline" in screen and "They are really gone…" in screen
    assert "only unplugged" in question and "Nothing is deleted." in question
    assert answer.status_code == 303
    job = await shelf.session.scalar(select(Job).where(Job.kind == "scan_library"))
    assert job.args["really_gone"] == [str(root_id)]
    assert len(await shelf.chapters()) == 24
    report = await shelf.scan(really_gone=[root_id])
    assert (report.missing, report.offline) == (24, [])
    assert await shelf.session.scalar(select(Root.offline_since)) is None
    screen = (await browser.get(home(shelf, "/problems"))).text
    assert "24 files are not there any more." in screen


async def test_SEC65_what_cannot_be_read_cannot_be_given_up(shelf, browser, tmp_path):
    fill(shelf, 3)
    await shelf.scan()
    shelf.path.rename(tmp_path / "unplugged")
    [root_id] = (await shelf.scan()).offline

    screen = (await browser.get(home(shelf, "/problems"))).text
    answer = await browser.post(home(shelf, f"/roots/{root_id}/gone"))
    report = await shelf.scan(really_gone=[root_id])

    assert "They are really gone…" not in screen
    assert answer.status_code == 404
    assert (report.missing, report.offline) == (0, [root_id])


async def two_files_of_one_chapter(shelf):
    folder = shelf.path / "Iron Lantern"
    cbz(folder / "c001.cbz", pages=10, comicinfo=info(Number=1, Title="Small"))
    await shelf.scan()
    cbz(folder / "c001 better.cbz", pages=20, seed="better", comicinfo=info(Number=1))
    await shelf.scan()
    rows = await shelf.session.scalars(select(Chapter).order_by(Chapter.id))
    return list(rows)


async def test_a_better_file_takes_the_place_and_everybody_goes_on_where_they_were(
    shelf, browser, manager
):
    old, new = await two_files_of_one_chapter(shelf)
    reader = await factories.admin(shelf.session)
    done = await factories.alice(shelf.session)
    await factories.let_in(shelf.session, done, shelf.library)
    session = shelf.session
    await progress.turn_to(session, reader, old.id, 5, version=0, device="tests")
    await progress.turn_to(session, done, old.id, 3, version=0, device="tests")
    await progress.turn_to(session, done, new.id, 20, version=0, device="tests")
    await session.commit()

    screen = (await browser.get(home(shelf, "/problems"))).text
    answer = await browser.post(
        home(shelf, "/duplicates"), {"keep": str(new.id), "drop": str(old.id)}
    )

    assert "Twice on disk" in screen and "Use this one" in screen
    assert answer.status_code == 303
    session.expunge_all()
    await session.rollback()
    [file] = await session.scalars(
        select(ChapterFile).where(
            ChapterFile.chapter_id == old.id, ChapterFile.trashed_at.is_(None)
        )
    )
    assert (file.display_name, file.page_count) == ("c001 better.cbz", 20)
    assert not (shelf.path / "Iron Lantern" / "c001.cbz").exists()
    place = await progress.turn_to(session, reader, old.id, 10, version=1, device="tests")
    assert place.page == 10
    finished = await session.get(Progress, (done.id, old.id))
    assert finished.completed_at is not None
    assert (await session.get_one(Chapter, new.id)).trashed_at is not None
    assert (await shelf.scan()).unchanged == 1
    assert [chapter.id for chapter in await listed(shelf)] == [old.id]


async def listed(shelf):
    asked = select(Chapter).where(Chapter.trashed_at.is_(None), Chapter.missing_since.is_(None))
    return list(await shelf.session.scalars(asked.order_by(Chapter.position)))


async def test_the_first_file_may_be_kept_as_well(shelf, browser):
    old, new = await two_files_of_one_chapter(shelf)

    await browser.post(home(shelf, "/duplicates"), {"keep": str(old.id), "drop": str(new.id)})

    await shelf.session.rollback()
    names = [path.name for path in (shelf.path / "Iron Lantern").iterdir()]
    assert names == ["c001.cbz"]
    assert [chapter.id for chapter in await listed(shelf)] == [old.id]


async def test_only_two_files_of_one_chapter_can_take_each_others_place(shelf, browser):
    fill(shelf, 2)
    await shelf.scan()
    one, two = await shelf.chapters()

    answer = await browser.post(
        home(shelf, "/duplicates"), {"keep": str(one.id), "drop": str(two.id)}
    )

    assert answer.status_code == 409
    assert len(list((shelf.path / "Iron Lantern").iterdir())) == 2


async def test_the_same_pages_in_two_places_are_shown_and_can_be_put_away(shelf, browser):
    cbz(shelf.path / "Iron Lantern" / "c001.cbz", seed="same")
    cbz(shelf.path / "Copies" / "c001.cbz", seed="same")
    cbz(shelf.path / "Blank" / "c001.cbz", pages=1, seed="blank")
    cbz(shelf.path / "Blanks" / "c001.cbz", pages=1, seed="blank")
    await shelf.scan()

    screen = (await browser.get(home(shelf, "/problems"))).text

    assert screen.count("The same pages") >= 1
    assert screen.count("Move to trash…") == 2
    assert "Blank" not in screen


@pytest.mark.parametrize("htmx", [False, True])
async def test_a_chapter_goes_to_the_trash_and_back_by_forms(shelf, browser, htmx):
    fill(shelf, 2)
    await shelf.scan()
    chapter, _ = await shelf.chapters()

    question = (await browser.get(f"/chapters/{chapter.id}/trash")).text
    put = await browser.post(f"/chapters/{chapter.id}/trash", htmx=htmx)
    await shelf.session.rollback()
    file = await shelf.session.scalar(
        select(ChapterFile).where(ChapterFile.trashed_at.is_not(None))
    )
    trash = (await browser.get(home(shelf, "/trash"))).text
    back = await browser.post(home(shelf, f"/trash/{file.id}/restore"), htmx=htmx)

    assert "progress is kept." in question
    assert {put.status_code, back.status_code} == {200 if htmx else 303}
    assert "c001.cbz" in trash and "Restore" in trash
    assert sorted(path.name for path in (shelf.path / "Iron Lantern").iterdir()) == [
        "c001.cbz",
        "c002.cbz",
    ]


async def test_a_series_goes_to_the_trash_and_a_file_of_it_is_deleted_for_good(shelf, browser):
    fill(shelf, 1)
    await shelf.scan()
    series = await shelf.session.scalar(select(Series))

    assert "Iron Lantern" in (await browser.get(f"/series/{series.id}/trash")).text
    put = await browser.post(f"/series/{series.id}/trash")
    file = await shelf.session.scalar(select(ChapterFile))
    where = home(shelf, f"/trash/{file.id}/delete")
    question = (await browser.get(where)).text
    gone = await browser.post(where)

    assert put.headers["location"] == f"/libraries/{shelf.library.id}"
    assert "cannot be undone" in question
    assert gone.status_code == 303
    assert list((shelf.path / "Iron Lantern").iterdir()) == []
    assert (await browser.get(f"/series/{series.id}")).status_code == 404


async def test_readers_have_no_trash_and_managers_only_that_of_their_libraries(
    shelf, browser, app, session
):
    fill(shelf, 1)
    await shelf.scan()
    [chapter] = await shelf.chapters()
    reader = await factories.alice(session)
    stranger = await factories.person(session, "dora", role=(await factories.bob(session)).role)
    await factories.let_in(session, reader, shelf.library)

    for user in (reader, stranger):
        async with another_browser(app, session, user) as other:
            answer = await other.post(f"/chapters/{chapter.id}/trash")
            assert answer.status_code in (403, 404)

    assert (shelf.path / "Iron Lantern" / "c001.cbz").exists()


async def test_a_read_only_library_offers_nothing_that_changes_files(shelf, browser):
    old, new = await two_files_of_one_chapter(shelf)
    library = await shelf.session.get_one(Library, shelf.library.id)
    library.read_only = True
    await shelf.session.commit()

    screen = (await browser.get(home(shelf, "/problems"))).text
    question = (await browser.get(f"/chapters/{old.id}/trash")).text
    answer = await browser.post(
        home(shelf, "/duplicates"), {"keep": str(new.id), "drop": str(old.id)}
    )

    assert "Twice on disk" in screen and "Use this one" not in screen
    assert "This library is read-only" in question
    assert answer.status_code == 409
    assert len(list((shelf.path / "Iron Lantern").iterdir())) == 2
