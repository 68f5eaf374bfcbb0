"""The first view of a library on a phone whose processor is slowed six times:
`python -m bench.first_view`.

A real `bunko serve` on loopback; a fresh profile with a cold cache each time. "Seen" is when every
cover in the window is painted; before that the titles can be read. What the browser and the machine
need by themselves is the first paint of an almost empty page in the same rounds: `/healthz`.
"""

import asyncio
import os
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from bench.report import Figure, report
from tests.e2e import shelf, steps
from tests.e2e.house import PHONE, QUIET, House, chromium_path
from tests.e2e.serving import Serving

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = 170
SLOWED = 6
DOTS = {"device_scale_factor": 3, "is_mobile": True}
"""As phones have them: they decide which of two covers is taken."""
_WATCH = """
window.shift = 0; window.seen = 0;
new PerformanceObserver(list => list.getEntries().forEach(one => { window.shift += one.value; }))
  .observe({type: 'layout-shift', buffered: true});
const look = () => {
  const covers = [...document.querySelectorAll('main .grid img')]
    .filter(image => image.getBoundingClientRect().top < innerHeight);
  if (!window.seen && covers.length && covers.every(image => image.complete && image.naturalWidth))
    requestAnimationFrame(() => setTimeout(() => { window.seen = window.seen || performance.now(); }));
};
document.addEventListener('load', look, true);
"""
_PAINTED = (
    "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime / 1000)[0]"
)
_FIGURES = f"""() => [
  {_PAINTED},
  window.seen / 1000,
  window.shift,
  performance.getEntriesByType('navigation')[0].encodedBodySize / 1000,
]"""


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        manga = shelf.build(Path(name) / "disk" / "manga")
        serving = Serving(Path(name) / "data", manga.parent)
        await serving.start()
        try:
            async with asyncio.timeout(SECONDS), async_playwright() as playwright:
                path = chromium_path()
                browser = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
                house = House(serving, browser)
                library = await _move_in(house, manga)
                return [
                    figure
                    for words, rate in (("", 1), (f", processor slowed {SLOWED}×", SLOWED))
                    for figure in await _views(house, library, words, rate)
                ]
        finally:
            await serving.stop()


async def _move_in(house: House, manga: Path) -> str:
    """The address of the library, whose covers have all been made."""
    async with house.window() as (page, _):
        await steps.make_owner(page, house.serving.link)
        await steps.add_library(page, manga)
        await steps.wait_for_scan(page, shelf.SERIES_COUNT)
        house.state = await page.context.storage_state()
        await page.wait_for_load_state("networkidle")
        return page.url.removeprefix(house.origin)


async def _views(house: House, library: str, words: str, rate: int) -> list[Figure]:
    rounds, bare = [], []
    for _ in range(ROUNDS):
        async with _slowed(house, rate) as page:
            await page.goto("/healthz")
            painted = await page.wait_for_function(_PAINTED)
            bare.append(float(await painted.json_value()))
        async with _slowed(house, rate) as page:
            await page.add_init_script(_WATCH)
            await page.goto(library)
            rounds.append(await _seen(page))
    first, seen, shift, size = (statistics.median(each) for each in zip(*rounds, strict=True))
    return [
        Figure(f"an almost empty page painted{words}", statistics.median(bare), "s"),
        Figure(f"first paint{words}", first, "s"),
        Figure(f"covers seen{words}", seen, "s", 1.0),
        Figure(f"layout shift{words}", shift, "", 0),
        Figure(f"HTML, packed{words}", size, "KB", 12),
    ]


@asynccontextmanager
async def _slowed(house: House, rate: int) -> AsyncIterator[Page]:
    async with house.window(PHONE, more=DOTS) as (page, _witness):
        client = await page.context.new_cdp_session(page)
        await client.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        yield page


async def _seen(page: Page) -> list[float]:
    for _ in range(600):
        if await page.evaluate("() => window.seen"):
            found: list[float] = await page.evaluate(_FIGURES)
            return found
        await page.wait_for_timeout(50)
    raise TimeoutError("no cover was seen")


if __name__ == "__main__":
    report("first view of the library on a phone", asyncio.run(measure()))
