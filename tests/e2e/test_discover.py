"""From a search at all providers to a series at one of them, with scripts and without."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import delete

from app.providers.models import Health, Provider
from tests.e2e import axe
from tests.e2e.house import DESK, PHONE, House
from tests.e2e.survey import TOO_WIDE
from tests.providers.control import Controlled
from tests.providers.faking import fresh_host, on_loopback
from tests.providers.sample import a_sample

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
]


async def set_up(house: House, places: dict[str, tuple[str, int]]) -> None:
    """These providers and no others."""
    async with house.serving.rows() as session:
        await session.execute(delete(Provider))
        for name, (host, port) in places.items():
            url = f"http://{host}:{port}"
            options = {"api": url, "uploads": url, "report": f"{url}/report", "site": url}
            session.add(
                Provider(
                    name=name,
                    driver="mangadex",
                    options={**options, "requests_per_second": 50},
                    health=Health.HEALTHY,
                    allowed=[f"{host}:{port}"],
                )
            )


@asynccontextmanager
async def on_its_own_host(sample: Controlled) -> AsyncIterator[Controlled]:
    sample.fake.host, sample.fake.is_strict, sample.fake.pictures_host = fresh_host(), False, None
    async with on_loopback(sample, sample.fake.host) as sample.fake.port:
        yield sample


@pytest.fixture
async def sample() -> AsyncIterator[Controlled]:
    async with on_its_own_host(a_sample()) as sample:
        yield sample


@pytest.fixture
async def providers(house: House, sample: Controlled) -> AsyncIterator[House]:
    """One that answers, and one that hangs."""
    mute = a_sample().fake
    mute.host = fresh_host()
    mute.trouble("time-out")
    async with on_loopback(mute, mute.host) as port:
        await set_up(
            house, {"Kumo": (sample.fake.host, sample.fake.port), "Harbour": (mute.host, port)}
        )
        yield house
        await set_up(house, {})


@pytest.mark.parametrize(("scripts", "size"), [(True, DESK), (False, PHONE)])
async def test_search_then_a_series_and_its_chapters(
    providers: House, scripts: bool, size: tuple[int, int]
) -> None:
    async with providers.window(size, scripts=scripts) as (page, _):
        await page.goto("/discover")
        await page.get_by_label("Title or person").fill("library")
        async with page.expect_response(lambda one: "/cover?" in one.url) as cover:
            await page.get_by_role("button", name="Ask", exact=True).click()
        assert (await cover.value).status == 200
        found = page.get_by_role("link", name="The Tidal Library", exact=True)
        await expect(found).to_be_visible()
        # The other one is named, and has kept nobody waiting.
        await expect(page.locator(".answers")).to_contain_text("Still asking")
        assert "q=library" in page.url
        await _is_sound(page, scripts)

        await found.click()
        await expect(page.get_by_role("heading", name="The Tidal Library", level=1)).to_be_visible()
        await expect(page.get_by_role("heading", name="Ch. 3", exact=True)).to_be_visible()
        await expect(page.get_by_text("It can only be read at its publisher.")).to_be_visible()
        await _is_sound(page, scripts)
        await expect(page.get_by_role("img", name="Cover of The Tidal Library")).to_be_visible()

        await page.locator("summary", has_text="Any language").click()
        await page.get_by_role("link", name="French").click()
        await expect(page.get_by_text("English · ")).to_have_count(0)
        await expect(page.get_by_text("French · Équipe Phare").first).to_be_visible()
        follow = page.get_by_role("link", name="Follow…")
        await expect(follow).to_have_attribute("href", re.compile(r"/follow\?provider=.+&id=.+"))

        await (
            page.get_by_role("navigation", name="Breadcrumb")
            .get_by_role("link", name="Kumo")
            .click()
        )
        await page.locator("summary", has_text="Status").click()
        await page.get_by_role("checkbox", name="Completed").check()
        await page.locator("details[open]").get_by_role("button", name="Show").click()
        await expect(page.get_by_role("link", name="Status: Completed")).to_be_visible()
        await expect(page.get_by_role("link", name="The Whale and the Power Pole")).to_be_visible()
        await expect(
            page.get_by_text("Ongoing", exact=False).and_(page.locator(".hit *"))
        ).to_have_count(0)
        await _is_sound(page, scripts)


async def _is_sound(page: Page, scripts: bool) -> None:
    if scripts:
        assert await axe.violations_by_day_and_night(page) == []
        assert await page.evaluate(TOO_WIDE) == []
