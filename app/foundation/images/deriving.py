"""Makes covers and smaller pages. The functions that run in the sandbox, and who asks for them.

maker = ImageMaker(image_pool())
jpeg = await maker.derive(fd, entry, Recipe(width=1080, is_grey=True))
covers = await maker.cover(fd, entry)          # {320: jpeg, 640: jpeg}
"""

import io
from typing import TYPE_CHECKING, Literal

import msgspec

from app.foundation.archives import page_table
from app.foundation.archives.errors import BadFile
from app.foundation.archives.page_table import PageEntry
from app.foundation.archives.reader import read_page
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.images.decoding import opened, reduced, shown_size
from app.foundation.images.widths import COVER_WIDTHS

if TYPE_CHECKING:
    from PIL.Image import Image

type Fit = Literal["width", "page"]
type Format = Literal["jpeg", "webp"]

MEDIA_TYPES: dict[Format, str] = {"jpeg": "image/jpeg", "webp": "image/webp"}
_HIGHEST: dict[Format, int] = {"jpeg": 65_500, "webp": 16_383}
_PAGE_QUALITY = 82
_COVER_QUALITY = 80
_COVER_HIGHEST_RATIO = 1.6
"""A cover is at most this many times as high as wide: of a long strip, the top is shown."""


class Recipe(msgspec.Struct, frozen=True):
    """How a derived page differs from its original; widths come from the ladder (`widths.snap`).

    `fit` "width": at most `width` pixels wide. "page": a landscape image counts as two pages and
    may be twice as wide. `width` None keeps the size. Never enlarges.
    """

    width: int | None = None
    fit: Fit = "width"
    is_grey: bool = False
    format: Format = "jpeg"


class DeriveOrder(msgspec.Struct, frozen=True):
    """The page is `page` (one encoded entry of the file behind the descriptor), else `data`."""

    recipe: Recipe
    page: bytes = b""
    data: bytes = b""


class CoverOrder(msgspec.Struct, frozen=True):
    page: bytes = b""
    data: bytes = b""
    widths: tuple[int, ...] = COVER_WIDTHS


def image_pool(processes: int = 1, *, idle_seconds: float = 30.0) -> SandboxPool:
    """A pool whose limits suit images: 100 megapixels of grey fit, of colour only as JPEG."""
    return SandboxPool(
        processes, memory_mb=256, cpu_seconds=20, wall_seconds=30, idle_seconds=idle_seconds
    )


class ImageMaker:
    """Asks the sandbox for images. `fd` is an archive, or the directory of an image folder."""

    def __init__(self, pool: SandboxPool) -> None:
        self._pool = pool

    async def derive(self, fd: int, entry: PageEntry, recipe: Recipe) -> bytes:
        """The derived page, or BadFile (SandboxFailure) with a plain reason."""
        order = DeriveOrder(recipe, page=page_table.encode([entry]))
        return await self._pool.run(_DERIVE, fd, order, answer=bytes)

    async def cover(self, fd: int, entry: PageEntry) -> dict[int, bytes]:
        """JPEGs by width asked for; a small original comes out smaller than asked."""
        order = CoverOrder(page=page_table.encode([entry]))
        return await self._pool.run(_COVER, fd, order, answer=dict[int, bytes])


def derive(fd: int, order: DeriveOrder) -> bytes:
    """Sandbox target: one derived page."""
    return derived(_source(fd, order), order.recipe)


def make_cover(fd: int, order: CoverOrder) -> dict[int, bytes]:
    """Sandbox target: the covers of one page."""
    return covers(_source(fd, order), order.widths)


_DERIVE = f"{__name__}:{derive.__name__}"
_COVER = f"{__name__}:{make_cover.__name__}"


def derived(data: bytes, recipe: Recipe) -> bytes:
    """The image made after the recipe, without EXIF, profile or comment. Only in the sandbox."""
    with opened(data) as image:
        width, height = shown_size(image)
        wanted = recipe.width or width
        if recipe.fit == "page" and width > height:
            wanted *= 2
        picture = reduced(image, _within(width, height, wanted), is_grey=recipe.is_grey)
        if picture.height > _HIGHEST[recipe.format]:
            raise BadFile("The image is too high to be made smaller.")
        return _saved(picture, recipe.format, _PAGE_QUALITY)


def covers(data: bytes, widths: tuple[int, ...] = COVER_WIDTHS) -> dict[int, bytes]:
    """A JPEG per width, from one decoding. Only in the sandbox."""
    with opened(data) as image:
        width, height = shown_size(image)
        picture = reduced(image, _within(width, height, max(widths)), is_grey=False)
    highest = int(picture.width * _COVER_HIGHEST_RATIO)
    if picture.height > highest:
        picture = picture.crop((0, 0, picture.width, highest))
    made: dict[int, bytes] = {}
    for wanted in sorted(widths, reverse=True):
        picture.thumbnail(_within(picture.width, picture.height, wanted), reducing_gap=2.0)
        made[wanted] = _saved(picture, "jpeg", _COVER_QUALITY)
    return made


def _source(fd: int, order: DeriveOrder | CoverOrder) -> bytes:
    return read_page(fd, page_table.entry_at(order.page, 0)) if order.page else order.data


def _within(width: int, height: int, wanted: int) -> tuple[int, int]:
    wanted = min(wanted, width)
    return wanted, max(1, round(height * wanted / width))


def _saved(picture: "Image", form: Format, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form.upper(), quality=quality)
    return out.getvalue()
