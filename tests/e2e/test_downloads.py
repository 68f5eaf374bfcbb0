"""From a search at a provider to the first page of what came from it, with scripts and without."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e import axe, shelf, steps
from tests.e2e.house import DESK, PHONE, House
from tests.e2e.serving import QUICKLY, Serving, until
from tests.e2e.test_discover import on_its_own_host, set_up
from tests.providers.sample import a_sample

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
]


CHAPTERS = 3
"""Of each series: their pages are drawn here, one by one."""


@pytest.fixture(scope="module")
async def own_house(
    chromium: Browser, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """With a shelf of its own: what is downloaded stays on it."""
    folder = tmp_path_factory.mktemp("downloads")
    manga = folder / "disk" / "manga"
    shelf.write(manga, shelf.LEFT, 1, shelf.pages(1), manga="No")
    serving = Serving(folder / "data", manga.parent)
    serving.command, serving.cluster = QUICKLY, migrated
    await serving.start()
    house = House(serving, chromium)
    async with house.window(scripts=False) as (page, _):
        await steps.make_owner(page, serving.link)
        await steps.add_library(page, manga)
        await steps.wait_for_scan(page, 1)
        house.state = await page.context.storage_state()
    sample = a_sample()
    for series in sample.fake.series:
        del series.chapters[CHAPTERS:]
    async with on_its_own_host(sample):
        await set_up(house, {"Kumo": (sample.fake.host, sample.fake.port)})
        yield house
    await serving.stop()


@pytest.mark.parametrize(
    ("scripts", "size", "title"),
    [(True, DESK, "The Tidal Library"), (False, PHONE, "The Whale and the Power Pole")],
)
async def test_search_follow_download_and_read(
    own_house: House, scripts: bool, size: tuple[int, int], title: str
) -> None:
    async with own_house.window(size, scripts=scripts) as (page, _):
        await page.goto(f"/discover?q={title}")
        await page.get_by_role("link", name=title, exact=True).click()
        await page.get_by_role("link", name="Follow…").click()
        await page.get_by_label("All chapters").check()
        await page.get_by_role("button", name="Follow").click()
        await expect(page.locator("#flashes")).to_contain_text(f"“{title}” is followed")
        series = page.url.removesuffix("/releases")

        await _until_downloaded(page, title, scripts)
        if scripts:
            assert await axe.violations_by_day_and_night(page) == []

        await page.goto(series)
        await steps.start_reading(page)


async def _until_downloaded(page: Page, title: str, scripts: bool) -> None:
    """With scripts the screen says by itself how far they are."""
    await page.goto("/downloads?show=done")

    async def has_come() -> bool:
        if not scripts:
            await page.reload()
        return bool(await page.locator("main").get_by_text(title).count())

    await until(has_come, 90)
