"""Finding series on a shelf, choosing some, doing something to them, and taking it back."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e import axe, shelf, steps
from tests.e2e.house import PHONE, House
from tests.e2e.serving import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
]


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
async def test_filter_choose_mark_and_undo(house: House, scripts: bool) -> None:
    async with house.window(PHONE, scripts=scripts) as (page, _):
        await page.goto(house.places["library"])
        await (
            page.get_by_role("navigation", name="Filters")
            .get_by_role("link", name="Unread")
            .first.click()
        )
        await expect(page.locator(".applied")).to_contain_text("Unread")
        await page.wait_for_load_state()
        cards = page.locator("#shelf > li")
        count = await cards.count()
        await page.get_by_role("link", name="Select").click()
        await page.get_by_role("link", name="All on this screen").click()
        await expect(page.locator("input[name=series]:checked")).to_have_count(count)

        await page.get_by_role("button", name="Mark read").click()
        await expect(page.locator("#flashes")).to_contain_text("marked as read")
        await expect(page.locator("#shelf > li")).to_have_count(0)

        await page.locator("#flashes").get_by_role("button", name="Undo").click()
        await expect(page.locator("#flashes")).to_contain_text("Everything is as it was.")
        await page.goto(f"{house.places['library']}?state=unread")
        await expect(cards).to_have_count(count)


async def test_a_shelf_is_walked_and_chosen_from_by_keyboard_alone(house: House) -> None:
    async with house.window(PHONE) as (page, _):
        await page.goto(f"{house.places['library']}?select=1")
        boxes = page.locator("input[name=series]")
        await boxes.first.focus()
        await page.keyboard.press("Space")
        await expect(page.locator("[data-count]")).to_have_text("1 chosen")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Shift+Space")
        await expect(page.locator("[data-count]")).to_have_text("3 chosen")
        await page.keyboard.press("Escape")
        await expect(page.locator("input[name=series]")).to_have_count(0)


async def test_a_menu_of_values_fills_when_it_is_opened(house: House) -> None:
    async with house.window(PHONE) as (page, _):
        await page.goto(house.places["library"])
        await _open(page, "Language")
        await expect(page.locator("#facet-language")).not_to_be_empty()


async def test_a_shelf_goes_on_by_itself_at_its_end_but_never_on_e_ink(house: House) -> None:
    async with house.window(PHONE) as (page, _):
        await page.goto(house.places["library"])
        await steps.choose_theme(page, "E-ink", "e-ink")
        await page.goto(house.places["library"])
        cards = page.locator("#shelf > li:not(.more)")
        await page.get_by_role("navigation", name="Pages").scroll_into_view_if_needed()
        await expect(page.locator("#more")).to_be_hidden()
        await expect(cards).to_have_count(12)

        async def is_whole() -> bool:
            await page.keyboard.press("Home")
            await page.keyboard.press("End")
            return await cards.count() == shelf.SERIES_COUNT

        await axe.wear(page, "light")
        await until(is_whole, 30)
        await expect(page.locator("#more")).to_have_count(0)
        await steps.choose_theme(page, "Light", "light")


async def _open(page: Page, name: str) -> None:
    menu = page.locator(".filters details").filter(has=page.locator("summary", has_text=name))
    await menu.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(menu).to_have_attribute("open", "")
