"""A forgotten password, as its person lives it: the link, the letter, the new password, in again."""

import re
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e import steps
from tests.e2e.house import PHONE, House
from tests.e2e.serving import Serving, until
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
    chromium: Browser, manga: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[House, MailServer]]:
    """A Bunko that sends mail and does not know under which address it is reached."""
    async with mail_server() as server:
        serving = Serving(tmp_path_factory.mktemp("mailing") / "data", manga.parent)
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
async def test_who_forgot_their_password_gets_in_again_by_a_letter(
    mailing: tuple[House, MailServer], name: str, scripts: bool
) -> None:
    house, server = mailing
    address = f"{name.lower()}@example.org"
    async with house.window(PHONE, scripts=scripts) as (page, _):
        await page.goto("/admin/users/new")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("Mail address").fill(address)
        await page.get_by_label("Password", exact=True).fill(steps.PASSWORD)
        await page.get_by_label("Password again").fill(steps.PASSWORD)
        await page.get_by_role("button", name="Add").click()
        await expect(page.locator("#flashes")).to_contain_text(f"{name} can sign in now.")

    async with house.window(PHONE, scripts=scripts, owner=False) as (page, _):
        await page.goto("/login")
        await page.get_by_role("link", name="Forgot your password?").click()
        await page.get_by_label("Name or email").fill(name)
        await page.get_by_role("button", name="Send a link").click()
        await expect(page.locator("#flashes")).to_contain_text("is on its way")

        letter = await letter_to(server, address)
        await page.goto(re.findall(r"^/recover/\S+$", words_of(letter), re.MULTILINE)[0])
        await page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
        await page.get_by_label("New password again").fill(NEW_PASSWORD)
        await page.get_by_role("button", name="Change password").click()
        await expect(page.locator("#flashes")).to_contain_text("Sign in with it now.")
        await steps.sign_in(page, house.origin, name, NEW_PASSWORD)
        await expect(page.get_by_text("No library has been given to you so far.")).to_be_visible()
        await page.goto("/account/sign-ins")
        await expect(page.locator(".sign-in")).to_have_count(1)


async def letter_to(server: MailServer, address: str) -> EmailMessage:
    async def came() -> bool:
        return bool(server.to(address))

    await until(came, 60)
    return server.to(address)[0]
