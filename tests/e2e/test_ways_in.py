"""How people come in: by an invitation, and by being chosen on a family tablet."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e import shelf, steps
from tests.e2e.house import PHONE, TABLET, House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

SCRIPTS = pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
PIN = "2580"


@SCRIPTS
async def test_an_invitation_is_followed_to_the_first_page(house: House, scripts: bool) -> None:
    name = f"Yuki{int(scripts)}"
    async with (
        house.window(scripts=scripts) as (owner, _),
        house.window(PHONE, scripts=scripts, owner=False) as (guest, _),
    ):
        link = await _invite(owner)
        await guest.goto(link)
        await guest.get_by_label("Name").fill(name)
        await guest.get_by_label("Password", exact=True).fill(steps.PASSWORD)
        await guest.get_by_label("Password again").fill("something else")
        await guest.get_by_role("button", name="Come in").click()
        await expect(guest.get_by_role("alert")).to_contain_text("not the same")
        await expect(guest.get_by_label("Name")).to_have_value(name)
        await guest.get_by_label("Password", exact=True).fill(steps.PASSWORD)
        await guest.get_by_label("Password again").fill(steps.PASSWORD)
        await guest.get_by_role("button", name="Come in").click()
        await expect(guest.locator("#flashes")).to_contain_text(f"Welcome, {name}.")

        await steps.open_series(guest, shelf.LEFT)
        await steps.start_reading(guest)

        await owner.goto(link)
        await expect(owner.get_by_role("heading", name="does not work")).to_be_visible()
        await _delete(owner, name)
        await guest.goto("/")
        await expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()


@SCRIPTS
async def test_a_reader_is_chosen_on_a_family_tablet_and_trust_is_taken_back(
    house: House, scripts: bool
) -> None:
    name = f"Ben{int(scripts)}"
    async with (
        house.window(scripts=scripts) as (owner, _),
        house.window(TABLET, scripts=scripts, owner=False) as (tablet, _),
    ):
        await _add(owner, name)
        await _set_pin(tablet, house.origin, name)
        await steps.sign_in(tablet, house.origin, steps.OWNER)
        await tablet.goto("/admin/tablets/new")
        await tablet.get_by_label("Name").fill("Kitchen")
        await tablet.get_by_label(name).check()
        await tablet.get_by_role("button", name="Make it a family tablet").click()
        await expect(tablet.get_by_role("heading", name="Who reads?")).to_be_visible()

        await _choose(tablet, name, "1379")
        await expect(tablet.get_by_role("alert")).to_contain_text("This is not the PIN.")
        await tablet.get_by_label("PIN").fill(PIN)
        await tablet.get_by_role("button", name="Read", exact=True).click()
        await expect(tablet.locator("summary", has_text=f"Account: {name}")).to_be_visible()
        await tablet.goto("/account/password")
        await expect(tablet).to_have_url(f"{house.origin}/account/prove?next=/account/password")
        await tablet.goto("/")
        await tablet.locator("summary", has_text="Account:").click()
        await tablet.get_by_role("link", name="Somebody else reads").click()
        await expect(tablet.get_by_text(f"{name} reads now.")).to_be_visible()

        await owner.goto("/admin/tablets")
        await owner.get_by_role("button", name="Trust no more Kitchen").click()
        await expect(owner.locator("#flashes")).to_contain_text("trusted no more")
        await tablet.goto("/")
        await expect(tablet.get_by_role("heading", name="Sign in")).to_be_visible()
        await _delete(owner, name)


async def _invite(page: Page) -> str:
    await page.goto("/admin/users")
    await page.get_by_role("link", name="Invitations").click()
    await page.get_by_role("link", name="Invite someone").click()
    await page.get_by_label("Manga").check()
    await page.get_by_role("button", name="Make the link").click()
    return await page.get_by_label("Link", exact=True).input_value()


async def _add(page: Page, name: str) -> None:
    await page.goto("/admin/users/new")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password", exact=True).fill(steps.PASSWORD)
    await page.get_by_label("Password again").fill(steps.PASSWORD)
    await page.get_by_role("button", name="Add").click()
    await expect(page.locator("#flashes")).to_contain_text(f"{name} can sign in now.")


async def _delete(page: Page, name: str) -> None:
    await page.goto("/admin/users")
    await page.get_by_role("link", name=name, exact=True).click()
    await page.get_by_role("link", name="Delete…").click()
    await page.get_by_label("To be sure").fill(name)
    await page.get_by_role("button", name="Delete").click()
    await expect(page.locator("#flashes")).to_contain_text(f"{name} is deleted.")


async def _set_pin(page: Page, origin: str, name: str) -> None:
    await steps.sign_in(page, origin, name)
    await page.goto("/account/password")
    await page.get_by_role("link", name="PIN for family tablets").click()
    await page.get_by_label("PIN", exact=True).fill(PIN)
    await page.get_by_label("PIN again").fill(PIN)
    await page.get_by_role("button", name="Set the PIN").click()
    await expect(page.locator("#flashes")).to_contain_text("Your PIN is set.")
    await steps.sign_out(page)


async def _choose(page: Page, name: str, pin: str) -> None:
    await page.get_by_role("link", name=name).click()
    await page.get_by_label("PIN").fill(pin)
    await page.get_by_role("button", name="Read", exact=True).click()
