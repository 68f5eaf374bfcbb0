"""A series and a chapter are edited, a cover is chosen, and all is taken back, with scripts and without."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e import shelf
from tests.e2e.house import DESK, PHONE, House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]


@pytest.mark.parametrize(("size", "scripts"), [(PHONE, False), (DESK, True)])
async def test_a_title_and_a_cover_are_changed_and_taken_back(
    house: House, size: tuple[int, int], scripts: bool
) -> None:
    async with house.window(size, scripts=scripts) as (page, _):
        await page.goto(house.places["series"])
        await page.locator(".hero-acts summary").click()
        await page.get_by_role("link", name="Edit…").click()
        await page.get_by_label("Title", exact=True).fill("Kite Lane")
        await page.get_by_label("Add a genre").fill("Wind")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("heading", name="Kite Lane", level=1)).to_be_visible()
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("heading", name=shelf.LEFT, level=1)).to_be_visible()

        await page.goto(house.places["cover"])
        await page.locator(".grid .card").nth(1).click()
        await page.get_by_role("button", name="Page 3").click()
        await expect(page.locator("#flashes")).to_contain_text("The cover is changed.")
        picture = page.get_by_alt_text(f"Cover of {shelf.LEFT}")
        await expect(picture).to_have_attribute("src", re.compile("-3"))
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("#flashes")).to_contain_text("Everything is as it was.")


@pytest.mark.parametrize(("size", "scripts"), [(PHONE, False), (DESK, True)])
async def test_a_chapter_is_renamed_moved_and_both_are_taken_back(
    house: House, size: tuple[int, int], scripts: bool
) -> None:
    async with house.window(size, scripts=scripts) as (page, _):
        await page.goto(house.places["chapter"])
        await page.locator(".chapter-acts summary").click()
        await page.get_by_role("link", name="Edit…").click()
        await page.get_by_label("Number", exact=True).fill("twelve")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_label("Number", exact=True)).to_have_value("twelve")
        await page.get_by_label("Number", exact=True).fill("1")
        await page.get_by_label("Title", exact=True).fill("The kite itself")
        await page.get_by_role("button", name="Save").click()
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_contain_text("The kite itself")
        await page.get_by_role("button", name="Undo").click()
        await expect(heading).to_contain_text("The day number 1")

        await page.goto(f"{house.places['chapter']}/edit/series?q=paper")
        await page.get_by_role("button", name="Move it here").click()
        crumb = page.get_by_role("navigation", name="Breadcrumb")
        await expect(crumb).to_contain_text(shelf.RIGHT)
        await page.get_by_role("button", name="Undo").click()
        await expect(crumb).to_contain_text(shelf.LEFT)
