"""Many series at once: each act as a plain form, what takes it back, and who may do it to what."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from app.accounts.models import Role, User
from app.browsing import selection_routes
from app.browsing.jobs import forget_acts
from app.browsing.models import ShelfAct
from app.collections.models import CollectionSeries, Favourite, ReadingListChapter
from app.foundation.db import new_id, session_maker
from app.foundation.queue.models import Job, JobState
from app.foundation.queue.registry import KINDS
from app.foundation.queue.run import Run
from app.library.models import ChapterFile, Root
from app.reading.models import Progress, SeriesReading
from tests import factories as make
from tests.browser import browser_of
from tests.browsing.conftest import read
from tests.browsing.markup import Screen
from tests.reading.counting import statements


@pytest.fixture
async def shelf(session, world):
    """Akira is begun; Domu has two chapters of which nothing is read."""
    await read(session, world, through=1, page=7)
    world.other = await make.series(session, world.shelf, "Domu")
    for number in (1, 2):
        await make.chapter(session, world.other, number, pages=9)
    world.at = f"/libraries/{world.shelf.id}/selection"
    world.both = [str(world.series.id), str(world.other.id)]
    return world


async def progress_of(session, person):
    rows = await session.execute(
        select(
            Progress.chapter_id,
            Progress.page,
            Progress.completed_at,
            Progress.reread_page,
            Progress.updated_at,
        )
        .where(Progress.user_id == person.id)
        .where((Progress.page > 0) | Progress.completed_at.is_not(None))
        .order_by(Progress.chapter_id)
    )
    return [tuple(row) for row in rows]


async def sums_of(session, person):
    columns = (
        SeriesReading.series_id,
        SeriesReading.read_positions,
        SeriesReading.started_positions,
        SeriesReading.last_read_at,
        SeriesReading.next_chapter_id,
    )
    rows = await session.execute(
        select(*columns).where(SeriesReading.user_id == person.id).order_by(columns[0])
    )
    return [tuple(row) for row in rows]


async def undo(browser) -> str:
    [action] = [
        one for one in Screen((await browser.get("/lists")).text).actions if "/acts/" in one
    ]
    answer = await browser.post(action)
    assert answer.status_code == 303
    again = await browser.post(action)
    assert again.status_code == 404
    return action


@pytest.mark.parametrize("htmx", [False, True])
async def test_everything_chosen_is_read_and_the_undo_brings_back_exactly_what_was(
    session, shelf, browser, htmx
):
    before = await progress_of(session, shelf.reader), await sums_of(session, shelf.reader)

    answer = await browser.post(
        f"{shelf.at}/read", {"series": shelf.both, "next": "/lists"}, htmx=htmx
    )
    sums = await sums_of(session, shelf.reader)
    assert {row[0]: row[1] for row in sums} == {shelf.series.id: 3, shelf.other.id: 2}
    assert (answer.headers.get("location") or answer.headers["hx-redirect"]) == "/lists"

    await undo(browser)
    assert (
        await progress_of(session, shelf.reader),
        await sums_of(session, shelf.reader),
    ) == before


async def test_everything_chosen_is_unread_and_the_undo_brings_back_exactly_what_was(
    session, shelf, browser
):
    before = await progress_of(session, shelf.reader), await sums_of(session, shelf.reader)

    await browser.post(f"{shelf.at}/read/remove", {"series": shelf.both})
    assert await progress_of(session, shelf.reader) == []
    assert await sums_of(session, shelf.reader) == []

    await undo(browser)
    assert (
        await progress_of(session, shelf.reader),
        await sums_of(session, shelf.reader),
    ) == before


async def test_the_undo_leaves_alone_what_was_read_on_meanwhile(session, shelf, browser):
    await browser.post(f"{shelf.at}/read/remove", {"series": shelf.both})
    shelf.chapters = shelf.chapters[2:]
    await read(session, shelf, through=0, page=3)

    await undo(browser)

    pages = {row[0]: row[1] for row in await progress_of(session, shelf.reader)}
    assert pages[shelf.chapters[0].id] == 3


async def test_marking_is_a_few_statements_however_many_chapters(app, session, shelf, browser):
    for number in range(3, 60):
        await make.chapter(session, shelf.other, number)

    with statements(app.state.engine) as said:
        await browser.post(f"{shelf.at}/read", {"series": shelf.both})

    assert len(said) <= 16, "\n\n".join(said)


async def test_what_is_too_much_for_a_request_is_work_with_progress(
    session, shelf, browser, monkeypatch, run_jobs
):
    before = await progress_of(session, shelf.reader)
    monkeypatch.setattr(selection_routes, "AT_ONCE", 1)

    await browser.post(f"{shelf.at}/read", {"series": shelf.both})
    assert await progress_of(session, shelf.reader) == before
    await run_jobs()
    sums = await sums_of(session, shelf.reader)
    assert {row[0]: row[1] for row in sums} == {shelf.series.id: 3, shelf.other.id: 2}

    await undo(browser)
    await run_jobs()
    assert await progress_of(session, shelf.reader) == before


@pytest.fixture
def run_jobs(app, settings):
    """Does what was asked for, as a worker would."""
    maker = session_maker(app.state.engine)

    async def run() -> None:
        async with maker() as session:
            waiting = list(await session.scalars(select(Job).where(Job.kind == "mark_series")))
        for job in waiting:
            async with maker() as session:
                change = update(Job).where(Job.id == job.id)
                await session.execute(change.values(state="running", fence=1))
                await session.commit()
            kind = KINDS[job.kind]
            one = Run(
                job_id=job.id,
                kind=job.kind,
                fence=1,
                attempt=1,
                session_maker=maker,
                settings=settings,
            )
            arguments = {"act_id": job.args["act_id"], "undo": job.args["undo"]}
            await kind.function(one, **kind.arguments(arguments))
            async with maker() as session:
                await session.execute(text("DELETE FROM job"))
                await session.commit()

    return run


async def test_favourites_of_before_stay_when_the_act_is_taken_back(session, shelf, browser):
    await browser.post(f"/series/{shelf.series.id}/favourite")

    await browser.post(f"{shelf.at}/favourite", {"series": shelf.both})
    assert await session.scalar(select(func.count()).select_from(Favourite)) == 2

    await undo(browser)
    assert list(await session.scalars(select(Favourite.series_id))) == [shelf.series.id]


async def test_a_new_list_gets_all_chapters_in_the_order_of_the_shelf(session, shelf, browser):
    asked = await browser.post(f"{shelf.at}/lists", {"series": shelf.both, "next": "/lists"})
    assert asked.status_code == 200 and shelf.both[0] in asked.text

    named = {"series": shelf.both, "name": "Both", "next": "/lists"}
    answer = await browser.post(f"{shelf.at}/lists", named)
    assert answer.status_code == 303
    rows = await session.scalars(
        select(ReadingListChapter.chapter_id).order_by(ReadingListChapter.position)
    )
    assert list(rows)[:3] == [chapter.id for chapter in shelf.chapters]

    await undo(browser)
    assert await session.scalar(select(func.count()).select_from(ReadingListChapter)) == 0


@pytest.fixture
async def manager(session, client, shelf):
    charlie = await make.charlie(session)
    await make.let_in(session, charlie, shelf.shelf)
    return await browser_of(client, session, charlie)


async def test_managers_collect_many_at_once(session, shelf, manager):
    asked = await manager.post(f"{shelf.at}/collections", {"series": shelf.both})
    assert asked.status_code == 200

    await manager.post(f"{shelf.at}/collections", {"series": shelf.both, "name": "Otomo"})
    rows = await session.scalars(
        select(CollectionSeries.series_id).order_by(CollectionSeries.position)
    )
    assert [str(one) for one in rows] == shelf.both

    await undo(manager)
    assert await session.scalar(select(func.count()).select_from(CollectionSeries)) == 0


async def test_the_files_of_the_chosen_are_read_anew_by_the_scan_that_follows(
    session, shelf, manager
):
    await manager.post(f"{shelf.at}/scan", {"series": shelf.both[1:]})

    changed = await session.scalars(
        select(ChapterFile.chapter_id).where(ChapterFile.mtime_ns == 0).distinct()
    )
    assert len(list(changed)) == 2
    assert await session.scalar(select(Job.key)) == str(shelf.shelf.id)


async def test_the_trash_asks_first_and_names_what_goes(shelf, manager):
    asked = await manager.post(f"{shelf.at}/trash/ask", {"series": shelf.both})

    assert "2 series" in asked.text and "5 files" in asked.text
    assert "Akira · Domu" in asked.text and "restored" in asked.text


@pytest.fixture
async def files(session, shelf, tmp_path):
    """Those of the shelf on a real disk."""
    await session.execute(
        update(Root).where(Root.library_id == shelf.shelf.id).values(path=bytes(tmp_path))
    )
    asked = select(ChapterFile.path).join(Root).where(Root.library_id == shelf.shelf.id)
    places = [tmp_path / os.fsdecode(path) for path in await session.scalars(asked)]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(place.name)
    await session.commit()
    return places


async def test_what_went_to_the_trash_comes_back_with_one_undo(session, shelf, files, manager):
    trashed = select(func.count()).where(ChapterFile.trashed_at.is_not(None))

    await manager.post(f"{shelf.at}/trash", {"series": shelf.both, "next": "/lists"})
    assert not any(place.exists() for place in files)
    assert await session.scalar(trashed) == len(files) == 5

    await undo(manager)
    assert [place.read_text() for place in files] == [place.name for place in files]
    assert await session.scalar(trashed) == 0
    assert "Domu" in (await manager.get(f"/libraries/{shelf.shelf.id}")).text


async def test_the_undo_of_the_trash_brings_back_all_or_nothing(session, shelf, files, manager):
    await manager.post(f"{shelf.at}/trash", {"series": shelf.both})
    files[-1].write_text("another")
    act = (await session.scalars(select(ShelfAct))).one()

    answer = await manager.post(f"/acts/{act.id}/undo")

    assert answer.status_code == 409 and "Another file" in answer.text
    assert [place.exists() for place in files] == [False, False, False, False, True]


async def test_who_no_longer_manages_takes_nothing_out_of_the_trash(session, shelf, files, manager):
    await manager.post(f"{shelf.at}/trash", {"series": shelf.both})
    act = (await session.scalars(select(ShelfAct))).one()
    await session.execute(update(User).where(User.id == act.user_id).values(role=Role.READER))
    await session.commit()

    answer = await manager.post(f"/acts/{act.id}/undo")

    assert answer.status_code == 404
    assert not any(place.exists() for place in files)


ACTS = ["read", "read/remove", "favourite", "lists"]


@pytest.mark.parametrize("act", ACTS)
async def test_SEC33_one_id_that_is_not_theirs_and_nothing_is_done(session, shelf, browser, act):
    elsewhere = await make.series(session, await make.library(session, "Comics"), "Tintin")
    for stranger in (shelf.hidden.id, elsewhere.id, new_id()):
        form = {"series": [shelf.both[1], str(stranger)]}
        answer = await browser.post(f"{shelf.at}/{act}", form)
        assert answer.status_code == 404
    assert await session.scalar(select(func.count()).select_from(ShelfAct)) == 0
    assert await session.scalar(select(func.count()).select_from(Favourite)) == 0


@pytest.mark.parametrize("act", [*ACTS, "collections", "scan", "trash/ask", "trash"])
@pytest.mark.parametrize("series", [[], ["x"], "many", [""]])
async def test_SEC35_a_selection_that_is_none_is_refused(shelf, manager, act, series):
    ids = [str(new_id()) for _ in range(201)] if series == "many" else series

    answer = await manager.post(f"{shelf.at}/{act}", {"series": ids})

    assert answer.status_code == 422


async def test_an_act_is_its_persons_own_and_not_for_ever(session, shelf, browser, client):
    await browser.post(f"{shelf.at}/favourite", {"series": shelf.both})
    act = (await session.scalars(select(ShelfAct))).one()

    other = await browser_of(client, session, await make.person(session, "dora"))
    assert (await other.post(f"/acts/{act.id}/undo")).status_code == 404

    await session.execute(update(ShelfAct).values(at=act.at - timedelta(days=2)))
    await session.commit()
    mine = await browser_of(client, session, shelf.reader)
    assert (await mine.post(f"/acts/{act.id}/undo")).status_code == 404


async def test_acts_of_more_than_a_day_are_forgotten(app, settings, session, shelf, browser):
    for _time in range(2):
        await browser.post(f"{shelf.at}/favourite", {"series": shelf.both})
    old, new = await session.scalars(select(ShelfAct).order_by(ShelfAct.at))
    old.at -= timedelta(days=1, minutes=1)
    me = Job(kind="forget_acts", state=JobState.RUNNING, fence=1)
    session.add(me)
    await session.commit()
    maker = session_maker(app.state.engine)

    await forget_acts.function(
        Run(job_id=me.id, kind=me.kind, fence=1, attempt=1, session_maker=maker, settings=settings)
    )

    assert list(await session.scalars(select(ShelfAct.id))) == [new.id]


async def test_choosing_works_without_scripts(shelf, browser):
    address = f"/libraries/{shelf.shelf.id}"
    plain = await browser.get(address)
    chosen = await browser.get(f"{address}?select=1")
    every = await browser.get(f"{address}?select=all&view=list")

    assert f"{address}?select=1" in Screen(plain.text).links
    assert chosen.text.count('name="series"') == 3 and " checked" not in chosen.text
    assert every.text.count(" checked") == 3
    assert "Move to trash" not in chosen.text
