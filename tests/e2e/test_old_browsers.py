"""A reading device of 2017 ignores rules it does not know. Without them every screen still stands."""

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import pytest
import tinycss2
from playwright.async_api import Page, Route

from tests.e2e.house import READER, House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

UNKNOWN = frozenset(("layer", "property", "supports", "container", "starting-style"))
SCREENS = (
    "home",
    "library",
    "series",
    "reader",
    "strip",
    "end",
    "new library",
    "people",
    "account",
)

_BROKEN = """() => {
  const faults = [];
  const wide = document.documentElement.clientWidth;
  const box = selector => { const one = document.querySelector(selector); return one && one.getBoundingClientRect(); };
  if (document.documentElement.scrollWidth > wide) faults.push('scrolls sideways');
  for (const icon of document.querySelectorAll('svg.icon'))
    if (icon.checkVisibility() && icon.getBoundingClientRect().width > 40) faults.push('an icon as large as the screen');
  for (const cover of document.querySelectorAll('.cover')) {
    const {width, height} = cover.getBoundingClientRect();
    if (width && Math.abs(height / width - 1.5) > .02) faults.push(`a cover of ${width}×${height}`);
  }
  const page = box('.stage img');
  if (page && (page.width > wide || page.bottom > innerHeight)) faults.push('a page that does not fit');
  const grid = document.querySelectorAll('.grid > li');
  if (grid.length > 1 && grid[1].getBoundingClientRect().left <= grid[0].getBoundingClientRect().left)
    faults.push('a grid in one column');
  if (getComputedStyle(document.body).fontFamily.includes('Times')) faults.push('the font of an unstyled page');
  return faults;
}"""


async def test_screens_of_a_reading_device_stand_without_newer_css(
    house: House, tmp_path: Path
) -> None:
    faults = []
    async with house.window(READER) as (page, _):
        await page.route("**/*.css", without(UNKNOWN))
        for name in SCREENS:
            await page.goto(house.places[name], wait_until="load")
            await page.screenshot(path=tmp_path / f"{name}.png")
            faults += [f"{name}: {one}" for one in await found(page)]

    assert faults == []


def without(names: frozenset[str]) -> Callable[[Route], Awaitable[None]]:
    async def answer(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, body=stripped(await response.text(), names))

    return answer


@cache
def stripped(sheet: str, names: frozenset[str]) -> str:
    rules = tinycss2.parse_stylesheet(sheet)
    kept = [one for one in rules if getattr(one, "lower_at_keyword", "") not in names]
    return str(tinycss2.serialize(kept))


async def test_the_check_notices_a_screen_without_its_style_sheet(house: House) -> None:
    async with house.window(READER) as (page, _):
        await page.route("**/*.css", lambda route: route.fulfill(body="", content_type="text/css"))
        await page.goto(house.places["library"])

        assert await found(page)


async def found(page: Page) -> list[str]:
    return list(await page.evaluate(_BROKEN))
