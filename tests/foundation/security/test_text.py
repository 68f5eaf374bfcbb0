import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from app.foundation.security.text import clean_line, clean_text, on_one_line


def test_ordinary_words_come_through_unchanged() -> None:
    assert clean_text("Akira", 100) == "Akira"
    assert clean_text("潮騒の図書館", 100) == "潮騒の図書館"
    assert clean_text("two\nlines", 100) == "two\nlines"


def test_control_characters_are_dropped() -> None:
    assert clean_text("A\x00ki\x1bra\x7f\x85", 100) == "Akira"
    assert clean_text("bad\udcff byte", 100) == "bad byte"


def test_a_right_to_left_override_ends_where_the_words_end() -> None:
    cleaned = clean_text("Akira \u202egpj.exe", 100)

    assert cleaned == "\u2068Akira \u202egpj.exe\u202c\u2069"


def test_a_lonely_closing_mark_cannot_leave_the_isolate() -> None:
    assert clean_text("a\u2069\u202eb", 100) == "\u2068a\u202eb\u202c\u2069"


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert clean_text("x" * 50, 10) == "x" * 9 + "…"


def test_a_line_has_no_line_breaks() -> None:
    assert clean_line(" Berserk \r\n  of\tGluttony ", 100) == "Berserk of Gluttony"


@given(st.text(max_size=400), st.integers(min_value=4, max_value=120))
def test_whatever_comes_is_short_storable_and_balanced(foreign: str, limit: int) -> None:
    cleaned = clean_text(foreign, limit)

    assert len(cleaned) <= limit
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    opened = sum(cleaned.count(char) for char in "\u2066\u2067\u2068")
    assert opened == cleaned.count("\u2069")
    assert unicodedata.is_normalized("NFC", cleaned)


def test_SEC52_what_goes_to_a_log_is_one_line_without_terminal_codes() -> None:
    assert on_one_line("a\r\nb\x1b[31mred\u202e") == "a\\r\\nb\\x1b[31mred\\u202e"
