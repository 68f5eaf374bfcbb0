"""The reader under fingers: a swipe, two of them apart, two taps, one that moves the page about."""

import asyncio
import time

import pytest
from playwright.async_api import CDPSession, Page, expect

from tests.e2e import steps
from tests.e2e.house import PHONE, House
from tests.e2e.serving import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

type Point = tuple[float, float]

MIDDLE = PHONE[1] / 2


class Hand:
    """Fingers on the glass, each known by its number."""

    def __init__(self, client: CDPSession) -> None:
        self.client = client

    async def moves(self, *paths: tuple[Point, Point], by: int = 6) -> None:
        """Every finger goes from the first of its points to the second, all at once."""
        await self._are("touchStart", [start for start, _end in paths])
        for step in range(1, by + 1):
            at = [
                (
                    start[0] + (end[0] - start[0]) * step / by,
                    start[1] + (end[1] - start[1]) * step / by,
                )
                for start, end in paths
            ]
            await self._are("touchMove", at)
        await self._are("touchEnd", [])

    async def taps_twice(self, at: Point) -> None:
        """As quickly as people do, however long the machine takes over it."""
        began = time.time() - 1
        for moment in (0, 0.15):
            # Together: a finger that stays for half a second asks for the browser's own menu.
            await asyncio.gather(
                self._are("touchStart", [at], began + moment),
                self._are("touchEnd", [], began + moment + 0.03),
            )

    async def _are(self, what: str, points: list[Point], moment: float | None = None) -> None:
        touches = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        said = {"type": what, "touchPoints": touches, "timestamp": moment or time.time()}
        await self.client.send("Input.dispatchTouchEvent", said)


async def _scale(page: Page) -> float:
    return float(
        await page.locator("[data-view]").evaluate(
            "view => new DOMMatrix(getComputedStyle(view).transform).a"
        )
    )


async def _comes_to(page: Page, least: float, most: float) -> None:
    async def is_there() -> bool:
        return least <= await _scale(page) <= most

    await until(is_there, 10)


async def test_a_finger_turns_two_look_closer_and_one_moves_about_then(house: House) -> None:
    async with house.window(PHONE) as (page, _):
        hand = Hand(await page.context.new_cdp_session(page))
        await steps.open_reader(page, f"{house.places['reader']}?page=1")
        await hand.moves(((300, MIDDLE), (60, MIDDLE + 10)))
        await steps.shows_page(page, 2)
        await hand.moves(((60, MIDDLE), (300, MIDDLE - 10)))
        await steps.shows_page(page, 1)

        await hand.moves(((170, MIDDLE), (80, MIDDLE)), ((190, MIDDLE), (280, MIDDLE)))
        await _comes_to(page, 3, 6)
        picture = page.locator("[data-view] img")
        before = await picture.bounding_box()
        await hand.moves(((100, MIDDLE), (260, MIDDLE)))

        async def has_moved() -> bool:
            after = await picture.bounding_box()
            return bool(before and after and after["x"] - before["x"] > 100)

        await until(has_moved, 10)
        await steps.shows_page(page, 1)


async def test_two_taps_look_closer_and_back_and_so_do_keys(house: House) -> None:
    async with house.window(PHONE) as (page, _):
        hand = Hand(await page.context.new_cdp_session(page))
        await steps.open_reader(page, f"{house.places['reader']}?page=1")
        bars = page.get_by_role("button", name="Go", exact=True)
        was_visible = await bars.is_visible()

        for scale in (2.5, 1):
            await hand.taps_twice((PHONE[0] / 2, MIDDLE))
            await _comes_to(page, scale, scale)
            await expect(bars).to_be_visible(visible=was_visible)
        for key, scale in (("+", 1.25), ("0", 1)):
            await page.keyboard.press(key)
            await _comes_to(page, scale, scale)
        await steps.shows_page(page, 1)


async def test_from_the_right_a_finger_turns_the_other_way(house: House) -> None:
    async with house.window(PHONE) as (page, _):
        hand = Hand(await page.context.new_cdp_session(page))
        await steps.open_reader(page, f"{house.places['reader from the right']}?page=1")

        await hand.moves(((60, MIDDLE), (300, MIDDLE)))

        await steps.shows_page(page, 2)
