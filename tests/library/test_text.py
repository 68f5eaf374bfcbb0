import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.library.text import folded, padded, sort_key, title_key


def test_case_accents_and_width_do_not_part_titles():
    assert folded("ÉLAN  Vital") == folded("élan vital") == folded("Ｅlan Vital") == "elan vital"


def test_voicing_marks_are_letters_and_stay():
    assert folded("ガ") != folded("カ")
    assert folded("ｶﾞ") == folded("ガ")


def test_hangul_stays_whole():
    assert folded("유리") == "유리"


def test_signs_do_not_part_titles_but_titles_of_signs_stay():
    assert title_key("Re:Zero") == title_key("Re Zero")
    assert title_key("!!!") == "!!!"
    assert title_key("") == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [("Volume 2", "Volume 10"), ("The Zoo", "Zoo 2"), ("A Bell", "Cat"), ("x 9", f"x {'9' * 12}")],
)
def test_titles_stand_in_the_order_a_person_expects(first, second):
    assert sort_key(first) < sort_key(second)


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_padded_numbers_sort_by_value(first, second):
    assert (padded(str(first)) < padded(str(second))) == (first < second)


@given(st.text())
def test_no_title_raises(title):
    assert isinstance(sort_key(title) + title_key(title), str)
