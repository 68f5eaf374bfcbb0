"""What is done to a picture that has its size: turned, lightened, inverted, and dithered for e-ink.

Runs in the sandbox.
"""

import zlib
from functools import cache
from typing import TYPE_CHECKING

from app.foundation.images.recipe import GREY_LEVELS, Recipe

if TYPE_CHECKING:
    from PIL.Image import Image

_STEP = 255 // (GREY_LEVELS - 1)
# Of a dithered page, deflate finds runs and little else: the other matches cost a third more time
# and make the file a tenth larger.
FOR_DITHERED = {"bits": 4, "compress_level": 1, "compress_type": zlib.Z_RLE}


def turned(picture: "Image", recipe: Recipe) -> "Image":
    from PIL.Image import Transpose

    if recipe.turn == 0:
        return picture
    # Pillow counts against the clock.
    return picture.transpose(Transpose.ROTATE_270 if recipe.turn == 90 else Transpose.ROTATE_90)


def toned(picture: "Image", recipe: Recipe) -> "Image":
    """`picture` in RGB or L: contrast, then gamma, then inverted."""
    levels = _levels(recipe.contrast, recipe.gamma, recipe.is_inverted)
    if levels == tuple(range(256)):
        return picture
    return picture.point(levels * len(picture.getbands()))


def dithered(picture: "Image") -> "Image":
    """Sixteen greys, the error of each pixel handed on to its neighbours (Floyd and Steinberg)."""
    from PIL import Image

    greys = Image.new("P", (1, 1))
    greys.putpalette([level * _STEP for level in range(GREY_LEVELS) for _channel in range(3)])
    # From RGB: Pillow takes the levels of a grey picture as they are.
    return picture.convert("RGB").quantize(palette=greys, dither=Image.Dither.FLOYDSTEINBERG)


@cache
def _levels(contrast: int, gamma: int, is_inverted: bool) -> tuple[int, ...]:
    levels = []
    for level in range(256):
        spread = min(max(128 + (level - 128) * contrast / 100, 0), 255)
        bright = round(255 * (spread / 255) ** (100 / gamma))
        levels.append(255 - bright if is_inverted else bright)
    return tuple(levels)
