"""Addresses of images: what is written is what is read, and nothing absurd gets through."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.foundation.images.recipe import CONTRASTS, GAMMAS, MOST_CHUNKS, Recipe, settled
from app.foundation.images.widths import SIDES
from app.reading.wishes import name_of, page_wish, query_of

NAMES = [
    "w",
    "h",
    "fit",
    "format",
    "q",
    "grey",
    "contrast",
    "gamma",
    "invert",
    "dither",
    "crop",
    "half",
    "rotate",
    "strip",
    "v",
]
SENSIBLE = ["1", "90", "16", "1072", "page", "box", "webp", "low", "left", "after", "original"]
ABSURD = ["-1", "0", "9" * 30, "NaN", "", "\x00", "💥", "٣", "1e9", "exe", "../..", "99999999"]

recipes = st.builds(
    Recipe,
    width=st.none() | st.sampled_from(SIDES),
    fit=st.sampled_from(["width", "height", "box", "page"]),
    is_grey=st.booleans(),
    format=st.sampled_from(["jpeg", "webp"]),
    height=st.none() | st.sampled_from(SIDES),
    quality=st.sampled_from(["low", "medium", "high"]),
    contrast=st.sampled_from(CONTRASTS),
    gamma=st.sampled_from(GAMMAS),
    is_inverted=st.booleans(),
    is_dithered=st.booleans(),
    crop=st.sampled_from(["", "alone", "before", "after"]),
    half=st.sampled_from(["", "left", "right", "top", "bottom"]),
    turn=st.sampled_from([0, 90, 270]),
    strip=st.none() | st.integers(1, MOST_CHUNKS),
)


@given(recipes)
def test_what_is_written_is_what_is_read(recipe: Recipe) -> None:
    wish = page_wish(query_of(recipe, 7).encode())

    assert wish.recipe == settled(recipe)
    assert wish.version == "7"


@given(recipes, recipes)
def test_recipes_share_a_name_only_where_they_are_one(one: Recipe, other: Recipe) -> None:
    assert (name_of(one) == name_of(other)) == (settled(one) == settled(other))


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(SENSIBLE + ABSURD)))
def test_every_wish_is_read_as_one_that_can_be_written(asked: dict[str, str]) -> None:
    recipe = page_wish(urlencode(asked).encode()).recipe

    assert recipe == page_wish(query_of(recipe).encode()).recipe


@given(st.binary(max_size=300))
def test_any_bytes_are_a_wish(query: bytes) -> None:
    recipe = page_wish(query).recipe

    assert recipe is None or recipe == settled(recipe)


@pytest.mark.parametrize("query", ["", "v=3", "format=original", "w=-1", "format=exe", "q=medium"])
def test_no_wish_is_the_original(query: str) -> None:
    assert page_wish(query.encode()).recipe is None


@pytest.mark.parametrize(
    ("query", "recipe"),
    [
        ("w=1", Recipe(320)),
        ("w=99999999", Recipe(2560)),
        ("format=jpeg", Recipe()),
        ("h=1448", Recipe(height=1448, fit="height")),
        ("w=1072&h=1448", Recipe(1072, "box", height=1448)),
        ("w=1072&h=1448&fit=width", Recipe(1072)),
        ("w=700&contrast=130&gamma=1", Recipe(720, contrast=125, gamma=50)),
        ("dither=16&grey=1&q=low", Recipe(is_dithered=True)),
        ("strip=0&half=left", Recipe(strip=1)),
        ("strip=999999999", Recipe(strip=MOST_CHUNKS)),
    ],
)
def test_wishes_snap_to_what_is_sensible(query: str, recipe: Recipe) -> None:
    assert page_wish(query.encode()).recipe == recipe
