"""The house can be walked with Tab and Enter alone."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e import axe, shelf
from tests.e2e.house import House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

MOST_TABS = 80
_AT = """wanted => {
  const one = document.querySelector('*:focus');
  if (!one || !one.matches(wanted)) return null;
  const {outlineStyle, outlineWidth} = getComputedStyle(one);
  return `${outlineStyle} ${outlineWidth}`;
}"""


async def tab_to(page: Page, selector: str) -> None:
    """By Tab alone, and what is reached shows that it is."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        ring = await page.evaluate(_AT, selector)
        if ring:
            assert ring != "none 0px", selector
            return
    raise AssertionError(f"{selector} is not among the first {MOST_TABS} stops of {page.url}")


async def enter(page: Page) -> None:
    """Another document stands when this ends: a mere change of the address would not do."""
    async with page.expect_event("load"):
        await page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("scripts", "theme"),
    [
        (True, "light"),
        (False, "e-ink"),
        pytest.param(True, "e-ink", marks=pytest.mark.night),
        pytest.param(False, "light", marks=pytest.mark.night),
    ],
)
async def test_from_home_to_a_page_by_tab_and_enter(
    house: House, scripts: bool, theme: str
) -> None:
    async with house.window(scripts=scripts) as (page, _):
        await page.goto("/")
        await axe.wear(page, theme)

        await tab_to(page, ".skip")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("#"))
        await page.goto("/")
        await tab_to(page, f'.rail a[href="{house.places["library"]}"]')
        await enter(page)
        await tab_to(page, ".grid a.card")
        await enter(page)
        await tab_to(page, ".hero-acts .btn-primary")
        await enter(page)

        await expect(page).to_have_url(re.compile("/read/"))


async def test_arrows_walk_the_covers_and_a_question_mark_lists_the_keys(house: House) -> None:
    async with house.window() as (page, _):
        await page.goto(house.places["library"])
        cards = page.locator(".grid a.card")
        await cards.first.focus()

        await page.keyboard.press("ArrowRight")
        await expect(cards.nth(1)).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowUp")
        await expect(cards.nth(1)).to_be_focused()
        await page.keyboard.press("ArrowLeft")
        await expect(cards.first).to_be_focused()
        await page.keyboard.press("?")

        await expect(page.get_by_role("heading", name="Keys", level=1)).to_be_visible()


async def test_a_slash_leads_to_the_search_box_whose_suggestions_are_walked_by_arrows(house: House):
    async with house.window() as (page, _):
        await page.goto(house.places["library"])
        box = page.get_by_role("combobox", name="Search titles, people, tags")

        await page.keyboard.press("/")
        await expect(box).to_be_focused()
        # At once: letters that come apart are asked about apart, and the last answer begins anew.
        await page.keyboard.insert_text(shelf.LEFT[:4])
        await expect(page.get_by_role("option", name=shelf.LEFT).first).to_be_visible()
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("option", selected=True)).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("listbox")).to_be_hidden()
        await page.keyboard.press("ArrowDown")
        await enter(page)

        await expect(page.get_by_role("heading", name=shelf.LEFT, level=1)).to_be_visible()
