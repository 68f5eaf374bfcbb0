"""The driver against a Komga of our own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.foundation.http import LocalPace
from app.foundation.http.client import Outbound
from app.library.models import SeriesStatus
from app.providers.base import RemotePage, Wish
from app.providers.drivers.komga import Komga, KomgaOptions
from app.providers.errors import Blocked, NotThere, Unexpected
from tests.providers.faking import Answer, Asked, Fake, on_loopback

KEY = "a-key-of-komga"


class FakeKomga(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.series: list[dict[str, Any]] = []
        self.books: list[dict[str, Any]] = []
        self.pages: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("x-api-key") != KEY:
            return Answer(401, b"", {"www-authenticate": 'Basic realm="Realm"'})
        match asked.path.removeprefix("/api/v1/").strip("/").split("/"):
            case ["series"]:
                return self._page(asked)
            case ["genres"]:
                return Answer(body=["Drama", "Sea tales"])
            case ["tags", "series"]:
                return Answer(body=[])
            case ["series", id]:
                found = [one for one in self.series if one["id"] == id]
                return Answer(body=found[0]) if found else Answer(404, {"status": 404})
            case ["series", _, "books"]:
                return Answer(body={"content": self.books, "last": True})
            case ["books", _, "pages"]:
                return Answer(body=self.pages)
            case ["books", _, "pages", number]:
                return Answer(body=f"page {number} {asked.query}".encode())
        return Answer(404)

    def _page(self, asked: Asked) -> Answer:
        wanted = asked.query.get("search", [""])[0].lower()
        found = [one for one in self.series if wanted in one["metadata"]["title"].lower()]
        number, size = (int(asked.query[name][0]) for name in ("page", "size"))
        content = found[number * size : (number + 1) * size]
        return Answer(body={"content": content, "last": (number + 1) * size >= len(found)})


def a_series(id: str, title: str, **metadata: Any) -> dict[str, Any]:
    return {"id": id, "name": title, "metadata": {"title": title, **metadata}, "booksMetadata": {}}


@pytest.fixture
async def fake() -> AsyncIterator[FakeKomga]:
    fake = FakeKomga()
    async with on_loopback(fake) as fake.port:
        yield fake


@pytest.fixture
async def driver(fake: FakeKomga) -> AsyncIterator[Komga]:
    out = Outbound(
        LocalPace(), user_agent="Bunko/test", allowed=frozenset({("127.0.0.1", fake.port)})
    )
    yield Komga(out, KomgaOptions(url=fake.url + "/", api_key=KEY))
    await out.aclose()


async def test_a_series_is_told_with_what_is_known_of_it(fake, driver) -> None:
    fake.series = [
        a_series(
            "0B1",
            "Iron Lantern",
            status="ENDED",
            language="en",
            ageRating=13,
            genres=["Drama"],
            alternateTitles=[{"label": "ja", "title": "鉄の灯"}],
        )
        | {
            "booksMetadata": {
                "authors": [
                    {"name": "A. Writer", "role": "writer"},
                    {"name": "B. Artist", "role": "penciller"},
                ],
                "releaseDate": "2019-03-01",
                "summary": "About a lantern.",
            }
        }
    ]

    one = await driver.series("0B1")

    assert (one.title, one.other_titles[0].text) == ("Iron Lantern", "鉄の灯")
    assert (one.status, one.year, one.age_rating) == (SeriesStatus.COMPLETED, 2019, 13)
    assert (one.authors, one.artists, one.genres) == (["A. Writer"], ["B. Artist"], ["Drama"])
    assert one.summary == "About a lantern."
    assert one.cover_url == f"{fake.url}/api/v1/series/0B1/thumbnail"


async def test_a_long_list_goes_on_where_it_ended(fake, driver) -> None:
    fake.series = [a_series(f"S{number}", f"Series {number:02}") for number in range(30)]

    first = await driver.search(Wish(text="series"))
    second = await driver.search(Wish(text="series", more=first.more))

    titles = [one.title for one in (*first.series, *second.series)]
    assert titles == [f"Series {number:02}" for number in range(30)]
    assert (first.more, second.more) == ("1", None)


async def test_its_lists_are_narrowed_by_what_it_has(fake, driver) -> None:
    fake.series = [a_series("S1", "Lantern")]

    filters = {one.name: one for one in await driver.filters()}
    chosen = {
        "status": ["completed", "odd"],
        "genre": ["Drama", "Sea tales"],
        "year": ["2020", "20x"],
        "order": ["title"],
        "colour": ["red"],
    }
    await driver.search(Wish(filters=chosen))

    assert set(filters) == {"order", "status", "genre", "year"}  # it has no tags
    assert fake.asked[-1].query == {
        "page": ["0"],
        "size": ["24"],
        "deleted": ["false"],
        "status": ["ENDED"],
        "genre": ["Drama", "Sea tales"],
        "release_year": ["2020"],
        "sort": ["metadata.titleSort,asc"],
    }


async def test_books_are_chapters_and_unread_ones_say_so(fake, driver) -> None:
    fake.series = [a_series("S1", "Lantern", language="en")]
    fake.books = [
        {
            "id": "B1",
            "created": "2026-01-01T00:00:00Z",
            "media": {"status": "READY", "pagesCount": 20},
            "metadata": {
                "title": "Rain",
                "number": "10.5",
                "releaseDate": "2025-05-04",
                "authors": [{"name": "Night Owls", "role": "translator"}],
            },
        },
        {"id": "B2", "media": {"status": "ERROR"}, "metadata": {"title": "x", "number": "Extra"}},
    ]

    first, second = await driver.chapters("S1")

    assert (first.number, first.title, first.language) == (Decimal("10.5"), "Rain", "en")
    assert (first.groups, first.page_count) == (["Night Owls"], 20)
    assert first.published_at == datetime(2025, 5, 4, tzinfo=UTC)
    assert (second.number, second.number_text, second.is_available) == (None, "Extra", False)


async def test_pages_come_in_a_format_that_can_be_shown(fake, driver) -> None:
    fake.pages = [
        {"number": 1, "mediaType": "image/jpeg", "sizeBytes": 100},
        {"number": 2, "mediaType": "image/jxl", "sizeBytes": 90},
    ]

    pages = await driver.pages("B1")

    assert await driver.page(pages.pages[0]) == b"page 1 {}"
    assert await driver.page(pages.pages[1]) == b"page 2 {'convert': ['png']}"
    fake.pages[1]["sizeBytes"] = 91
    assert (await driver.pages("B1")).version != pages.version


async def test_its_key_goes_to_it_alone(fake, driver) -> None:
    with pytest.raises(NotThere):
        await driver.page(RemotePage("https://elsewhere.example/api/v1/books/B1/pages/1"))

    assert fake.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401), Blocked),
        (Answer(403), Blocked),
        (Answer(404), NotThere),
        (Answer(418), Unexpected),
        (Answer(200, b"<html>Jellyfin</html>"), Unexpected),
        (Answer(200, {"id": 7}), Unexpected),
    ],
)
async def test_what_is_no_answer_is_said_in_words(fake, driver, answer, error) -> None:
    fake.fail("/series/", answer)

    with pytest.raises(error, match="Komga"):
        await driver.series("S1")


@pytest.mark.parametrize("id", ["", "../users", "a/b", "a?b", "x" * 99])
async def test_an_id_from_somebodys_address_bar_asks_nothing_else(fake, driver, id) -> None:
    for ask in (driver.series, driver.chapters, driver.pages):
        with pytest.raises(NotThere):
            await ask(id)

    assert fake.asked == []
