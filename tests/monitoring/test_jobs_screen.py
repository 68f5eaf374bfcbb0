"""What owners see of the work, and what they can do about it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.db import now, session_maker
from app.foundation.queue import enqueue
from app.foundation.queue.models import Job, JobState, TimetableEntry
from app.foundation.queue.timetable import Timetable
from app.monitoring.jobs import tidy_up
from app.monitoring.queries import SHOWN
from app.scanning.jobs import scan_library, scan_library_later
from tests import factories
from tests.browser import Browser, browser_of
from tests.reading.counting import statements


@pytest.fixture
async def owner(session) -> User:
    return await factories.admin(session)


@pytest.fixture
async def browser(client, session, owner) -> Browser:
    return await browser_of(client, session, owner)


async def job_of(session: AsyncSession, job_id: UUID) -> Job:
    query = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    return (await session.scalars(query)).one()


async def scan_of(session: AsyncSession, owner: User, **values: object) -> UUID:
    shelf = await factories.library(session, "Manga")
    job_id = await scan_library_later(session, shelf.id, owner.id)
    await session.execute(update(Job).where(Job.id == job_id).values(**values or {"done": 0}))
    await session.commit()
    return job_id


async def test_a_running_scan_shows_what_for_whom_and_how_far(browser, session, owner):
    began = now() - timedelta(seconds=10)
    await scan_of(session, owner, state=JobState.RUNNING, started_at=began, done=6000, total=10_000)

    screen = (await browser.get("/admin/jobs")).text.replace("\N{NARROW NO-BREAK SPACE}", " ")

    assert "Scan library" in screen
    assert "Manga" in screen
    assert "asked by admin" in screen
    assert '<progress class="bar" value="6000" max="10000"' in screen
    assert "6 000 of 10 000 files" in screen
    assert "per second" in screen
    assert "1 running, 0 waiting" in screen


@pytest.mark.parametrize("htmx", [False, True])
async def test_a_waiting_job_is_cancelled_from_the_screen(browser, session, owner, htmx):
    job_id = await scan_of(session, owner)

    answer = await browser.post(f"/admin/jobs/{job_id}/cancel", htmx=htmx)

    assert answer.status_code == (200 if htmx else 303)
    assert ('id="jobs"' in answer.text) is htmx
    assert (await job_of(session, job_id)).state is JobState.CANCELLED


@pytest.mark.parametrize("htmx", [False, True])
async def test_a_failed_job_says_why_and_can_be_tried_again(browser, session, owner, htmx):
    job_id = await scan_of(
        session, owner, state=JobState.FAILED, finished_at=now(), error="The folder is empty."
    )

    screen = (await browser.get("/admin/jobs")).text
    answer = await browser.post(f"/admin/jobs/{job_id}/retry", htmx=htmx)

    assert "The folder is empty." in screen
    assert answer.status_code == (200 if htmx else 303)
    assert (await job_of(session, job_id)).state is JobState.WAITING


async def test_what_is_running_already_is_not_begun_twice_by_retrying(browser, session, owner):
    job_id = await scan_of(session, owner, state=JobState.FAILED, finished_at=now())
    key = (await job_of(session, job_id)).key
    await enqueue(session, scan_library, key=key, library_id=UUID(key))
    await session.commit()

    answer = await browser.post(f"/admin/jobs/{job_id}/retry")

    assert answer.status_code == 409
    assert (await job_of(session, job_id)).state is JobState.FAILED


async def test_the_list_of_ended_jobs_goes_on(browser, session):
    for number in range(SHOWN + 3):
        session.add(
            Job(
                kind="tidy_up",
                state=JobState.DONE,
                finished_at=now() - timedelta(minutes=number),
                error=None,
            )
        )
    await session.commit()

    first = (await browser.get("/admin/jobs")).text
    href = first.partition('class="btn btn-big" href="')[2].partition('"')[0]
    second = (await browser.get(href)).text

    assert first.count('id="job-') == SHOWN
    assert second.count('id="job-') == 3
    assert not set(_ids(first)) & set(_ids(second))


def _ids(screen: str) -> list[str]:
    return [part[:36] for part in screen.split('id="job-')[1:]]


@pytest.mark.parametrize("htmx", [False, True])
async def test_the_timetable_is_shown_run_now_paused_and_resumed(browser, session, settings, htmx):
    shelf = await factories.library(session, "Manga", scan_every_hours=6)
    await Timetable(browser.app.state.session_maker_class).turn()
    line = {"kind": "scan_library", "key": str(shelf.id)}

    screen = (await browser.get("/admin/jobs")).text
    ran = await browser.post("/admin/jobs/timetable/run", line, htmx=htmx)
    paused = await browser.post("/admin/jobs/timetable/pause", line, htmx=htmx)
    entry = await session.get(TimetableEntry, ("scan_library", str(shelf.id)))
    was_enabled = entry.enabled
    await browser.post("/admin/jobs/timetable/pause/remove", line, htmx=htmx)
    await session.refresh(entry)

    assert "Every 6 hours" in screen
    assert "Tidy up" in screen
    assert ran.status_code == paused.status_code == (200 if htmx else 303)
    assert (await session.scalars(select(Job.kind))).all() == ["scan_library"]
    assert (was_enabled, entry.enabled) == (False, True)


async def test_work_that_nobody_knows_cannot_be_asked_for(browser, session):
    answer = await browser.post("/admin/jobs/timetable/run", {"kind": "rm", "key": "/"})

    assert answer.status_code == 404
    assert await session.scalar(text("SELECT count(*) FROM job")) == 0


async def test_SEC1_managers_and_readers_do_not_see_jobs(client, session):
    manager = await browser_of(client, session, await factories.charlie(session))

    assert (await manager.get("/admin/jobs")).status_code == 403


async def test_upkeep_forgets_what_ended_long_ago_and_nothing_else(session, settings, app):
    from app.foundation.queue import Run

    old, recent = now() - timedelta(days=31), now() - timedelta(days=29)
    for moment in (old, recent):
        session.add(Job(kind="gone", state=JobState.DONE, finished_at=moment))
    session.add(Job(kind="here", state=JobState.WAITING))
    me = Job(kind="tidy_up", state=JobState.RUNNING, fence=1)
    session.add(me)
    await session.commit()
    maker = app.state.session_maker_class
    run = Run(
        job_id=me.id, kind="tidy_up", fence=1, attempt=1, session_maker=maker, settings=settings
    )

    await tidy_up.function(run)

    left = (await session.scalars(select(Job.kind).order_by(Job.kind))).all()
    assert left == ["gone", "here", "tidy_up"]
    assert await session.scalar(select(Job.finished_at).where(Job.kind == "gone")) == recent


async def test_SEC35_the_screen_keeps_to_its_number_of_queries(
    app, browser, session, owner, engine
):
    for number in range(20):
        shelf = await factories.library(session, f"Manga {number}")
        await scan_library_later(session, shelf.id, owner.id)
        session.add(Job(kind="tidy_up", state=JobState.DONE, finished_at=now()))
    await session.commit()
    await Timetable(session_maker(engine)).turn()
    await browser.get("/admin/jobs")

    with statements(app.state.engine) as said:
        answer = await browser.get("/admin/jobs")

    assert answer.text.count("<tr id=") > 50
    assert len(said) <= 8, "\n\n".join(said)
