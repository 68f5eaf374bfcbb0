"""The sample screens in a real browser, under the policy the server sends, with scripts and without.

No server runs: the browser's requests are answered from memory.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from app.foundation.web.static import DIST, MEDIA_TYPES, StaticFiles
from app.reading.cards import Card
from tests.e2e.house import QUIET, chromium_path
from tests.frontend import gallery

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("gallery")]

ORIGIN = "https://bunko.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
PIXEL = (
    b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 3' width='320' height='480'>"
    b"<path fill='#888' d='M0 0h2v3H0z'/></svg>"
)
CARD = '{% from "components/covers.html" import cover_cards %}{% from "components/paging.html" import load_more %}'


def screen(name: str, theme: str) -> str:
    values = gallery.context(theme) | {"static": StaticFiles().url}
    return gallery.environment().get_template(f"{name}.html").render(values)


def more_cards() -> str:
    card = Card(UUID(int=99), "The next page", None, 1, 0, 0, None, None)
    source = CARD + '{{ cover_cards([card]) }}{{ load_more("") }}'
    return gallery.environment().from_string(source).render(card=card)


async def answer(route: Route) -> None:
    path = urlsplit(route.request.url)
    if path.path.startswith("/static/dist/"):
        built = DIST / Path(path.path).name
        await route.fulfill(body=built.read_bytes(), content_type=MEDIA_TYPES[built.suffix])
    elif path.query.startswith("after"):
        await route.fulfill(body=more_cards(), content_type="text/html; charset=utf-8")
    elif match := re.fullmatch(r"/(\w+)/([\w-]+)", path.path):
        headers = {"content-security-policy": POLICY, "content-type": "text/html; charset=utf-8"}
        await route.fulfill(body=screen(match[1], match[2]), headers=headers)
    else:
        await route.fulfill(body=PIXEL, content_type="image/svg+xml")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=list(QUIET)
        )
        yield browser
        await browser.close()


async def open_page(browser: Browser, width: int, height: int, **options: object) -> Page:
    context = await browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
    await context.route("**/*", answer)
    page = await context.new_page()
    page.set_default_timeout(60_000)  # The machine may be shared with a whole test run.
    return page


async def test_SEC28_no_screen_breaks_the_content_security_policy(browser: Browser) -> None:
    page = await open_page(browser, 1280, 900)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    for name in gallery.SCREENS:
        await page.goto(f"{ORIGIN}/{name}/light")
    for theme in gallery.THEMES:
        await page.goto(f"{ORIGIN}/home/{theme}")

    assert complaints == []


async def test_scripts_add_the_next_covers_in_place(browser: Browser) -> None:
    page = await open_page(browser, 1280, 900)
    await page.goto(f"{ORIGIN}/library/light")
    before = await page.locator(".grid .card").count()

    await page.get_by_role("link", name="Load more").click()
    await page.get_by_text("The next page").wait_for()

    assert await page.locator(".grid .card").count() == before + 1
    assert await page.get_by_role("link", name="Load more").count() == 0
    assert "after" not in page.url


@pytest.mark.parametrize(("width", "theme"), [(320, "sepia"), (360, "dark"), (600, "e-ink")])
async def test_nothing_is_wider_than_a_small_screen(
    browser: Browser, width: int, theme: str
) -> None:
    page = await open_page(browser, width, 640)

    for name in gallery.SCREENS:
        await page.goto(f"{ORIGIN}/{name}/{theme}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, name


SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, summary, select, input")].filter(e => {
  const box = e.getBoundingClientRect();
  const inside = e.closest("details:not([open])");
  const hidden = e.type === "hidden" || e.closest("label") || e.matches(".skip")
    || (inside && !e.matches("summary")) || !box.width;
  return !hidden && (box.height < 43.5 || box.width < 43.5);
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("theme", ["light", "e-ink"])
async def test_everything_to_touch_on_a_phone_is_44_pixels(browser: Browser, theme: str) -> None:
    page = await open_page(browser, 360, 780, has_touch=True, is_mobile=True)

    for name in gallery.SCREENS:
        await page.goto(f"{ORIGIN}/{name}/{theme}")
        assert await page.evaluate(SMALL_TARGETS) == [], name


@pytest.mark.parametrize(
    ("scheme", "ground"), [("dark", "rgb(20, 19, 18)"), ("light", "rgb(250, 249, 246)")]
)
async def test_without_a_choice_the_device_decides_the_theme(
    browser: Browser, scheme: str, ground: str
) -> None:
    page = await open_page(browser, 1280, 900, color_scheme=scheme)

    await page.goto(f"{ORIGIN}/home/auto")

    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


async def test_a_chosen_theme_wins_over_the_device(browser: Browser) -> None:
    page = await open_page(browser, 1280, 900, color_scheme="dark")

    await page.goto(f"{ORIGIN}/home/light")

    assert (
        await page.evaluate("getComputedStyle(document.body).backgroundColor")
        == "rgb(250, 249, 246)"
    )


async def test_menus_open_without_scripts(browser: Browser) -> None:
    page = await open_page(browser, 360, 780, java_script_enabled=False)
    await page.goto(f"{ORIGIN}/home/light")

    await page.locator(".dock summary").click()

    assert await page.get_by_role("link", name="Libraries").is_visible()


async def test_with_scripts_one_menu_is_open_and_escape_closes_it(browser: Browser) -> None:
    page = await open_page(browser, 1280, 900)
    await page.goto(f"{ORIGIN}/home/light")
    menus = page.locator(".top details.menu")

    await menus.nth(0).locator("summary").click()
    await menus.nth(1).locator("summary").click()
    assert await page.locator("details.menu[open]").count() == 1
    await page.keyboard.press("Escape")

    assert await page.locator("details.menu[open]").count() == 0
    assert await menus.nth(1).locator("summary").evaluate("e => e === document.activeElement")
    await menus.nth(0).locator("summary").click()
    await page.mouse.click(700, 850)
    assert await page.locator("details.menu[open]").count() == 0


async def test_the_first_stop_of_the_keyboard_skips_to_the_content(browser: Browser) -> None:
    page = await open_page(browser, 1280, 900)
    await page.goto(f"{ORIGIN}/home/light")

    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")

    await expect(page.locator("#content")).to_be_focused()


async def test_e_ink_lists_are_pages_and_nothing_moves(browser: Browser) -> None:
    page = await open_page(browser, 600, 800)
    await page.goto(f"{ORIGIN}/library/e-ink")

    assert await page.get_by_role("link", name="Load more").is_visible() is False
    assert await page.get_by_role("link", name="More", exact=True).is_visible()
    assert await page.get_by_role("link", name="Back", exact=True).is_visible()
    fixed = await page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => getComputedStyle(e).position === 'fixed'"
        " && e.getBoundingClientRect().width && !e.closest('details')).length"
    )
    assert fixed == 0
