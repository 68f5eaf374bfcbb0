"""From the shelf to a series, into a chapter and to a search: on every kind of screen."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e import shelf, steps
from tests.e2e.house import DESK, PHONE, READER, TABLET, House
from tests.e2e.test_old_browsers import UNKNOWN, found, without

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.night,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
@pytest.mark.parametrize("newer_css", [True, False], ids=["newer css", "older css"])
@pytest.mark.parametrize("size", [PHONE, TABLET, DESK, READER], ids=str)
async def test_a_library_is_wandered_through(
    house: House, size: tuple[int, int], newer_css: bool, scripts: bool, tmp_path: Path
) -> None:
    async with house.window(size, scripts=scripts) as (page, _):
        if not newer_css:
            await page.route("**/*.css", without(UNKNOWN))
        if size == READER:
            await page.goto("/")
            await steps.choose_theme(page, "E-ink", "e-ink")
        try:
            await wander(page, house.places["library"], tmp_path)
            await page.unroute_all(behavior="wait")
        finally:
            if size == READER:
                await page.goto("/")
                await steps.choose_theme(page, "Light", "light")


async def wander(page: Page, library: str, pictures: Path) -> None:
    async def stands(name: str) -> None:
        await page.screenshot(path=pictures / f"{name}.png")
        assert await found(page) == [], name

    await page.goto(f"{library}?letter=k")
    await stands("library")
    await page.locator(".grid").get_by_role("link", name=shelf.LEFT).click()
    await expect(page.get_by_role("heading", name=shelf.LEFT, level=1)).to_be_visible()
    await stands("series")
    await page.locator(".chap > a").first.click()
    await expect(page.get_by_alt_text(re.compile("^Page"))).to_be_visible()
    await stands("reader")
    await page.goto("/search?q=kite")
    await expect(page.get_by_role("heading", name="Results for “kite”")).to_be_visible()
    await stands("search")
    await page.locator(".results").get_by_role("link", name=shelf.LEFT).first.click()
    await expect(page.get_by_role("heading", name=shelf.LEFT, level=1)).to_be_visible()
