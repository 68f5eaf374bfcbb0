"""The driver against a catalogue of our own, in both versions of OPDS."""

from collections.abc import AsyncIterator
from decimal import Decimal

import msgspec
import pytest

from app.foundation.http import LocalPace, OutboundError
from app.foundation.http.client import Outbound
from app.providers.base import RemotePage, WholeFile, Wish
from app.providers.drivers.opds import Opds, OpdsOptions
from app.providers.drivers.opds_feeds import (
    ACQUISITION,
    MOST_ENTRIES,
    Entry,
    Link,
    search_address,
)
from app.providers.drivers.opds_shapes import why_not
from app.providers.errors import Blocked, NotOffered, NotThere, Unexpected
from app.providers.numbers import chapter_in_title
from tests.providers.fake_opds import FEED, PUBLISHES, Book, FakeOpds, Shelf
from tests.providers.faking import Answer, on_loopback

V1, V2 = "/opds/v1.2/catalog", "/opds/v2/catalog"
BOTH = pytest.mark.parametrize("version", [V1, V2])
LANTERN = Shelf(
    "lantern",
    "Iron Lantern",
    [
        Book("1", "Chapter 1 - Dusk", [b"one", b"two"], position=1),
        Book("2", "Chapter 2.5 - Noon", [b"three"], "fr", position=2.5),
        Book("3", "Vol. 3", is_streamed=False),
        Book("4", "Vol. 4", is_streamed=False, file_type="application/pdf"),
    ],
)


@pytest.fixture
async def fake() -> AsyncIterator[FakeOpds]:
    fake = FakeOpds()
    fake.shelves = [LANTERN, Shelf("tide", "Tide", [Book("t1", "#7 Low tide")]),
                    Shelf("salt", "Salt Lantern", [Book("s1", "One")])]  # fmt: skip
    async with on_loopback(fake) as fake.port:
        yield fake


@pytest.fixture
async def opened(fake: FakeOpds):
    outs: list[Outbound] = []

    def opened(path: str, **more: str) -> Opds:
        out = Outbound(
            LocalPace(), user_agent="Bunko/test", allowed=frozenset({("127.0.0.1", fake.port)})
        )
        outs.append(out)
        given = {"name": fake.name, "password": fake.password, **more}
        return Opds(out, OpdsOptions(url=fake.url + path, **given))

    yield opened
    for out in outs:
        await out.aclose()


@BOTH
async def test_a_search_finds_series_each_once(opened, version) -> None:
    found = await opened(version).search(Wish(text="lantern"))

    assert [one.title for one in found.series] == ["Iron Lantern", "Salt Lantern"]


@BOTH
async def test_a_series_and_its_chapters_and_their_pages_in_order(opened, fake, version) -> None:
    driver = opened(version)
    [series, *_] = (await driver.search(Wish(text="iron"))).series

    known = await driver.series(series.remote_id)
    chapters = await driver.chapters(series.remote_id)
    pages = await driver.pages(chapters[0].remote_id)
    bytes_ = [await driver.page(page) for page in pages.pages]

    assert (known.title, known.authors, known.remote_id) == (
        "Iron Lantern",
        ["A. Writer"],
        series.remote_id,
    )
    assert known.cover_url == f"{fake.url}/opds/books/1/cover"
    assert [one.number for one in chapters[:2]] == [Decimal(1), Decimal("2.5")]
    assert [one.language for one in chapters] == ["en", "fr", "en", "en"]
    assert chapters[0].page_count == 2 and chapters[0].published_at is not None
    assert bytes_ == [b"one", b"two"]
    assert series.remote_id.startswith("/opds/")


@BOTH
async def test_a_chapter_that_is_not_streamed_is_had_as_the_whole_file(
    opened, fake, version
) -> None:
    driver = opened(version)
    [series, *_] = (await driver.search(Wish(text="iron"))).series
    chapter = (await driver.chapters(series.remote_id))[2]

    whole = await driver.pages(chapter.remote_id)

    assert chapter.is_available and isinstance(whole, WholeFile)
    assert whole.url == f"{fake.url}/opds/books/3/file"
    assert whole.headers["Authorization"].startswith("Basic ")


@BOTH
async def test_a_chapter_in_a_format_that_is_not_read_says_so(opened, version) -> None:
    driver = opened(version)
    [series, *_] = (await driver.search(Wish(text="iron"))).series
    last = (await driver.chapters(series.remote_id))[3]

    assert last.why_not is not None and "format" in last.why_not
    with pytest.raises(NotOffered, match="format"):
        await driver.pages(last.remote_id)


@pytest.mark.parametrize("way", ["buy", "borrow", "sample", "subscribe"])
def test_what_has_to_be_paid_for_or_given_back_is_not_taken(way) -> None:
    link = Link(href="/file", rels=[f"{ACQUISITION}/{way}"], type="application/vnd.comicbook+zip")

    entry = Entry(id="1", title="Ch. 1", links=[link])

    assert entry.archive is None and why_not(entry) is not None


async def test_SEC50_what_lets_us_in_goes_to_no_other_host(opened, fake) -> None:
    driver = opened(V1)
    entry = Entry(id="1", title="Ch. 1", where=f"{fake.url}/opds/v1.2/catalog")

    whole = driver._whole(entry, Link(href="http://elsewhere.example/3.cbz"))

    assert whole.headers == {}


async def test_the_volume_of_a_title_is_told_from_its_number(opened) -> None:
    driver = opened(V1)
    volume = (await driver.chapters("/opds/v1.2/series/lantern"))[2]

    assert (volume.number, volume.volume) == (None, Decimal(3))


@BOTH
async def test_the_latest_are_found_by_their_relation_or_name(opened, version) -> None:
    found = await opened(version).latest(Wish())

    first = {V1: "Salt Lantern", V2: "Iron Lantern"}[version]
    assert found.series[0].title == first


@BOTH
async def test_what_is_popular_is_found_by_its_relation_or_name(opened, version) -> None:
    found = await opened(version).popular(Wish())

    assert [one.title for one in found.series] == ["Tide"]


@BOTH
async def test_a_catalogue_that_does_not_say_what_is_popular_is_not_sick(
    opened, fake, version
) -> None:
    fake.says_what_is_popular = False

    with pytest.raises(NotOffered, match="does not say what is popular"):
        await opened(version).popular(Wish())


async def test_a_list_goes_on_where_the_catalogue_says(opened) -> None:
    driver = opened(V1)
    titles, more, rounds = [], None, 0
    while rounds == 0 or more:
        found = await driver.latest(Wish(more=more))
        titles += [one.title for one in found.series]
        more, rounds = found.more, rounds + 1

    assert titles == ["Salt Lantern", "Tide", "Iron Lantern"] and rounds == 2


async def test_chapters_of_one_language_are_asked_for(opened) -> None:
    found = await opened(V2).chapters("/opds/v2/series/lantern", ["fr"])

    assert [one.title for one in found] == ["Chapter 2.5 - Noon"]


async def test_pages_of_many_chapters_do_not_walk_the_list_each_time(opened, fake) -> None:
    driver = opened(V1)
    chapters = await driver.chapters("/opds/v1.2/series/lantern")
    before = len(fake.asked)

    for one in chapters[:2]:
        await driver.pages(one.remote_id)

    assert len(fake.asked) == before


async def test_a_page_more_is_another_version(opened, fake) -> None:
    driver, again = opened(V1), opened(V1)
    book = fake.shelves[1].books[0]
    [chapter] = await driver.chapters("/opds/v1.2/series/tide")
    before = await driver.pages(chapter.remote_id)

    book.pages = [*book.pages, b"more"]
    after = await again.pages(chapter.remote_id)

    assert after.version != before.version and len(after.pages) == 2


async def test_a_wrong_password_is_said_in_words(opened) -> None:
    with pytest.raises(Blocked, match="name and password"):
        await opened(V1, password="wrong").search(Wish(text="x"))


async def test_a_key_in_the_address_is_neither_kept_nor_shown(opened, fake) -> None:
    fake.key = "a-secret-key"
    driver = opened("/{key}" + V1, name="", password="", api_key="a-secret-key")

    found = await driver.search(Wish(text="iron"))
    series = await driver.series(found.series[0].remote_id)
    chapters = await driver.chapters(series.remote_id)
    pages = await driver.pages(chapters[0].remote_id)

    said = repr([found, series, chapters, pages])
    assert "a-secret-key" not in said and "{key}" in said
    assert await driver.page(pages.pages[0]) == b"one"


@pytest.mark.parametrize(
    "id",
    ["http://169.254.169.254/", "//elsewhere.example/x", "http://127.0.0.1:1/opds", "ftp://x/",
     "http://mira@127.0.0.1/", "http://[", "/opds/v1.2/series/lantern#nobody"],
)  # fmt: skip
async def test_an_id_from_somebodys_address_bar_leads_nowhere_else(opened, fake, id) -> None:
    driver = opened(V1)

    for ask in (driver.series, driver.pages):
        with pytest.raises(NotThere):
            await ask(id)
    with pytest.raises(NotThere):
        await driver.latest(Wish(more=id.replace("#nobody", "/gone")))

    assert all(asked.path.startswith("/opds/v1.2") for asked in fake.asked)


async def test_credentials_stay_with_the_catalogue(opened, fake) -> None:
    """Pages may lie with somebody else, who learns neither the password nor the key."""
    other = FakeOpds()
    other.name = ""
    async with on_loopback(other, "127.0.0.2") as other.port:
        driver = opened(V1)
        driver.out._client._transport._pool._network_backend.allowed |= {("127.0.0.2", other.port)}
        with pytest.raises(Blocked):
            await driver.page(RemotePage(f"http://127.0.0.2:{other.port}/opds/books/1/pages/0"))

    assert [one.headers.get("authorization") for one in other.asked] == [None]


BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<feed><title>&b;</title></feed>"""
ENTITY = b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed><title>&x;</title></feed>'


@pytest.mark.parametrize(
    "body",
    [BOMB, ENTITY, b"<a>" * 500, b"<feed><entry></feed>", b"\xff\xfe\x00", b"", b"<html><p>hello",
     b"<html><body><form>Sign in</form></body></html>", b'{"error": "no"}', b'{"metadata": {}}',
     b"{", b'{"metadata": 5}', b'{"publications": [{"links": 3}]}', b"[" * 100_000,
     b'{"a":' * 50_000],
)  # fmt: skip
async def test_SEC45_hostile_documents_are_refused_in_words(opened, fake, body) -> None:
    fake.fail("/opds/", Answer(200, body))

    with pytest.raises(Unexpected, match="catalogue of OPDS"):
        await opened(V1).latest(Wish())


async def test_a_list_that_leads_back_to_itself_ends(opened, fake) -> None:
    loop = FEED + '<title>x</title><link rel="next" href="/opds/v1.2/series/lantern"/></feed>'
    fake.fail("/series/lantern", *[Answer(200, loop.encode())] * 3)

    with pytest.raises(Unexpected, match="without end"):
        await opened(V1).chapters("/opds/v1.2/series/lantern")


async def test_foreign_words_are_cleaned_and_markup_is_taken_out(opened, fake) -> None:
    fake.shelves = [Shelf("x", "Sea\u202e<b>", [Book("1", "A\x07\u202e <script>")])]
    driver = opened(V2)

    [series] = (await driver.search(Wish(text="sea"))).series
    [chapter] = await driver.chapters(series.remote_id)

    assert series.title.endswith("\u2069") and chapter.title.endswith("\u2069")
    assert "\x07" not in chapter.title


async def test_addresses_that_are_none_are_left_out(opened, fake) -> None:
    odd = FEED + (
        '<title>x</title><link rel="next" href="http://["/><entry><id>1</id><title>Odd</title>'
        '<link rel="http://opds-spec.org/image" href="http://[x"/>'
        '<link type="application/atom+xml" href="/opds/v1.2/series/tide"/></entry></feed>'
    )
    fake.fail("/opds/", Answer(200, odd.encode()))

    found = await opened(V1).latest(Wish())

    assert [one.title for one in found.series] == ["Odd"]
    assert found.more is None and found.series[0].cover_url is None


async def test_a_document_with_more_than_can_be_read_is_refused_not_cut(opened, fake) -> None:
    """Of a shorter list follows that the rest was taken down there."""
    entries = "".join(f"<entry><id>{at}</id></entry>" for at in range(MOST_ENTRIES + 1))
    fake.fail("/v1.2/", Answer(200, (FEED + f"<title>x</title>{entries}</feed>").encode()))
    links = [{"href": f"/opds/v2/{at}", "title": "x"} for at in range(MOST_ENTRIES + 1)]
    fake.fail("/v2/", Answer(200, {"metadata": {"title": "x"}, "navigation": links}))

    for version in (V1, V2):
        with pytest.raises(Unexpected, match="catalogue of OPDS"):
            await opened(version).latest(Wish())


async def test_an_entry_without_an_id_is_known_by_its_address(opened, fake) -> None:
    odd = FEED + (
        '<title>Tide</title><entry><title>Ch. 4</title><link type="application/vnd.comicbook+zip"'
        ' rel="http://opds-spec.org/acquisition" href="/opds/books/4/file"/></entry></feed>'
    )
    fake.fail("/series/tide", Answer(200, odd.encode()))

    [chapter] = await opened(V1).chapters("/opds/v1.2/series/tide")

    assert chapter.remote_id.endswith("#/opds/books/4/file") and chapter.number == 4


async def test_addresses_are_relative_to_where_they_were_found_or_say_to_what(opened, fake) -> None:
    odd = FEED.replace("<feed ", '<feed xml:base="/opds/v1.2/deep/" ') + (
        '<title>x</title><link rel="next" href="../series?page=3"/>'
        '<entry xml:base="er/"><id>1</id><title>One</title>'
        '<link rel="http://opds-spec.org/image" href="cover"/>'
        '<link type="application/atom+xml" rel="subsection" href="?id=1"/></entry>'
        "<entry><id>2</id><title>Two</title>"
        '<link type="application/atom+xml" rel="subsection" href="two"/></entry></feed>'
    )
    fake.fail("/opds/", Answer(200, odd.encode()))

    found = await opened(V1).latest(Wish())

    assert [one.remote_id for one in found.series] == [
        "/opds/v1.2/deep/er/?id=1",
        "/opds/v1.2/deep/two",
    ]
    assert found.series[0].cover_url == f"{fake.url}/opds/v1.2/deep/er/cover"
    assert found.more == "/opds/v1.2/series?page=3"


async def test_facets_are_no_series(opened, fake) -> None:
    facet = (
        '<link rel="http://opds-spec.org/facet" href="/opds/v1.2/series?status=ended" title="Ended"'
        ' type="application/atom+xml;profile=opds-catalog" opds:facetGroup="Status"/>'
    )
    fake.fail("/v1.2/", Answer(200, (FEED + f"<title>x</title>{facet}</feed>").encode()))
    facets = [{"metadata": {"title": "Status"}, "links": [{"href": "/opds/v2/x", "title": "x"}]}]
    fake.fail("/v2/", Answer(200, {"metadata": {"title": "x"}, "links": [], "facets": facets}))

    for version in (V1, V2):
        assert (await opened(version).latest(Wish())).series == []


@BOTH
async def test_facets_are_filters(opened, fake, version) -> None:
    """Of a group in which one holds by itself that is the usual one; else nothing is."""
    fake.has_facets = True

    language, sort = await opened(version).filters()

    assert (language.name, language.label, language.is_one) == ("facet_language", "Language", True)
    assert [one.value for one in language.choices] == ["", "English", "French"]
    assert (sort.name, [one.value for one in sort.choices]) == ("facet_sort", ["Newest", "A to Z"])


@BOTH
async def test_a_list_is_narrowed_by_one_facet_after_another(opened, fake, version) -> None:
    fake.has_facets = True
    driver = opened(version)

    french = await driver.latest(Wish(filters={"facet_language": ["French"]}))
    both = {"facet_sort": ["A to Z"], "facet_language": ["English"]}
    in_order = await driver.latest(Wish(filters=both | {"status": ["completed"]}))
    usual = await driver.latest(Wish(filters={"facet_sort": ["Newest"]}))

    assert [one.title for one in french.series] == ["Iron Lantern"]
    assert [one.title for one in in_order.series][:2] == ["Iron Lantern", "Salt Lantern"]
    assert usual == await driver.latest(Wish())


async def test_what_is_found_is_narrowed_as_well_and_goes_on_so(opened, fake) -> None:
    fake.has_facets = True
    fake.shelves += [Shelf(f"l{at}", f"Lantern {at}", [Book(f"l{at}", "One")]) for at in range(2)]
    english = {"facet_language": ["English"]}
    wish = Wish(text="lantern", filters=english)

    first = await opened(V1).search(wish)
    second = await opened(V1).search(msgspec.structs.replace(wish, more=first.more))

    found = [one.title for one in (*first.series, *second.series)]
    assert found == ["Iron Lantern", "Salt Lantern", "Lantern 0", "Lantern 1"]
    assert "Language=en" in first.more and second.more is None


@BOTH
async def test_a_list_that_cannot_be_narrowed_so_is_not_shown_as_if_it_were(
    opened, fake, version
) -> None:
    driver = opened(version)
    both = {"facet_language": ["French"], "facet_sort": ["A to Z"]}

    with pytest.raises(NotOffered, match="French"):
        await driver.latest(Wish(filters=both))
    fake.has_facets = fake.forgets_facets = True
    with pytest.raises(NotOffered, match="“French” and something else"):
        await driver.latest(Wish(filters=both))


async def test_a_link_behind_many_facets_is_not_lost(opened, fake) -> None:
    facet = (
        '<link rel="http://opds-spec.org/facet" href="/opds/v1.2/series?tag={0}" title="Tag {0}"/>'
    )
    more = f'<link rel="next" type="{PUBLISHES}" href="/opds/v1.2/series?page=1"/>'
    facets = "".join(map(facet.format, range(600)))
    fake.fail("/v1.2/", Answer(200, (FEED + f"<title>x</title>{facets}{more}</feed>").encode()))

    found = await opened(V1).latest(Wish())

    assert found.more == "/opds/v1.2/series?page=1"


async def test_nothing_that_is_left_blank_spoils_a_list(opened, fake) -> None:
    """The specification forbids it; servers do it."""
    blank = {"title": "One", "identifier": None, "description": None, "numberOfPages": 3.0}
    publication = {
        "metadata": blank | {"language": "eng", "belongsTo": None, "author": None},
        "links": [{"rel": None, "href": "/opds/books/1/file", "type": None, "title": None}],
        "images": None,
    }
    body = {"metadata": {"title": "x"}, "links": None, "groups": None, "navigation": None}
    fake.fail("/opds/", Answer(200, body | {"publications": [publication]}))

    [one] = (await opened(V2).latest(Wish())).series

    assert (one.title, one.languages) == ("One", ["en"])


@BOTH
async def test_a_catalogue_that_leads_to_another_address_says_so(opened, fake, version) -> None:
    """As one behind a proxy that does not know its own address."""
    there = "https://books.example/opds"
    entry = f'<entry><id>1</id><title>x</title><link type="application/atom+xml" href="{there}"/></entry>'
    bodies = {
        V1: (FEED + f"<title>x</title>{entry}</feed>").encode(),
        V2: {"metadata": {"title": "x"}, "navigation": [{"href": there, "title": "x"}]},
    }
    fake.fail("/opds/", Answer(200, bodies[version]))

    with pytest.raises(Unexpected, match=r"leads to https://books\.example, which is not"):
        await opened(version).latest(Wish())


async def test_a_catalogue_among_others_hides_only_those(opened, fake) -> None:
    other = '<entry><id>1</id><title>x</title><link type="application/atom+xml" href="//a.b/c"/></entry>'
    own = '<entry><id>2</id><title>y</title><link type="application/atom+xml" href="/opds/y"/></entry>'
    fake.fail("/opds/", Answer(200, (FEED + f"<title>x</title>{other}{own}</feed>").encode()))

    assert [one.title for one in (await opened(V1).latest(Wish())).series] == ["y"]


async def test_a_next_part_that_lies_elsewhere_is_not_left_out_in_silence(opened, fake) -> None:
    part = FEED + '<title>x</title><link rel="next" href="http://elsewhere.example/2"/></feed>'
    fake.fail("/series/lantern", Answer(200, part.encode()))

    with pytest.raises(Unexpected, match=r"leads to http://elsewhere\.example"):
        await opened(V1).chapters("/opds/v1.2/series/lantern")


async def test_a_way_of_signing_in_that_there_is_not_is_named(opened, fake) -> None:
    fake.fail(
        "/opds/", Answer(401, b"", {"www-authenticate": 'Digest realm="calibre", qop="auth"'})
    )

    with pytest.raises(Blocked, match="by Digest"):
        await opened(V1).latest(Wish())


async def test_a_template_that_is_a_link_by_itself_is_one(opened, fake) -> None:
    fake.has_description = False

    found = await opened(V1).search(Wish(text="iron"))

    assert [one.title for one in found.series] == ["Iron Lantern"]


async def test_a_catalogue_that_cannot_be_searched_says_so(opened, fake) -> None:
    fake.fail("/opds/", Answer(200, (FEED + "<title>x</title></feed>").encode()))

    with pytest.raises(NotOffered, match="cannot be searched"):
        await opened(V1).search(Wish(text="iron"))


async def test_a_key_may_stand_in_a_header_of_any_name(opened, fake) -> None:
    fake.header = ("x-shelf", "seven kites")
    given = {"name": "", "password": "", "api_key": "seven kites", "api_key_header": "X-Shelf"}

    assert (await opened(V1, **given).latest(Wish())).series


async def test_html_of_a_summary_becomes_words(opened) -> None:
    known = await opened(V1).series("/opds/v1.2/series/tide")

    assert " ".join(known.summary.split()) == "About it ."


async def test_gone_and_broken_are_two_things(opened, fake) -> None:
    with pytest.raises(NotThere):
        await opened(V1).series("/opds/v1.2/series/nobody")
    fake.trouble("gzip-bomb")
    with pytest.raises(OutboundError, match="more than"):
        await opened(V1).latest(Wish())


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("/s?q={searchTerms}", "/s?q=a%20b"),
        ("/s?q={searchTerms}&page={startPage?}&n={count?}", "/s?q=a%20b&page=&n="),
        ("/s{?query}", "/s?query=a%20b"),
        ("/s{?title,query}", "/s?query=a%20b"),
        ("/s?q={query}", "/s?q=a%20b"),
        ("/s{?title}", None),
        ("/s", None),
    ],
)
def test_templates_of_searches(template: str, filled: str | None) -> None:
    assert search_address(template, "a b") == filled


@pytest.mark.parametrize(
    ("title", "number"),
    [("Chapter 12.5", "12.5"), ("Iron Lantern #3", "3"), ("7 - A title", "7"), ("Ch.08", "08"),
     ("c001 Dusk", "001"), ("2049 Nights", ""), ("Area 51", ""), ("Vol. 3", ""), ("12", "12")],
)  # fmt: skip
def test_numbers_in_titles(title: str, number: str) -> None:
    assert chapter_in_title(title) == number
