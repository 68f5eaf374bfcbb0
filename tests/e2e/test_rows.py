"""Where rows come and go, the keyboard stays where it was."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import delete, select

from app.downloads.models import Download
from app.foundation.db import new_id, now
from app.library.models import Series
from app.providers.models import Provider, Release, Source
from tests.e2e.house import House

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.processes,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(300),
]
COMES_ANEW = "document.querySelector('#downloads').dispatchEvent(new Event('live'))"
"""As `live.js` does when the server says so."""


@pytest.fixture
async def queue(house: House) -> AsyncIterator[House]:
    """Four chapters of a provider, all paused: nobody but a person moves them."""
    provider, source, chapters = new_id(), new_id(), {number: new_id() for number in range(1, 5)}
    async with house.serving.rows() as session:
        series = (await session.scalars(select(Series.id).limit(1))).one()
        whose = {"series_id": series, "provider_id": provider}
        session.add(Provider(id=provider, name="Kumo", driver="mangadex", paused_at=now()))
        await session.flush()
        session.add(Source(id=source, remote_id="1", title="Tidal", **whose))
        await session.flush()
        session.add_all(
            Release(id=id, source_id=source, remote_id=str(number), number=number)
            for number, id in chapters.items()
        )
        await session.flush()
        session.add_all(
            Download(release_id=id, place=number, paused_at=now(), **whose)
            for number, id in chapters.items()
        )
    yield house
    async with house.serving.rows() as session:
        await session.execute(delete(Provider))


async def test_the_keyboard_stays_in_a_list_that_changes(queue: House) -> None:
    async with queue.window() as (page, _):
        await page.goto("/downloads?show=waiting")
        await _cancel_in(page, 2).focus()

        await page.keyboard.press("Enter")
        await expect(page.locator("tbody tr")).to_have_count(3)
        await expect(_cancel_in(page, 2)).to_be_focused()

        async with queue.serving.rows() as session:
            await session.execute(delete(Download).where(Download.place == 1))
        await page.evaluate(COMES_ANEW)
        await expect(page.locator("tbody tr")).to_have_count(2)
        await expect(_cancel_in(page, 1)).to_be_focused()


def _cancel_in(page: Page, row: int) -> Locator:
    return page.locator(f"tbody tr:nth-child({row})").get_by_role("button", name="Cancel")
