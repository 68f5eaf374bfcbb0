from uuid import uuid4

import pytest

from app.foundation.security.signing import Signer
from app.foundation.web.paging import Cursor, escape_like, rows_wanted

SIGNER = Signer(b"k" * 32)
TITLES = Cursor(SIGNER, "series.title")


def test_a_place_in_a_list_comes_back_as_it_went() -> None:
    series_id = str(uuid4())

    token = TITLES.pack("akira", 1.5, None, series_id)

    assert TITLES.unpack(token, 4) == ("akira", 1.5, None, series_id)
    assert token.isascii() and not set(token) & set("=&?#/+ %")


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b", "é.é", "x" * 9000, "."])
def test_SEC35_what_is_not_ours_is_the_first_page(token: str | None) -> None:
    assert TITLES.unpack(token, 1) is None


def test_SEC35_a_changed_token_is_the_first_page() -> None:
    token = TITLES.pack("akira")
    body, _, mac = token.partition(".")

    assert Cursor(SIGNER, "series.title").unpack(token, 1) == ("akira",)
    assert TITLES.unpack(Cursor(Signer(b"o" * 32), "series.title").pack("akira"), 1) is None
    assert TITLES.unpack(f"{body}A.{mac}", 1) is None
    assert TITLES.unpack(f"{body}.{mac}A", 1) is None


def test_SEC35_a_token_of_another_list_or_shape_is_the_first_page() -> None:
    token = TITLES.pack("akira")

    assert Cursor(SIGNER, "series.added").unpack(token, 1) is None
    assert TITLES.unpack(token, 2) is None


@pytest.mark.parametrize(("asked", "given"), [(None, 48), (0, 48), (-5, 1), (10, 10), (9999, 200)])
def test_SEC35_no_list_is_longer_than_200(asked: int | None, given: int) -> None:
    assert rows_wanted(asked) == given


def test_SEC35_a_persons_words_are_no_pattern() -> None:
    assert escape_like(r"100%_\x") == r"100\%\_\\x"
