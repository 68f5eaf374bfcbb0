"""An account from its first day to the worst one: invited, with a second factor, in by a backup code, the
password forgotten and made anew by a letter, and the session of a lost device ended from elsewhere."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e import steps
from tests.e2e.house import PHONE, House
from tests.e2e.serving import QUICKLY, Serving, until
from tests.mail_server import MailServer, mail_server, words_of

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server
]
NEW_PASSWORD = "nine herons over the marsh"


@pytest.fixture(scope="module")
async def mailing(
    chromium: Browser, manga: Path, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[House, MailServer]]:
    """A Bunko that sends mail and does not know under which address it is reached."""
    async with mail_server() as server:
        serving = Serving(tmp_path_factory.mktemp("mailing") / "data", manga.parent)
        serving.command, serving.cluster = QUICKLY, migrated
        serving.more = {"BUNKO_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}
        await serving.start()
        house = House(serving, chromium)
        async with house.window(scripts=False) as (page, _):
            await steps.make_owner(page, serving.link)
            house.state = await page.context.storage_state()
        yield house, server
        await serving.stop()


@pytest.mark.parametrize(
    ("name", "scripts"), [("Noa", False), ("Mira", True)], ids=["scripts off", "scripts on"]
)
async def test_from_an_invitation_to_a_lost_device(
    mailing: tuple[House, MailServer], name: str, scripts: bool
) -> None:
    house, server = mailing
    address = f"{name.lower()}@example.org"
    async with house.window(PHONE, scripts=scripts) as (page, _):
        await page.goto("/admin/invitations/new")
        await page.get_by_role("button", name="Make the link").click()
        link = await page.get_by_label("Link", exact=True).input_value()

    async with house.window(PHONE, scripts=scripts, owner=False) as (lost, _):
        await lost.goto(link)
        await lost.get_by_label("Name").fill(name)
        await lost.get_by_label("Mail address").fill(address)
        await lost.get_by_label("Password", exact=True).fill(steps.PASSWORD)
        await lost.get_by_label("Password again").fill(steps.PASSWORD)
        await lost.get_by_role("button", name="Come in").click()
        await expect(lost.locator("#flashes")).to_contain_text(f"Welcome, {name}.")
        codes = await steps.set_up_an_app(lost)
        await steps.sign_out(lost)
        await steps.sign_in(lost, house.origin, name)
        await steps.second_step(lost, codes[0])

        async with house.window(PHONE, scripts=scripts, owner=False) as (page, _):
            await page.goto("/login")
            await page.get_by_role("link", name="Forgot your password?").click()
            await page.get_by_label("Name or email").fill(name)
            await page.get_by_role("button", name="Send a link").click()
            await expect(page.locator("#flashes")).to_contain_text("is on its way")
            way = await recovery_in_letters_to(server, address)
            await page.goto(way)
            await page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
            await page.get_by_label("New password again").fill(NEW_PASSWORD)
            await page.get_by_role("button", name="Change password").click()
            await expect(page.locator("#flashes")).to_contain_text("Sign in with it now.")
            await lost.goto("/account")  # a new password ends what the old one began
            await expect(lost.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
            await steps.sign_in(lost, house.origin, name, NEW_PASSWORD)
            await steps.second_step(lost, codes[1])

            await steps.sign_in(page, house.origin, name, NEW_PASSWORD)
            await steps.second_step(page, codes[2])
            await page.goto("/account/sessions")
            await expect(page.locator("tbody tr")).to_have_count(2)
            other = page.locator("tbody tr").filter(has_not_text="this one")
            await other.get_by_role("button", name="Sign out").click()
            await expect(page.locator("tbody tr")).to_have_count(1)
        await lost.goto("/account")
        await expect(lost.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


async def recovery_in_letters_to(server: MailServer, address: str) -> str:
    """The path of the link: this Bunko does not know under which name it is reached."""
    found: list[str] = []

    async def came() -> bool:
        for letter in server.to(address):
            found.extend(re.findall(r"^/recover/\S+$", words_of(letter), re.MULTILINE))
        return bool(found)

    await until(came, 60)
    return found[0]
