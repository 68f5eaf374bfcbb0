"""The page table keeps what it was given, and finds one page without reading all."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.foundation.archives.page_table import (
    MEDIA_TYPES,
    BadPageTable,
    PageEntry,
    count,
    decode,
    encode,
    entry_at,
    fingerprint,
    in_page_order,
    page_order_key,
)

U32 = st.integers(0, 2**32 - 1)
NAMES = st.one_of(st.text(), st.binary(max_size=40).map(os.fsdecode))
ENTRIES = st.lists(
    st.builds(
        PageEntry,
        name=NAMES,
        header_offset=st.integers(0, 2**64 - 1),
        compressed_size=U32,
        size=U32,
        method=st.integers(0, 255),
        crc32=U32,
        media_type=st.sampled_from(MEDIA_TYPES),
        width=U32,
        height=U32,
    ),
    max_size=30,
)


def page(name: str, crc32: int = 1, size: int = 2) -> PageEntry:
    return PageEntry(name, 0, size, size, 0, crc32, "image/jpeg")


@given(ENTRIES)
def test_a_page_table_decodes_to_what_was_encoded(entries: list[PageEntry]) -> None:
    data = encode(entries)

    assert decode(data) == entries
    assert count(data) == len(entries)
    assert [entry_at(data, n) for n in range(len(entries))] == entries


@given(st.binary(max_size=200))
def test_foreign_bytes_are_refused_in_one_way_only(data: bytes) -> None:
    try:
        entries = decode(data)
    except BadPageTable:
        return
    assert len(entries) == count(data)


def test_a_page_beyond_the_end_does_not_exist() -> None:
    data = encode([page("1.jpg")])

    for n in (-1, 1):
        with pytest.raises(IndexError):
            entry_at(data, n)


def test_a_page_table_stays_small() -> None:
    data = encode([page(f"{n:03}.jpg") for n in range(30)])

    assert len(data) <= 30 * 42 + 5


def test_the_fingerprint_follows_content_and_order_but_not_names() -> None:
    one, two = page("1.jpg", crc32=1), page("2.jpg", crc32=2)

    assert fingerprint([one, two]) == fingerprint([page("a.jpg", 1), page("b.jpg", 2)])
    assert fingerprint([one, two]) != fingerprint([two, one])
    assert len(fingerprint([])) == 16


def test_the_fingerprint_is_pinned_because_it_is_stored_for_years() -> None:
    assert fingerprint([page("1.jpg", 1, 2)]).hex() == "2cc5e4d47c5f3c5fbe635a5a5b7bb392"


@pytest.mark.parametrize(
    "names",
    [
        ["1.jpg", "2.jpg", "10.jpg"],
        ["1.jpg", "1-2.jpg", "1a.jpg", "2.jpg"],
        ["p001.jpg", "P002.JPG", "p010.png"],
        ["v1/c2/001.jpg", "v1/c10/001.jpg", "v2/c1/001.jpg"],
        ["!cover.jpg", "_credits.jpg", "001.jpg", "cover.jpg"],
        ["１.jpg", "2.jpg", "１０.jpg"],
        ["第1話/1.jpg", "第2話/1.jpg", "第10話/1.jpg"],
        ["9.jpg", "9" * 5000 + ".jpg"],
    ],
)
def test_pages_stand_in_the_order_a_reader_counts(names: list[str]) -> None:
    shuffled = names[::-1]

    assert sorted(shuffled, key=page_order_key) == names
    assert in_page_order(shuffled, lambda name: name) == names


@given(st.lists(st.from_regex(r"[a-c]?[0-9]{1,2}\.jpg", fullmatch=True), unique=True))
def test_the_short_cut_for_plain_names_gives_the_same_order(names: list[str]) -> None:
    assert in_page_order(names, lambda name: name) == sorted(names, key=page_order_key)


@given(st.text(), st.text())
def test_different_names_are_never_equal_in_order(one: str, other: str) -> None:
    assert (page_order_key(one) == page_order_key(other)) is (one == other)
