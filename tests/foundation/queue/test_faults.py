"""Real workers, killed, paused, told to leave, and left without their servers."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import valkey.asyncio
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.foundation.db import create_engine, session_maker
from app.foundation.db.migrate import upgrade
from app.foundation.db.outage import DATABASE_ERRORS
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.valkey import EmbeddedValkey
from app.foundation.queue import cancel, enqueue, wake
from app.foundation.queue.models import Job, JobState
from tests.nursery import SOON, Nursery, Worker, write_lines
from tests.patience import Patience

pytestmark = pytest.mark.processes
LINES = 20


@pytest.fixture(scope="module")
def all_workers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nursery]:
    nursery = Nursery(tmp_path_factory.mktemp("workers"))
    yield nursery
    nursery.close()


@pytest.fixture
async def nursery(all_workers: Nursery) -> AsyncIterator[Nursery]:
    yield all_workers
    await all_workers.empty()


async def asked(session: AsyncSession, *, pause: float = 0.05, lines: int = LINES) -> UUID:
    job_id = await enqueue(session, write_lines, name="it", lines=lines, pause=pause)
    await session.commit()
    return job_id


async def until(session: AsyncSession, job_id: UUID, *states: JobState, done: int = 0) -> Job:
    """The job, once it has one of these states and got so far."""
    query = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    patience = Patience(30)
    while not patience.is_over:
        try:
            row = (await session.scalars(query)).one()
            await session.commit()
            if row.state in states and row.done >= done:
                return row
        except DATABASE_ERRORS:
            await session.rollback()
        await asyncio.sleep(0.02)
    raise TimeoutError


async def lines(session: AsyncSession) -> list[int]:
    found = await session.scalars(text("SELECT (value->>'line')::int FROM setting ORDER BY 1"))
    return list(found)


def who_has(job: Job, workers: list[Worker]) -> tuple[Worker, Worker]:
    """The worker of a job, and the other one."""
    mine = [worker for worker in workers if (job.worker or "").endswith(worker.name_end)]
    assert len(mine) == 1
    return mine[0], next(worker for worker in workers if worker is not mine[0])


async def test_SEC60_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    session, settings, nursery
):
    workers = [nursery.worker(settings), nursery.worker(settings)]
    job_id = await asked(session)
    job = await until(session, job_id, JobState.RUNNING, done=3)
    first, other = who_has(job, workers)

    first.kill(signal.SIGKILL)
    job = await until(session, job_id, JobState.DONE)

    assert (job.worker or "").endswith(other.name_end)
    assert await lines(session) == list(range(LINES))


async def test_SEC63_a_worker_paused_past_its_lease_adds_nothing_when_it_wakes(
    session, settings, nursery
):
    workers = [nursery.worker(settings), nursery.worker(settings)]
    job_id = await asked(session)
    first, other = who_has(await until(session, job_id, JobState.RUNNING, done=3), workers)

    first.kill(signal.SIGSTOP)
    job = await until(session, job_id, JobState.DONE)
    first.kill(signal.SIGCONT)
    other.kill(signal.SIGKILL)
    await until(session, await asked(session, lines=0), JobState.DONE)  # it works again

    assert (job.worker or "").endswith(other.name_end)
    assert await lines(session) == list(range(LINES))


async def test_SEC69_a_worker_told_to_leave_gives_its_job_back_uncounted(
    session, settings, nursery
):
    worker = nursery.worker(settings)
    job_id = await asked(session, pause=1)
    await until(session, job_id, JobState.RUNNING, done=1)

    began = time.monotonic()
    worker.kill(signal.SIGTERM)
    await worker.ended()
    took = time.monotonic() - began
    job = await until(session, job_id, JobState.WAITING)

    assert took < LINES  # it does not wait for the job, which takes a second a line
    assert (job.attempts, job.error, job.worker) == (0, None, None)


async def test_a_running_job_hears_at_once_that_it_shall_stop(session, settings, nursery):
    patient = msgspec.structs.replace(SOON, tick=30, lease=90)
    nursery.worker(settings, patient)
    job_id = await asked(session, pause=0.2, lines=1000)
    await until(session, job_id, JobState.RUNNING, done=1)

    began = time.monotonic()
    await cancel(session, job_id)
    await session.commit()
    await until(session, job_id, JobState.CANCELLED)

    assert time.monotonic() - began < 15  # by itself it looks twice a minute


async def test_SEC62_a_flushed_valkey_loses_no_job(session, settings, nursery):
    ids = [await asked(session, lines=0) for _ in range(20)]
    client = valkey.asyncio.Valkey.from_url(settings.valkey_url)
    nursery.worker(settings)
    await client.flushall()
    await client.aclose()

    for job_id in ids:
        await until(session, job_id, JobState.DONE)


async def test_SEC62_work_goes_on_without_valkey_and_is_quick_again_with_it(
    session, settings, nursery, tmp_path: Path
):
    server = EmbeddedValkey(tmp_path, tmp_path / "run")
    url = server.start()
    server.stop()
    slow = msgspec.structs.replace(SOON, look=5.0)
    nursery.worker(msgspec.structs.replace(settings, valkey_url=url), slow)
    without = await until(session, await asked(session, lines=1), JobState.DONE)
    server.start()
    bell = wake.Bell(url)
    wake.hang(bell)
    try:
        waits = [await _wait_of(session) for _ in range(5)]
    finally:
        wake.hang(None)
        await bell.close()
        server.stop()

    assert without.attempts == 1
    # By looking alone, each would have waited for the next look: 25 seconds in all.
    assert sum(waits) < 12


async def _wait_of(session: AsyncSession) -> float:
    job = await until(session, await asked(session, lines=0), JobState.DONE)
    assert job.started_at
    return (job.started_at - job.created_at).total_seconds()


@asynccontextmanager
async def own_postgres(folder: Path) -> AsyncIterator[tuple[EmbeddedPostgres, AsyncEngine]]:
    server = EmbeddedPostgres(folder, folder / "run", durable=False)
    server.start()
    await asyncio.to_thread(upgrade, server.url)
    engine = create_engine(server.url)
    try:
        yield server, engine
    finally:
        await engine.dispose()
        server.stop()


async def test_SEC67_a_worker_is_back_within_ten_seconds_of_postgres(
    settings: Settings, nursery: Nursery, tmp_path: Path
):
    async with own_postgres(tmp_path) as (server, engine), session_maker(engine)() as session:
        patient = msgspec.structs.replace(SOON, lease=30.0)
        nursery.worker(msgspec.structs.replace(settings, database_url=server.url), patient)
        job_id = await asked(session)
        await until(session, job_id, JobState.RUNNING, done=3)
        server.stop()
        await asyncio.to_thread(server.start)
        back = Patience(10)
        job = await until(session, job_id, JobState.DONE)

        assert not back.is_over
        assert job.attempts == 1
        assert await lines(session) == list(range(LINES))


@pytest.mark.night
async def test_SEC63_a_hundred_jobs_survive_workers_that_keep_dying(session, settings, nursery):
    workers = [nursery.worker(settings) for _ in range(3)]
    for number in range(100):
        await enqueue(session, write_lines, name=f"job {number}", lines=5, pause=0.02)
    # Each death counts against the jobs that it broke off, and there are many here.
    await session.execute(update(Job).values(max_attempts=100))
    await session.commit()
    waiting = select(func.count()).where(Job.state.in_([JobState.WAITING, JobState.RUNNING]))

    patience, written = Patience(120), 0
    while await session.scalar(waiting):
        await session.commit()
        assert not patience.is_over
        if len(await lines(session)) >= written + 25:  # they got on: time for the next to die
            written = len(await lines(session))
            workers.pop(0).kill(signal.SIGKILL)
            workers.append(nursery.worker(settings))
        await asyncio.sleep(0.02)

    states = dict((await session.execute(select(Job.args["name"].astext, Job.state))).all())
    assert set(states.values()) == {JobState.DONE} and len(states) == 100
    written = await session.execute(
        text(
            "SELECT left(key, length(key) - 37), count(*), count(DISTINCT value) FROM setting"
            " GROUP BY 1"
        )
    )
    assert {(count, different) for _name, count, different in written} == {(5, 5)}
