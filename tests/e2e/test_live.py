"""What changes by itself is seen without a reload with scripts, and with one without them."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from app.foundation.queue.models import Job, JobState
from app.scanning.jobs import scan_library_later
from tests.chaos.place import Ledger, Place, a_place, fact, fill, is_whole
from tests.e2e import axe, steps
from tests.e2e.house import DESK, PHONE, House
from tests.e2e.serving import until
from tests.e2e.survey import TOO_WIDE

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
]
FILES = 600
_COUNT_STREAMS = """window.streams = []; const Stream = window.EventSource;
window.EventSource = function (at) { const one = new Stream(at); window.streams.push(one); return one; };"""
_OPEN = "window.streams.filter(one => one.readyState < 2).length"
_HIDE = """hidden => { Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});
document.dispatchEvent(new Event('visibilitychange')); }"""


WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Watched:
    """A house with one library of one series, its owner signed in; `grow` gives it new files."""

    def __init__(self, place: Place, ledger: Ledger, house: House) -> None:
        self.place, self.ledger, self.house = place, ledger, house
        self.library_id: UUID
        self.files = 0

    async def begin(self) -> None:
        async with self.house.window(scripts=False) as (page, _):
            await steps.make_owner(page, self.place.serving.link)
            self.house.state = await page.context.storage_state()
        folder = self.place.shelves / "Manga"
        self.files = 25
        await asyncio.to_thread(fill, folder, self.files)
        self.library_id, job_id = await self.ledger.ask(folder)
        await self.ledger.finished(job_id)

    async def grow(self, *, locked_out: bool = False) -> Job:
        """A scan under way that has much before it, and stands still: its worker is paused.
        `locked_out`: the test holds a table, and the scan has come as far as wanting it."""
        self.files += FILES // 4 if locked_out else FILES
        await asyncio.to_thread(fill, self.place.shelves / "Manga", self.files)
        job_id = await self.scan()

        async def has_begun() -> bool:
            job = await self.ledger.job(job_id)
            is_far = await self.ledger.count(WAITING) if locked_out else job.total and job.done
            if job.state is JobState.RUNNING and is_far:
                self.worker_of(job).suspend()
                return True
            return False

        await fact(has_begun, 30)
        return await self.ledger.job(job_id)

    async def scan(self) -> UUID:
        async with self.ledger.sessions() as session:
            job_id = await scan_library_later(session, self.library_id)
            await session.commit()
            return job_id

    def worker_of(self, job: Job) -> psutil.Process:
        return self.place.part("worker", job.worker or "")[0]


@pytest.fixture(scope="module")
async def world(
    chromium: Browser, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watched]:
    async with a_place(Place(tmp_path_factory.mktemp("live"), migrated)) as (place, ledger):
        made = Watched(place, ledger, House(place.serving, chromium))
        await made.begin()
        yield made


async def stays(page: Page) -> None:
    """What is set here is gone after any reload."""
    await page.evaluate("window.stayed = true")


async def open_streams(page: Page, number: int) -> None:
    async def so_many() -> bool:
        return bool(await page.evaluate(_OPEN) == number)

    await until(so_many, 10)


async def test_a_scan_is_seen_coming_and_going_without_a_reload(world: Watched) -> None:
    async with world.house.window() as (page, _), world.house.window(scripts=False) as (plain, _):
        await page.goto(f"/libraries/{world.library_id}")
        await stays(page)
        job = await world.grow()
        shown = re.compile(r"Scanning Manga · [\d\s]+ of [\d\s]+ files")
        await expect(page.locator(".scan")).to_contain_text(shown)
        await plain.goto(f"/libraries/{world.library_id}")
        await expect(plain.locator(".scan")).to_contain_text(shown)

        world.worker_of(job).resume()
        await expect(page.get_by_text("The scan of Manga has ended.")).to_be_visible()
        assert await page.evaluate("window.stayed")
        await plain.reload()
        await expect(plain.locator(".scan")).to_have_count(0)
        await world.ledger.finished(job.id)


async def test_rows_of_jobs_change_without_a_reload_and_the_screen_passes(world: Watched) -> None:
    async with (
        world.house.window(DESK) as (page, _),
        world.house.window(scripts=False) as (plain, _),
    ):
        await page.goto("/admin/jobs")
        await stays(page)
        job = await world.grow()
        row = f"#job-{job.id}"
        await expect(page.locator(row)).to_contain_text("Running")
        await expect(page.locator(row)).to_contain_text("files")
        await plain.goto("/admin/jobs")
        await expect(plain.locator(row)).to_contain_text("Running")
        await passes(page)

        world.worker_of(job).resume()
        await expect(page.locator(row)).to_contain_text("Done")
        assert await page.evaluate("window.stayed")
        await plain.reload()
        await expect(plain.locator(row)).to_contain_text("Done")
        await world.ledger.finished(job.id)


async def passes(page: Page) -> None:
    assert await axe.violations_by_day_and_night(page) == []
    for size in ((360, 740), PHONE, DESK):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        assert await page.evaluate(TOO_WIDE) == [], size


async def test_a_screen_that_nobody_sees_listens_to_nothing(world: Watched) -> None:
    async with world.house.window() as (page, witness):
        await page.add_init_script(_COUNT_STREAMS)
        await page.goto("/admin/jobs")
        await open_streams(page, 1)

        async def has_all_answers() -> bool:
            return not witness.asked

        await page.evaluate(_HIDE, True)
        await open_streams(page, 0)
        await until(has_all_answers, 20)  # to what it asked for while it was seen
        job_id = await world.scan()
        await world.ledger.finished(job_id)
        assert await page.locator(f"#job-{job_id}").count() == 0

        await page.evaluate(_HIDE, False)
        await open_streams(page, 1)
        await expect(page.locator(f"#job-{job_id}")).to_contain_text("Done")


async def test_SEC62_a_screen_is_told_again_after_valkey_came_back(world: Watched) -> None:
    async with world.house.window() as (page, _):
        await page.goto("/admin/jobs")
        await stays(page)
        [server] = world.place.part("Valkey")
        server.kill()
        job_id = await world.scan()
        await world.ledger.finished(job_id)

        await expect(page.locator(f"#job-{job_id}")).to_contain_text("Done")
        assert await page.evaluate("window.stayed")


async def test_SEC69_told_to_end_the_tree_leaves_nothing_but_a_job_for_next_time(
    world: Watched,
) -> None:
    """With a scan under way and an open stream."""
    # Without a witness: of course the browser complains of a stream that broke off.
    context = await world.house.browser.new_context(
        base_url=world.house.origin, storage_state=world.house.state
    )
    page = await context.new_page()
    await page.add_init_script(_COUNT_STREAMS)
    await page.goto(f"/libraries/{world.library_id}")
    await open_streams(page, 1)
    async with world.ledger.engine.connect() as reader:
        await reader.execute(text("LOCK TABLE chapter_file IN SHARE MODE"))
        job = await world.grow(locked_out=True)
        world.worker_of(job).resume()

        await world.place.serving.stop()  # within half a minute, and no process stays behind
        await context.close()
        await reader.invalidate()
    await world.place.start()

    ended = await world.ledger.finished(job.id)
    # Uncounted: had it died with its worker, this would be its second attempt.
    assert (ended.state, ended.attempts) == (JobState.DONE, 1)
    assert ended.fence > job.fence
    await is_whole(world.ledger, world.place.settings, world.library_id, world.files)
