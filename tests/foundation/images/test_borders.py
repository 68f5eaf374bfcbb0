"""Empty borders are found, and nothing that was drawn is ever cut off."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from app.foundation.archives import page_table
from app.foundation.images.borders import LEAST_CUT, MOST_CUT, borders, find_borders
from app.foundation.images.geometry import NO_BORDERS, Borders, shape
from app.foundation.images.recipe import Recipe
from tests.foundation.images.pictures import read, saved

SIZE = (800, 1200)
PANEL = (120, 130, 700, 1080)

boxes = st.tuples(
    st.integers(20, 780), st.integers(20, 1180), st.integers(16, 780), st.integers(16, 1180)
).map(lambda box: (box[0], box[1], min(box[0] + box[2], 780), min(box[1] + box[3], 1180)))


def page(*panels: tuple[int, int, int, int], paper: int = 255, ink: int = 0) -> Image.Image:
    image = Image.new("L", SIZE, paper)
    for panel in panels:
        ImageDraw.Draw(image).rectangle(panel, outline=ink, width=5)
    return image


def box_of(found: Borders) -> tuple[int, int, int, int]:
    return tuple(shape(SIZE, Recipe(crop="alone"), found).box)


def cuts_nothing(found: Borders, panel: tuple[int, int, int, int]) -> bool:
    left, top, right, bottom = box_of(found)
    return left <= panel[0] and top <= panel[1] and right > panel[2] and bottom > panel[3]


def dusty(image: Image.Image, specks: int = 60) -> Image.Image:
    chance = random.Random(3)
    pen = ImageDraw.Draw(image)
    for _ in range(specks):
        x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
        pen.rectangle((x, y, x + 1, y + 1), fill=chance.choice([0, 255]))
    pen.line((0, 0, 0, SIZE[1]), fill=128, width=4)
    return image


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("is_inverted", [False, True])
def test_white_and_black_borders_are_cut_up_to_a_small_margin(form, is_inverted) -> None:
    image = ImageOps.invert(page(PANEL)) if is_inverted else page(PANEL)

    found = borders(saved(image, form))

    left, top, right, bottom = box_of(found)
    assert cuts_nothing(found, PANEL)
    assert PANEL[0] - left < 20 and PANEL[1] - top < 26
    assert right - PANEL[2] < 20 and bottom - PANEL[3] < 26
    assert PANEL[0] - left >= 8


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_dust_grain_and_the_shadow_of_a_scan_do_not_count(form) -> None:
    clean, dirty = borders(saved(page(PANEL), form)), borders(saved(dusty(page(PANEL)), form))

    assert all(abs(one - other) < 150 for one, other in zip(clean, dirty, strict=True))
    assert cuts_nothing(dirty, PANEL)


def test_paper_that_yellowed_and_black_that_faded_are_borders() -> None:
    for paper, ink in ((220, 30), (35, 230)):
        found = borders(saved(page(PANEL, paper=paper, ink=ink), "JPEG", quality=70))

        assert min(found) > LEAST_CUT and cuts_nothing(found, PANEL)


@pytest.mark.parametrize("paper", [0, 128, 255])
def test_an_empty_page_is_left_alone(paper: int) -> None:
    assert borders(saved(page(paper=paper), "JPEG")) == NO_BORDERS
    assert borders(saved(dusty(page(paper=paper)), "PNG")) == NO_BORDERS


def test_a_drawing_that_runs_off_the_page_is_left_alone() -> None:
    assert borders(saved(Image.radial_gradient("L").resize(SIZE), "PNG")) == NO_BORDERS


def test_of_a_page_with_one_small_panel_most_is_kept() -> None:
    found = borders(saved(page((700, 1100, 760, 1160)), "PNG"))

    assert found.left == found.top == MOST_CUT
    assert cuts_nothing(found, (700, 1100, 760, 1160))


def test_a_page_number_below_the_panels_is_kept() -> None:
    image = page(PANEL)
    ImageDraw.Draw(image).text((395, 1130), "27", fill=0, font_size=26)

    assert box_of(borders(saved(image, "JPEG")))[3] > 1156


@given(st.lists(boxes, min_size=1, max_size=4), st.booleans())
def test_what_is_drawn_is_never_cut_off(panels, is_inverted) -> None:
    image = ImageOps.invert(page(*panels)) if is_inverted else page(*panels)

    found = borders(saved(image, "PNG"))

    assert all(cuts_nothing(found, panel) for panel in panels)
    assert max(found) <= MOST_CUT


@given(
    st.tuples(
        st.integers(20, 180), st.integers(20, 270), st.integers(620, 780), st.integers(930, 1180)
    )
)
def test_a_cropped_page_has_nothing_more_to_crop(panel) -> None:
    image = page(panel)
    found = borders(saved(image, "PNG"))

    again = borders(saved(image.crop(box_of(found)), "PNG"))

    assert max(again) < LEAST_CUT + 100


def test_what_cannot_be_read_has_no_borders(tmp_path) -> None:
    (tmp_path / "1.png").write_bytes(b"no image")
    entry = page_table.PageEntry("1.png", 0, 8, 8, page_table.PLAIN_BYTES, 0, "image/png")

    with (tmp_path / "1.png").open("rb") as file:
        assert find_borders(file.fileno(), page_table.encode([entry])) == [NO_BORDERS]


def test_pictures_of_the_test_are_what_they_say() -> None:
    assert read(saved(page(PANEL), "PNG")).getpixel((PANEL[0], PANEL[1])) == 0
