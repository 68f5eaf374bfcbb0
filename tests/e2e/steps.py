"""What people do, one function a step; each ends on the screen that proves it was done."""

import re
from pathlib import Path

import pyotp
from playwright.async_api import Error, Locator, Page, expect

from tests.e2e.serving import until

PASSWORD = "four green kites rising"
OWNER = "Aiko"
_IS_AWAKE = """() => {
  if (!window.scriptsThatCame) return true;
  const own = document.querySelector('script[data-modules]');
  if (!own) return document.readyState !== 'loading';
  return own.dataset.modules.split(' ').every(path => scriptsThatCame.some(one => one.endsWith(path)));
}"""


async def make_owner(page: Page, link: str) -> None:
    await page.goto(link)
    await page.get_by_label("Name").fill(OWNER)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password again").fill(PASSWORD)
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator("#flashes")).to_contain_text(f"Welcome, {OWNER}")


async def add_library(page: Page, folder: Path) -> None:
    """By the folder picker's buttons alone; starts on the screen for a new library."""
    await page.get_by_label("Name").fill("Manga")
    await choose_folder(page, folder)
    await page.get_by_role("button", name="Add library").click()
    await expect(page.get_by_role("heading", name="Manga", level=1)).to_be_visible()


async def choose_folder(page: Page, folder: Path) -> None:
    picker = page.get_by_role("group", name="Choose a folder")
    await picker.get_by_role("button", name=str(folder.parent), exact=True).click()
    await picker.get_by_role("button", name=folder.name, exact=True).click()
    await picker.get_by_role("button", name="Use this folder").click()
    await expect(page.get_by_label("Folders on this server")).to_have_value(str(folder))
    await expect(page.get_by_label("Name")).to_have_value("Manga")


async def wait_for_scan(page: Page, series: int) -> None:
    """On the library's screen, as people do it without scripts: by loading it again."""
    await page.get_by_role("navigation").get_by_role("link", name="Manga").first.click()
    shown = page.get_by_text(f"{series} series", exact=True)

    async def done() -> bool:
        try:
            await page.reload()
        except Error:
            return False  # The screen made itself anew at that moment.
        return bool(await shown.count()) and not await page.locator(".scan").count()

    await until(done, 60)


async def open_series(page: Page, title: str) -> None:
    await page.goto(re.sub(r"(//[^/]+)/.*", r"\1/", page.url))
    await page.get_by_role("navigation").get_by_role("link", name="Manga").first.click()
    await page.locator(".grid").get_by_role("link", name=title).click()
    await expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()


async def open_reader(page: Page, address: str) -> None:
    await page.goto(address)
    await reader_is_awake(page)


async def reader_is_awake(page: Page) -> None:
    """Its modules, which come after the first picture, have run; without scripts none will."""

    async def have_run() -> bool:
        return bool(await page.evaluate(_IS_AWAKE))

    await until(have_run, 20)


async def start_reading(page: Page) -> None:
    await page.locator(".hero-acts .btn-primary").click()
    await shows_page(page, 1)


async def shows_page(page: Page, number: int) -> Locator:
    """The picture is there, drawn, the page picker agrees, and the reader hears what comes next."""
    picture = page.get_by_alt_text(re.compile(rf"^Page {number} of "))
    await expect(picture).to_be_visible()
    await expect(page.get_by_label("Page", exact=True)).to_have_value(str(number))

    async def is_drawn() -> bool:
        return bool(await picture.evaluate("image => image.complete && image.naturalWidth > 0"))

    await until(is_drawn, 20)
    await reader_is_awake(page)
    return picture


async def tap(page: Page, side: str) -> None:
    """The edge of the page, or its middle, with a finger."""
    box = await page.locator(".stage").bounding_box()
    assert box
    share = {"left": 0.12, "middle": 0.5, "right": 0.88}[side]
    await page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)


async def show_bars(page: Page) -> None:
    """With scripts the page has the screen to itself until its middle is tapped."""
    await reader_is_awake(page)  # which may show them, and a tap would send them away
    if not await page.get_by_role("button", name="Go", exact=True).is_visible():
        await tap(page, "middle")
        await expect(page.get_by_role("button", name="Go", exact=True)).to_be_visible()


async def go_to_page(page: Page, number: int) -> None:
    await show_bars(page)
    await page.get_by_label("Page", exact=True).select_option(str(number))
    await page.get_by_role("button", name="Go", exact=True).click()
    await shows_page(page, number)


async def sign_in(page: Page, origin: str, name: str, password: str = PASSWORD) -> None:
    await page.goto(f"{origin}/login")
    await page.get_by_label("Name or email").fill(name)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def sign_out(page: Page) -> None:
    await page.locator("summary", has_text="Account:").click()
    await page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def choose_theme(page: Page, word: str, value: str) -> None:
    await page.locator("summary", has_text="Theme").click()
    await page.get_by_role("button", name=word, exact=True).click()
    await expect(page.locator("html")).to_have_attribute("data-theme", value)


async def set_up_an_app(page: Page) -> list[str]:
    """The backup codes that come with it."""
    await page.goto("/account/two-factor")
    await page.get_by_role("button", name="Set up an app").click()
    seed = (await page.locator(".secret code").inner_text()).replace(" ", "")
    await page.get_by_label("Code", exact=True).fill(pyotp.TOTP(seed).now())
    await page.get_by_role("button", name="Turn on").click()
    await expect(page.get_by_role("heading", name="Keep these ten")).to_be_visible()
    return await page.locator(".codes li").all_inner_texts()


async def second_step(page: Page, code: str) -> None:
    await expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    await page.get_by_label("Code", exact=True).fill(code)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
