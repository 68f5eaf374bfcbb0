"""A series is edited, its cover chosen, and both are taken back, with scripts and without."""

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
        assert "-3" in str(await picture.get_attribute("src"))
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("#flashes")).to_contain_text("Everything is as it was.")
