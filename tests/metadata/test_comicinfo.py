"""ComicInfo in every version, and what is wrong with some."""

from datetime import date
from decimal import Decimal

import pytest

from app.foundation.security.xml import BadXml
from app.metadata.comicinfo import parse_comicinfo
from app.metadata.facts import Credit, SeriesFacts
from app.metadata.merge import facts_of_books, merged, most_frequent
from app.metadata.series_json import BadSidecar, parse_sidecar


def read(body: str):
    return parse_comicinfo(f"<ComicInfo>{body}</ComicInfo>".encode())


def test_the_reference_example_is_read_whole():
    info = read(
        "<Title>Low Tide</Title><Series>Iron Lantern</Series><Number>12</Number>"
        "<Volume>2</Volume><Year>2021</Year><Month>4</Month><Writer>A. Writer</Writer>"
        "<Translator>GroupX</Translator><Genre>Drama, Mystery</Genre>"
        "<Web>https://example.org/1 https://example.org/2</Web><PageCount>24</PageCount>"
        "<LanguageISO>en</LanguageISO><Manga>YesAndRightToLeft</Manga><AgeRating>Teen</AgeRating>"
    )

    assert (info.title, info.series, info.number, info.volume) == (
        "Low Tide",
        "Iron Lantern",
        12,
        2,
    )
    assert info.released_on == date(2021, 4, 1)
    assert info.facts.creators == [Credit("A. Writer", "writer"), Credit("GroupX", "translator")]
    assert info.facts.genres == ["Drama", "Mystery"]
    assert info.facts.links == ["https://example.org/1", "https://example.org/2"]
    assert (info.facts.direction, info.facts.age_rating, info.language) == ("rtl", 13, "en")
    assert info.problems == []


@pytest.mark.parametrize(
    ("number", "value"),
    [("12.5", "12.5"), ("12,5", "12.5"), ("1AU", "1"), ("007", "7"), ("-1", "-1")],
)
def test_numbers_are_text_with_a_value(number, value):
    assert read(f"<Number>{number}</Number>").number == Decimal(value)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "9" * 400, "½", "x"])
def test_a_number_beyond_the_column_is_none_and_named(number):
    info = read(f"<Number>{number}</Number>")

    assert info.number is None
    assert info.problems == ["Number"]


def test_a_volume_that_is_a_year_is_the_year_the_series_began():
    info = read("<Volume>2019</Volume>")

    assert info.volume is None
    assert info.facts.year == 2019


def test_prefixes_that_mihon_declares_do_not_hinder():
    info = parse_comicinfo(
        b'<ComicInfo xmlns:ty="http://www.w3.org/2001/XMLSchema">'
        b"<ty:PublishingStatusTachiyomi>On hiatus</ty:PublishingStatusTachiyomi>"
        b"<ty:Categories>Sea</ty:Categories></ComicInfo>"
    )

    assert (info.facts.status, info.facts.tags) == ("hiatus", ["Sea"])


def test_a_first_version_without_most_elements_and_a_mark_is_read():
    data = b"\xef\xbb\xbf<?xml version='1.0'?><ComicInfo><Manga>Yes</Manga><Count>-1</Count></ComicInfo>"
    info = parse_comicinfo(data)

    assert (info.facts.direction, info.facts.total_chapters, info.facts.status) == (
        None,
        None,
        None,
    )


def test_SEC44_links_of_other_schemes_are_left_out():
    assert read(
        "<Web>javascript:alert(1) file:///etc/passwd https://a.example</Web>"
    ).facts.links == ["https://a.example"]


@pytest.mark.parametrize(
    "data",
    [b"", b"<ComicInfo>", b"<other/>", b"<!DOCTYPE x><ComicInfo/>", b"<a>" * 1000, b"\xff\xfe\x00"],
)
def test_SEC45_what_is_no_comicinfo_is_refused(data):
    with pytest.raises(BadXml):
        parse_comicinfo(data)


def test_mylar_describes_a_series():
    facts = parse_sidecar(
        "series.json",
        b'{"version":"1.0.2","metadata":{"publisher":"Pub","name":"Iron Lantern","year":2019,'
        b'"description_text":"Text","description_formatted":null,"volume":2,"age_rating":"12+",'
        b'"total_issues":12,"status":"Continuing"}}',
    )

    assert (facts.title, facts.summary, facts.age_rating) == ("Iron Lantern (2019)", "Text", 12)
    assert (facts.status, facts.total_chapters, facts.publisher) == ("ongoing", 12, "Pub")


def test_an_old_series_json_holds_a_list_of_one():
    facts = parse_sidecar("series.json", b'{"metadata":[{"name":"X","description":"D"}]}')

    assert (facts.title, facts.summary) == ("X", "D")


def test_mihon_describes_a_local_series():
    data = b'{"title":"X","author":"A","artist":"B","genre":["Sea"],"status":"2"}'
    facts = parse_sidecar("details.json", data)

    assert facts.creators == [Credit("A", "writer"), Credit("B", "penciller")]
    assert (facts.genres, facts.status) == (["Sea"], "completed")


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"metadata": 3}', b"[" * 100_000, b" " * 2**21]
)
def test_a_broken_sidecar_says_so(data):
    with pytest.raises(BadSidecar):
        parse_sidecar("series.json", data)


def test_the_higher_source_wins_and_says_so():
    answer = merged(
        [
            ("folder_name", SeriesFacts(title="folder")),
            ("sidecar", SeriesFacts(title="sidecar", summary="S", genres=["a"])),
            ("comicinfo", SeriesFacts(title="info", genres=[])),
        ]
    )

    assert (answer.values["title"], answer.sources["title"]) == ("info", "comicinfo")
    assert (answer.values["summary"], answer.sources["summary"]) == ("S", "sidecar")
    assert answer.values["genres"] == ["a"]
    assert answer.values["publisher"] is None


def test_a_persons_word_and_a_chosen_provider_are_never_touched():
    answer = merged(
        [("comicinfo", SeriesFacts(title="info", summary="S", year=1990))],
        locked=["title"],
        sources={"summary": "provider", "year": "comicinfo"},
    )

    assert not {"title", "summary"} & set(answer.values)
    assert answer.values["year"] == 1990
    assert answer.sources == {"summary": "provider", "year": "comicinfo"}


def test_books_vote_lists_unite_and_the_strictest_age_counts():
    books = [
        SeriesFacts(publisher="A", age_rating=10, genres=["Drama"], year=2020),
        SeriesFacts(publisher="B", age_rating=18, genres=["drama", "Sea"], year=2019),
        SeriesFacts(publisher="B"),
    ]

    facts = facts_of_books(books)

    assert (facts.publisher, facts.age_rating, facts.year) == ("B", 18, 2019)
    assert facts.genres == ["Drama", "Sea"]
    assert most_frequent([None, "x", "y"]) == "x"
