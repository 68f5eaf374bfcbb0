"""Disks that are full, read-only or forbidden: the kernel says so, and everything runs on."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from app.cli.doctor import examine
from app.foundation.queue.models import JobState
from app.scanning.jobs import scan_library_later
from tests.chaos.confined import ConfinedPlace, forbidden
from tests.chaos.place import PROBLEMS, RECOVERY, Ledger, a_place, fact, fill, is_whole
from tests.chaos.visiting import owner_of, post

pytestmark = [
    pytest.mark.processes,
    pytest.mark.night,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(forbidden()), reason=f"no namespaces here: {forbidden()}"),
]


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[tuple[ConfinedPlace, Ledger]]:
    place = ConfinedPlace(tmp_path_factory.mktemp("confined"), 192)
    async with a_place(place) as both:
        yield both


@pytest.fixture(scope="module")
async def owner(house) -> AsyncIterator[httpx.AsyncClient]:
    place, _ = house
    async with owner_of(place) as client:
        yield client


async def scanned(ledger, library_id):
    async with ledger.sessions() as session:
        job_id = await scan_library_later(session, library_id)
        await session.commit()
    return await ledger.finished(job_id)


async def problems(ledger, library_id) -> dict[str, str]:
    async with ledger.sessions() as session:
        rows = await session.execute(text(PROBLEMS), {"library": library_id})
        return {row.display_name: row.reason for row in rows}


async def test_SEC66_a_scan_waits_while_the_disk_of_the_database_is_full_and_then_goes_on(
    house, owner
):
    place, ledger = house
    folder = await asyncio.to_thread(fill, place.shelves / "full", 3000)
    library_id, job_id = await ledger.ask(folder)
    await ledger.until_files(library_id, 1)

    ballast = await asyncio.to_thread(place.fill_disk)
    await fact(lambda: says_why(ledger, job_id), 60)
    screen = await owner.get("/admin/jobs")
    ballast.unlink()
    ended = await ledger.finished(job_id, RECOVERY)

    assert "The disk is full." in screen.text
    assert (ended.state, ended.attempts, ended.error) == (JobState.DONE, 1, None)
    await is_whole(ledger, place.settings, library_id, 3000)


async def says_why(ledger, job_id) -> bool:
    job = await ledger.job(job_id)
    return job.state is JobState.WAITING and "The disk is full." in (job.error or "")


async def test_SEC65_SEC66_what_may_not_be_read_is_said_and_read_as_soon_as_it_may(house, owner):
    place, ledger = house
    folder = await asyncio.to_thread(fill, place.shelves / "barred", 75)
    file = folder / "Tale 000" / "Tale 000 c003.cbz"
    file.chmod(0)
    library_id, job_id = await ledger.ask(folder)
    await ledger.finished(job_id)
    said = await problems(ledger, library_id)
    screen = await owner.get(f"/admin/libraries/{library_id}/problems")
    (folder / "Tale 001").chmod(0)
    await scanned(ledger, library_id)
    shut = await problems(ledger, library_id)
    kept = await ledger.files(library_id)
    folder.chmod(0)
    await scanned(ledger, library_id)
    offline = await owner.get(f"/admin/libraries/{library_id}/problems")

    for path, mode in ((folder, 0o755), (folder / "Tale 001", 0o755), (file, 0o644)):
        path.chmod(mode)
    answer = await post(
        owner,
        f"/admin/libraries/{library_id}/problems",
        f"/admin/libraries/{library_id}/problems/check",
    )
    await fact(lambda: has_files(ledger, library_id, 75), RECOVERY)
    await fact(lambda: is_scanned(ledger, library_id), RECOVERY)

    no = "Bunko is not allowed to read it."
    assert said == {"Tale 000/Tale 000 c003.cbz": no}
    assert shut == {"Tale 000/Tale 000 c003.cbz": no, "Tale 001": no}
    assert kept == 74
    assert no in screen.text
    assert "The folder cannot be read." in offline.text
    assert answer.status_code == 303
    await is_whole(ledger, place.settings, library_id, 75)


async def has_files(ledger, library_id, files) -> bool:
    return await ledger.files(library_id) == files


async def is_scanned(ledger, library_id) -> bool:
    waiting = "SELECT count(*) FROM job WHERE finished_at IS NULL AND key = :key"
    return await ledger.count(waiting, key=str(library_id)) == 0


async def test_SEC66_a_disk_that_became_read_only_is_read_and_says_what_it_refuses(house, owner):
    place, ledger = house
    folder = await asyncio.to_thread(fill, place.shelves / "sealed", 25)
    library_id, job_id = await ledger.ask(folder)
    await ledger.finished(job_id)
    async with ledger.sessions() as session:
        chapter_id = await session.scalar(
            text(
                "SELECT c.id FROM chapter c JOIN series s ON s.id = series_id WHERE library_id = :l"
            ),
            {"l": library_id},
        )
    trash = f"/chapters/{chapter_id}/trash"
    place.mount("--bind", str(folder), str(folder))
    place.mount("-o", "remount,bind,ro", str(folder))

    refused = await post(owner, trash, trash)
    await scanned(ledger, library_id)
    clean = await examine(ledger.engine, place.settings)
    sealed = await ledger.files(library_id)
    place.mount("-o", "remount,bind,rw", str(folder))
    put = await post(owner, trash, trash)

    assert refused.status_code == 409
    assert "The disk is read-only. Nothing was moved." in refused.text
    assert (sealed, clean) == (25, [])
    assert put.status_code == 303
    assert await ledger.files(library_id) == 24
    assert await examine(ledger.engine, place.settings) == []
