"""The reader in a browser: every way of turning, with scripts, without them, and with one missing."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Response, Route, expect

from tests.e2e import axe, shelf, steps
from tests.e2e.house import DESK, PHONE, READER, House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

MODULES = ("turn", "bars", "keys", "lost", "touch", "notes", "next", "sheet")
BY_DAY = ("turn", "keys", "sheet")
KINDLE = "Mozilla/5.0 (X11; U; Linux armv7l like Android; en-us) AppleWebKit/531.2+ Kindle/3.0+"
_PAIR = ".view-pair img"


async def choose(page: Page, reader: str, scope: str = "series", **settings: str) -> None:
    """By the plain form of the settings."""
    await page.goto(f"{reader}/settings?scope={scope}&page=1")
    for name, value in settings.items():
        await page.locator(f"#s-{name}").select_option(value)
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/read/*?page=1")


async def forget(page: Page, reader: str) -> None:
    for scope in ("series", "device"):
        await page.goto(f"{reader}/settings?scope={scope}&page=1")
        reset = page.get_by_role("button", name=re.compile("^Forget what I chose"))
        if await reset.count():
            await reset.click()
            await page.wait_for_url("**/read/*?page=1")


def _answering(said: dict[str, object], status: int = 200) -> Callable[[Route], Awaitable[None]]:
    async def answer(route: Route) -> None:
        await route.fulfill(status=status, json=said)

    return answer


async def _open_with_what_follows(page: Page, house: House, place: str) -> None:
    """So that a turn needs no new screen: such a one would save the place itself. A strip has all."""
    address = f"{house.places[place]}?page=1"
    if place == "strip":
        await steps.open_reader(page, address)
    else:
        async with page.expect_event("requestfinished", lambda asked: "/views?" in asked.url):
            await steps.open_reader(page, address)
        await page.evaluate("() => new Promise(done => setTimeout(done))")


async def alts(page: Page) -> list[str]:
    return [
        str(await one.get_attribute("alt")) for one in await page.locator("[data-view] img").all()
    ]


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
async def test_two_abreast_from_the_right_and_moved_on_by_one(house: House, scripts: bool) -> None:
    reader = house.places["reader from the right"]
    async with house.window(DESK, scripts=scripts) as (page, _):
        await choose(page, reader, layout="double")
        assert await alts(page) == ["Page 2 of 4", "Page 1 of 4"]
        await steps.tap(page, "left")
        await expect(page.locator(_PAIR).first).to_have_attribute("alt", "Page 4 of 4")
        await choose(page, reader, shift="yes")
        assert await alts(page) == ["Page 1 of 4"]
        await steps.tap(page, "left")
        await expect(page.locator(_PAIR).first).to_have_attribute("alt", "Page 3 of 4")
        await forget(page, reader)


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
async def test_an_e_ink_reader_steps_through_halves_and_calls_the_bars(
    house: House, scripts: bool
) -> None:
    reader = house.places["reader from the right"]
    async with house.window(READER, scripts=scripts, more={"user_agent": KINDLE}) as (page, _):
        await choose(page, reader, half_steps="yes")
        assert await alts(page) == ["Upper half of page 1 of 4"]
        await steps.tap(page, "left")
        image = page.get_by_alt_text("Lower half of page 1 of 4")
        await expect(image).to_be_visible()
        await steps.show_bars(page)
        await expect(page.get_by_role("link", name="Reader settings")).to_be_visible()
        await forget(page, reader)


@pytest.mark.parametrize("place", ["reader", "strip"])
async def test_another_device_that_went_further_is_said_and_led_to(
    house: House, place: str
) -> None:
    async with house.window(DESK) as (page, _):
        await page.route("**/place*", _answering({"version": 9, "page": 4, "device": "Tablet"}))
        await _open_with_what_follows(page, house, place)
        await page.keyboard.press("Space")
        await page.get_by_role("link", name="You are on p. 4 on Tablet").click()
        await expect(page.get_by_alt_text("Page 4 of ")).to_be_in_viewport()


@pytest.mark.parametrize("place", ["reader", "strip"])
async def test_a_chapter_that_went_away_while_open_is_said(house: House, place: str) -> None:
    async with house.window(DESK) as (page, witness):
        witness.refused = re.compile("/place")
        await page.route("**/place*", _answering({}, status=404))
        await _open_with_what_follows(page, house, place)
        await page.keyboard.press("Space")
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("has changed or is gone")
        await expect(alert.get_by_role("link", name="Open it again")).to_be_visible()


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
async def test_buttons_that_need_scripts_are_shown_by_them(house: House, scripts: bool) -> None:
    async with house.window(DESK, scripts=scripts) as (page, _):
        await page.goto(f"{house.places['strip']}?page=1")
        for name in ("Whole screen", "Scroll by itself"):
            await expect(page.get_by_role("button", name=name)).to_be_visible(visible=scripts)


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
async def test_settings_are_changed_beside_the_page_or_on_a_screen_of_their_own(
    house: House, scripts: bool
) -> None:
    reader = house.places["reader from the right"]
    async with house.window(DESK, scripts=scripts) as (page, _):
        await steps.open_reader(page, f"{reader}?page=1")
        await steps.show_bars(page)
        await page.get_by_role("link", name="Reader settings").click()
        beside = page.locator("[data-side]")
        await expect(beside).to_be_visible(visible=scripts)
        if scripts:
            await page.keyboard.press("Escape")
            await expect(beside).to_be_hidden()
            await steps.show_bars(page)
            await page.get_by_role("link", name="Reader settings").click()
        await page.locator("#s-layout").select_option("double")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(_PAIR).first).to_be_visible()
        await forget(page, reader)


@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
async def test_another_chapter_is_picked_from_the_bar(house: House, scripts: bool) -> None:
    async with house.window(PHONE, scripts=scripts) as (page, _):
        await steps.open_reader(page, f"{house.places['reader']}?page=1")
        await steps.show_bars(page)
        await page.get_by_role("link", name="choose a chapter").click()
        await expect(page.get_by_role("heading", name="Chapters")).to_be_visible()
        here = page.locator("[aria-current]").filter(has_text="Ch.")
        await expect(here).to_have_count(1)
        await page.locator("main a[href^='/read/']").last.click()
        await expect(page.locator("[data-view] img").first).to_be_visible()


@asynccontextmanager
async def forgetting(page: Page, reader: str) -> AsyncIterator[None]:
    """However it ends: the settings of one test are no fault of the next."""
    try:
        yield
    finally:
        await forget(page, reader)


async def test_a_volume_is_read_by_keys_alone(house: House) -> None:
    reader = house.places["reader"]
    async with house.window(DESK) as (page, _), forgetting(page, reader):
        await steps.open_reader(page, f"{reader}?page=1")
        await page.keyboard.press("ArrowRight")
        await steps.shows_page(page, 2)
        await page.keyboard.press("Space")
        await steps.shows_page(page, 3)
        await page.keyboard.press("Shift+Space")
        await steps.shows_page(page, 2)
        await page.keyboard.press("End")
        await steps.shows_page(page, 4)
        await page.keyboard.press("Home")
        await steps.shows_page(page, 1)
        await page.keyboard.press("d")
        await expect(page.locator("main")).not_to_have_attribute("data-layout", "single")
        await steps.reader_is_awake(page)
        await page.keyboard.press("o")
        await expect(page.locator("main")).to_have_attribute("data-shift", "yes")
        await expect(page.locator(_PAIR)).to_have_count(2)
        await steps.reader_is_awake(page)
        await page.keyboard.press("?")
        await expect(page.get_by_role("heading", name="Keys")).to_be_visible()
        assert await axe.violations(page) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press(".")
        await page.wait_for_url(lambda url: reader not in url)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("heading", name=shelf.LEFT, level=1)).to_be_visible()


async def test_a_key_pressed_before_the_scripts_are_here_counts_once_they_are(house: House) -> None:
    is_asked_for, may_come = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        is_asked_for.set()
        await may_come.wait()
        await route.continue_()

    async with house.window(DESK) as (page, _):
        await page.route(re.compile(r"/reader_keys\."), late)
        await page.goto(f"{house.places['reader']}?page=1", wait_until="domcontentloaded")
        await is_asked_for.wait()
        await page.keyboard.press("End")
        may_come.set()

        await steps.shows_page(page, 4)


@pytest.mark.parametrize(
    "missing",
    [one if one in BY_DAY else pytest.param(one, marks=pytest.mark.night) for one in MODULES],
)
async def test_every_module_may_fail_to_load(house: House, missing: str) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/javascript", body="")

    async with house.window(PHONE) as (page, _):
        await page.route(re.compile(rf"/reader_{missing}\."), refuse)
        await steps.open_reader(page, f"{house.places['reader']}?page=1")
        await steps.tap(page, "right")
        await steps.shows_page(page, 2)
        await steps.tap(page, "left")
        await steps.shows_page(page, 1)
        await steps.go_to_page(page, 3)


@pytest.mark.parametrize("missing", ["strip", "bars", "keys", "lost"])
async def test_a_strip_goes_on_with_any_module_missing(house: House, missing: str) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/javascript", body="")

    async with house.window(PHONE) as (page, _):
        await page.route(re.compile(rf"/reader_{missing}\."), refuse)
        await steps.open_reader(page, f"{house.places['strip']}?page=1")
        await page.get_by_label("Page", exact=True).select_option("5")
        await page.get_by_role("button", name="Go", exact=True).click()
        await expect(page.get_by_alt_text("Page 5 of 6")).to_be_visible()
        finish = page.get_by_role("button", name="Finish the chapter")
        await finish.scroll_into_view_if_needed()
        await finish.click()
        await page.wait_for_url("**/end")


async def test_a_strip_without_scripts_begins_at_the_page_that_was_asked_for(house: House) -> None:
    async with house.window(PHONE, scripts=False) as (page, _):
        await page.goto(f"{house.places['strip']}?page=5")

        await expect(page.get_by_label("Page", exact=True)).to_have_value("5")
        box = await page.get_by_alt_text("Page 5 of 6").bounding_box()
        assert box and 0 < box["y"] < PHONE[1] / 4, "its top is in sight"


async def test_a_picture_that_does_not_come_has_a_box_with_retry(house: House) -> None:
    async def fail(route: Route) -> None:
        await route.fulfill(status=200, content_type="image/jpeg", body=b"nothing")

    async with house.window(DESK) as (page, _):
        await page.route(re.compile(r"/pages/1\?"), fail)
        await page.goto(f"{house.places['reader']}?page=1")
        await expect(page.get_by_role("heading", name="This page cannot be shown")).to_be_visible()
        await page.unroute_all()
        await page.get_by_role("button", name="Retry").click()
        await steps.shows_page(page, 1)


async def test_a_picture_that_cannot_be_made_has_the_reason_of_the_server(house: House) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=404, content_type="text/plain", body="The image breaks off.")

    async with house.window(DESK) as (page, witness):
        witness.refused = re.compile(r"/pages/1\?")
        await page.route(witness.refused, refuse)
        asked = page.expect_response(lambda answer: "/views?page=1" in answer.url)
        async with asked as chapter:
            await page.goto(f"{house.places['reader']}?page=1")
        await expect(page.get_by_text("The image breaks off.")).to_be_visible()
        assert (await chapter.value).ok
        await expect(page.get_by_text("has changed or is gone")).to_be_hidden()


def _later_place(answer: Response) -> bool:
    """The first page is saved by itself, before or after one goes on."""
    first = b'name="page"\r\n\r\n1\r\n'
    sent = answer.request.post_data_buffer or b""
    return answer.url.endswith("/place") and first not in sent


async def test_a_strip_goes_on_by_itself_and_saves_the_page_reached(house: House) -> None:
    reader = house.places["strip"]
    async with house.window(PHONE) as (page, _):
        await steps.open_reader(page, f"{reader}?page=1")
        async with page.expect_response(_later_place) as saved:
            await page.evaluate("document.querySelector('.strip').scrollTop = 3000")
        assert (await (await saved.value).json())["page"] >= 2
        await expect(page.get_by_label("Page", exact=True)).not_to_have_value("1")


async def test_what_belongs_to_the_reader_passes_axe(house: House) -> None:
    faults = []
    reader = house.places["reader"]
    async with house.window(DESK) as (page, _):
        for path in (f"{reader}/settings", "/account/reading", "/account/devices"):
            await page.goto(path)
            faults += [f"{path}: {one}" for one in await axe.violations_by_day_and_night(page)]

    assert faults == []
