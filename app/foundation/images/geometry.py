"""How large a picture becomes under a recipe, in whole numbers, without making it.

    made = shape(size, recipe, borders)
    made.width, made.height                # for the attributes of <img>
    chunks(size)                           # how many strips a long picture is read in

Whoever makes the picture follows the same `Shape`, so that a screen never jumps.
"""

from typing import NamedTuple

from app.foundation.images.recipe import Recipe

CHUNK = 1600
"""Rows of the original in one strip; the last has half as many to half as many again."""
OVERLAP = 8
"""The top and the bottom half share this many hundredths of the height, so that no line is lost."""
_PARTS = 10_000


class Size(NamedTuple):
    width: int
    height: int


class Borders(NamedTuple):
    """What is to be cut off each side, in ten-thousandths of that side's length."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


class Box(NamedTuple):
    """Pixels of the original as shown: `right` and `bottom` are the first that are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        return Size(self.right - self.left, self.bottom - self.top)


class Shape(NamedTuple):
    """`box` of the original becomes the rows `first` to `last` of a picture of the size `whole`.

    `width` and `height` are those of the result, after it was turned.
    """

    box: Box
    whole: Size
    first: int
    last: int
    width: int
    height: int


NO_BORDERS = Borders()


def shape(size: tuple[int, int], recipe: Recipe, borders: Borders = NO_BORDERS) -> Shape:
    """`size` is that of the original as shown; `borders` count where the recipe crops."""
    box = _halved(_cropped(size, recipe, borders), size, recipe)
    whole = _fitted(box.size, recipe)
    first, last = _rows(box.size, whole, recipe)
    made = Size(whole.width, last - first)
    width, height = reversed(made) if recipe.turn else made
    return Shape(box, whole, first, last, width, height)


def chunks(size: tuple[int, int], borders: Borders = NO_BORDERS) -> int:
    """How many strips a picture is read in, one under the other; 1 where it is not long."""
    return _chunk_count(_inside(size, borders).size.height)


def lined_up(mine: Borders, other: Borders) -> Borders:
    """What both pages of a spread can do without: outer with outer, inner with inner side."""
    return Borders(
        min(mine.left, other.right),
        min(mine.top, other.top),
        min(mine.right, other.left),
        min(mine.bottom, other.bottom),
    )


def _cropped(size: tuple[int, int], recipe: Recipe, borders: Borders) -> Box:
    return _inside(size, borders if recipe.crop else NO_BORDERS)


def _inside(size: tuple[int, int], borders: Borders) -> Box:
    width, height = size
    box = Box(
        width * borders.left // _PARTS,
        height * borders.top // _PARTS,
        width - width * borders.right // _PARTS,
        height - height * borders.bottom // _PARTS,
    )
    return box if box.left < box.right and box.top < box.bottom else Box(0, 0, width, height)


def _halved(box: Box, size: tuple[int, int], recipe: Recipe) -> Box:
    if recipe.strip is not None or not recipe.half:
        return box
    if recipe.half in ("left", "right"):
        if box.size.width < 2:
            return box
        seam = _spine(box, size)
        return box._replace(right=seam) if recipe.half == "left" else box._replace(left=seam)
    height = box.size.height
    part = min(height, -(-height * (100 + OVERLAP) // 200))
    top = recipe.half == "top"
    return box._replace(bottom=box.top + part) if top else box._replace(top=box.bottom - part)


def _spine(box: Box, size: tuple[int, int]) -> int:
    """The middle of the picture, unless so much was cropped that it lies at the edge of the rest."""
    width = box.size.width
    spine = size[0] // 2
    least = max(1, width // 4)
    if not box.left + least <= spine <= box.right - least:
        spine = box.left + width // 2
    return spine


def _fitted(size: Size, recipe: Recipe) -> Size:
    """The largest size of this shape within the recipe's, and never larger than it was."""
    wide, high = (recipe.height, recipe.width) if recipe.turn else (recipe.width, recipe.height)
    if recipe.fit == "page" and wide is not None and size.width > size.height:
        wide *= 2
    width = size.width if wide is None else min(wide, size.width)
    height = size.height
    if high is not None and recipe.strip is None:
        height = min(high, size.height)
    if width * size.height <= height * size.width:
        return Size(width, max(1, round(size.height * width / size.width)))
    return Size(max(1, round(size.width * height / size.height)), height)


def _rows(size: Size, whole: Size, recipe: Recipe) -> tuple[int, int]:
    """Which rows of the whole picture a strip is: each of them is in exactly one strip."""
    if recipe.strip is None:
        return 0, whole.height
    count = min(_chunk_count(size.height), whole.height)
    strip = min(recipe.strip, count)
    first = round((strip - 1) * CHUNK * whole.height / size.height)
    last = whole.height if strip == count else round(strip * CHUNK * whole.height / size.height)
    return first, last


def _chunk_count(height: int) -> int:
    return max(1, round(height / CHUNK))
