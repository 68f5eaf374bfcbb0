"""Every mode × layout × window of the reader, on a chapter with a wide page; the pictures are kept."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e import axe
from tests.e2e.house import DESK, PHONE, READER, TABLET, House
from tests.e2e.test_reader import KINDLE, alts, choose, forget

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.night,
    pytest.mark.timeout(900),
]

type Size = tuple[int, int]

E_INK: dict[Size, str] = {
    READER: "e-ink-600",
    (758, 1024): "e-ink-758",
    (1072, 1448): "e-ink-1072",
}
ACROSS, STRIPS = ("ltr", "rtl"), ("webtoon", "continuous")
KINDS = [
    *product(ACROSS, ("single", "double-cover", "double")),
    *product(("vertical", *STRIPS), ("single",)),  # two abreast are for pages across alone
]
NARROW, WIDE = 1, 3
"""Pages of the chapter."""


@pytest.mark.parametrize("size", [PHONE, TABLET, DESK, *E_INK], ids=str)
@pytest.mark.parametrize("scripts", [False, True], ids=["scripts off", "scripts on"])
async def test_every_mode_layout_and_size_of_window(
    house: House, scripts: bool, size: Size, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pictures = tmp_path_factory.mktemp("reader-pictures")
    faults = []
    async with house.window(size, scripts=scripts, more=_browser(size)) as (page, _):
        reader = await _chapter_with_a_wide_page(page, house)
        if size in E_INK:
            await _become(page, E_INK[size])
        for mode, layout in KINDS:
            await choose(page, reader, mode=mode, layout=layout)
            for number in (NARROW, WIDE):
                await page.goto(f"{reader}?page={number}", wait_until="networkidle")
                name = f"{mode}-{layout}-{number}"
                await page.screenshot(path=Path(pictures) / f"{name}.png")
                faults += [f"{name}: {one}" for one in await _faults(page, size, mode, number)]
            if scripts:  # without them axe itself waits for ever
                faults += [f"{mode}-{layout}: {one}" for one in await axe.violations(page)]
        await forget(page, reader)

    assert faults == []


def _browser(size: Size) -> dict[str, Any]:
    screen = {"screen": {"width": size[0], "height": size[1]}}
    return {"user_agent": KINDLE, **screen} if size in E_INK else screen


async def _chapter_with_a_wide_page(page: Page, house: House) -> str:
    await page.goto(f"{house.places['reader from the right']}/chapters")
    second = page.locator("main a[href^='/read/']").filter(has_text="Ch. 2")
    return str(await second.first.get_attribute("href")).partition("?")[0]


async def _become(page: Page, profile: str) -> None:
    await page.goto("/account/devices")
    await page.get_by_role("button", name="Add this device").click()
    await page.get_by_label("Kind").select_option(profile)
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/account/devices")


async def _faults(page: Page, size: Size, mode: str, number: int) -> list[str]:
    faults = []
    root = "document.documentElement"
    if await page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") > 0:
        faults.append("scrolls sideways")
    shown = await alts(page)
    if not shown:
        faults.append("shows no page")
    if mode in STRIPS:
        return faults
    if number == WIDE and shown != [_wide_alone(size, mode)]:
        faults.append(f"shows {shown} where a wide page stands")
    for one in await page.locator("[data-view] img").all():
        box = await one.bounding_box()
        if not box or box["y"] < 0 or box["y"] + box["height"] > size[1] + 1:
            faults.append(f"a picture at {box}")
        if not await one.evaluate("image => image.complete && image.naturalWidth > 0"):
            faults.append("a picture that is not there")
        if size in E_INK and "dither=16" not in str(await one.get_attribute("src")):
            faults.append("more than sixteen levels")
    return faults


def _wide_alone(size: Size, mode: str) -> str:
    """On e-ink a wide page is split, and the half that is read first comes first."""
    if size not in E_INK:
        return f"Page {WIDE} of 4"
    return f"{'Right' if mode == 'rtl' else 'Left'} half of page {WIDE} of 4"
