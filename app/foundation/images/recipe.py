"""How a derived page differs from its original: what a person chose, as one plain value."""

from typing import Literal

import msgspec
from msgspec.structs import replace

type Fit = Literal["width", "height", "box", "page"]
type Format = Literal["jpeg", "webp"]
type Quality = Literal["low", "medium", "high"]
type Crop = Literal["", "alone", "before", "after"]
type Half = Literal["", "left", "right", "top", "bottom"]
type Turn = Literal[0, 90, 270]

CONTRASTS = (75, 100, 125, 150, 200)
GAMMAS = (50, 70, 100, 140, 200)
GREY_LEVELS = 16
SAVER_WIDTH = 1080
MOST_CHUNKS = 1000


class Recipe(msgspec.Struct, frozen=True):
    """The steps in their order: crop, strip or half, fit, turn, then the tones.

    `width` and `height` are pixels of the screen, from the ladder (`widths.snap`); None does not
    limit that side. Nothing is ever enlarged. `fit` "box" heeds both sides, "width" and "height"
    one of them; "page" is "box" where a landscape picture counts as two pages and may be twice as
    wide. Where the picture is turned, they are sides of the turned picture.

    `crop` cuts the borders off: "alone" as far as this page allows, "before" and "after" as far as
    this page and the one before or after it allow, so that the two line up on one screen.

    `half` "left" and "right" part a picture at its spine; "top" and "bottom" overlap a little.
    `strip` is one piece of a long picture, counted from 1 (`geometry.chunks`). `turn` is in degrees
    clockwise. `contrast` and `gamma` are in per cent; a gamma above 100 brightens the middle greys.
    Dithered is 16 levels of grey as PNG, whatever `format` says.
    """

    width: int | None = None
    fit: Fit = "width"
    is_grey: bool = False
    format: Format = "jpeg"
    height: int | None = None
    quality: Quality = "medium"
    contrast: int = 100
    gamma: int = 100
    is_inverted: bool = False
    is_dithered: bool = False
    crop: Crop = ""
    half: Half = ""
    turn: Turn = 0
    strip: int | None = None

    @property
    def media_type(self) -> str:
        return "image/png" if self.is_dithered else f"image/{self.format}"

    @property
    def only_shrinks(self) -> bool:
        """The original may stand in for it: it shows the same, in the same shape."""
        return self == Recipe(
            self.width, self.fit, format=self.format, height=self.height, quality=self.quality
        )


def settled(recipe: Recipe) -> Recipe:
    """The same without wishes that have no effect, so that equal pictures have equal names."""
    width = None if recipe.fit == "height" else recipe.width
    height = None if recipe.fit == "width" else recipe.height
    is_strip = recipe.strip is not None
    settled = replace(
        recipe,
        width=width,
        height=height,
        fit=_fit(recipe.fit, width, height),
        half="" if is_strip else recipe.half,
        turn=0 if is_strip else recipe.turn,
    )
    if recipe.is_dithered:
        settled = replace(settled, is_grey=False, format="jpeg", quality="medium")
    return settled


def data_saver(recipe: Recipe) -> Recipe:
    """The same for a slow or costly line: smaller, and coarser."""
    width = min(recipe.width or SAVER_WIDTH, SAVER_WIDTH)
    return settled(replace(recipe, width=width, quality="low"))


def _fit(fit: Fit, width: int | None, height: int | None) -> Fit:
    if fit == "page" and width is not None:
        return "page"
    if width is None:
        return "width" if height is None else "height"
    return "width" if height is None else "box"
