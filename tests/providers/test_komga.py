"""The driver against a Komga of our own."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.foundation.http import LocalPace
from app.foundation.http.client import Outbound
from app.library.models import SeriesStatus
from app.providers.base import RemotePage, Wish
from app.providers.drivers.komga import Komga, KomgaOptions
from app.providers.errors import Blocked, NotOffered, NotThere, Unexpected
from tests.providers.fake_komga import KEY, NAME, PASSWORD, FakeKomga, a_book, a_series
from tests.providers.faking import Answer, on_loopback

type Open = Callable[..., Komga]


@pytest.fixture
async def fake() -> AsyncIterator[FakeKomga]:
    fake = FakeKomga()
    async with on_loopback(fake) as fake.port:
        yield fake


@pytest.fixture
async def open_driver(fake: FakeKomga) -> AsyncIterator[Open]:
    outs: list[Outbound] = []

    def open_driver(**options: object) -> Komga:
        allowed = frozenset({("127.0.0.1", fake.port)})
        out = Outbound(LocalPace(), user_agent="Bunko/test", allowed=allowed)
        outs.append(out)
        return Komga(out, KomgaOptions(**{"url": fake.url + "/", "api_key": KEY, **options}))

    yield open_driver
    for out in outs:
        await out.aclose()


@pytest.fixture
def driver(open_driver: Open) -> Komga:
    return open_driver()


async def test_a_series_is_told_with_what_is_known_of_it(fake, driver) -> None:
    fake.series = [
        a_series(
            "0B1",
            "Iron Lantern",
            status="ENDED",
            language="pt_br",
            ageRating=13,
            genres=["Drama"],
            tags=["Rain"],
            alternateTitles=[{"label": "ja", "title": "鉄の灯"}],
            links=[
                {"label": "AniList", "url": "https://anilist.co/manga/30002/Iron-Lantern/"},
                {"label": "Shop", "url": "javascript:alert(1)"},
            ],
            books={
                "authors": [
                    {"name": "A. Writer", "role": "writer"},
                    {"name": "B. Artist", "role": "penciller"},
                    {"name": "C. Else", "role": "letterer"},
                ],
                "tags": ["Night", "Rain"],
                "releaseDate": "2019-03-01",
                "summary": "About a lantern.",
            },
        )
    ]

    one = await driver.series("0B1")

    assert (one.title, one.other_titles[0].text) == ("Iron Lantern", "鉄の灯")
    assert (one.status, one.year, one.age_rating) == (SeriesStatus.COMPLETED, 2019, 13)
    assert (one.authors, one.artists, one.genres) == (["A. Writer"], ["B. Artist"], ["Drama"])
    assert (one.language, one.languages, one.tags) == ("pt-BR", ["pt-BR"], ["Rain", "Night"])
    assert one.links == {"anilist": "30002"}
    assert one.summary == "About a lantern."
    assert await driver.page(RemotePage(one.cover_url)) == b"cover 0B1"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("ENDED", "completed"), ("ONGOING", "ongoing"), ("ABANDONED", "cancelled"),
     ("HIATUS", "hiatus"), ("", None)],
)  # fmt: skip
async def test_what_it_calls_the_state_of_a_series(fake, driver, theirs, ours) -> None:
    fake.series = [a_series("S1", "Lantern", status=theirs)]

    assert (await driver.series("S1")).status == ours


async def test_it_is_signed_in_to_by_name_and_password_as_well(fake, open_driver) -> None:
    fake.series = [a_series("S1", "Lantern")]

    found = await open_driver(api_key="", name=NAME, password=PASSWORD).series("S1")

    assert found.title == "Lantern"
    with pytest.raises(Blocked, match="name and password"):
        await open_driver(api_key="", name=NAME, password="wrong").series("S1")
    with pytest.raises(Blocked):
        await open_driver(api_key="").series("S1")


async def test_a_long_list_goes_on_where_it_ended(fake, driver) -> None:
    fake.series = [a_series(f"S{number}", f"Series {number:02}") for number in range(30)]

    first = await driver.search(Wish(text="series"))
    second = await driver.search(Wish(text="series", more=first.more))

    titles = [one.title for one in (*first.series, *second.series)]
    assert titles == [f"Series {number:02}" for number in range(30)]
    assert (first.more, second.more) == ("1", None)


@pytest.mark.parametrize("more", ["-1", "x", "9" * 5000, "١"])
async def test_a_made_up_place_in_the_list_is_some_page_of_it(fake, driver, more) -> None:
    fake.series = [a_series("S1", "Lantern")]

    assert (await driver.latest(Wish(more=more))).more is None


async def test_the_latest_are_those_that_were_changed_last(fake, driver) -> None:
    fake.series = [a_series("S1", "Lantern")]

    assert len((await driver.latest(Wish())).series) == 1
    assert fake.asked[-1].query["sort"] == ["lastModifiedDate,desc"]
    with pytest.raises(NotOffered):
        await driver.popular(Wish())


async def test_its_lists_are_narrowed_by_what_it_has(fake, driver) -> None:
    fake.series = [a_series("S1", "Lantern")]

    filters = {one.name: one for one in await driver.filters()}
    chosen = {
        "status": ["completed", "odd"],
        "genre": ["Drama", "Sea tales"],
        "year": ["2020", "20x"],
        "order": ["title"],
        "colour": ["red"],
        "library": ["L2", "L9"],
    }
    await driver.search(Wish(filters=chosen))

    assert set(filters) == {"order", "library", "status", "genre", "year"}  # it has no tags
    assert [one.label for one in filters["library"].choices] == ["Manga", "Comics"]
    assert fake.asked[-1].query == {
        "page": ["0"],
        "size": ["24"],
        "deleted": ["false"],
        "status": ["ENDED"],
        "genre": ["Drama", "Sea tales"],
        "release_year": ["2020"],
        "sort": ["metadata.titleSort,asc"],
        "library_id": ["L2"],
    }


@pytest.mark.parametrize("named", ["manga", "L1"])
async def test_libraries_that_an_owner_left_out_are_found_by_nobody(
    fake, open_driver, named
) -> None:
    fake.series = [a_series("S1", "Lantern"), a_series("S2", "Heroes", library="L2")]
    driver = open_driver(libraries=[named])

    found = await driver.search(Wish())
    filters = {one.name for one in await driver.filters()}

    assert [one.title for one in found.series] == ["Lantern"] and "library" not in filters
    assert (await driver.series("S1")).title == "Lantern"
    for ask in (driver.series, driver.chapters):
        with pytest.raises(NotThere):
            await ask("S2")
    with pytest.raises(NotOffered):
        await driver.search(Wish(filters={"library": ["L2"]}))
    with pytest.raises(NotOffered, match="libraries"):
        await open_driver(libraries=["Gone"]).search(Wish())


async def test_what_lies_in_the_trash_is_not_there(fake, driver) -> None:
    fake.series = [a_series("S1", "Lantern"), a_series("S2", "Old", deleted=True)]
    fake.books = [a_book("B1", "1"), a_book("B2", "2", deleted=True)]

    found = await driver.search(Wish())
    chapters = await driver.chapters("S1")

    assert [one.title for one in found.series] == ["Lantern"]
    assert [one.remote_id for one in chapters] == ["B1"]
    with pytest.raises(NotThere):
        await driver.series("S2")


async def test_books_are_chapters(fake, driver) -> None:
    fake.series = [a_series("S1", "Lantern", language="en")]
    fake.books = [
        a_book(
            "B1",
            "Lantern 010.5",
            title="Rain",
            number="10.5",
            releaseDate="2025-05-04",
            authors=[{"name": "Night Owls", "role": "translator"}],
        ),
        a_book("B2", "Lantern Extra", number="Extra"),
        a_book("B3", "Lantern x", number="", numberSort=7.5),
    ]

    first, second, third = await driver.chapters("S1")

    assert (first.number, first.title, first.language) == (Decimal("10.5"), "Rain", "en")
    assert (first.groups, first.page_count) == (["Night Owls"], 20)
    assert first.published_at == datetime(2025, 5, 4, tzinfo=UTC)
    assert second.published_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (second.number, second.number_text) == (None, "Extra")
    assert third.number == Decimal("7.5")


@pytest.mark.parametrize(
    ("book", "number", "volume"),
    [
        (a_book("B1", "Lantern v03", number="3"), "", Decimal(3)),
        (a_book("B1", "Lantern Vol. 3 (2019)", number="3", title="Rain"), "", Decimal(3)),
        (a_book("B1", "Lantern v02 c010", number="10"), "10", None),
        (a_book("B1", "Lantern 003", number="3"), "3", None),
        (a_book("B1", "Lantern", number="1", oneshot=True), "", None),
    ],
)
async def test_a_volume_and_a_one_shot_are_no_chapters_of_that_number(
    fake, driver, book, number, volume
) -> None:
    """Komga numbers every book of a folder, whatever it is."""
    fake.series, fake.books = [a_series("S1", "Lantern")], [book]

    [one] = await driver.chapters("S1")

    assert (one.number_text, one.volume) == (number, volume)


@pytest.mark.parametrize(
    ("media", "why"),
    [
        ({"status": "UNKNOWN"}, "not read this book yet"),
        ({"status": "OUTDATED"}, "not read this book yet"),
        ({"status": "ERROR"}, "could not read"),
        ({"status": "UNSUPPORTED"}, "format"),
        ({"profile": "EPUB"}, "book of text"),
    ],
)
async def test_a_book_without_pages_says_why(fake, driver, media, why) -> None:
    fake.series, fake.books = [a_series("S1", "Lantern")], [a_book("B1", "1", **media)]

    [one] = await driver.chapters("S1")

    assert why in (one.why_not or "")
    if media.get("status"):
        with pytest.raises(NotThere):
            await driver.pages("B1")


@pytest.mark.parametrize("media", [{"profile": "PDF"}, {"profile": "EPUB", "divina": True}])
async def test_a_book_of_pictures_in_another_format_has_pages(fake, driver, media) -> None:
    fake.series, fake.books = [a_series("S1", "Lantern")], [a_book("B1", "1", **media)]

    [one] = await driver.chapters("S1")

    assert one.is_available


@pytest.mark.parametrize("knows_unpaged", [True, False])
async def test_no_book_of_a_long_series_is_lost(fake, driver, knows_unpaged) -> None:
    """Also with a server that gives lists only part by part, whatever it is asked."""
    fake.knows_unpaged = knows_unpaged
    fake.series = [a_series("S1", "Lantern")]
    fake.books = [a_book(f"B{number}", str(number), number=str(number)) for number in range(1, 56)]

    chapters = await driver.chapters("S1")

    assert [one.number for one in chapters] == list(range(1, 56))


async def test_a_list_of_books_without_end_has_one(fake, driver) -> None:
    fake.series = [a_series("S1", "Lantern")]
    endless = Answer(body={"content": [a_book("B1", "1")], "last": False})
    fake.faults.append(lambda asked: endless if "/books" in asked.path else None)
    driver.out.rate = type(driver.out.rate)(per_second=10_000, burst=1000)

    with pytest.raises(Unexpected, match="more books"):
        await driver.chapters("S1")


async def test_pages_come_in_a_format_that_can_be_shown(fake, driver) -> None:
    fake.pages = [
        {"number": 1, "fileName": "1.jpg", "mediaType": "image/jpeg", "sizeBytes": 100},
        {"number": 2, "fileName": "2.jxl", "mediaType": "image/jxl", "sizeBytes": 90},
        {"number": 3, "fileName": "3", "mediaType": "image/png", "width": None, "sizeBytes": None},
    ]

    pages = await driver.pages("B1")

    assert await driver.page(pages.pages[0]) == b"page 1 {}"
    assert await driver.page(pages.pages[1]) == b"page 2 {'convert': ['png']}"
    assert len(pages.pages) == 3
    fake.pages[1]["sizeBytes"] = 91
    assert (await driver.pages("B1")).version != pages.version


async def test_nothing_is_changed_there(fake, driver) -> None:
    fake.series, fake.books = [a_series("S1", "Lantern")], [a_book("B1", "1")]
    fake.pages = [{"number": 1, "mediaType": "image/jpeg"}]

    await driver.filters()
    await driver.chapters((await driver.search(Wish())).series[0].remote_id)
    await driver.page((await driver.pages("B1")).pages[0])

    assert {asked.method for asked in fake.asked} == {"GET"}
    assert not [asked for asked in fake.asked if "progress" in asked.path]


async def test_its_key_goes_to_it_alone(fake, driver) -> None:
    for address in (
        "https://elsewhere.example/api/v1/books/B1/pages/1",
        f"{fake.url}.elsewhere.example/api/v1/books/B1/pages/1",
    ):
        with pytest.raises(NotThere):
            await driver.page(RemotePage(address))

    assert fake.asked == []


async def test_an_account_that_may_not_see_pages_is_told_apart_from_a_wrong_key(
    fake, driver
) -> None:
    fake.may_stream = False
    fake.pages = [{"number": 1, "mediaType": "image/jpeg"}]
    pages = await driver.pages("B1")

    with pytest.raises(Blocked, match="may not read pages"):
        await driver.page(pages.pages[0])


async def test_one_that_leads_elsewhere_says_where(fake, driver) -> None:
    """As where somebody typed http, and it answers at https: the key does not go along."""
    other = FakeKomga()
    async with on_loopback(other, "127.0.0.2") as other.port:
        driver.out._client._transport._pool._network_backend.allowed |= {("127.0.0.2", other.port)}
        there = f"http://127.0.0.2:{other.port}"
        fake.fail("/series", Answer(301, b"", {"location": f"{there}/api/v1/series"}))

        with pytest.raises(Blocked, match=f"{there}, where we are not signed in"):
            await driver.search(Wish())

    assert "x-api-key" not in other.asked[0].headers


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401), Blocked),
        (Answer(403), Blocked),
        (Answer(404), NotThere),
        (Answer(400, {"violations": [{"fieldName": "page", "message": "no"}]}), Unexpected),
        (Answer(418), Unexpected),
        (Answer(200, b"<html>Jellyfin</html>"), Unexpected),
        (Answer(200, {"id": 7}), Unexpected),
        (Answer(200, {}), Unexpected),
    ],
)
async def test_what_is_no_answer_is_said_in_words(fake, driver, answer, error) -> None:
    fake.fail("/series/", answer)

    with pytest.raises(error, match="Komga"):
        await driver.series("S1")


@pytest.mark.parametrize("body", [{}, {"error": "no"}, {"content": None}, []])
async def test_an_answer_without_a_list_is_not_an_empty_list(fake, driver, body) -> None:
    """Of an empty one follows that everything was taken down there."""
    fake.series = [a_series("S1", "Lantern")]
    fake.faults.append(lambda asked: None if asked.path.endswith("S1") else Answer(body=body))

    for asked in (driver.search(Wish()), driver.chapters("S1")):
        with pytest.raises(Unexpected, match="as Komga does"):
            await asked


@pytest.mark.parametrize("id", ["", "../users", "a/b", "a?b", "x" * 99])
async def test_an_id_from_somebodys_address_bar_asks_nothing_else(fake, driver, id) -> None:
    for ask in (driver.series, driver.chapters, driver.pages):
        with pytest.raises(NotThere):
            await ask(id)

    assert fake.asked == []
