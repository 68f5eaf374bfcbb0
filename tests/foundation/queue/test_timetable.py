"""What is done by itself: when it is due, once, and what a person's switch does to it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.errors import NotFound
from app.foundation.db import now, session_maker
from app.foundation.queue import NotNow, Run, enqueue, job
from app.foundation.queue.models import Job, JobState, TimetableEntry
from app.foundation.queue.timetable import Timetable, next_time, run_now, switch
from app.library.models import Library
from app.scanning.jobs import scan_library
from tests import factories
from tests.foundation.queue.test_worker import ended, working

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCAN = scan_library.name


def at(moment: datetime, every: timedelta = HOUR) -> TimetableEntry:
    return TimetableEntry(next_run_at=moment, every_seconds=int(every.total_seconds()))


def test_the_next_time_keeps_its_hour():
    assert next_time(at(NOON), NOON + HOUR / 4) == NOON + HOUR


def test_times_missed_are_made_up_for_once():
    late = NOON + 50 * HOUR
    assert next_time(at(NOON), late) == late + HOUR


@pytest.fixture
async def library(session) -> Library:
    return await factories.library(session, scan_every_hours=6)


@pytest.fixture
def timetable(engine) -> Timetable:
    return Timetable(session_maker(engine))


async def line(session, library) -> TimetableEntry:
    place = (SCAN, str(library.id))
    await session.commit()
    return await session.get_one(TimetableEntry, place, populate_existing=True)


async def make_due(session, library, by: timedelta = HOUR) -> None:
    await session.execute(
        update(TimetableEntry)
        .where(TimetableEntry.key == str(library.id))
        .values(next_run_at=now() - by)
    )
    await session.commit()


async def scans(session, library) -> int:
    await session.commit()
    query = select(func.count()).where(Job.kind == SCAN, Job.key == str(library.id))
    return int(await session.scalar(query) or 0)


async def test_what_is_not_due_is_not_asked_for(session, library, timetable):
    await timetable.turn()

    assert await scans(session, library) == 0
    assert (await line(session, library)).every_seconds == 6 * 3600


async def test_what_is_due_is_asked_for_once_however_many_look(session, library, timetable):
    await timetable.turn()
    await make_due(session, library)

    await asyncio.gather(*(timetable.turn() for _ in range(4)))

    assert await scans(session, library) == 1
    assert (await line(session, library)).next_run_at > now()


async def test_a_switched_off_line_rests_and_can_still_be_asked_for(session, library, timetable):
    await timetable.turn()
    await switch(session, SCAN, str(library.id), on=False)
    await session.commit()
    await make_due(session, library)

    await timetable.turn()
    rested = await scans(session, library)
    await run_now(session, SCAN, str(library.id))
    await session.commit()

    assert (rested, await scans(session, library)) == (0, 1)


async def test_a_line_that_is_switched_on_again_does_not_begin_at_once(session, library, timetable):
    await timetable.turn()
    await switch(session, SCAN, str(library.id), on=False)
    await session.commit()
    await make_due(session, library, by=30 * HOUR)

    await switch(session, SCAN, str(library.id), on=True)
    await session.commit()
    await timetable.turn()

    assert await scans(session, library) == 0
    assert (await line(session, library)).next_run_at > now()


async def test_another_rhythm_is_taken_up_and_none_strikes_the_line(session, library, timetable):
    await timetable.turn()
    library.scan_every_hours = 1
    await session.commit()
    await timetable.turn()
    quicker = (await line(session, library)).next_run_at
    await session.execute(update(Library).values(scan_every_hours=0))
    await session.commit()
    await timetable.turn()

    assert quicker <= now() + HOUR
    with pytest.raises(NotFound):
        await run_now(session, SCAN, str(library.id))


tried: list[int] = []


@job(timeout=5, retries=1)
async def wait_for_another(run: Run) -> None:
    tried.append(run.attempt)
    if len(tried) < 4:
        raise NotNow("Something else has to end first.", wait=0.05)


async def test_what_cannot_be_done_now_waits_and_no_attempt_is_counted(session, engine, settings):
    tried.clear()
    async with working(engine, settings):
        job_id = await enqueue(session, wait_for_another)
        await session.commit()
        done = await ended(session, job_id, JobState.DONE, JobState.FAILED)

    assert (done.state, done.attempts, done.error) == (JobState.DONE, 1, None)
    assert tried == [1, 1, 1, 1]
