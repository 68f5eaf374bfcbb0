"""From a search at a provider to the first page of what came from it, with scripts and without."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e import axe, shelf, steps
from tests.e2e.house import DESK, PHONE, House
from tests.e2e.serving import HASHES_CHEAPLY, Serving, until
from tests.e2e.test_discover import _set_up, sample
from tests.providers.control import Controlled

__all__ = ["sample"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
]


@pytest.fixture
async def own_house(
    chromium: Browser, migrated: Path, tmp_path: Path, sample: Controlled
) -> AsyncIterator[House]:
    """With a shelf of its own: what is downloaded stays on it."""
    manga = shelf.build(tmp_path / "disk" / "manga")
    serving = Serving(tmp_path / "data", manga.parent)
    serving.command, serving.cluster = HASHES_CHEAPLY, migrated
    await serving.start()
    house = House(serving, chromium)
    async with house.window(scripts=False) as (page, _):
        await steps.make_owner(page, serving.link)
        await steps.add_library(page, manga)
        await steps.wait_for_scan(page, shelf.SERIES_COUNT)
        house.state = await page.context.storage_state()
    await _set_up(house, {"Kumo": (sample.fake.host, sample.fake.port)})
    yield house
    await serving.stop()


@pytest.mark.parametrize(("scripts", "size"), [(True, DESK), (False, PHONE)])
async def test_search_follow_download_and_read(
    own_house: House, scripts: bool, size: tuple[int, int]
) -> None:
    async with own_house.window(size, scripts=scripts) as (page, _):
        await page.goto("/discover?q=tidal")
        await page.get_by_role("link", name="The Tidal Library", exact=True).click()
        await page.get_by_role("link", name="Follow…").click()
        await page.get_by_label("All chapters").check()
        await page.get_by_role("button", name="Follow").click()
        await expect(page.locator("#flashes")).to_contain_text("“The Tidal Library” is followed")
        series = page.url.removesuffix("/releases")

        await _until_downloaded(page, scripts)
        if scripts:
            assert await axe.violations_by_day_and_night(page) == []

        await page.goto(series)
        await steps.start_reading(page)


async def _until_downloaded(page: Page, scripts: bool) -> None:
    """With scripts the screen says by itself how far they are."""
    await page.goto("/downloads?show=done")

    async def has_come() -> bool:
        if not scripts:
            await page.reload()
        return bool(await page.locator("main").get_by_text("The Tidal Library").count())

    await until(has_come, 90)
