"""Finds the empty borders of a page: white or black, with dust and the shadows of a scan in them.

    found = await pool.run(FIND_BORDERS, fd, page_table.encode(entries), answer=list[Borders])

Runs in the sandbox. It looks at a small grey picture, and errs on the side of leaving paper.
"""

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from app.foundation.archives import page_table
from app.foundation.archives.errors import BadFile
from app.foundation.archives.reader import read_page
from app.foundation.images.decoding import decoded, opened
from app.foundation.images.geometry import NO_BORDERS, Borders

if TYPE_CHECKING:
    from PIL.Image import Image

FIND_BORDERS = "app.foundation.images.borders:find_borders"
LOOKED_AT = 600
"""Pixels of the longer side of the picture that is looked at, or up to twice as many."""
MOST_CUT = 2500
"""Of each side, in ten-thousandths: at least a quarter of the page is left whatever is found."""
LEAST_CUT = 100
"""Less is not worth a page that looks different from its neighbours."""
MARGIN = 100
"""Is left around what was found."""
_DIFFERENT = 48
"""Levels between paper and what was drawn on it."""
_UNEVEN = 32
"""So far paper differs from itself along one side; a sky that runs off the page differs more."""
_DARKEST_PAPER = 160
"""Old paper is yellow; a side darker than this has been drawn, or is black."""
_NEAR = 4
_LEAST_NEAR = 8.5
"""Of the 81 pixels around one that is no dust, more than so many differ from the paper: a line has
them, two specks beside each other do not."""
_EDGE = 100
"""At the very edge a scan has shadows; what is there, in ten-thousandths, says nothing."""
_LEAST_PAPER = 0.9
"""So much of one side has to be paper for its colour to be that of the borders."""
_PARTS = 10_000


class _Paper(NamedTuple):
    """Levels that are paper, and those that are nearly all there is along one side at least."""

    levels: range
    even: range


_BLACK = _Paper(range(_DIFFERENT + 1), range(_DIFFERENT + 1))


def find_borders(fd: int, pages: bytes) -> list[Borders]:
    """Sandbox target. `pages` is a page table; what is damaged has no borders. OSError where the
    disk fails: that is not to be remembered as a page without borders."""
    return [_of_entry(fd, entry) for entry in page_table.decode(pages)]


def borders(data: bytes) -> Borders:
    with opened(data) as image:
        scale = LOOKED_AT / max(image.size)
        # Half of what a page to be read would be decoded at: nothing of it is shown.
        picture = decoded(image, scale / 2, is_grey=True).convert("L")
    factor = max(1, max(picture.size) // LOOKED_AT)
    return _found(picture.reduce(factor) if factor > 1 else picture)


def _of_entry(fd: int, entry: page_table.PageEntry) -> Borders:
    try:
        return borders(read_page(fd, entry))
    except (BadFile, MemoryError):
        return NO_BORDERS


def _found(picture: "Image") -> Borders:
    across, down = _edge(picture.width), _edge(picture.height)
    if min(picture.width - 2 * across, picture.height - 2 * down) < 4:
        return NO_BORDERS
    inner = picture.crop((across, down, picture.width - across, picture.height - down))
    for paper in (_white(inner), _BLACK):
        drawn = inner.point([0 if level in paper.levels else 255 for level in range(256)])
        if any(_share(side, paper.even) >= _LEAST_PAPER for side in _sides(inner)):
            return _around(_without_dust(drawn).getbbox(), inner.size, across, down)
    return NO_BORDERS


def _edge(length: int) -> int:
    return -(-length * _EDGE // _PARTS)


def _white(picture: "Image") -> _Paper:
    """What the lightest side is made of, and greys that hardly differ from it."""
    lightest = max(_median(side) for side in _sides(picture))
    white = lightest if lightest >= _DARKEST_PAPER else 255
    return _Paper(range(white - _DIFFERENT, 256), range(white - _UNEVEN, white + _UNEVEN))


def _sides(picture: "Image") -> list["Image"]:
    width, height = picture.size
    sides = (
        (0, 0, 2, height),
        (width - 2, 0, width, height),
        (0, 0, width, 2),
        (0, height - 2, width, height),
    )
    return [picture.crop(side) for side in sides]


def _median(part: "Image") -> int:
    upto = accumulate(part.histogram())
    return next(level for level, count in enumerate(upto) if 2 * count >= part.width * part.height)


def _share(part: "Image", levels: range) -> float:
    counts = part.histogram()
    return sum(counts[levels.start : levels.stop]) / (part.width * part.height)


def _without_dust(drawn: "Image") -> "Image":
    from PIL import ImageChops, ImageFilter, ImageOps

    share = 255 * _LEAST_NEAR / (2 * _NEAR + 1) ** 2
    # Beyond its edge the filter sees the edge again: a speck there would look like a line.
    framed = ImageOps.expand(drawn, _NEAR, 0).filter(ImageFilter.BoxBlur(_NEAR))
    crowd = ImageOps.crop(framed, _NEAR)
    return ImageChops.darker(drawn, crowd.point([255 if n >= share else 0 for n in range(256)]))


def _around(
    drawn: tuple[int, int, int, int] | None, size: tuple[int, int], across: int, down: int
) -> Borders:
    if drawn is None:
        return NO_BORDERS
    left, top, right, bottom = drawn
    return Borders(
        _cut(left, across, size[0]),
        _cut(top, down, size[1]),
        _cut(size[0] - right, across, size[0]),
        _cut(size[1] - bottom, down, size[1]),
    )


def _cut(free: int, edge: int, length: int) -> int:
    """With `free` pixels of `length` inside the edge empty; where there is none, the page bleeds."""
    cut = min((free + edge - 1) * _PARTS // (length + 2 * edge) - MARGIN, MOST_CUT)
    return cut if free > 1 and cut >= LEAST_CUT else 0
