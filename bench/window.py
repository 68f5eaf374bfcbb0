"""Windows of Chromium on a real `bunko serve` with two chapters: one of pages, one long strip."""

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

from tests.e2e.house import QUIET, chromium_path
from tests.e2e.serving import Serving
from tests.e2e.shelf import pages

NAME, PASSWORD = "Aiko", "four green kites rising"
STRIP_PAGES = 200
_PATIENCE_MS = 120_000
_WATCH = """
window.shift = window.painted = 0;
const watch = (type, each) => new PerformanceObserver(list => list.getEntries().forEach(each))
  .observe({type, buffered: true});
watch('layout-shift', one => { window.shift += one.value; });
watch('largest-contentful-paint', one => {
  if (one.element && one.element.tagName === 'IMG')
    window.painted = window.painted || one.startTime / 1000;
});
"""


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
        context.set_default_timeout(_PATIENCE_MS)
        try:
            await context.add_init_script(_WATCH)
            page = await context.new_page()
            if rate > 1:
                client = await context.new_cdp_session(page)
                await client.send("Emulation.setCPUThrottlingRate", {"rate": rate})
            yield page
        finally:
            await context.close()


@asynccontextmanager
async def reading() -> AsyncIterator[Reading]:
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
                yield await _signed_in(browser, serving.origin)
        finally:
            await serving.stop()


def _fill(folder: Path) -> None:
    for title, number, size in (("Paged", 20, (1200, 1800)), ("Strip", STRIP_PAGES, (800, 2400))):
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


async def _signed_in(browser: Browser, origin: str) -> Reading:
    context = await browser.new_context(base_url=origin)
    context.set_default_timeout(_PATIENCE_MS)
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
