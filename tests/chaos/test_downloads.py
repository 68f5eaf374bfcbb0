"""SIGKILL for each kind of process while a download stands still at each of its points; two workers,
one that slept past its lease, a Valkey that forgot everything."""

import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import valkey.asyncio

from app.foundation.queue.models import Job
from tests.chaos.download_points import POINTS, WITHOUT_A_FILE
from tests.chaos.downloading import PAGES, Wish, end_lease, is_clean, wanting
from tests.chaos.place import RECOVERY, Ledger, Place, a_place, fact
from tests.chaos.test_kills import kill
from tests.nursery import Nursery

pytestmark = [
    pytest.mark.processes,
    pytest.mark.night,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(300),
]
DEADLY = ("worker", "launcher")
"""For the worker."""
WITH_A_SANDBOX = ("page kept", "placing", "importing")
DEATHS = [
    (kind, point)
    for kind in ("worker", "Postgres", "Valkey", "sandbox child")
    for point in POINTS
    if kind != "sandbox child" or point in WITH_A_SANDBOX
]


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[tuple[Place, Ledger, Path]]:
    folder = tmp_path_factory.mktemp("downloads")
    place = Place(folder)
    place.serving.before = (sys.executable, "-m", "tests.chaos.download_points", str(folder))
    async with a_place(place) as (_, ledger):
        yield place, ledger, folder / "wanted"


@pytest.mark.parametrize(("kind", "point"), [*DEATHS, ("launcher", "placed")])
async def test_SEC60_at_this_point_of_a_download_nothing_is_lost_or_done_twice_by_the_death_of(
    kind, point, house
):
    place, ledger, wanted = house
    wanted.write_text(point)
    async with wanting(place, ledger, f"{kind} when {point}") as wish:
        job, worker = await stands_still(wish, wanted)
        assert len(wish.on_disk()) == (0 if point in WITHOUT_A_FILE or point == "placing" else 1)
        assert await ledger.files(wish.library_id) == 0

        await kill(place, ledger, kind, job)
        if kind not in DEADLY:
            worker.send_signal(signal.SIGCONT)

        await fact(wish.is_done, RECOVERY)
        await wish.is_whole()
        assert wish.sweep() == (1 if point == "placing" and kind in DEADLY else 0)
        # Requests that were under way when it broke off are made again; nothing else is.
        most = 2 * PAGES if point in ("pages listed", "page kept") else PAGES
        assert wish.fake.counts["pictures"].total <= most
    await is_clean(place, ledger)


@pytest.mark.parametrize("point", ["pages listed", "page kept", "placing", "placed"])
async def test_SEC60_SEC63_a_worker_that_slept_past_its_lease_changes_nothing(
    point, house, nursery: Nursery
):
    place, ledger, wanted = house
    wanted.write_text(point)
    async with wanting(place, ledger, f"asleep when {point}") as wish:
        job, sleeper = await stands_still(wish, wanted)
        nursery.worker(place.settings)
        await end_lease(ledger, job.id)
        await fact(wish.is_done, RECOVERY)

        sleeper.send_signal(signal.SIGCONT)
        await fact(lambda: awake(place, ledger, sleeper), RECOVERY)

        await wish.is_whole()
    await is_clean(place, ledger)


async def test_SEC63_two_workers_bring_everything_once(house, nursery: Nursery):
    place, ledger, _ = house
    nursery.worker(place.settings)
    async with (
        wanting(place, ledger, "two workers, one provider", 8) as one,
        wanting(place, ledger, "two workers, another", 8) as other,
    ):
        await fact(one.is_done, RECOVERY)
        await fact(other.is_done, RECOVERY)
        for wish in (one, other):
            await wish.is_whole()
            assert wish.fake.counts["pictures"].total == 8 * PAGES
    await is_clean(place, ledger)


@pytest.mark.parametrize("point", ["queued", "page kept", "placed"])
async def test_SEC62_a_valkey_that_forgot_everything_takes_nothing_along(point, house):
    place, ledger, wanted = house
    wanted.write_text(point)
    async with wanting(place, ledger, f"forgotten when {point}", 3) as wish:
        _, worker = await stands_still(wish, wanted)
        client = valkey.asyncio.Valkey.from_url(place.settings.valkey_url)
        await client.flushall()
        await client.aclose()
        worker.send_signal(signal.SIGCONT)

        await fact(wish.is_done, RECOVERY)
        await wish.is_whole()
        assert wish.fake.counts["pictures"].total == 3 * PAGES
    await is_clean(place, ledger)


async def stands_still(wish: Wish, wanted: Path) -> tuple[Job, psutil.Process]:
    """The job and its worker, held at the point."""
    found: list[tuple[Job, psutil.Process]] = []

    async def is_held() -> bool:
        job = await wish.job()
        if job is None or not job.worker or wanted.exists():  # noqa: ASYNC240 (one small look)
            return False
        [worker] = wish.place.part("worker", job.worker)
        if worker.status() == psutil.STATUS_STOPPED:
            found.append((job, worker))
        return bool(found)

    await fact(is_held, 30)
    return found[0]


async def awake(place: Place, ledger: Ledger, sleeper: psutil.Process) -> bool:
    """It has noticed what became of its job: it holds none, and answers."""
    held = "SELECT count(*) FROM job WHERE state = 'running' AND worker LIKE '%:' || :pid"
    is_up = sleeper.status() != psutil.STATUS_STOPPED
    return is_up and await ledger.count(held, pid=str(sleeper.pid)) == 0
