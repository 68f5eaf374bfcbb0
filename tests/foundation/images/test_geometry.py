"""The size of a picture is known before it is made, and its pieces make up the whole."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.foundation.images.geometry import Borders, chunks, lined_up, shape
from app.foundation.images.recipe import Recipe
from app.foundation.images.widths import SIDES

sizes = st.tuples(st.integers(1, 4000), st.integers(1, 4000)) | st.tuples(
    st.integers(1, 1600), st.integers(1, 60_000)
)
sides = st.none() | st.sampled_from(SIDES)
borders = st.builds(Borders, *[st.integers(0, 2500)] * 4)


@given(sizes, sides, sides, st.sampled_from(["width", "height", "box", "page"]))
def test_nothing_is_enlarged_or_leaves_its_box(size, width, height, fit) -> None:
    made = shape(size, Recipe(width, fit, height=height))

    assert 1 <= made.width <= size[0] and 1 <= made.height <= size[1]
    if width is not None and fit in ("width", "box"):
        assert made.width <= width
    if height is not None and fit in ("height", "box"):
        assert made.height <= height


@given(sizes, borders, sides)
def test_left_and_right_half_are_the_whole_without_a_gap(size, cut, width) -> None:
    whole, left, right = (
        shape(size, Recipe(width, crop="alone", half=half), cut).box
        for half in ("", "left", "right")
    )

    assert (left.left, right.right) == (whole.left, whole.right)
    assert (left.top, left.bottom) == (right.top, right.bottom) == (whole.top, whole.bottom)
    assert left.right == right.left or left == right == whole
    assert left.size.width >= 1 and right.size.width >= 1


@given(sizes, borders)
def test_top_and_bottom_half_are_equal_and_overlap(size, cut) -> None:
    whole, top, bottom = (
        shape(size, Recipe(crop="alone", half=half), cut).box for half in ("", "top", "bottom")
    )

    assert (top.top, bottom.bottom) == (whole.top, whole.bottom)
    assert top.size == bottom.size
    assert top.bottom >= bottom.top


@given(sizes, borders, sides)
def test_strips_are_the_whole_row_by_row(size, cut, width) -> None:
    count = chunks(size, cut)
    whole = shape(size, Recipe(width, crop="alone"), cut)
    strips = [
        shape(size, Recipe(width, crop="alone", strip=strip), cut) for strip in range(1, count + 1)
    ]

    assert strips[0].first == 0 and strips[-1].last == whole.height
    assert all(above.last == below.first for above, below in pairwise(strips))
    assert all(strip.height >= 1 and strip.whole == whole.whole for strip in strips)


def test_a_strip_beyond_the_last_is_the_last() -> None:
    assert shape((800, 9000), Recipe(strip=99)) == shape((800, 9000), Recipe(strip=6))


def test_a_turned_picture_fits_the_screen_it_is_turned_for() -> None:
    made = shape((2000, 1400), Recipe(1072, "box", height=1448, turn=90))

    assert (made.width, made.height) == (1014, 1448)


@given(borders, borders)
def test_both_pages_of_a_spread_are_cut_alike(one, other) -> None:
    left, right = lined_up(one, other), lined_up(other, one)

    assert (left.top, left.bottom) == (right.top, right.bottom)
    assert (left.left, left.right) == (right.right, right.left)
    assert all(cut <= own for cut, own in zip(left, one, strict=True))


@pytest.mark.parametrize("fit", ["width", "page"])
def test_a_landscape_picture_is_two_pages_wide_where_pages_are_fitted(fit) -> None:
    assert shape((2000, 1400), Recipe(320, fit)).width == (320 if fit == "width" else 640)
