"""The hostile corpus through a running server: scanned by real processes, shown on real screens."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import text

from app.cli.doctor import examine
from app.foundation.queue.models import JobState
from tests.chaos.place import PROBLEMS, Ledger, Place, fill
from tests.chaos.visiting import owner_of
from tests.foundation.archives import corpus

pytestmark = [
    pytest.mark.processes,
    pytest.mark.night,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(300),
]
MOST_PSS = 300 * 1024 * 1024
GOOD_FILES = 100
COPIES = 2


@pytest.fixture(scope="module")
async def owner(house_of_faults) -> AsyncIterator[httpx.AsyncClient]:
    place, _ = house_of_faults
    async with owner_of(place) as client:
        yield client


def hostile_shelf(folder: Path, aside: Path) -> int:
    """Each of them several times over, among good ones; answers how many lines there should be."""
    for copy in range(COPIES):
        for name, (build, _reason) in corpus.HOSTILE.items():
            made_in, home = aside / f"{name} {copy}", folder / f"{name} {copy}"
            made_in.mkdir(parents=True)
            made = build(made_in)
            home.mkdir(parents=True)
            made.rename(home / made.name)
    fill(folder, GOOD_FILES)
    return COPIES * len(corpus.HOSTILE)


async def test_SEC39_SEC40_the_hostile_corpus_is_scanned_and_shown_by_a_running_server(
    house_of_faults, owner, tmp_path
):
    place, ledger = house_of_faults
    folder = place.shelves / "hostile"
    lines = await asyncio.to_thread(hostile_shelf, folder, tmp_path)
    library_id, job_id = await ledger.ask(folder)
    watching = asyncio.create_task(peak_pss(place, ledger, job_id))

    ended = await ledger.finished(job_id)
    peak = await watching
    screens = [await owner.get(address) for address in await addresses(ledger, library_id)]
    said = "".join(screen.text for screen in screens)

    assert (ended.state, ended.error) == (JobState.DONE, None)
    assert await ledger.files(library_id) == GOOD_FILES
    assert (
        await ledger.count(f"SELECT count(*) FROM ({PROBLEMS}) lines", library=library_id) == lines
    )
    assert 0 < peak <= MOST_PSS
    assert {screen.status_code for screen in screens} == {200}
    assert all(reason in said for _, reason in corpus.HOSTILE.values() if reason)
    assert await examine(ledger.engine, place.settings) == []


async def peak_pss(place: Place, ledger: Ledger, job_id) -> int:
    """Of the worker and its sandboxes, for as long as the scan runs."""
    peak = 0
    while (job := await ledger.job(job_id)).finished_at is None:
        if job.state is JobState.RUNNING:
            family = place.part("worker", job.worker) + place.part("sandbox child", job.worker)
            peak = max(peak, sum(map(pss, family)))
        await asyncio.sleep(0.02)
    return peak


def pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0


async def addresses(ledger: Ledger, library_id) -> list[str]:
    """Every screen on which what was found there stands."""
    async with ledger.sessions() as session:
        rows = await session.execute(
            text("SELECT id, 'series' FROM series WHERE library_id = :library LIMIT 5"),
            {"library": library_id},
        )
        series = [f"/series/{row.id}" for row in rows]
        after = await session.scalar(
            text(
                "SELECT id FROM problem WHERE library_id = :library"
                " ORDER BY since DESC, id OFFSET 99 LIMIT 1"
            ),
            {"library": library_id},
        )
    home = f"/admin/libraries/{library_id}/problems"
    more = [f"{home}?after={after}"] if after else []
    shelves = ["/", f"/libraries/{library_id}", "/admin/libraries", "/admin/jobs", "/search?q=tale"]
    return [home, *more, *shelves, *series]
