"""Setup → library → scan → read → continue, as the README tells it."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e import axe, shelf, steps
from tests.e2e.house import PHONE, House
from tests.e2e.serving import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]


@pytest.mark.parametrize(
    ("new_house", "scripts"),
    [(True, False), (False, True)],
    indirect=["new_house"],
    ids=["scripts off", "scripts on"],
)
async def test_a_stranger_sets_up_reads_and_continues(
    new_house: House, manga: Path, scripts: bool
) -> None:
    async with new_house.window(PHONE, scripts=scripts) as (page, _):
        if scripts:  # axe is one
            await mistakes_of_the_setup_pass_axe(page, new_house.serving.link)
        await steps.make_owner(page, new_house.serving.link)
        if scripts:
            await first_screens_pass_axe(page, manga)
        await begin_from_home(page)
        await steps.add_library(page, manga)
        await steps.wait_for_scan(page, shelf.SERIES_COUNT)
        await read_left_to_right(page)
        await read_right_to_left(page)
        await continue_where_one_was(page)
        await find_the_broken_file(page)
        await the_link_works_only_once(page, new_house.serving.link)


async def mistakes_of_the_setup_pass_axe(page: Page, link: str) -> None:
    await page.goto(link)
    assert await axe.violations_by_day_and_night(page) == []
    await page.get_by_label("Name").fill(steps.OWNER)
    await page.get_by_label("Password", exact=True).fill("short")
    await page.get_by_label("Password again").fill("other")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await axe.violations_by_day_and_night(page) == []


async def first_screens_pass_axe(page: Page, manga: Path) -> None:
    for path in ("/", "/admin/libraries", "/admin/libraries/new"):
        await page.goto(path)
        assert await axe.violations_by_day_and_night(page) == [], path
    await page.get_by_role("button", name=str(manga.parent), exact=True).click()
    await expect(page.get_by_role("button", name="Use this folder")).to_be_visible()
    assert await axe.violations_by_day_and_night(page) == []


async def begin_from_home(page: Page) -> None:
    await page.goto("/")
    await expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    await page.get_by_role("link", name="Add a library").first.click()


async def read_left_to_right(page: Page) -> None:
    await steps.open_series(page, shelf.LEFT)
    await steps.start_reading(page)
    await steps.tap(page, "right")
    await steps.shows_page(page, 2)
    await steps.tap(page, "left")
    await steps.shows_page(page, 1)
    await steps.go_to_page(page, 3)
    await steps.tap(page, "right")
    await steps.shows_page(page, 4)
    await steps.tap(page, "right")
    await expect(page.get_by_role("heading", name="You finished")).to_be_visible()
    await page.get_by_role("link", name="Read Ch. 2").click()
    await steps.shows_page(page, 1)
    await steps.tap(page, "right")
    await steps.shows_page(page, 2)


async def read_right_to_left(page: Page) -> None:
    await steps.open_series(page, shelf.RIGHT)
    await steps.start_reading(page)
    await steps.tap(page, "left")
    await steps.shows_page(page, 2)
    await steps.tap(page, "left")
    await steps.shows_page(page, 3)
    await steps.tap(page, "right")
    await steps.shows_page(page, 2)
    await steps.show_bars(page)
    await page.get_by_role("link", name="Close, back to the series").click()
    await expect(page.get_by_role("heading", name=shelf.RIGHT, level=1)).to_be_visible()


async def continue_where_one_was(page: Page) -> None:
    reading = page.get_by_role("region", name="Continue reading")
    left, right = (reading.get_by_role("link", name=one) for one in (shelf.LEFT, shelf.RIGHT))

    async def are_kept() -> bool:
        """Scripts save a place as they leave, and nobody waits for that."""
        await page.goto("/")
        return all([await one.filter(has_text="p. 2 of 4").count() for one in (left, right)])

    await until(are_kept, 20)
    await left.click()
    await steps.shows_page(page, 2)


async def find_the_broken_file(page: Page) -> None:
    await page.goto("/admin/libraries")
    await page.get_by_role("link", name="Problems").click()
    await expect(page.locator("tr").filter(has_text=shelf.BROKEN)).to_have_count(1)


async def the_link_works_only_once(page: Page, link: str) -> None:
    await page.goto(link)
    await expect(page.get_by_label("Password again")).to_have_count(0)
