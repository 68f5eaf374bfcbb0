"""The reader in Chromium, as a person meets it: `python -m bench.reader`.

A real `bunko serve` on loopback and a fresh profile with a cold cache each time; with the processor
as it is, and slowed six times. The raw figure beside the first page is the same image alone in a
tab. Pages are turned in every mode, and a strip of 200 is scrolled. Every wait has an end, so that
a slow machine gives slow figures rather than none.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from bench.report import Figure, report
from tests.e2e.house import QUIET, chromium_path
from tests.e2e.serving import Serving
from tests.e2e.shelf import pages

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = 300
NAME, PASSWORD = "Aiko", "four green kites rising"
MODES = (
    {"mode": "ltr"},
    {"mode": "rtl", "layout": "double"},
    {"mode": "vertical", "scale": "width"},
    {"mode": "ltr", "scale": "width", "crop": "yes"},
)
_WATCH = """
window.long = []; window.shift = 0; window.painted = 0;
const watch = (type, each) => new PerformanceObserver(list => list.getEntries().forEach(each))
  .observe({type, buffered: true});
watch('longtask', one => window.long.push(one.duration));
watch('layout-shift', one => { window.shift += one.value; });
document.addEventListener('load', event => {
  const isPage = event.target.tagName === 'IMG' && event.target.closest('[data-view]');
  if (isPage && !window.painted) requestAnimationFrame(() => setTimeout(() => {
    window.painted = window.painted || performance.now() / 1000;
  }));
}, true);
"""
_FILES = """() => {
  const all = performance.getEntriesByType('resource');
  const image = all.find(file => /\\/pages\\/1/.test(file.name));
  const code = all.filter(file => /\\.(js|css)$/.test(file.name));
  return [code.reduce((sum, file) => sum + file.encodedBodySize, 0) / 1000,
          1 + all.filter(file => file.startTime <= image.responseEnd).length];
}"""
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"
_IS_AHEAD = """() => [...document.querySelectorAll('[data-view] img')]
  .every(image => image.complete && image.naturalWidth)"""
_TURN = """async () => {
  const before = performance.now();
  document.querySelector('[data-turn=next]:not([hidden])').click();
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - before;
}"""
_SCROLL = """async () => {
  const strip = document.querySelector('.strip');
  const until = performance.now() + 90000;
  let still = 0, most = 0;
  while (still < 200 && performance.now() < until) {
    const before = strip.scrollTop;
    strip.scrollTop += 600;
    await new Promise(done => setTimeout(done, 25));
    still = strip.scrollTop === before ? still + 1 : 0;
    most = Math.max(most, strip.querySelectorAll('.strip-page').length);
  }
  return most;
}"""


@dataclass(frozen=True)
class Reading:
    """Somebody signed in, and the addresses of what they read."""

    browser: Browser
    origin: str
    state: Any
    paged: str
    strip: str

    @asynccontextmanager
    async def window(self, rate: int = 1) -> AsyncIterator[Page]:
        """A fresh profile, with a processor that many times slower."""
        context = await self.browser.new_context(
            base_url=self.origin, storage_state=self.state, viewport={"width": 800, "height": 1000}
        )
        context.set_default_timeout(30_000)
        await context.add_init_script(_WATCH)
        page = await context.new_page()
        if rate > 1:
            client = await context.new_cdp_session(page)
            await client.send("Emulation.setCPUThrottlingRate", {"rate": rate})
        yield page
        await context.close()


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder / "manga")
        serving = Serving(folder / "data", folder)
        await serving.start()
        try:
            _make_ready(folder)
            async with asyncio.timeout(SECONDS), async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=chromium_path(), args=list(QUIET)
                )
                reading = await _sign_in(browser, serving.origin)
                steps = (_first_page, _turning, _strip)
                return [figure for step in steps for figure in await _told(step, reading)]
        finally:
            await serving.stop()


async def _told(step: Any, reading: Reading) -> list[Figure]:
    figures: list[Figure] = await step(reading)
    for figure in figures:
        print(f"  {figure.name}: {figure.value:.3f} {figure.unit}", file=sys.stderr, flush=True)
    return figures


async def _once(page: Page, fact: str) -> float:
    """What it says as soon as it says something; a page with our policy evaluates no text itself."""
    for _ in range(600):
        if found := await page.evaluate(fact):
            return float(found)
        await page.wait_for_timeout(50)
    raise TimeoutError(fact)


def _fill(folder: Path) -> None:
    for title, number, size in (("Paged", 20, (1200, 1800)), ("Strip", 200, (800, 2400))):
        file = folder / title / f"{title} c001.cbz"
        file.parent.mkdir(parents=True)
        with zipfile.ZipFile(file, "w") as archive:
            for at, page in enumerate(pages(number, *size), 1):
                archive.writestr(f"{at:03}.jpg", page)


def _make_ready(folder: Path) -> None:
    bunko = str(Path(sys.executable).with_name("bunko"))
    data = ("--data", str(folder / "data"))
    for words in (
        ("user", "create", NAME, "--admin", "--password-stdin"),
        ("library", "add", "Manga", str(folder / "manga")),
        ("scan", "--wait"),
    ):
        subprocess.run(
            [bunko, *words, *data], input=PASSWORD + "\n", text=True, check=True, stdout=2
        )


async def _sign_in(browser: Browser, origin: str) -> Reading:
    context = await browser.new_context(base_url=origin)
    context.set_default_timeout(30_000)
    page = await context.new_page()
    await page.goto("/login")
    await page.get_by_label("Name or email").fill(NAME)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(origin + "/")
    library = await page.locator("a[href^='/libraries/']").first.get_attribute("href")
    readers = {}
    for title in ("Paged", "Strip"):
        await page.goto(str(library))
        series = page.locator("main a[href^='/series/']").filter(has_text=title)
        await page.goto(str(await series.first.get_attribute("href")))
        chapter = page.locator("a[href^='/read/']").first
        readers[title.lower()] = str(await chapter.get_attribute("href")).partition("?")[0]
    state = await context.storage_state()
    await context.close()
    return Reading(browser, origin, state, **readers)


async def _first_page(reading: Reading) -> list[Figure]:
    figures = []
    for words, rate, target in (("", 1, 0.25), (", processor slowed 6×", 6, 0.6)):
        bare, painted = [], []
        for _ in range(ROUNDS):
            async with reading.window(rate) as page:
                await page.goto(f"{reading.paged}?page=1")
                painted.append(await _once(page, "window.painted"))
                image = await page.evaluate("document.querySelector('[data-view] img').currentSrc")
            async with reading.window(rate) as page:
                await page.goto(image)
                bare.append(await page.evaluate(_LOADED))
        figures += [
            Figure(f"first page painted{words}", statistics.median(painted), "s", target),
            Figure(f"  the image alone{words}", statistics.median(bare), "s"),
        ]
    async with reading.window() as page:
        await page.goto(f"{reading.paged}?page=1")
        await _once(page, "window.painted")
        size, asked = await page.evaluate(_FILES)
    return [
        *figures,
        Figure("code, packed", size, "KB", 20),
        Figure("requests to the first page", asked, "", 12),
    ]


async def _turning(reading: Reading) -> list[Figure]:
    figures, times = [], []
    for said in MODES:
        async with reading.window() as page:
            await page.goto(f"{reading.paged}/settings?scope=series&page=1")
            for name, value in said.items():
                await page.locator(f"#s-{name}").select_option(value)
            await page.get_by_role("button", name="Save").click()
            await page.wait_for_url("**/read/*?page=1")
            for _ in range(7):
                await _once(page, _IS_AHEAD)
                await page.wait_for_timeout(400)
                times.append(await page.evaluate(_TURN))
            shift = await page.evaluate("window.shift")
            figures.append(Figure(f"layout shift, {' '.join(said.values())}", shift, "", 0))
    return [
        Figure("turn, fetched ahead, median", statistics.median(times), "ms", 50),
        Figure(f"turn, fetched ahead, worst of {len(times)}", max(times), "ms"),
        *figures,
    ]


async def _strip(reading: Reading) -> list[Figure]:
    async with reading.window() as page:
        await page.goto(f"{reading.strip}?page=1")
        await _once(page, "window.painted")
        begun = await page.evaluate("window.long.length")
        most = await page.evaluate(_SCROLL)
        long, shift = await page.evaluate("[window.long, window.shift]")
        reached = await page.locator("#page-n").input_value()
    tasks = long[begun:]
    return [
        Figure("strip of 200 pages: page reached", float(reached), "", 200, at_least=True),
        Figure("strip: tasks over 50 ms while it scrolls", len(tasks), "", 0),
        Figure("strip: the longest of them", max(tasks, default=0.0), "ms"),
        Figure("strip: pages in the document at most", most, "", 60),
        Figure("strip: layout shift", shift, "", 0),
    ]


if __name__ == "__main__":
    report("reader", asyncio.run(measure()))
