"""A provider goes down, which is seen, and recovers by itself: with scripts, and without."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import delete

from app.notifications.models import Notification
from app.providers.models import Provider
from tests.e2e import axe
from tests.e2e.house import DESK, PHONE, House
from tests.e2e.serving import until
from tests.providers.fake_mangadex import FakeMangaDex, FakeSeries, a_fake, many
from tests.providers.faking import fresh_host
from tests.providers.test_checking import PICTURE

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
]


@pytest.fixture
async def fake(house: House) -> AsyncIterator[FakeMangaDex]:
    async with a_fake(fresh_host()) as fake:
        fake.is_strict = False
        chapters = many(2)
        for chapter in chapters:
            chapter.pages = [PICTURE]
        fake.series.append(FakeSeries("lantern", {"en": "Iron Lantern"}, chapters=chapters))
        yield fake
    async with house.serving.rows() as session:
        for kind in (Provider, Notification):
            await session.execute(delete(kind))


async def _add(page: Page, fake: FakeMangaDex) -> None:
    await page.goto("/admin/providers")
    await page.get_by_role("link", name="Add a provider").first.click()
    await page.get_by_role("link", name="MangaDex").click()
    await page.get_by_label("Name", exact=True).fill("Tidepool")
    await page.get_by_text("Other addresses").click()
    for label in ("Address of its interface", "Address of its covers", "Address for reports"):
        await page.get_by_label(label).fill(fake.url)
    await page.get_by_label("Hosts on your own network").fill(f"{fake.host}:{fake.port}")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Tidepool", level=1)).to_be_visible()


async def _test_until(page: Page, word: str, *, scripts: bool) -> None:
    """Without scripts one loads the screen again; with them it changes by itself."""
    shown = page.locator("#provider .state", has_text=re.compile(word)).first

    async def is_so() -> bool:
        if not await page.get_by_text("It is being asked").count():
            async with page.expect_event("load"):
                await page.get_by_role("button", name="Test now").click()
        elif not scripts:
            await page.reload()
        return bool(await shown.count())

    await until(is_so, 90)


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_provider_goes_down_is_seen_and_recovers(
    house: House, fake: FakeMangaDex, scripts: bool
) -> None:
    async with house.window(PHONE if scripts else DESK, scripts=scripts) as (page, _):
        await _add(page, fake)
        await _test_until(page, "Healthy", scripts=scripts)
        told = page.get_by_text("The first page is 60 × 90 pixels.")
        await expect(told.first).to_be_visible()

        fake.trouble("500")
        await _test_until(page, "Down", scripts=scripts)
        await page.goto("/notifications")
        await expect(page.get_by_text("“Tidepool” is down.").first).to_be_visible()
        await page.goto("/admin/providers")
        await expect(page.locator(".table .state", has_text="Down")).to_be_visible()
        if scripts:
            assert await axe.violations(page) == []

        fake.recover()
        await page.get_by_role("link", name="Tidepool").first.click()
        await _test_until(page, "Healthy|Struggling", scripts=scripts)
        await page.goto("/notifications")
        await expect(page.get_by_text("“Tidepool” answers again.").first).to_be_visible()
