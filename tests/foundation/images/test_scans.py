"""Borders of pages as scanners make them: found on old and grainy paper, and no ink is ever cut off."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.foundation.images.borders import LEAST_CUT, borders
from app.foundation.images.geometry import Borders, lined_up, shape
from app.foundation.images.recipe import Recipe
from tests.foundation.images.scans import SIZE, Box, numbered, scanned, sheet, toned

PANEL = (120, 130, 700, 1080)
LEAST_MARGIN = 4
PAPERS = [(255, 255, 255), (236, 226, 200), (210, 196, 160), (190, 178, 150)]

panels = st.tuples(
    st.integers(20, 400), st.integers(20, 600), st.integers(460, 780), st.integers(660, 1180)
)


def rest_of(found: Borders) -> Box:
    left, top, right, bottom = shape(SIZE, Recipe(crop="alone"), found).box
    return left, top, right, bottom


def keeps(found: Borders, ink: Box, margin: int = 0) -> bool:
    left, top, right, bottom = rest_of(found)
    return (
        left <= max(0, ink[0] - margin)
        and top <= max(0, ink[1] - margin)
        and right >= min(SIZE[0], ink[2] + margin)
        and bottom >= min(SIZE[1], ink[3] + margin)
    )


@pytest.mark.parametrize("paper", PAPERS, ids=str)
@pytest.mark.parametrize("grain", [0, 24, 48])
def test_borders_are_found_on_old_paper_through_grain(
    paper: tuple[int, int, int], grain: int
) -> None:
    found = borders(scanned(sheet(PANEL), paper=paper, grain=grain))

    assert min(found) > LEAST_CUT
    assert keeps(found, PANEL, LEAST_MARGIN)


@pytest.mark.parametrize("quality", [15, 40, 90])
def test_the_marks_of_jpeg_are_no_ink(quality: int) -> None:
    found = borders(scanned(sheet(PANEL), quality=quality))

    assert min(found) > LEAST_CUT
    assert keeps(found, PANEL, LEAST_MARGIN)


def test_what_shines_through_from_the_other_side_is_no_ink() -> None:
    panel = (220, 130, 700, 1080)

    found = borders(scanned(sheet(panel), ghost=24))

    assert found.left > 2000
    assert keeps(found, panel, LEAST_MARGIN)


def test_the_shadow_of_the_binding_is_left_and_the_far_side_cut() -> None:
    found = borders(scanned(sheet(PANEL), shadow=120))

    assert found.right > LEAST_CUT
    assert keeps(found, PANEL, LEAST_MARGIN)


@pytest.mark.parametrize("at", [(395, 1140), (40, 1150), (730, 20)], ids=str)
def test_a_small_page_number_in_the_margin_is_kept(at: tuple[int, int]) -> None:
    found = borders(scanned(numbered(sheet(PANEL), at)))

    assert keeps(found, (at[0] + 2, at[1] + 5, at[0] + 18, at[1] + 15))


@pytest.mark.parametrize(
    "tone",
    [(0, 300, 800, 600), (0, 0, 240, 1200), (500, 0, 800, 1200), (0, 900, 800, 1200)],
    ids=str,
)
def test_a_screentone_that_runs_off_the_page_is_kept(tone: Box) -> None:
    found = borders(scanned(toned(sheet((300, 320, 600, 880)), tone)))

    assert keeps(found, tone)


@settings(max_examples=40)
@given(
    panels, st.sampled_from(PAPERS), st.integers(0, 48), st.integers(0, 100), st.integers(15, 95)
)
def test_no_ink_is_cut_off_however_the_page_was_scanned(
    panel, paper, grain, shadow, quality
) -> None:
    found = borders(scanned(sheet(panel), paper=paper, grain=grain, shadow=shadow, quality=quality))

    assert keeps(found, panel, LEAST_MARGIN)


@settings(max_examples=15)
@given(panels, panels, st.sampled_from(PAPERS))
def test_both_pages_of_a_scanned_spread_are_cut_alike(one, other, paper) -> None:
    left, right = (borders(scanned(sheet(panel), paper=paper)) for panel in (one, other))

    pair = lined_up(left, right), lined_up(right, left)

    assert (pair[0].top, pair[0].bottom) == (pair[1].top, pair[1].bottom)
    assert (pair[0].left, pair[0].right) == (pair[1].right, pair[1].left)
    assert keeps(pair[0], one) and keeps(pair[1], other)
