"""SIGKILL for one process of each kind while the real `bunko serve` scans a library."""

import asyncio

import pytest
from sqlalchemy import text

from app.foundation.queue.models import Job, JobState
from tests.chaos.place import RECOVERY, Ledger, Place, fact, fill, is_whole

pytestmark = [
    pytest.mark.processes,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(300),
]
FILES = 600
WRITTEN = 1  # the first of several transactions

SERVERS = ["web", "sandbox child", "Valkey", "Postgres"]


async def began(place: Place, ledger: Ledger, name: str, files: int, written: int):
    """A scan that has written some of its files, but not all."""
    folder = await asyncio.to_thread(fill, place.shelves / name, files)
    library_id, job_id = await ledger.ask(folder)
    if written:
        await ledger.until_files(library_id, written)
    else:
        await fact(lambda: _is_running(ledger, job_id), 30)
    return library_id, await ledger.job(job_id)


async def _is_running(ledger: Ledger, job_id) -> bool:
    return (await ledger.job(job_id)).state is JobState.RUNNING


async def ends_well(place: Place, ledger: Ledger, library_id, job: Job, files: int) -> Job:
    """Within a minute of the recovery, which began now."""

    async def is_well() -> bool:
        ended = (await ledger.job(job.id)).finished_at is not None
        return ended and await place.serving.answers()

    await fact(is_well, RECOVERY)
    ended = await ledger.job(job.id)
    assert (ended.state, ended.error) == (JobState.DONE, None)
    await is_whole(ledger, place.settings, library_id, files)
    return ended


@pytest.mark.parametrize("kind", [*SERVERS, "worker", "launcher"])
async def test_SEC60_a_scan_survives_the_sudden_death_of(kind, house_of_faults):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, f"without {kind}", FILES, WRITTEN)

    await kill(place, ledger, kind, job)

    ended = await ends_well(place, ledger, library_id, job, FILES)
    if kind in SERVERS:  # nobody's death but its own worker's counts against a job
        assert ended.attempts == 1


@pytest.mark.night
@pytest.mark.parametrize("kind", ["worker", "launcher"])
async def test_SEC60_SEC63_a_scan_goes_on_when_the_lease_of_its_dead_worker_ends(
    kind, house_of_faults
):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, f"a lease after {kind}", FILES, WRITTEN)

    place.kill(kind, job.worker)
    if kind == "launcher":
        await place.serving.process.wait()
        await place.start()

    ended = await ends_well(place, ledger, library_id, job, FILES)
    assert ended.fence > job.fence


@pytest.mark.night
@pytest.mark.parametrize("written", [0, 200, 400])
@pytest.mark.parametrize("kind", [*SERVERS, "worker", "launcher"])
async def test_SEC60_a_scan_survives_at_every_point_the_death_of(kind, written, house_of_faults):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, f"{kind} at {written}", FILES, written)

    await kill(place, ledger, kind, job)

    await ends_well(place, ledger, library_id, job, FILES)


async def kill(place: Place, ledger: Ledger, kind: str, job: Job) -> None:
    """And start again what nobody else starts. A dead worker's lease ends with it, as if half a
    minute had passed."""
    if kind == "launcher":
        # Its database goes with it.
        await _end_lease(ledger, job)
    # A child begins with the first file that is looked into.
    await fact(lambda: _dies(place, kind, job), 30)
    if kind == "worker":
        # One that stands still in a transaction holds the row of its job while it lives.
        await _end_lease(ledger, job)
    elif kind == "launcher":
        await place.serving.process.wait()
        await place.start()


async def _dies(place: Place, kind: str, job: Job) -> bool:
    return place.kill(kind, job.worker) > 0


async def _end_lease(ledger: Ledger, job: Job) -> None:
    async with ledger.engine.begin() as connection:
        await connection.execute(
            text("UPDATE job SET lease_until = now() WHERE id = :id"), {"id": job.id}
        )
