"""The reader in Chromium, as a person meets it: `python -m bench.reader`.

A real `bunko serve` on loopback and a fresh profile with a cold cache each time; with the processor
as it is, and slowed six times. The raw figure beside the first page is the same image alone in a
tab. A strip of 200 pages is scrolled from end to end.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bench.report import Figure, report
from tests.e2e.house import QUIET, chromium_path
from tests.e2e.serving import Serving
from tests.e2e.shelf import pages

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
NAME, PASSWORD = "Aiko", "four green kites rising"
_PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
  const found = list.getEntries().filter(entry => entry.element && entry.element.tagName === 'IMG');
  if (found.length) done(found[0].startTime / 1000);
}).observe({type: 'largest-contentful-paint', buffered: true}))"""
_CODE = """() => performance.getEntriesByType('resource')
  .filter(file => /\\.(js|css)$/.test(file.name)).reduce((sum, file) => sum + file.encodedBodySize, 0)"""
_BEFORE_IMAGE = """() => {
  const all = performance.getEntriesByType('resource');
  const image = all.find(file => /\\/pages\\/1/.test(file.name));
  return 1 + all.filter(file => file.startTime <= image.responseEnd).length;
}"""
_TURN = """async () => {
  const before = performance.now();
  document.querySelector('[data-turn=next]').click();
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - before;
}"""
_WATCH = """() => {
  window.long = []; window.shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(one => window.long.push(one.duration)))
    .observe({type: 'longtask', buffered: true});
  new PerformanceObserver(list => list.getEntries().forEach(one => { window.shift += one.value; }))
    .observe({type: 'layout-shift', buffered: true});
}"""
_SCROLL = """async () => {
  const strip = document.querySelector('.strip');
  let still = 0;
  while (still < 40) {
    const before = strip.scrollTop;
    strip.scrollTop += 400;
    await new Promise(done => setTimeout(done, 25));
    still = strip.scrollTop === before ? still + 1 : 0;
  }
  return document.querySelectorAll('.strip-page').length;
}"""


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder / "manga")
        serving = Serving(folder / "data", folder)
        await serving.start()
        try:
            _make_ready(folder)
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=chromium_path(), args=list(QUIET)
                )
                return await _figures(browser, serving.origin)
        finally:
            await serving.stop()


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


async def _figures(browser: Browser, origin: str) -> list[Figure]:
    context = await browser.new_context(base_url=origin)
    page = await context.new_page()
    await page.goto("/login")
    await page.get_by_label("Name or email").fill(NAME)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(origin + "/")
    state = await context.storage_state()
    readers = {}
    library = await page.locator("a[href^='/libraries/']").first.get_attribute("href")
    for title in ("Paged", "Strip"):
        await page.goto(str(library))
        await page.locator("main").get_by_role("link", name=title).first.click()
        chapter = page.locator("a[href^='/read/']").first
        readers[title] = str(await chapter.get_attribute("href")).partition("?")[0]
    await context.close()
    return [
        *await _first_page(browser, origin, state, readers["Paged"]),
        *await _turning(browser, origin, state, readers["Paged"]),
        *await _strip(browser, origin, state, readers["Strip"]),
    ]


async def _first_page(browser: Browser, origin: str, state: Any, reader: str) -> list[Figure]:
    figures = []
    for words, rate, target in (("", 1, 0.25), (", processor slowed 6×", 6, 0.6)):
        bare, painted = [], []
        for _ in range(ROUNDS):
            async with _window(browser, origin, state, rate) as page:
                await page.goto(f"{reader}?page=1")
                painted.append(await page.evaluate(_PAINTED))
                image = await page.evaluate("document.querySelector('[data-view] img').currentSrc")
            async with _window(browser, origin, state, rate) as page:
                await page.goto(image)
                bare.append(
                    await page.evaluate(
                        "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"
                    )
                )
        figures.append(
            Figure(f"first page painted{words}", statistics.median(painted), "s", target)
        )
        figures.append(Figure(f"  the image alone{words}", statistics.median(bare), "s"))
    async with _window(browser, origin, state, 1) as page:
        await page.goto(f"{reader}?page=1", wait_until="networkidle")
        figures.append(Figure("code, packed", await page.evaluate(_CODE) / 1000, "KB", 20))
        asked = await page.evaluate(_BEFORE_IMAGE)
        figures.append(Figure("requests to the first page", asked, "", 12))
    return figures


async def _turning(browser: Browser, origin: str, state: Any, reader: str) -> list[Figure]:
    async with _window(browser, origin, state, 1) as page:
        await page.add_init_script(f"({_WATCH})()")
        await page.goto(f"{reader}?page=1", wait_until="networkidle")
        times = []
        for _ in range(15):
            times.append(await page.evaluate(_TURN))
            await page.wait_for_load_state("networkidle")
        shift = await page.evaluate("window.shift")
    return [
        Figure("turn, fetched ahead, median", statistics.median(times), "ms", 50),
        Figure("turn, fetched ahead, worst of 15", max(times), "ms"),
        Figure("layout shift while turning", shift, "", 0),
    ]


async def _strip(browser: Browser, origin: str, state: Any, reader: str) -> list[Figure]:
    async with _window(browser, origin, state, 1) as page:
        await page.add_init_script(f"({_WATCH})()")
        await page.goto(f"{reader}?page=1", wait_until="networkidle")
        kept = await page.evaluate(_SCROLL)
        long, shift = await page.evaluate("[window.long, window.shift]")
        reached = await page.locator("#page-n").input_value()
    return [
        Figure("strip of 200 pages: page reached", float(reached), "", 200, at_least=True),
        Figure("strip: longest task", max(long, default=0.0), "ms", 50),
        Figure("strip: pages kept in the document", kept, ""),
        Figure("strip: layout shift", shift, "", 0),
    ]


class _window:
    """A fresh profile, with a processor that many times slower."""

    def __init__(self, browser: Browser, origin: str, state: Any, rate: int) -> None:
        self.browser, self.origin, self.state, self.rate = browser, origin, state, rate
        self.context: BrowserContext | None = None

    async def __aenter__(self) -> Page:
        self.context = await self.browser.new_context(
            base_url=self.origin, storage_state=self.state, viewport={"width": 800, "height": 1000}
        )
        page = await self.context.new_page()
        if self.rate > 1:
            client = await self.context.new_cdp_session(page)
            await client.send("Emulation.setCPUThrottlingRate", {"rate": self.rate})
        return page

    async def __aexit__(self, *_: object) -> None:
        assert self.context is not None
        await self.context.close()


if __name__ == "__main__":
    report("reader", asyncio.run(measure()))
