"""From a provider to the shelf: a series is followed, and a new chapter comes by itself."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect
from sqlalchemy import delete, exists, select

from app.library.models import Chapter, Library, Series
from app.library.shelving import count_library
from app.notifications.models import Notification
from tests.e2e.house import DESK, PHONE, House
from tests.e2e.serving import until
from tests.e2e.test_discover import sample, set_up
from tests.providers.control import Controlled

__all__ = ["sample"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
]


@pytest.fixture
async def provider(house: House, sample: Controlled) -> AsyncIterator[House]:
    await set_up(house, {"Kumo": (sample.fake.host, sample.fake.port)})
    yield house
    await set_up(house, {})
    async with house.serving.rows() as session:
        await session.execute(delete(Series).where(~exists().where(Chapter.series_id == Series.id)))
        await session.execute(delete(Notification))
        for library_id in (await session.scalars(select(Library.id))).all():
            await count_library(session, library_id)


@pytest.mark.parametrize(("scripts", "size"), [(True, DESK), (False, PHONE)])
async def test_follow_a_series_and_see_a_new_chapter_come(
    provider: House, sample: Controlled, scripts: bool, size: tuple[int, int]
) -> None:
    async with provider.window(size, scripts=scripts) as (page, _):
        await page.goto("/discover?q=tidal")
        await page.get_by_role("link", name="The Tidal Library", exact=True).click()
        await page.get_by_role("link", name="Follow…").click()
        await expect(page.get_by_text("Creates the series “The Tidal Library” in")).to_be_visible()
        await page.get_by_label("Nothing").check()
        await page.get_by_role("button", name="Follow").click()
        await expect(page.locator("#flashes")).to_contain_text("“The Tidal Library” is followed")
        listed = page.locator("#releases").get_by_text("Ch. 8")

        async def are_listed() -> bool:
            if not scripts:  # else they come by themselves
                await page.reload()
            return bool(await listed.count())

        await until(are_listed, 60)
        series = page.url.removesuffix("/releases")
        await page.goto(series)
        await expect(page.locator(".coming")).to_contain_text("Ch. 8")

        watching = await page.context.new_page()
        await watching.goto("/updates")
        for _each in range(len(sample.fake.series)):
            sample.release()
        await page.goto(f"{series}/sources")
        await expect(page.get_by_text("Chapters are only listed")).to_be_visible()
        await page.get_by_role("button", name=re.compile("^Check now")).click()
        await expect(page.locator("#flashes")).to_contain_text("It is being checked")

        async def has_come() -> bool:
            await page.goto("/updates")
            return bool(await page.get_by_text("Ch. 9", exact=False).count())

        await until(has_come, 60)
        if scripts:
            await expect(watching.locator("#news")).to_contain_text(re.compile("new chapter"))
        await page.goto("/")
        await expect(page.get_by_text(re.compile(r"\d new chapter"))).to_be_visible()
