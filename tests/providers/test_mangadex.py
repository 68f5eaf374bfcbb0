"""The driver against a MangaDex of our own, with the rules and the oddities of the real one."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.errors import Invalid
from app.foundation.http import LocalPace, Rate, Resting
from app.foundation.http.client import Bucket, Fetched, Outbound
from app.library.models import SeriesStatus
from app.providers.base import RemotePage, RemoteTitle, Wish
from app.providers.drivers import mangadex, mangadex_report
from app.providers.drivers import mangadex_wire as wire
from app.providers.drivers.mangadex import AT_HOME, MangaDex, MangaDexOptions
from app.providers.errors import Blocked, Expired, NotOffered, NotThere, Unexpected
from app.providers.registry import read_options
from tests.providers import fake_mangadex
from tests.providers.fake_mangadex import (
    FakeChapter,
    FakeMangaDex,
    FakeSeries,
    a_fake,
    many,
    tag_of,
    uid,
)
from tests.providers.faking import Answer

FAST = MangaDexOptions(requests_per_second=1000)
FULL = Rate(per_second=1000, burst=1000, places=1)
"""One place, which somebody has."""
FIRST, SECOND = b"\xff\xd8\xff first", b"\x89PNG\r\n\x1a\n second"


@pytest.fixture
async def fake() -> AsyncIterator[FakeMangaDex]:
    async with a_fake() as fake:
        fake.is_strict = False
        yield fake


@pytest.fixture
async def open_driver(fake: FakeMangaDex):
    outs: list[Outbound] = []

    def open_driver(options: MangaDexOptions = FAST) -> MangaDex:
        out = Outbound(
            LocalPace(),
            user_agent="Bunko/test (+https://bunko.example)",
            allowed=frozenset({("127.0.0.1", fake.port)}),
        )
        outs.append(out)
        addresses = {"api": fake.url, "uploads": fake.url, "report": f"{fake.url}/report"}
        return MangaDex(out, msgspec.structs.replace(options, **addresses))

    yield open_driver
    for out in outs:
        await out.aclose()


@pytest.fixture
def driver(open_driver) -> MangaDex:
    return open_driver()


async def reports(fake: FakeMangaDex, driver: MangaDex) -> list[dict[str, Any]]:
    """Once all are sent, in the order of their pages: several are under way at once."""
    await driver.out.beside.settle(30)
    return sorted(fake.reports, key=lambda one: one["url"])


async def test_a_search_tells_what_is_known_of_each_series(fake, driver) -> None:
    fake.series = [
        FakeSeries(
            "Kumo no Ue",
            titles={"ja-ro": "Kumo no Ue"},
            alt_titles=[{"ja": "雲の上"}, {"en": "Above the Clouds"}, {"en": "above the clouds"}],
            links={"al": "123", "raw": "https://example.org", "mu": ""},
            chapters=[FakeChapter("one"), FakeChapter("zwei", language="pt-br")],
        ),
        FakeSeries("Something else"),
    ]

    found = await driver.search(Wish(text="clouds", languages=["en", "pt-BR"]))

    [one] = found.series
    assert one.title == "Kumo no Ue"
    assert one.other_titles == [RemoteTitle("雲の上", "ja"), RemoteTitle("Above the Clouds", "en")]
    assert (one.summary, one.status, one.year) == (
        "About Kumo no Ue.",
        SeriesStatus.ONGOING,
        2019,
    )
    assert (one.authors, one.artists) == (["Mori Akane"], [])
    assert (one.genres, one.tags, one.age_rating) == (["Adventure"], ["Time Travel"], 0)
    assert one.links == {"anilist": "123"}
    assert set(one.languages) == {"en", "pt-BR"}
    assert one.cover_url == f"{fake.url}/covers/{one.remote_id}/cover%20one.jpg.512.jpg"
    assert found.more is None
    assert fake.asked[0].query["availableTranslatedLanguage[]"] == ["en", "pt-br"]


async def test_a_search_is_narrowed_by_what_is_chosen(fake, driver) -> None:
    story = {"status": "completed", "year": 2021, "publicationDemographic": "seinen"}
    fake.series = [
        FakeSeries("Over", more=story | {"tags": [tag_of("Drama", "genre")]}),
        FakeSeries("Grim", more=story | {"tags": [tag_of("Drama", "genre"), tag_of("Gore", "content")]}),
        FakeSeries("Going on"),
    ]  # fmt: skip
    chosen = {
        "status": ["completed"],
        "tag": [uid("Drama")],
        "without_tag": [uid("Gore")],
        "original_language": ["ja"],
        "readers": ["seinen"],
        "rating": ["safe"],
        "year": ["2021"],
        "order": ["title"],
    }

    found = await driver.search(Wish(filters=chosen))

    assert [one.title for one in found.series] == ["Over"]
    assert fake.asked[0].query["order[title]"] == ["asc"]


@pytest.mark.parametrize(
    ("filters", "name"),
    [
        ({"status": ["'; drop"]}, "status[]"),
        ({"tag": ["not-an-id"]}, "includedTags[]"),
        ({"year": ["10e9"]}, "year"),
        ({"original_language": ["xx"]}, "originalLanguage[]"),
        ({"order": ["relevance&x=1"]}, "order"),
    ],
)
async def test_what_somebody_made_up_is_no_filter(fake, driver, filters, name) -> None:
    await driver.latest(Wish(filters=filters))

    assert name not in fake.asked[0].query


async def test_nobody_finds_by_a_filter_what_the_owner_left_out(fake, driver) -> None:
    await driver.search(Wish(filters={"rating": ["pornographic"]}))

    assert fake.asked[0].query["contentRating[]"] == ["safe", "suggestive", "erotica"]


async def test_its_filters_are_those_of_its_interface_and_its_tags_are_asked_for_once(
    fake, driver
) -> None:
    fake.series = [FakeSeries("One")]

    filters = {one.name: one for one in await driver.filters()}
    await driver.filters()

    assert set(filters) == {
        *("order", "status", "tag", "tag_mode", "without_tag"),
        *("original_language", "readers", "rating", "year"),
    }
    assert [one.label for one in filters["tag"].choices] == ["Adventure", "Time Travel"]
    assert "pornographic" not in [one.value for one in filters["rating"].choices]
    assert len(fake.asked) == 1


async def test_a_long_list_goes_on_where_it_ended(fake, driver) -> None:
    fake.series = [FakeSeries(f"Series {number:03}") for number in range(60)]

    names, more, pages = [], None, 0
    while pages == 0 or more:
        found = await driver.popular(Wish(more=more))
        names += [one.title for one in found.series]
        more, pages = found.more, pages + 1

    assert names == [f"Series {number:03}" for number in range(60)]
    assert pages == 3


@pytest.mark.parametrize("more", ["-1", "x", "9" * 40, "10000"])
async def test_a_made_up_place_in_the_list_is_some_page_of_it(fake, driver, more) -> None:
    assert (await driver.latest(Wish(more=more))).series == []


async def test_chapters_of_every_kind_are_told_apart(fake, driver) -> None:
    fake.series = [
        FakeSeries(
            "Akira",
            chapters=[
                FakeChapter(
                    "a", chapter="10.5", volume="2", title="Rain\x00\u202e", groups=("A", "B")
                ),
                FakeChapter("b", chapter=None, title="Oneshot", groups=()),
                FakeChapter("c", chapter="Extra"),
                FakeChapter("d", chapter="11", external="https://publisher.example/11"),
                FakeChapter("e", chapter="12", unavailable=True),
                FakeChapter("f", chapter="13", groups=("Night Owls",)),
                FakeChapter("g", chapter="13", groups=("Day Birds",)),
                FakeChapter("h", chapter="1e9", language="zh-hk"),
            ],
        )
    ]

    found = {one.remote_id: one for one in await driver.chapters(uid("Akira"))}

    first = found[uid("a")]
    assert (first.number, first.volume, first.groups) == (Decimal("10.5"), Decimal(2), ["A", "B"])
    assert "\x00" not in first.title
    assert (found[uid("b")].number, found[uid("b")].groups) == (None, [])
    assert (found[uid("c")].number, found[uid("c")].number_text) == (None, "Extra")
    assert "publisher" in (found[uid("d")].why_not or "")
    assert "taken down" in (found[uid("e")].why_not or "")
    assert found[uid("f")].number == found[uid("g")].number == 13
    assert (found[uid("h")].number, found[uid("h")].language) == (None, "zh-Hant")
    assert [one.is_available for one in found.values()].count(False) == 2


async def test_the_feed_of_a_grown_up_title_is_not_empty(fake, driver) -> None:
    fake.series = [FakeSeries("Night", rating="pornographic", chapters=[FakeChapter("one")])]

    assert len(await driver.chapters(uid("Night"))) == 1


@pytest.fixture
def narrow_window(monkeypatch) -> int:
    """More chapters than are shown at once; at the real one it is ten thousand."""
    for place in (mangadex, fake_mangadex):
        monkeypatch.setattr(place, "WINDOW", 1000)
    return 1700


async def test_more_chapters_than_one_window_are_all_found_once(
    fake, driver, narrow_window
) -> None:
    chapters = many(narrow_window)
    fake.series = [FakeSeries("Endless", chapters=chapters)]

    found = await driver.chapters(uid("Endless"))

    assert [one.number for one in found] == list(range(1, narrow_window + 1))


async def test_a_window_of_one_moment_is_not_walked_in_circles(fake, driver, narrow_window) -> None:
    fake.series = [FakeSeries("Bulk", chapters=many(narrow_window, every=timedelta()))]

    with pytest.raises(Unexpected, match="more chapters than"):
        await driver.chapters(uid("Bulk"))


async def test_pages_come_in_order_and_each_picture_is_reported(fake, driver) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one", pages=[FIRST, SECOND])])]

    pages = await driver.pages(uid("one"))
    pictures = [await driver.page(page) for page in pages.pages]

    assert pictures == [FIRST, SECOND]
    said = await reports(fake, driver)
    assert [(one["url"], one["success"], one["bytes"], one["cached"]) for one in said] == [
        (pages.pages[0].url, True, len(FIRST), True),
        (pages.pages[1].url, True, len(SECOND), True),
    ]
    assert all(0 <= one["duration"] < 5000 for one in said)
    assert pages.good_until is not None


async def test_addresses_of_pages_expire_and_new_ones_are_of_the_same_version(fake, driver) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one")])]
    before = await driver.pages(uid("one"))
    fake.good_for = -1

    with pytest.raises(Expired):
        await driver.page(before.pages[0])
    fake.good_for = 900
    after = await driver.pages(uid("one"))

    assert after.pages != before.pages and after.version == before.version
    assert await driver.page(after.pages[0]) == b"page"
    # The second came, but what came is no picture.
    assert [one["success"] for one in await reports(fake, driver)] == [False, False]


async def test_a_list_of_pages_that_changed_has_another_version(fake, driver) -> None:
    chapter = FakeChapter("one", pages=[b"1", b"2", b"3"])
    fake.series = [FakeSeries("Akira", chapters=[chapter])]
    before = await driver.pages(chapter.id)

    chapter.pages.pop()

    assert (await driver.pages(chapter.id)).version != before.version


async def test_a_picture_server_that_fails_is_reported_as_failing(fake, driver) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one")])]
    pages = await driver.pages(uid("one"))
    fake.fail("/node/", Answer(500))

    with pytest.raises(Unexpected, match="500"):
        await driver.page(pages.pages[0])

    assert [one["success"] for one in await reports(fake, driver)] == [False]


async def test_what_is_reported_is_the_server_not_the_wait_for_a_turn(fake, driver) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one", pages=[FIRST])])]
    fake.says_what_is_cached = False
    [page] = (await driver.pages(uid("one"))).pages
    await driver.out.pace.take(driver.out.counted_as(fake.url), FULL, "another")
    driver.out.rates = {"127.0.0.1": FULL}
    asyncio.get_running_loop().call_later(0.6, driver.out.pace._hosts.clear)

    await driver.page(page)

    [said] = await reports(fake, driver)
    assert said["duration"] < 500 and said["cached"] is False


async def test_a_server_that_was_not_asked_is_not_reported(fake, driver, monkeypatch) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one", pages=[FIRST])])]
    [page] = (await driver.pages(uid("one"))).pages
    await driver.out.pace.take(driver.out.counted_as(fake.url), FULL, "another")
    driver.out.rates = {"127.0.0.1": FULL}
    monkeypatch.setattr(mangadex, "PAGE_SECONDS", 0.05)

    with pytest.raises(Expired):
        await driver.page(page)

    driver.out.pace._hosts.clear()
    assert await reports(fake, driver) == []


async def test_its_own_servers_are_not_reported(driver, monkeypatch) -> None:
    asked: list[str] = []

    async def fetch(url: str, **_: object) -> Fetched:
        asked.append(url)
        return Fetched(200, {}, FIRST, url)

    monkeypatch.setattr(driver.out, "fetch", fetch)

    for site in ("mangadex.org", "uploads.mangadex.org", "notmangadex.org"):
        await driver.page(RemotePage(f"https://{site}/covers/a/b.jpg"))

    await driver.out.beside.settle()
    assert len(asked) == 4 and asked[3] == driver.options.report


async def test_smaller_pictures_come_where_an_owner_wants_them(fake, open_driver) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one", pages=[FIRST])])]
    driver = open_driver(msgspec.structs.replace(FAST, data_saver=True))

    small = await driver.pages(uid("one"))
    whole = await open_driver().pages(uid("one"))

    assert "/data-saver/" in small.pages[0].url and small.pages[0].url.endswith(".jpg")
    assert small.version != whole.version
    assert await driver.page(small.pages[0]) == FIRST


@pytest.mark.parametrize("port_443", [True, False])
async def test_a_strict_firewall_is_asked_for_only_where_there_is_one(
    fake, open_driver, port_443
) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one")])]

    await open_driver(msgspec.structs.replace(FAST, port_443=port_443)).pages(uid("one"))

    assert fake.was_asked_for_port_443 is port_443


async def test_groups_and_languages_that_nobody_wants_are_not_listed(fake, open_driver) -> None:
    fake.series = [
        FakeSeries(
            "Akira",
            chapters=[
                FakeChapter("a", groups=("Night Owls",)),
                FakeChapter("b", groups=("Day Birds",)),
                FakeChapter("c", groups=("Day Birds",), language="pt-br"),
            ],
        )
    ]
    driver = open_driver(msgspec.structs.replace(FAST, excluded_groups=[uid("Night Owls")]))

    found = await driver.chapters(uid("Akira"), ["en"])

    assert [one.remote_id for one in found] == [uid("b")]
    assert fake.asked[-1].query["includes[]"] == ["scanlation_group"]


async def test_what_an_owner_left_out_is_not_found_by_its_address_either(fake, driver) -> None:
    fake.series = [FakeSeries("Night", rating="pornographic"), FakeSeries("Day", rating="erotica")]

    with pytest.raises(NotOffered, match="leaves out"):
        await driver.series(uid("Night"))
    assert (await driver.series(uid("Day"))).age_rating == 18


def test_its_limits_hold_whatever_an_owner_types() -> None:
    """Five a second, and forty lists of pages in any minute."""
    options = MangaDexOptions(requests_per_second=1000)
    out = Outbound(LocalPace(), user_agent="Bunko/test")

    MangaDex(out, options)

    rate = out.rates["api.mangadex.org"]
    assert rate.burst - 1 + rate.per_second <= 5
    assert AT_HOME.rate.burst + AT_HOME.rate.per_second * 60 <= 40


async def test_SEC68_its_limit_of_lists_of_pages_is_counted_apart(
    fake, driver, monkeypatch
) -> None:
    narrow = Bucket("at-home", Rate(per_second=0.001, burst=1))
    monkeypatch.setattr(mangadex, "AT_HOME", narrow)
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one")])]
    await driver.pages(uid("one"))

    await driver.series(uid("Akira"))
    asking = asyncio.create_task(driver.pages(uid("one")))
    await asyncio.wait({asking}, timeout=0.1)
    asking.cancel()

    assert fake.counts["at-home"].total == 1 and fake.counts["api"].total == 1


@pytest.mark.parametrize("often", ["0", "-1", "nan", "inf", "1e9", "often"])
def test_a_rate_that_is_none_is_refused(often) -> None:
    with pytest.raises(Invalid, match="requests_per_second"):
        read_options("mangadex", {"requests_per_second": often})


@pytest.mark.parametrize("body", [{}, {"result": "error", "errors": []}, {"data": None}, []])
async def test_an_answer_without_a_list_is_not_an_empty_list(fake, driver, body) -> None:
    """Of an empty one follows that everything was taken down there."""
    fake.faults.append(lambda asked: Answer(body=body))

    for asked in (driver.search(Wish()), driver.chapters(uid("Akira"))):
        with pytest.raises(Unexpected, match="not of its interface"):
            await asked


async def test_no_content_is_an_empty_list(fake, driver) -> None:
    fake.faults.append(lambda asked: Answer(204))

    assert (await driver.search(Wish())).series == []
    assert await driver.chapters(uid("Akira")) == []


async def test_an_end_of_a_pause_that_is_over_counts_as_no_failure(fake, driver) -> None:
    fake.fail("/manga/", *[Answer(429, b"", {"x-ratelimit-retry-after": "1"})] * 9)
    for _ in range(3):
        with pytest.raises(Unexpected, match="too often"):
            await driver.series(uid("Akira"))
        [host] = driver.out.pace._hosts.values()
        assert host.failures == 0
        host.rests_until = 0


@pytest.mark.parametrize("id", ["a\x00b", "", "x" * 3000])
async def test_an_id_that_cannot_be_kept_is_said_before_anybody_keeps_it(fake, driver, id) -> None:
    fake.fail("/manga", Answer(body={"data": [{"id": id, "attributes": {}}]}))

    with pytest.raises(Unexpected, match="cannot be one"):
        await driver.latest(Wish())


async def test_a_picture_that_breaks_off_is_reported_and_had_from_another_server(
    fake, driver
) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one", pages=[FIRST])])]
    [page] = (await driver.pages(uid("one"))).pages
    fake.trouble("truncated", "pictures", times=1)

    with pytest.raises(Expired, match="broke off"):
        await driver.page(page)

    said = await reports(fake, driver)
    assert [(one["success"], one["bytes"]) for one in said] == [(False, 0)]


def test_the_group_that_stands_for_none_is_none() -> None:
    none = wire.Relation(wire.NO_GROUP, "scanlation_group", {"name": "no group"})
    some = wire.Relation("a", "scanlation_group", {"name": "Night Owls"})
    chapter = wire.Chapter("one", wire.ChapterAttributes(), [none, some])

    assert wire.chapter_of(chapter, "https://manga.example").groups == ["Night Owls"]


async def test_no_page_waits_for_a_report_that_hangs(fake, driver, monkeypatch) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one", pages=[FIRST] * 12)])]
    listed = await driver.pages(uid("one"))
    monkeypatch.setattr(mangadex_report, "DEADLINE", 3600.0)
    fake.trouble("time-out", "report")

    async with asyncio.timeout(20):
        pictures = [await driver.page(page) for page in listed.pages]
    await driver.out.beside.settle(0.01)

    assert pictures == [FIRST] * 12 and driver.out.beside.dropped == 12


async def test_reports_that_fail_again_and_again_are_left_out_and_nothing_else(
    fake, driver
) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one", pages=[FIRST] * 12)])]
    listed = await driver.pages(uid("one"))
    fake.trouble("500", "report")

    pictures = [await driver.page(page) for page in listed.pages]
    await driver.out.beside.settle()

    assert pictures == [FIRST] * 12 and driver.out.beside.dropped > 0
    assert await driver.out.pace.rest_of(driver.out.counted_as(fake.url)) == 0


async def test_a_cover_from_a_mirror_is_no_page_to_report(fake, driver) -> None:
    fake.series = [FakeSeries("Akira", cover=lambda: FIRST)]
    [akira] = (await driver.search(Wish(text="akira"))).series

    picture = await driver.page(RemotePage(akira.cover_url))

    assert picture == FIRST and await reports(fake, driver) == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(404), NotThere),
        (Answer(403, b"<html>captcha</html>"), Blocked),
        (Answer(200, b"<html>maintenance</html>"), Unexpected),
        (Answer(200, {"result": "ok", "data": {"id": 5}}), Unexpected),
        (Answer(200, b"\xff\xfe"), Unexpected),
        (Answer(418), Unexpected),
    ],
)
async def test_what_is_no_answer_is_said_in_words(fake, driver, answer, error) -> None:
    fake.fail("/manga/", answer)

    with pytest.raises(error, match="MangaDex"):
        await driver.series(uid("Akira"))


async def test_an_html_error_that_passes_is_asked_again(fake, driver) -> None:
    fake.series = [FakeSeries("Akira")]
    fake.fail("/manga/", Answer(503, b"<html>try later</html>"))

    assert (await driver.series(uid("Akira"))).title == "Akira"


@pytest.mark.parametrize("id", ["", "../at-home", "a/b", "x" * 100, "é", "a?b=c", "%2e%2e"])
async def test_an_id_from_somebodys_address_bar_asks_nothing_else(fake, driver, id) -> None:
    for ask in (driver.series, driver.chapters, driver.pages):
        with pytest.raises(NotThere):
            await ask(id)

    assert fake.asked == []


async def test_SEC68_its_own_limit_is_kept(fake, open_driver) -> None:
    """Ten questions at four a second: the fake, as strict as the real one, never says no."""
    fake.is_strict = True
    fake.series = [FakeSeries("Akira")]
    driver = open_driver(MangaDexOptions())
    began = time.monotonic()

    for _ in range(10):
        await driver.series(uid("Akira"))

    assert time.monotonic() - began > 1.2
    assert len(fake.asked) == 10


async def test_SEC68_after_a_429_it_is_left_alone_until_the_moment_it_names(fake, driver) -> None:
    ends = str(int(time.time()) + 30)
    fake.fail("/manga/", Answer(429, b"", {"x-ratelimit-retry-after": ends}))

    with pytest.raises(Unexpected, match="too often"):
        await driver.series(uid("Akira"))
    with pytest.raises(Resting) as resting:
        await driver.series(uid("Akira"))

    assert 20 < resting.value.wait <= 30
    assert len(fake.asked) == 1


async def test_no_credentials_go_to_picture_servers(fake, driver) -> None:
    fake.series = [FakeSeries("Akira", chapters=[FakeChapter("one")])]
    pages = await driver.pages(uid("one"))
    await driver.page(RemotePage(pages.pages[0].url))

    [picture] = [one for one in fake.asked if one.path.startswith("/node/")]
    assert not {"authorization", "cookie", "referer", "via"} & set(picture.headers)
