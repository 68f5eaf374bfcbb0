"""SIGKILL for each kind of process while the worker stands still at each point of a scan."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from app.foundation.queue.models import JobState
from tests.chaos.failpoints import POINTS
from tests.chaos.place import Ledger, Place, a_place, fact, fill
from tests.chaos.test_kills import SERVERS, ends_well, kill

pytestmark = [
    pytest.mark.processes,
    pytest.mark.night,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(300),
]
FILES = 100
WITH_A_SANDBOX = ("analysed", "batch written", "batch committed")
DEATHS = [
    (kind, point)
    for kind in (*SERVERS, "worker")
    for point in POINTS
    if kind != "sandbox child" or point in WITH_A_SANDBOX
]


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[tuple[Place, Ledger, Path]]:
    folder = tmp_path_factory.mktemp("failpoints")
    place = Place(folder)
    place.serving.before = (sys.executable, "-m", "tests.chaos.failpoints", str(folder))
    async with a_place(place) as (_, ledger):
        yield place, ledger, folder / "wanted"


@pytest.mark.parametrize(("kind", "point"), DEATHS)
async def test_SEC60_at_this_point_of_a_scan_nothing_is_lost_by_the_death_of(kind, point, house):
    place, ledger, wanted = house
    folder = await asyncio.to_thread(fill, place.shelves / f"{kind} when {point}", FILES)
    wanted.write_text(point)
    library_id, job_id = await ledger.ask(folder)

    await fact(lambda: stands_still(place, ledger, job_id, wanted), 30)
    job = await ledger.job(job_id)
    [worker] = place.part("worker", job.worker)
    await kill(place, ledger, kind, job)
    if kind != "worker":
        worker.send_signal(signal.SIGCONT)

    ended = await ends_well(place, ledger, library_id, job, FILES)
    if kind != "worker":
        assert ended.attempts == 1


async def stands_still(place: Place, ledger: Ledger, job_id, wanted: Path) -> bool:
    if wanted.exists():  # noqa: ASYNC240  (one look at a small folder)
        return False
    job = await ledger.job(job_id)
    if job.state is not JobState.RUNNING:
        return False
    [worker] = place.part("worker", job.worker)
    return worker.status() == psutil.STATUS_STOPPED
