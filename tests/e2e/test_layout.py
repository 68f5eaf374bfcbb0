"""Screens fit, stay still, and can be hit with a finger."""

import pytest

from tests.e2e import axe
from tests.e2e.house import DESK, PHONE, READER, TABLET, House
from tests.e2e.survey import SMALLEST, TOO_WIDE, Survey

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),  # the first one starts a server and fills it
]

ZOOMED = (640, 450)
"""What is left of a desk's 1280 × 900 where the browser shows everything twice as large."""
# What is nothing in four places is an icon that was drawn before the word beside it had come. On a slow
# machine the beginning of a screen is drawn before its end was read: until all of it was, only a jump
# that one sees counts.
_SHIFTS = """() => {
  window.shifts = [];
  let whole = Infinity;
  document.addEventListener('DOMContentLoaded', () =>
    requestAnimationFrame(() => setTimeout(() => { whole = performance.now(); })));
  const least = entry => entry.startTime > whole ? 0.00005 : 0.01;
  new PerformanceObserver(list => list.getEntries().filter(entry => entry.value >= least(entry)).forEach(entry => window.shifts.push(
    `${entry.value.toFixed(4)}: ` + entry.sources.map(({node, previousRect: a, currentRect: b}) =>
      `${node && node.nodeName} ${node && node.className} ${a.x},${a.y} ${a.width}×${a.height} to ${b.x},${b.y} ${b.width}×${b.height}`).join('; ')
  ))).observe({type: 'layout-shift', buffered: true});
}"""


def more_places(house: House) -> dict[str, str]:
    """Screens that only the night looks at: each costs a second in every test."""
    series, library = house.places["series"], house.places["library"]
    return {
        "favourites": "/favourites",
        "collections": "/collections",
        "new collection": "/collections/new",
        "reading lists": "/lists",
        "new reading list": "/lists/new",
        "import of a list": "/lists/import",
        "adding to a list": f"{series}/lists",
        "adding to a collection": f"{series}/collections",
        "part of a series": f"{series}/range",
        "trash of a series": f"{series}/trash",
        "sources of a series": f"{series}/sources",
        "list of chapters": f"{series}?view=list&order=newest",
        "search without words": "/search",
        "search that finds nothing": "/search?q=xylophone",
        "chapters found": "/search?q=day&kind=chapters",
        "tags": f"{library}/filters/tag",
        "small covers": f"{library}?density=dense",
        "updates": "/updates",
        "downloads": "/downloads",
        "notifications": "/notifications",
        "providers": "/admin/providers",
        "jobs": "/admin/jobs",
        "audit": "/admin/audit",
        "trash": f"{house.places['library settings']}/trash",
    }


def test_no_screen_scrolls_sideways_on_a_phone(seen: Survey) -> None:
    assert seen.wide == []


@pytest.mark.night
@pytest.mark.parametrize(
    "size", [SMALLEST, ZOOMED, TABLET, DESK, READER, (1920, 1080), (3840, 2160)], ids=str
)
@pytest.mark.parametrize("theme", ["light", "e-ink"])
async def test_no_screen_scrolls_sideways_anywhere(
    house: House, size: tuple[int, int], theme: str
) -> None:
    found = []
    async with house.window(size) as (page, _):
        for name, path in {**house.places, **more_places(house)}.items():
            await page.goto(path)
            await axe.wear(page, theme)
            found += [f"{name}: {one}" for one in await page.evaluate(TOO_WIDE)]

    assert found == []


def test_everything_to_touch_is_as_large_as_a_finger(seen: Survey) -> None:
    assert seen.small == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("place", ["home", "library", "series", "reader"])
async def test_nothing_jumps_while_a_screen_loads_and_scrolls(
    house: House, place: str, size: tuple[int, int]
) -> None:
    async with house.window(size) as (page, _):
        await page.add_init_script(f"({_SHIFTS})()")
        await page.goto(house.places[place], wait_until="networkidle")
        await page.mouse.wheel(0, 20_000)
        await page.wait_for_load_state("networkidle")
        await page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
        )

        assert await page.evaluate("window.shifts") == []
