from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from app.auth.limits import LimitRules
from app.foundation.db.setting_store import save
from tests.e2e import shelf, steps
from tests.e2e.house import QUIET, House, chromium_path
from tests.e2e.serving import QUICKLY, Serving
from tests.e2e.survey import Survey, survey

expect.set_options(timeout=20_000)
# One owner walks through everything: a quick machine would ask more in a minute than a person.
BOUNDLESS = LimitRules(screens=1_000_000, images=1_000_000, writes=1_000_000, search=1_000_000)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=list(QUIET), headless=True
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def manga(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shelf.build(tmp_path_factory.mktemp("disk") / "manga")


@pytest.fixture
async def new_house(
    request: pytest.FixtureRequest, chromium: Browser, manga: Path, migrated: Path, tmp_path: Path
) -> AsyncIterator[House]:
    """Started a moment ago: nobody owns it yet. The parameter says whether it is the very first
    start, which makes the database."""
    serving = Serving(tmp_path / "data", manga.parent)
    if not request.param:
        serving.command, serving.cluster = QUICKLY, migrated
    await serving.start()
    yield House(serving, chromium)
    await serving.stop()


@pytest.fixture(scope="session")
async def house(
    chromium: Browser, manga: Path, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """Owned, and with a scanned library. Tests may read in it, and leave it as they found it."""
    serving = Serving(tmp_path_factory.mktemp("house") / "data", manga.parent)
    serving.command, serving.cluster = QUICKLY, migrated
    await serving.start()
    async with serving.rows() as session:
        await save(session, BOUNDLESS)
    house = House(serving, chromium)
    async with house.window(scripts=False) as (page, _):
        await steps.make_owner(page, serving.link)
        await steps.add_library(page, manga)
        await steps.wait_for_scan(page, shelf.SERIES_COUNT)
        house.places = await _places(page)
        house.state = await page.context.storage_state()
    yield house
    await serving.stop()


@pytest.fixture(scope="session")
async def seen(house: House) -> Survey:
    return await survey(house)


async def _places(page: Page) -> dict[str, str]:
    library = page.url.split("/")[-1]
    chapters = {}
    for title in (shelf.LEFT, shelf.RIGHT, shelf.STRIP):
        await steps.open_series(page, title)
        chapters[title] = [
            str(await one.get_attribute("href")) for one in await page.locator(".chap > a").all()
        ]
        chapters[title].append("/" + page.url.split("/", 3)[3])
    await page.goto("/admin/users/new")
    await page.get_by_label("Name").fill("Mira")
    await page.get_by_label("Password", exact=True).fill(steps.PASSWORD)
    await page.get_by_label("Password again").fill(steps.PASSWORD)
    await page.get_by_role("button", name="Add").click()
    await expect(page.locator("#flashes")).to_contain_text("Mira can sign in now.")
    mira = "/" + page.url.split("/", 3)[3]
    admin = f"/admin/libraries/{library}"
    left = sorted(chapters[shelf.LEFT][:-1])
    chapter = left[0].replace("/read/", "/chapters/").partition("?")[0]
    return {
        "home": "/",
        "library": f"/libraries/{library}",
        "library as a list": f"/libraries/{library}?view=list&state=unread",
        "choosing series": f"/libraries/{library}?select=all",
        "nothing fits": f"/libraries/{library}?since=1500&until=1501",
        "genres": f"/libraries/{library}/filters/genre",
        "series": chapters[shelf.LEFT][-1],
        "editing": f"{chapters[shelf.LEFT][-1]}/edit",
        "cover": f"{chapters[shelf.LEFT][-1]}/edit/cover",
        "related": f"{chapters[shelf.LEFT][-1]}/edit/related?q=paper",
        "chapter": chapter,
        "editing a chapter": f"{chapter}/edit",
        "moving a chapter": f"{chapter}/edit/series?q=paper",
        "opinion": f"{chapters[shelf.LEFT][-1]}/opinion",
        "repeats": f"{chapters[shelf.LEFT][-1]}/repeats",
        "history": "/history",
        "bookmarks": "/bookmarks",
        "statistics": "/statistics",
        "searching": "/search?q=kite",
        "smart lists": "/search/lists",
        "discovering": "/discover",
        "reader": left[0],
        "reader from the right": chapters[shelf.RIGHT][0],
        "strip": chapters[shelf.STRIP][0],
        "end": f"{left[0]}/end",
        "last end": f"{left[-1]}/end",
        "libraries": "/admin/libraries",
        "new library": "/admin/libraries/new",
        "library settings": admin,
        "problems": f"{admin}/problems",
        "removal": f"{admin}/remove",
        "people": "/admin/users",
        "new person": "/admin/users/new",
        "person": mira,
        "their password": f"{mira}/password",
        "disabling": f"{mira}/disable",
        "what they see": f"{mira}/sees",
        "deletion": f"{mira}/delete",
        "invitations": "/admin/invitations",
        "new invitation": "/admin/invitations/new",
        "registration": "/admin/registration",
        "family tablets": "/admin/tablets",
        "new family tablet": "/admin/tablets/new",
        "own PIN": "/account/pin",
        "own data": "/account/export",
        "account": "/account",
        "look and language": "/account/looks",
        "keys": "/help/keys",
        "password": "/account/password",
        "mail address": "/account/email",
        "sign-ins": "/account/sign-ins",
        "mail settings": "/admin/settings/mail",
        "browsers": "/account/sessions",
        "app passwords": "/account/app-passwords",
        "new app password": "/account/app-passwords/new",
        "not found": "/nowhere",
    }
