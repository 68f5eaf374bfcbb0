"""The pictures of the README, taken from a real `bunko serve` over a drawn library.

.venv/bin/bunko demo /tmp/manga
.venv/bin/python deploy/screenshots.py /tmp/manga
"""

import asyncio
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.async_api import Page, async_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e import steps  # noqa: E402
from tests.e2e.house import PHONE, QUIET, READER, House, chromium_path  # noqa: E402
from tests.e2e.serving import Serving, until  # noqa: E402

MOST_BYTES = 120_000
DARK: dict[str, Any] = {"color_scheme": "dark", "device_scale_factor": 2}
READ = (("Salt & Signal", 6), ("Turbine Girls", 4), ("The Lighthouse Keeper's Seven Lies", 9))
SHOWN = "潮騒の図書館"


async def main(manga: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="bunko-shots-") as folder:
        serving = Serving(Path(folder) / "data", manga.parent)
        await serving.start()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=chromium_path(), args=list(QUIET)
                )
                await take_all(House(serving, browser), manga)
        finally:
            await serving.stop()


async def take_all(house: House, manga: Path) -> None:
    async with house.window((1280, 800)) as (page, _):
        await steps.make_owner(page, house.serving.link)
        await steps.add_library(page, manga)
        await steps.wait_for_scan(page, series_in(manga))
        library = page.url
        for title, turns in READ:
            await read(page, title, turns)
        await page.goto(library)
        await take(page, "library")
        house.state = await page.context.storage_state()
    async with house.window(PHONE, more=DARK) as (page, _):
        await page.goto(library)
        await read(page, SHOWN, 3)
        await take(page, "reader-phone")
    async with house.window(READER) as (page, _):
        await page.goto(library)
        await steps.choose_theme(page, "E-ink", "e-ink")
        await take(page, "e-ink")


def series_in(manga: Path) -> int:
    return sum(one.is_dir() for one in manga.iterdir())


async def read(page: Page, title: str, turns: int) -> None:
    await steps.open_series(page, title)
    await page.locator(".hero-acts .btn-primary").click()
    for number in range(2, turns + 2):
        button = page.get_by_role("button", name="Next page").or_(
            page.get_by_role("button", name="Finish the chapter")
        )
        await button.click()
        await page.wait_for_url(f"**/read/*?page={number}" if await is_page(page) else "**/end")
    await page.mouse.move(0, 0)


async def is_page(page: Page) -> bool:
    await page.wait_for_load_state()
    return await page.locator(".stage").count() > 0


async def take(page: Page, name: str) -> None:
    async def is_drawn() -> bool:
        return bool(
            await page.evaluate(
                "[...document.images].every(i => i.complete || i.getBoundingClientRect().top > innerHeight)"
            )
        )

    await until(is_drawn, 60)
    picture = Image.open(io.BytesIO(await page.screenshot()))
    target = ROOT / "docs" / f"{name}.webp"
    for quality in range(90, 30, -5):
        picture.save(target, "WEBP", quality=quality, method=6)
        if target.stat().st_size <= MOST_BYTES:
            break
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).absolute()))
