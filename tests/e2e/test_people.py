"""Signing in and out, passwords, themes, and who sees what."""

import pytest
from playwright.async_api import expect

from tests.e2e import shelf, steps
from tests.e2e.house import PHONE, House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

SCRIPTS = pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
NEW_PASSWORD = "seven quiet lanterns"


@SCRIPTS
async def test_a_wrong_password_is_answered_with_a_sentence(house: House, scripts: bool) -> None:
    async with house.window(PHONE, scripts=scripts, owner=False) as (page, _):
        await steps.sign_in(page, house.origin, steps.OWNER, "not my password at all")

        await expect(page.get_by_role("alert")).to_contain_text("Not signed in")
        await expect(page.get_by_label("Name or email")).to_have_value(steps.OWNER)


async def test_someone_without_access_sees_nothing_then_changes_their_password(
    house: House,
) -> None:
    async with house.window(PHONE, scripts=False, owner=False) as (page, _):
        await steps.sign_in(page, house.origin, "Mira")
        await expect(page.get_by_text("No library has been given to you so far.")).to_be_visible()
        for name in ("library", "series", "reader", "libraries", "people"):
            answer = await page.goto(house.places[name])
            assert answer and answer.status in (403, 404), name
            await expect(page.get_by_text(shelf.LEFT)).to_have_count(0)
        await page.goto("/account/password")
        await page.get_by_label("Password now").fill(steps.PASSWORD)
        await page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
        await page.get_by_label("New password again").fill(NEW_PASSWORD)
        await page.get_by_role("button", name="Change password").click()
        await expect(page.locator("#flashes")).to_contain_text("Your password is changed.")
        await steps.sign_out(page)
        await steps.sign_in(page, house.origin, "Mira", steps.PASSWORD)
        await expect(page.get_by_role("alert")).to_contain_text("Not signed in")
        await steps.sign_in(page, house.origin, "Mira", NEW_PASSWORD)
        await expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


@SCRIPTS
async def test_a_theme_is_kept_for_the_account(house: House, scripts: bool) -> None:
    async with house.window(PHONE, scripts=scripts) as (page, _):
        await page.goto(house.places["library"])
        await steps.choose_theme(page, "E-ink", "e-ink")
        await expect(page).to_have_url(f"{house.origin}{house.places['library']}")
        await page.goto(house.places["reader"])
        await expect(page.locator("html")).to_have_attribute("data-theme", "e-ink")
        await page.goto("/")
        await page.locator("summary", has_text="Theme").click()
        await page.get_by_role("button", name="Like this device").click()
        await expect(page.locator("html:not([data-theme])")).to_be_attached()


@SCRIPTS
async def test_marking_as_read_can_be_taken_back(house: House, scripts: bool) -> None:
    async with house.window(PHONE, scripts=scripts) as (page, _):
        await page.goto("/")
        await steps.open_series(page, shelf.FILLERS[0])
        first = page.locator(".chap").first
        await expect(first).to_contain_text("Unread")
        await first.locator("summary").click()
        await first.get_by_role("button", name="Mark as read").click()
        await expect(page.locator("#flashes")).to_contain_text("1 chapter marked as read.")
        await expect(first).not_to_contain_text("Unread")
        await page.get_by_role("button", name="Undo").click()
        await expect(first).to_contain_text("Unread")


async def test_an_unknown_address_is_a_screen_with_a_way_back(house: House) -> None:
    async with house.window(PHONE, scripts=False) as (page, _):
        answer = await page.goto("/nowhere")

        assert answer and answer.status == 404
        await page.get_by_role("link", name="Go to the first screen").click()
        await expect(page).to_have_url(f"{house.origin}/")
