"""A second factor: set up, asked for, replaced by a backup code, and a passkey in its place."""

import time

import pyotp
import pytest
from playwright.async_api import Page, expect

from tests.e2e import axe, steps
from tests.e2e.house import PHONE, House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

SCRIPTS = pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])


async def add_person(house: House, name: str) -> None:
    async with house.window(scripts=False) as (page, _):
        await page.goto("/admin/users/new")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("Password", exact=True).fill(steps.PASSWORD)
        await page.get_by_label("Password again").fill(steps.PASSWORD)
        await page.get_by_role("button", name="Add").click()
        await expect(page.locator("#flashes")).to_contain_text(f"{name} can sign in now.")


async def check(page: Page, scripts: bool) -> None:
    """No rule of axe is broken here; it is a script itself."""
    if scripts:
        assert await axe.violations(page) == []


@SCRIPTS
async def test_an_app_is_set_up_asked_for_and_replaced_by_a_backup_code(
    house: House, scripts: bool
) -> None:
    name = f"Noor{int(scripts)}"
    await add_person(house, name)
    async with house.window(PHONE, scripts=scripts, owner=False) as (page, _):
        await steps.sign_in(page, house.origin, name)
        await page.goto("/account/two-factor")
        await check(page, scripts)
        await page.get_by_role("button", name="Set up an app").click()
        await expect(page.get_by_alt_text("QR code")).to_be_visible()
        await check(page, scripts)
        seed = (await page.locator(".secret code").inner_text()).replace(" ", "")
        app = pyotp.TOTP(seed)
        await page.get_by_label("Code", exact=True).fill("000 000")
        await page.get_by_role("button", name="Turn on").click()
        await expect(page.get_by_role("alert")).to_contain_text("Not turned on")
        await page.get_by_label("Code", exact=True).fill(app.now())
        await page.get_by_role("button", name="Turn on").click()
        await expect(page.get_by_role("heading", name="Keep these ten")).to_be_visible()
        await check(page, scripts)
        codes = await page.locator(".codes li").all_inner_texts()
        assert len(set(codes)) == 10
        await page.get_by_role("link", name="I have kept them").click()
        await expect(page.get_by_text("10 codes left")).to_be_visible()

        await steps.sign_out(page)
        await steps.sign_in(page, house.origin, name)
        await check(page, scripts)
        # The code that set it up counts no more; a phone may be half a minute ahead.
        await steps.second_step(page, app.at(int(time.time()) + 30))
        await steps.sign_out(page)
        await steps.sign_in(page, house.origin, name)
        await steps.second_step(page, codes[0])

        async with house.window(scripts=scripts, owner=False) as (elsewhere, _):
            await steps.sign_in(elsewhere, house.origin, name)
            await steps.second_step(elsewhere, codes[1])
            await elsewhere.goto("/account/sessions")
            await expect(elsewhere.locator("tbody tr")).to_have_count(2)
            await check(elsewhere, scripts)
            await elsewhere.get_by_role("button", name="Sign out all others").click()
            await expect(elsewhere.locator("#flashes")).to_contain_text("1 other browser")
        await page.goto("/account")
        await expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


async def test_a_passkey_is_added_and_signs_in_by_itself(house: House) -> None:
    await add_person(house, "Kei")
    origin = house.origin.replace("127.0.0.1", "localhost")
    async with house.window(PHONE, owner=False, origin=origin) as (page, _):
        device = await page.context.new_cdp_session(page)
        await device.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        await device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        await steps.sign_in(page, origin, "Kei")
        await page.goto("/account/two-factor")
        await page.get_by_label("Name of the device").fill("My phone")
        await page.get_by_role("button", name="Add a passkey").click()
        await expect(page.get_by_role("heading", name="Keep these ten")).to_be_visible()
        await page.goto("/account/two-factor")
        await expect(page.get_by_role("link", name="My phone")).to_be_visible()
        await check(page, True)

        await steps.sign_out(page)
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
        await steps.sign_out(page)
        await steps.sign_in(page, origin, "Kei")
        await check(page, True)
        await page.get_by_role("button", name="Use a passkey").click()
        await expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
