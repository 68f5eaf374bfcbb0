"""The sample provider: everything that may be found at one, and every way in which one may fail."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from io import BytesIO

import httpx
import msgspec
import pytest
from PIL import Image, UnidentifiedImageError

from app.foundation.http import LocalPace, OutboundError
from app.foundation.http.client import Outbound
from app.providers.base import RemotePage, Wish
from app.providers.drivers.mangadex import MangaDex, MangaDexOptions
from app.providers.errors import ProviderError
from tests.providers.control import Controlled
from tests.providers.faking import on_loopback
from tests.providers.mischief import KINDS
from tests.providers.sample import a_sample, add_command

PATIENT = {"time-out", "slow-loris"}


@pytest.fixture
async def sample() -> AsyncIterator[Controlled]:
    sample = a_sample()
    sample.fake.is_strict = False
    async with on_loopback(sample) as sample.fake.port:
        yield sample


@pytest.fixture
async def driver(sample: Controlled) -> AsyncIterator[MangaDex]:
    port = sample.fake.port
    out = Outbound(
        LocalPace(),
        user_agent="Bunko/test",
        allowed=frozenset({("127.0.0.1", port), ("localhost", port)}),
    )
    api, pictures = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    options = MangaDexOptions(
        api=api, uploads=pictures, report=f"{api}/report", site=api, requests_per_second=500
    )
    yield MangaDex(out, options)
    await out.aclose()


@pytest.fixture
async def browser(sample: Controlled) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=sample.fake.url, trust_env=False, verify=False
    ) as browser:
        yield browser


async def test_it_lists_everything_that_a_provider_may(sample, driver) -> None:
    found = await driver.popular(Wish())
    chapters = [chapter for one in sample.fake.series for chapter in await driver.chapters(one.id)]

    assert len(found.series) >= 12
    assert len({one.language for one in chapters}) >= 5
    assert len({group for one in chapters for group in one.groups}) >= 5
    assert {Decimal("10.5"), Decimal(0)} <= {one.number for one in chapters}
    assert {"Extra", ""} <= {one.number_text for one in chapters if one.number is None}
    assert {one.why_not for one in chapters} >= {
        None,
        "It was taken down.",
        "It can only be read at its publisher.",
    }
    tidal = await driver.chapters(sample.fake.series[0].id, ["en"])
    assert len([one for one in tidal if one.number == 3]) == 2
    ids = [one.remote_id for one in chapters]
    assert len(ids) == len(set(ids))


async def test_its_cover_and_pages_are_pictures_and_stay_the_same(sample, driver) -> None:
    series = await driver.series(sample.fake.series[0].id)
    chapter = sample.fake.series[0].chapters[0]
    assert series.cover_url is not None

    cover = await driver.out.fetch(series.cover_url)
    pages = await driver.pages(chapter.id)
    first, again = [await driver.page(pages.pages[1]) for _ in range(2)]

    assert Image.open(BytesIO(cover.body)).size == (512, 768)
    assert Image.open(BytesIO(first)).size == (840, 1200) and first == again


async def test_chapters_keep_appearing_by_the_switch(sample, driver, browser) -> None:
    series = sample.fake.series[0]
    before = {one.remote_id for one in await driver.chapters(series.id)}

    answer = await browser.post("/_control/release")
    after = {one.remote_id: one for one in await driver.chapters(series.id)}

    assert answer.status_code == 303
    [new] = [one for id, one in after.items() if id not in before]
    assert new.number == 9 and new.language == "en"
    assert (await driver.latest(Wish())).series[0].remote_id == series.id


@pytest.mark.parametrize("kind", sorted(set(KINDS) - PATIENT - {"slow", "wrong-type"}))
async def test_whatever_goes_wrong_with_a_page_is_no_picture(sample, driver, browser, kind) -> None:
    pages = await driver.pages(sample.fake.series[0].chapters[0].id)
    sample.fake.pictures_host = "127.0.0.1"
    await browser.post("/_control/trouble", data={"kind": kind, "route": "pictures"})

    with pytest.raises((ProviderError, OutboundError, UnidentifiedImageError, OSError, ValueError)):
        picture = Image.open(BytesIO(await driver.page(pages.pages[0])))
        picture.load()
        if picture.size == (1, 1):
            raise ValueError

    assert sample.fake.counts["pictures"].total == 1 or kind == "redirect-loop"
    await browser.post("/_control/recover")
    driver.out.pace = LocalPace()
    assert len(await driver.page(pages.pages[0])) > 10_000


@pytest.mark.parametrize("kind", sorted(PATIENT))
async def test_what_never_ends_is_left_and_holds_nobody(sample, driver, kind) -> None:
    sample.fake.trouble(kind, "pictures")
    pages = await driver.pages(sample.fake.series[0].chapters[0].id)

    with pytest.raises(OutboundError, match="longer than"):
        await driver.out.fetch(pages.pages[0].url, deadline=0.3)

    async with asyncio.timeout(5):
        while sample.fake.counts["pictures"].open:  # noqa: ASYNC110  (nothing tells)
            await asyncio.sleep(0.01)


async def test_a_list_that_shrinks_ends_an_address_halfway(sample, driver) -> None:
    chapter = sample.fake.series[0].chapters[0]
    sample.fake.is_shrinking = True
    before = await driver.pages(chapter.id)

    served = 0
    with pytest.raises(ProviderError):
        for page in before.pages:
            await driver.page(page)
            served += 1
    after = await driver.pages(chapter.id)

    assert served == 4
    assert len(after.pages) == len(before.pages) - 1 and after.version != before.version


async def test_it_counts_the_most_that_came_in_a_second(sample, driver, browser) -> None:
    sample.fake.trouble("404", "pictures")
    address = RemotePage(f"{sample.fake.url}/node/a/data/b/1-c.png")
    url = address.url

    await asyncio.gather(*(browser.get(url, headers={"User-Agent": "Bunko/1"}) for _ in range(7)))
    counts = (await browser.get("/_control/counts")).json()

    assert counts["pictures"]["total"] == 7
    assert counts["pictures"]["highest_rate"] == 7
    assert counts["all"]["total"] == 7


async def test_the_page_that_controls_it_says_what_is_wrong_now(sample, browser) -> None:
    await browser.post("/_control/trouble", data={"kind": "429", "route": "api", "times": "2"})

    assert "429 on api, 2 times more" in (await browser.get("/_control")).text
    assert (await browser.post("/_control/trouble", data={"kind": "x"})).status_code == 422


def test_the_command_it_prints_is_whole() -> None:
    command = add_command(9700)

    assert command.startswith('bunko provider add mangadex "Sample" ')
    assert "--allow 127.0.0.1:9700 --allow localhost:9700" in command
    options = dict(part.split("=", 1) for part in command.split() if "=" in part)
    assert msgspec.convert(options, MangaDexOptions)
