"""The reader in Chromium, as a person meets it: `python -m bench.reader`.

A real `bunko serve` on loopback and a fresh profile with a cold cache each time; with the processor
as it is, and slowed six times. The raw figure beside the first page is the same image alone in a
tab. Then pages are turned in every mode.
What breaks off is begun anew, so that a busy machine gives slow figures rather than none.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

from playwright.async_api import Error, Page

from bench.report import Figure, report
from bench.window import Reading, reading

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PATIENCE = 60
"""Seconds for one fact, on a machine that has everything else to do as well."""
AGAIN = 3
MODES = (
    {"mode": "ltr"},
    {"mode": "rtl", "layout": "double"},
    {"mode": "vertical", "scale": "width"},
    {"mode": "ltr", "scale": "width", "crop": "yes"},
)
_PAINTED = "window.painted"
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"
"""All that is told of a file alone, a little before it is seen."""
_FILES = """() => {
  const all = performance.getEntriesByType('resource');
  const image = all.find(file => /\\/pages\\/1/.test(file.name));
  const code = all.filter(file => /\\.(js|css)$/.test(file.name));
  return [code.reduce((sum, file) => sum + file.encodedBodySize, 0) / 1000,
          1 + all.filter(file => file.startTime <= image.responseEnd).length];
}"""
_FIRST_BYTE = "performance.getEntriesByType('navigation')[0].responseStart / 1000"
_IS_AHEAD = """() => [...document.querySelectorAll('[data-view] img')]
  .every(image => image.complete && image.naturalWidth)"""
_TURN = """async () => {
  const before = performance.now();
  document.querySelector('[data-turn=next]:not([hidden])').click();
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - before;
}"""


async def measure() -> list[Figure]:
    async with reading() as on:
        return [*await _first_page(on), *await _code(on), *await _turning(on)]


async def until(page: Page, fact: str) -> float:
    """What it says as soon as it says something; a page with our policy evaluates no text itself."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if found := await page.evaluate(fact):
            return float(found)
        await page.wait_for_timeout(50)
    raise TimeoutError(fact)


async def begun_anew[R](work: Callable[[], Awaitable[R]]) -> R:
    """A window that broke or took too long says nothing about the reader: another is opened."""
    for left in reversed(range(AGAIN)):
        try:
            return await work()
        except (Error, TimeoutError) as error:
            print(f"  begun anew: {error}", file=sys.stderr)
            if not left:
                raise
    raise AssertionError("never reached")


async def _first_page(on: Reading) -> list[Figure]:
    figures = []
    for words, rate, target in (("", 1, 0.25), (", processor slowed 6×", 6, 0.6)):
        rounds = [await begun_anew(lambda rate=rate: _opened(on, rate)) for _ in range(ROUNDS)]
        answered, painted, bare = (statistics.median(each) for each in zip(*rounds, strict=True))
        best = min(rounds, key=lambda each: each[1])
        figures += [
            Figure(f"first page painted{words}, median", painted, "s", target),
            Figure(f"  the image alone{words}, median", bare, "s"),
            Figure(f"  both{words}, median of the ratios", _ratio(rounds), "×"),
            Figure(f"  first page painted{words}, best of {ROUNDS}", best[1], "s"),
            Figure(f"  the first byte of the screen{words}, median", answered, "s"),
        ]
    return figures


def _ratio(rounds: list[tuple[float, float, float]]) -> float:
    return statistics.median(painted / bare for _answered, painted, bare in rounds)


async def _opened(on: Reading, rate: int) -> tuple[float, float, float]:
    """Seconds to the first byte, to the first page, and to the same image alone."""
    async with on.window(rate) as page:
        await page.goto(f"{on.paged}?page=1")
        painted = await until(page, _PAINTED)
        answered = await page.evaluate(_FIRST_BYTE)
        image = await page.evaluate("document.querySelector('[data-view] img').currentSrc")
    async with on.window(rate) as page:
        await page.goto(image)
        return answered, painted, await until(page, _LOADED)


async def _code(on: Reading) -> list[Figure]:
    async def weighed() -> tuple[float, float]:
        async with on.window() as page:
            await page.goto(f"{on.paged}?page=1")
            await until(page, _PAINTED)
            await page.wait_for_load_state("networkidle")
            size, asked = await page.evaluate(_FILES)
            return size, asked

    size, asked = await begun_anew(weighed)
    return [
        Figure("code, packed", size, "KB", 20),
        Figure("requests to the first page", asked, "", 12),
    ]


async def _turning(on: Reading) -> list[Figure]:
    turned = [await begun_anew(lambda said=said: _turned(on, said)) for said in MODES]
    times = [each for mode, _shift in turned for each in mode]
    return [
        Figure("turn, fetched ahead, median", statistics.median(times), "ms", 50),
        Figure(f"turn, fetched ahead, worst of {len(times)}", max(times), "ms"),
        *(
            Figure(f"layout shift, {' '.join(said.values())}", shift, "", 0)
            for said, (_times, shift) in zip(MODES, turned, strict=True)
        ),
    ]


async def _turned(on: Reading, said: dict[str, str]) -> tuple[list[float], float]:
    """Milliseconds of seven turns in this mode, and how far anything moved."""
    times = []
    async with on.window() as page:
        await page.goto(f"{on.paged}/settings?scope=series&page=1")
        for name, value in said.items():
            await page.locator(f"#s-{name}").select_option(value)
        await page.get_by_role("button", name="Save").click()
        await page.wait_for_url("**/read/*?page=1")
        for _ in range(7):
            await until(page, _IS_AHEAD)
            await page.wait_for_timeout(400)
            times.append(await page.evaluate(_TURN))
        return times, await page.evaluate("window.shift")


if __name__ == "__main__":
    report("reader", asyncio.run(measure()))
