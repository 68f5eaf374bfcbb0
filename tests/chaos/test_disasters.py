"""What befalls a scan besides sudden death, with real processes and real disks."""

import asyncio
import os
import shutil
import signal
from functools import partial

import msgspec
import psutil
import pytest
import valkey.asyncio
from sqlalchemy import text

from app.foundation.queue.models import JobState
from app.scanning.jobs import scan_library_later
from tests.chaos.place import Ledger, fact, fill, is_whole
from tests.chaos.test_kills import began, ends_well, kill
from tests.foundation.queue.test_faults import who_has
from tests.nursery import SOON
from tests.scanning.shelves import cbz

pytestmark = [
    pytest.mark.processes,
    pytest.mark.night,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(300),
]
FILES = 1000


@pytest.fixture
def ledger(engine) -> Ledger:
    return Ledger(engine)


async def scanned_again(ledger: Ledger, library_id):
    async with ledger.sessions() as session:
        job_id = await scan_library_later(session, library_id)
        await session.commit()
    return await ledger.finished(job_id)


async def test_SEC63_a_scanner_paused_past_its_lease_keeps_no_effect(
    session, settings, nursery, ledger, tmp_path
):
    timing = msgspec.structs.replace(SOON, lease=6.0)  # kept also where the machine is busy
    workers = [nursery.worker(settings, timing), nursery.worker(settings, timing)]
    library_id, job_id = await ledger.ask(await asyncio.to_thread(fill, tmp_path / "a", FILES))
    await ledger.until_files(library_id, 1)
    job = await ledger.job(job_id)
    first, _ = who_has(job, workers)

    first.kill(signal.SIGSTOP)

    async def was_taken_over() -> bool:
        return (await ledger.job(job_id)).fence > job.fence

    await fact(was_taken_over, 30)
    first.kill(signal.SIGCONT)
    ended = await ledger.finished(job_id)

    assert ended.state is JobState.DONE
    assert ended.attempts <= 2
    await is_whole(ledger, settings, library_id, FILES)


async def test_SEC63_two_workers_never_scan_one_library_at_once(
    session, settings, nursery, ledger, tmp_path
):
    for _ in range(2):
        nursery.worker(settings)
    library_id, job_id = await ledger.ask(await asyncio.to_thread(fill, tmp_path / "a", FILES))
    async with ledger.sessions() as session:
        # What a person said of lost files is a scan of its own, beside the other.
        root = await session.scalar(text("SELECT id FROM library_root"))
        other_id = await scan_library_later(session, library_id, really_gone=(root,))
        await session.commit()

    ended = [await ledger.finished(one) for one in (job_id, other_id)]

    assert {job.state for job in ended} == {JobState.DONE}
    await is_whole(ledger, settings, library_id, FILES)


async def test_SEC62_a_library_is_scanned_while_valkey_is_away(
    session, settings, nursery, ledger, tmp_path
):
    absent = msgspec.structs.replace(settings, valkey_url=f"unix://{tmp_path}/nobody.sock")
    nursery.worker(absent)
    library_id, job_id = await ledger.ask(await asyncio.to_thread(fill, tmp_path / "a", FILES))

    assert (await ledger.finished(job_id)).state is JobState.DONE
    await is_whole(ledger, settings, library_id, FILES)


async def test_SEC62_a_flushed_valkey_disturbs_no_scan(house_of_faults):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, "flushed", FILES, 1)

    async with valkey.asyncio.Valkey.from_url(place.settings.valkey_url) as client:
        await client.flushall()

    ended = await ends_well(place, ledger, library_id, job, FILES)
    assert ended.fence == job.fence


async def test_SEC67_a_scan_survives_an_orderly_restart_of_postgres(house_of_faults):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, "restarted", FILES, 1)

    [server] = place.part("Postgres")
    server.send_signal(signal.SIGINT)  # "fast shutdown"; the tree starts it again

    ended = await ends_well(place, ledger, library_id, job, FILES)
    assert ended.attempts == 1


async def test_SEC67_a_scan_survives_a_postgres_that_answers_nobody_for_a_while(house_of_faults):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, "black hole", FILES, 1)
    [server] = place.part("Postgres")
    deaf = [server, *server.children()]

    for one in deaf:
        one.suspend()
    paused = asyncio.get_running_loop().time()
    await fact(lambda: is_past(paused + 20), 30)
    for one in deaf:
        if one.is_running():
            one.resume()

    await ends_well(place, ledger, library_id, job, FILES)


async def is_past(moment: float) -> bool:
    return asyncio.get_running_loop().time() >= moment


async def test_SEC65_a_root_that_vanishes_while_a_scan_runs_loses_nothing(house_of_faults):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, "unplugged", FILES, 1)
    folder, away = place.shelves / "unplugged", place.shelves / "elsewhere"

    folder.rename(away)
    await ledger.finished(job.id)
    seen = await ledger.files(library_id)
    absent = await scanned_again(ledger, library_id)
    kept = await ledger.files(library_id)
    away.rename(folder)
    back = await scanned_again(ledger, library_id)

    assert (absent.state, back.state) == (JobState.DONE, JobState.DONE)
    assert kept == seen > 0
    await is_whole(ledger, place.settings, library_id, FILES)


async def test_SEC66_files_replaced_while_they_are_read_end_as_what_they_are(house_of_faults):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, "replaced", FILES, 1)
    folder = place.shelves / "replaced"

    def replace() -> None:
        for path in sorted(folder.rglob("*.cbz")):
            cbz(path.with_suffix(".new"), 2, seed=f"another {path.name} {path.parent.name}")
            os.replace(path.with_suffix(".new"), path)

    await asyncio.to_thread(replace)
    await ledger.finished(job.id)
    await scanned_again(ledger, library_id)

    pages = "SELECT sum(page_count) FROM chapter_file JOIN library_root root ON root.id = root_id WHERE library_id = :library"
    assert await ledger.count(pages, library=library_id) == 2 * FILES
    await is_whole(ledger, place.settings, library_id, FILES)


async def test_SEC66_a_damaged_and_a_deleted_file_in_the_middle_stop_nobody(house_of_faults):
    place, ledger = house_of_faults
    folder = await asyncio.to_thread(fill, place.shelves / "half gone", FILES)
    library_id, job_id = await ledger.ask(folder)
    await ledger.until_files(library_id, 1)
    last = sorted(folder.rglob("*.cbz"))[-20:]

    for path in last[:10]:
        path.write_bytes(path.read_bytes()[:40])
    for path in last[10:]:
        path.unlink()
    ended = await ledger.finished(job_id)
    await scanned_again(ledger, library_id)

    assert ended.state is JobState.DONE
    problems = "SELECT count(*) FROM problem WHERE library_id = :library"
    assert await ledger.count(problems, library=library_id) == 10
    live = await ledger.files(library_id)
    assert FILES - 20 <= live <= FILES - 10  # a file that was read before it broke stays a row


async def test_SEC60_five_thousand_pages_and_ten_thousand_files_are_read(
    session, settings, nursery, ledger, tmp_path
):
    folder = tmp_path / "large"

    def build() -> None:
        cbz(folder / "Long" / "Long c001.cbz", 5000)
        one = cbz(folder / "Wide" / "Wide c00001.cbz", 1)
        for number in range(2, 10_001):
            cbz(one.with_name(f"Wide c{number:05}.cbz"), 1)

    await asyncio.to_thread(build)
    # Ten thousand rows of one series are written in one go, during which no lease is renewed.
    nursery.worker(settings, msgspec.structs.replace(SOON, lease=15.0))
    library_id, job_id = await ledger.ask(folder)

    job = await ledger.finished(job_id, 120)
    assert (job.state, job.error) == (JobState.DONE, None)
    assert await ledger.files(library_id) == 10_001
    assert await ledger.count("SELECT max(page_count) FROM chapter_file") == 5000
    assert await ledger.count("SELECT count(*) FROM series") == 2


@pytest.mark.timeout(900)
async def test_SEC60_ten_thousand_chapters_survive_one_death_after_the_other(house_of_faults):
    place, ledger = house_of_faults
    library_id, job = await began(place, ledger, "ten thousand", 10_000, 400)

    for at, kind in enumerate(("web", "sandbox child", "worker", "Postgres", "Valkey", "launcher")):
        await ledger.until_files(library_id, 400 + at * 1200)
        await fact(partial(is_running, ledger, job.id), 60)
        job = await ledger.job(job.id)
        await kill(place, ledger, kind, job)

    await ends_well(place, ledger, library_id, job, 10_000)
    await asyncio.to_thread(shutil.rmtree, place.shelves / "ten thousand")


async def is_running(ledger: Ledger, job_id) -> bool:
    job = await ledger.job(job_id)
    alive = job.worker and psutil.pid_exists(int(job.worker.rpartition(":")[2]))
    return job.state is JobState.RUNNING and bool(alive)
