"""Each step of a recipe against a picture drawn as it has to look, and the size that was foretold."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

from app.foundation.images.borders import borders
from app.foundation.images.deriving import derived
from app.foundation.images.geometry import NO_BORDERS, Borders, Size, chunks, shape
from app.foundation.images.recipe import CONTRASTS, GAMMAS, Recipe, data_saver
from app.foundation.images.widths import SIDES
from tests.foundation.images.pictures import read, saved, turned

SIZE = Size(480, 700)


def scene(size: tuple[int, int] = SIZE) -> Image.Image:
    """Four quarters that differ, a circle across them, and a gradient below."""
    width, height = size
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, width // 2, height // 2), fill=(200, 40, 40))
    pen.rectangle((width // 2, height // 2, width, height), fill=(30, 60, 160))
    pen.ellipse((width // 4, height // 4, width * 3 // 4, height * 3 // 4), fill=(240, 220, 120))
    foot = max(1, height // 8)
    gradient = Image.linear_gradient("L").rotate(90).resize((width, foot))
    image.paste(gradient.convert("RGB"), (0, height - foot))
    return image


def made(image: Image.Image, recipe: Recipe, cut: Borders = NO_BORDERS) -> Image.Image:
    (data,) = derived(saved(image, "PNG"), [recipe], cut)
    return read(data)


def differs(one: Image.Image, other: Image.Image) -> float:
    """The mean distance of levels; what JPEG and another filter do stays below three."""
    assert one.size == other.size
    difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return max(ImageStat.Stat(difference).mean)


GREY = scene().convert("L")
GOLDEN = {
    "as it is": (Recipe(quality="high"), scene()),
    "width": (Recipe(320), scene().resize((320, 467))),
    "height": (Recipe(height=600, fit="height"), scene().resize((411, 600))),
    "box": (Recipe(320, "box", height=600), scene().resize((320, 467))),
    "grey": (Recipe(is_grey=True), GREY),
    "webp": (Recipe(format="webp"), scene()),
    "inverted": (Recipe(is_inverted=True), ImageOps.invert(scene())),
    "inverted grey": (Recipe(is_grey=True, is_inverted=True), ImageOps.invert(GREY)),
    "contrast": (
        Recipe(is_grey=True, contrast=150),
        GREY.point([min(max(round(128 + (n - 128) * 1.5), 0), 255) for n in range(256)]),
    ),
    "brighter": (
        Recipe(is_grey=True, gamma=200),
        GREY.point([round(255 * (n / 255) ** 0.5) for n in range(256)]),
    ),
    "darker": (
        Recipe(is_grey=True, gamma=50),
        GREY.point([round(255 * (n / 255) ** 2) for n in range(256)]),
    ),
    "left": (Recipe(half="left"), scene().crop((0, 0, 240, 700))),
    "right": (Recipe(half="right"), scene().crop((240, 0, 480, 700))),
    "top": (Recipe(half="top"), scene().crop((0, 0, 480, 378))),
    "bottom": (Recipe(half="bottom"), scene().crop((0, 322, 480, 700))),
    "turned right": (Recipe(turn=90), scene().rotate(-90, expand=True)),
    "turned left": (Recipe(turn=270), scene().rotate(90, expand=True)),
    "turned to fit": (Recipe(320, turn=90), scene().rotate(-90, expand=True).resize((320, 219))),
}


@pytest.mark.parametrize("step", GOLDEN)
def test_each_step_looks_as_it_has_to(step: str) -> None:
    recipe, golden = GOLDEN[step]

    assert differs(made(scene(), recipe), golden) < 3


def test_borders_are_cut_off_and_nothing_else() -> None:
    image = ImageOps.expand(scene((400, 600)), (60, 90, 70, 80), "white")
    cut = borders(saved(image, "PNG"))

    page = made(image, Recipe(crop="alone"), cut)

    assert page.width < 430 and page.height < 630
    assert differs(page, image.crop(shape(image.size, Recipe(crop="alone"), cut).box)) < 3


def test_sixteen_levels_are_all_there_is_and_look_like_the_page_from_afar() -> None:
    page = made(scene(), Recipe(is_dithered=True))

    assert page.format == "PNG"
    levels = {level for _count, level in page.convert("L").getcolors()}
    assert levels <= {17 * level for level in range(16)}
    assert len(levels) == 16
    afar = (SIZE.width // 10, SIZE.height // 10)
    assert differs(page.convert("L").resize(afar, Image.Resampling.BOX), GREY.resize(afar)) < 3


def test_a_dithered_page_is_four_bits_a_pixel() -> None:
    (data,) = derived(saved(scene(), "PNG"), [Recipe(is_dithered=True)])

    assert data[24:26] == b"\x04\x03", "bit depth 4, palette"


def test_strips_join_to_the_page_without_a_seam() -> None:
    size = Size(400, 7200)
    image = scene(size)
    for recipe in (Recipe(320, quality="high"), Recipe(quality="high")):
        whole = made(image, recipe)
        strips = [
            made(image, Recipe(recipe.width, quality="high", strip=strip))
            for strip in range(1, chunks(size) + 1)
        ]
        joined = Image.new("RGB", whole.size)
        for at, strip in zip(_tops(strips), strips, strict=True):
            joined.paste(strip, (0, at))

        assert sum(strip.height for strip in strips) == whole.height
        assert differs(joined, whole) < 3
        for at in _tops(strips)[1:]:
            seam = (0, at - 2, whole.width, at + 2)
            assert differs(joined.crop(seam), whole.crop(seam)) < 4


def test_several_are_made_from_one_decoding_as_they_are_alone() -> None:
    recipes = [Recipe(320, is_grey=True), Recipe(320, half="left"), Recipe(320, is_dithered=True)]
    data = saved(scene(), "PNG")

    together = derived(data, recipes)

    for page, recipe in zip(together, recipes, strict=True):
        (alone,) = derived(data, [recipe])
        assert differs(read(page), read(alone)) < 3


def test_the_data_saver_makes_less_of_the_same_page() -> None:
    image = scene((1600, 2400))
    usual, saver = Recipe(1440), data_saver(Recipe(1440))

    assert made(image, saver).width == 1080
    (large,), (small,) = (derived(saved(image, "PNG"), [recipe]) for recipe in (usual, saver))
    assert len(small) < 0.6 * len(large)


STEPS = st.builds(
    Recipe,
    width=st.none() | st.sampled_from([side for side in SIDES if side < 900]),
    fit=st.sampled_from(["width", "height", "box", "page"]),
    is_grey=st.booleans(),
    height=st.none() | st.sampled_from([side for side in SIDES if side < 900]),
    contrast=st.sampled_from(CONTRASTS),
    gamma=st.sampled_from(GAMMAS),
    is_inverted=st.booleans(),
    is_dithered=st.booleans(),
    crop=st.sampled_from(["", "alone"]),
    half=st.sampled_from(["", "left", "right", "top", "bottom"]),
    turn=st.sampled_from([0, 90, 270]),
    strip=st.none() | st.integers(1, 4),
)


@settings(max_examples=30)
@given(
    STEPS,
    st.sampled_from([(480, 700), (700, 480), (60, 3300), (1, 1), (3, 400), (333, 777)]),
    st.builds(Borders, *[st.integers(0, 2500)] * 4),
    st.sampled_from(["JPEG", "PNG"]),
)
def test_every_page_has_the_size_that_was_foretold(recipe, size, cut, form) -> None:
    foretold = shape(size, recipe, cut)

    (data,) = derived(saved(scene(size), form), [recipe], cut)

    assert read(data).size == (foretold.width, foretold.height)
    assert not read(data).getexif()


@pytest.mark.parametrize(
    ("orientation", "step"), list(product((3, 6, 8), ("width", "left", "turned right")))
)
def test_a_page_is_upright_before_any_other_step(orientation: int, step: str) -> None:
    recipe, _golden = GOLDEN[step]
    data = turned(orientation)
    upright = ImageOps.exif_transpose(read(data))

    (page,) = derived(data, [recipe])

    assert differs(read(page), made(upright, recipe)) < 3


def _tops(strips: list[Image.Image]) -> list[int]:
    return [sum(strip.height for strip in strips[:n]) for n in range(len(strips))]
