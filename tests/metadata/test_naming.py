"""File names as words: the table, the traps, and text made to hurt."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.metadata.name_tokens import plain_number
from app.metadata.naming import ParsedName, parse_name
from tests.metadata.name_rows import ROWS

FOLDER = "Iron Lantern"


def spelled(first: Decimal | None, last: Decimal | None) -> str:
    if first is None:
        return ""
    return plain_number(first) if last is None else f"{plain_number(first)}-{plain_number(last)}"


def special_of(parsed: ParsedName) -> str:
    if parsed.kind == "special":
        return f"yes ({spelled(parsed.number, None)})" if parsed.number is not None else "yes"
    is_marked = "shot" in parsed.kind and parsed.series is not None
    return "oneshot" if is_marked else ""


@pytest.mark.parametrize(("row", "name", "series", "volume", "chapter", "special"), ROWS)
def test_every_row_of_the_table_is_read_as_it_says(row, name, series, volume, chapter, special):
    for folder in (FOLDER, "", "Elsewhere"):
        parsed = parse_name(name, folder)

        is_special = parsed.kind == "special"
        assert (parsed.series or "") == series or (series == "" and parsed.series in (FOLDER, None))
        assert spelled(parsed.volume, parsed.volume_end) == volume
        assert ("" if is_special else spelled(parsed.number, parsed.number_end)) == chapter
        if special == "oneshot" or row == 68:
            # A name without any token is one whole story, said or not.
            assert parsed.kind == "oneshot"
        else:
            assert special_of(parsed) == special


@pytest.mark.parametrize(
    ("name", "folder", "series", "volume", "chapter"),
    [
        ("Route 66.cbz", "Route 66", "Route 66", "", ""),
        ("Route 66 12.cbz", "Route 66", "Route 66", "", "12"),
        ("7 Lanterns 03.cbz", "", "7 Lanterns", "", "3"),
        ("100 Lanterns 5 (2020) (Digital).cbz", "", "100 Lanterns", "", "5"),
        ("Iron Lantern v03 - 7 Days.cbz", "", "Iron Lantern", "3", ""),
        ("Iron.Lantern.v02.cbz", "", "Iron Lantern", "2", ""),
        ("Iron Lantern 第１２話.cbz", "", "Iron Lantern", "", "12"),
        ("Iron Lantern 012 - Part 2.cbz", "", "Iron Lantern", "", "12"),
        ("001 Low Tide.cbz", "Iron Lantern", "", "", "1"),
        ("Season 2", "", "", "2", ""),
        ("Élan Vital c004.cbz", "", "Élan Vital", "", "4"),
    ],
)
def test_numbers_in_a_title_stay_in_the_title(name, folder, series, volume, chapter):
    parsed = parse_name(name, folder)

    assert (parsed.series or "") == series
    assert spelled(parsed.volume, parsed.volume_end) == volume
    assert spelled(parsed.number, parsed.number_end) == chapter


def test_brackets_tell_the_group_the_language_and_the_year():
    parsed = parse_name(
        "[Night Press] Iron Lantern c003 (v01) (2019) [en] (Digital) [A1B2C3D4].cbz"
    )

    assert parsed.groups == ("Night Press",)
    assert parsed.language == "en"
    assert parsed.year == 2019
    assert (parsed.series, parsed.number, parsed.volume) == ("Iron Lantern", 3, 1)


def test_the_words_behind_the_number_are_the_title():
    assert parse_name("Iron Lantern - c012 - Low Tide.cbz").title == "Low Tide"
    assert parse_name("Iron Lantern v01.cbz").title is None


def test_a_number_too_large_to_keep_is_said_and_not_kept():
    parsed = parse_name("Iron Lantern c99999999.cbz")

    assert parsed.number is None
    assert parsed.out_of_range


@given(st.text(st.characters(exclude_categories=()), max_size=300), st.text(max_size=40))
def test_no_name_raises_and_none_leaves_control_characters(name, folder):
    parsed = parse_name(name, folder)

    shown = [parsed.series or "", parsed.title or "", *parsed.groups]
    assert all(sign not in text for text in shown for sign in "\n\r\0\u202e\u2066\ufeff")
    assert all(not "\ud800" <= sign <= "\udfff" for text in shown for sign in text)


@given(st.binary(max_size=255))
def test_SEC71_a_name_of_any_bytes_is_read(raw):
    parse_name(raw.decode("utf-8", "surrogateescape") + ".cbz").series  # noqa: B018


@pytest.mark.parametrize(
    "piece",
    [
        "v",
        "c",
        "1",
        "1-",
        "1 - ",
        "(",
        "[a",
        "(1)",
        "vol ",
        "ch. ",
        "第1",
        " ",
        "_",
        ".1",
        "sp",
        "x1",
    ],
)
def test_SEC46_ten_kilobytes_of_one_token_take_milliseconds(piece):
    name = piece * (10_000 // len(piece)) + ".cbz"

    started = time.thread_time()
    parse_name(name, piece * 100)

    assert time.thread_time() - started < 0.2  # one step for each pair of letters takes seconds
