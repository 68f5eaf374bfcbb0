"""One table, one worker: each job's end is the one its function earned."""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Update, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.errors import DomainError
from app.foundation.db import new_id, now
from app.foundation.queue import LeaseLost, Run, cancel, enqueue, job, retry, wake
from app.foundation.queue.claims import CLAIM, Claims
from app.foundation.queue.models import Job, JobState
from app.foundation.queue.worker import Timing, Worker

QUICK = Timing(
    lease=15.0, tick=0.05, look=0.05, reconcile=0.05, grace=0.5, backoff=0.01, longest_backoff=0.05
)
MOST_TRIES = 2  # of `rehearse`
behaviour: dict[str, Callable[[Run], Awaitable[None]]] = {}
seen: list[str] = []


@job(timeout=60, retries=MOST_TRIES)
async def rehearse(run: Run, scene: str, actor: UUID | None = None) -> None:
    seen.append(scene)
    await behaviour.get(scene, _nothing)(run)


@job(timeout=0.1, retries=MOST_TRIES)
async def dawdle(run: Run) -> None:
    await asyncio.sleep(60)


async def _nothing(run: Run) -> None:
    return None


@pytest.fixture(autouse=True)
def fresh() -> None:
    behaviour.clear()
    seen.clear()


@asynccontextmanager
async def working(
    engine: AsyncEngine, settings: Settings, timing: Timing = QUICK
) -> AsyncIterator[Worker]:
    worker = Worker(engine, settings, timing)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(task, 30)


async def ended(session: AsyncSession, job_id: UUID, *states: JobState) -> Job:
    """The job once it has one of these states."""
    async with asyncio.timeout(30):
        while True:
            row = (
                await session.scalars(
                    select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
                )
            ).one()
            await session.commit()
            if row.state in states:
                return row
            await asyncio.sleep(0.01)


async def asked(session: AsyncSession, scene: str, **more: object) -> UUID:
    job_id = await enqueue(session, rehearse, scene=scene, **more)  # type: ignore[arg-type]
    await session.commit()
    return job_id


async def test_a_job_runs_once_and_is_done(engine, session, settings):
    async with working(engine, settings):
        job_id = await asked(session, "one", actor=new_id())
        row = await ended(session, job_id, JobState.DONE)

    assert seen == ["one"]
    assert (row.attempts, row.error, row.lease_until) == (1, None, None)


async def test_two_wishes_with_one_key_are_one_job(session):
    first = await asked(session, "one", key="same")
    second = await asked(session, "one", key="same")

    assert first == second


async def test_a_failing_job_is_tried_again_and_then_says_why(engine, session, settings):
    async def fails(run: Run) -> None:
        raise DomainError("The folder is gone.")

    behaviour["fails"] = fails
    async with working(engine, settings):
        row = await ended(session, await asked(session, "fails"), JobState.FAILED)

    assert seen == ["fails", "fails"]
    assert (row.attempts, row.error) == (2, "The folder is gone.")


async def test_an_unexpected_error_is_named_without_its_details(engine, session, settings):
    async def breaks(run: Run) -> None:
        raise KeyError("secret")

    behaviour["breaks"] = breaks
    async with working(engine, settings):
        row = await ended(session, await asked(session, "breaks"), JobState.FAILED)

    assert row.error == "Unexpected KeyError; the log has the details."


async def test_SEC66_a_job_waits_for_room_on_the_disk_however_long_that_takes(
    engine, session, settings
):
    tries = 2 * MOST_TRIES

    async def needs_room(run: Run) -> None:
        if seen.count("needs room") <= tries:
            raise OSError(errno.ENOSPC, "No space left on device")

    behaviour["needs room"] = needs_room
    timing = msgspec.structs.replace(QUICK, no_room=0.01)
    async with working(engine, settings, timing):
        row = await ended(session, await asked(session, "needs room"), JobState.DONE)

    assert (row.attempts, row.error) == (1, None)
    assert seen.count("needs room") == tries + 1


async def test_a_job_that_takes_too_long_is_stopped(engine, session, settings):
    job_id = await enqueue(session, dawdle)
    await session.commit()
    async with working(engine, settings):
        row = await ended(session, job_id, JobState.FAILED)

    assert row.error is not None and "longer than" in row.error


async def test_a_waiting_job_is_cancelled_at_once(session):
    job_id = await asked(session, "never")

    await cancel(session, job_id)
    await session.commit()

    assert (await ended(session, job_id, JobState.CANCELLED)).finished_at is not None


async def test_a_running_job_is_cancelled_when_it_looks_up(engine, session, settings):
    async def patient(run: Run) -> None:
        while True:
            run.check()
            await asyncio.sleep(0.01)

    behaviour["patient"] = patient
    async with working(engine, settings, Timing(**{**_fields(QUICK), "lease": 5.0})):
        job_id = await asked(session, "patient")
        await ended(session, job_id, JobState.RUNNING)
        await cancel(session, job_id)
        await session.commit()
        row = await ended(session, job_id, JobState.CANCELLED, JobState.FAILED)

    assert row.state is JobState.CANCELLED


async def test_a_failed_job_can_be_begun_anew(engine, session, settings):
    async def fails(run: Run) -> None:
        raise DomainError("No.")

    behaviour["moody"] = fails
    async with working(engine, settings):
        job_id = await asked(session, "moody")
        await ended(session, job_id, JobState.FAILED)
        behaviour["moody"] = _nothing
        await retry(session, job_id)
        await session.commit()
        row = await ended(session, job_id, JobState.DONE)

    assert row.attempts == 1


async def test_urgent_work_goes_first(engine, session):
    await asked(session, "later", priority=-10)
    await asked(session, "now", priority=10)
    await asked(session, "then")

    taken = await Claims(engine, "w", 5).take(3)

    assert [claim.args["scene"] for claim in taken] == ["now", "then", "later"]


async def test_no_more_is_claimed_than_was_asked_for_however_postgres_goes_about_it(session):
    for scene in ("one", "two", "three"):
        await asked(session, scene)
    # A limit within IN is asked for anew with each row, where Postgres joins it row by row.
    for way in ("hashjoin", "hashagg", "mergejoin", "sort", "material"):
        await session.execute(text(f"SET LOCAL enable_{way} = off"))

    taken = await session.execute(CLAIM, {"worker": "w", "lease": timedelta(5), "slots": 1})

    assert len(taken.all()) == 1


async def test_SEC63_a_paused_worker_cannot_keep_an_effect(engine, session, settings):
    job_id = await asked(session, "paused")
    sleeper = Claims(engine, "sleeper", 5)
    [claim] = await sleeper.take(1)
    run = Run(
        job_id=job_id,
        kind="rehearse",
        fence=claim.fence,
        attempt=1,
        session_maker=Worker(engine, settings).sessions,
        settings=settings,
    )
    await session.execute(update(Job).values(lease_until=now() - timedelta(seconds=1)))
    await session.commit()
    await Claims(engine, "other", 5).reclaim()
    [second] = await Claims(engine, "other", 5).take(1)

    with pytest.raises(LeaseLost):
        async with run.transaction() as late:
            await late.execute(text("INSERT INTO setting VALUES ('effect', '1')"))
    await sleeper.end(claim, "failed", "from the past")

    assert second.fence > claim.fence
    assert await session.scalar(text("SELECT count(*) FROM setting")) == 0
    assert (await ended(session, job_id, JobState.RUNNING)).worker == "other"


async def test_SEC63_the_job_of_a_vanished_worker_is_begun_again(engine, session, settings):
    job_id = await asked(session, "orphan")
    await Claims(engine, "dead", 0.01).take(1)

    async with working(engine, settings):
        row = await ended(session, job_id, JobState.DONE)

    assert (seen, row.attempts) == (["orphan"], 2)


async def test_SEC63_a_worker_that_was_held_up_claims_its_own_job_anew(engine, session, settings):
    faults: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, about: faults.append(about))

    is_over = asyncio.Event()

    async def sleep_through_the_lease(run: Run) -> None:
        mine = (Job.id == run.job_id, Job.attempts == 1)
        past = update(Job).values(lease_until=now() - timedelta(days=1)).where(*mine)
        if run.attempt > 1:
            await is_over.wait()
            return
        try:
            while await _changes(run, past):  # noqa: ASYNC110  (the row tells no event)
                await asyncio.sleep(0.01)
        finally:
            is_over.set()

    behaviour["held up"] = sleep_through_the_lease
    job_id = await asked(session, "held up")
    try:
        async with working(engine, settings):
            done = await ended(session, job_id, JobState.DONE)
    finally:
        asyncio.get_running_loop().set_exception_handler(None)

    assert (done.attempts, seen, faults) == (2, ["held up"] * 2, [])


async def _changes(run: Run, statement: Update) -> bool:
    async with run.session_maker() as own, own.begin():
        return (await own.execute(statement.returning(Job.id))).first() is not None


async def test_a_leaving_worker_gives_its_job_back_uncounted(engine, session, settings):
    begun = asyncio.Event()

    async def long(run: Run) -> None:
        begun.set()
        await asyncio.sleep(60)

    behaviour["long"] = long
    timing = Timing(**{**_fields(QUICK), "grace": 0.05})
    async with working(engine, settings, timing):
        job_id = await asked(session, "long")
        await asyncio.wait_for(begun.wait(), 30)
    row = await ended(session, job_id, JobState.WAITING)

    assert row.attempts == 0


async def test_SEC54_arguments_that_do_not_fit_are_refused(engine, session, settings):
    job_id = await asked(session, "odd", key="odd")
    await session.execute(text('UPDATE job SET args = \'{"scene": "odd", "actor": "rm -rf"}\''))
    await session.commit()

    async with working(engine, settings):
        row = await ended(session, job_id, JobState.FAILED)

    assert seen == []
    assert row.error is not None and "ValidationError" in row.error


async def test_the_bell_wakes_a_worker_that_does_not_look(engine, session, settings):
    deaf = Timing(**{**_fields(QUICK), "look": 60.0})
    bell = wake.Bell(settings.valkey_url)
    wake.hang(bell)
    async with working(engine, settings, deaf) as worker:
        listener = wake.listener(settings.valkey_url, worker.ring)
        hearing = asyncio.create_task(listener.start())
        try:
            row = await ended(session, await asked(session, "rung"), JobState.DONE)
        finally:
            await listener.stop()
            hearing.cancel()
            wake.hang(None)
            await bell.close()

    assert row.state is JobState.DONE


async def test_many_waiting_jobs_cost_valkey_a_handful_of_keys(session, settings):
    bell = wake.Bell(settings.valkey_url)
    wake.hang(bell)
    await bell.queue.redis.flushdb()
    try:
        for number in range(200):
            await asked(session, f"scene {number}")
        await asyncio.gather(*bell._ringing.values())
        keys = await bell.queue.redis.dbsize()
    finally:
        wake.hang(None)
        await bell.close()

    assert keys <= 4


def _fields(timing: Timing) -> dict[str, float]:
    return {name: getattr(timing, name) for name in timing.__struct_fields__}
