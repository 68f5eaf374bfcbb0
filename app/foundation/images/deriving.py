"""Makes covers and smaller pages. The functions that run in the sandbox, and who asks for them.

maker = ImageMaker(image_pool())
(jpeg,) = await maker.derive(fd, entry, [Recipe(width=1080, is_grey=True)])
covers = await maker.cover(fd, entry)          # {320: jpeg, 640: jpeg}
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from app.foundation.archives import page_table
from app.foundation.archives.errors import BadFile, DiskFailed
from app.foundation.archives.page_facts import MEASURE_PAGES, PageFactsData
from app.foundation.archives.page_table import PageEntry
from app.foundation.archives.reader import read_page
from app.foundation.archives.sandbox import SandboxFailure, SandboxPool
from app.foundation.images.borders import FIND_BORDERS
from app.foundation.images.decoding import cut_out, decoded, opened, shown_size
from app.foundation.images.geometry import NO_BORDERS, Borders, shape
from app.foundation.images.recipe import Format, Quality, Recipe
from app.foundation.images.tones import FOR_DITHERED, dithered, toned, turned
from app.foundation.images.widths import COVER_WIDTHS

if TYPE_CHECKING:
    from PIL.Image import Image

_HIGHEST = {"image/jpeg": 65_500, "image/webp": 16_383, "image/png": 65_500}
_QUALITIES: dict[Quality, int] = {"low": 60, "medium": 82, "high": 92}
# Half the time of Pillow's own choice for WebP, and one per cent more bytes.
_SAVING: dict[Format, dict[str, int]] = {"jpeg": {}, "webp": {"method": 2}}
_COVER_QUALITY = 80
_NICENESS = 5
"""Originals are sent by the web process, which comes first."""
_COVER_HIGHEST_RATIO = 1.6
"""A cover is at most this many times as high as wide: of a long strip, the top is shown."""


class DeriveOrder(msgspec.Struct, frozen=True):
    """The page is `page` (one encoded entry of the file behind the descriptor), else `data`.

    All recipes are made from one decoding: they are pieces of one picture.
    """

    recipes: tuple[Recipe, ...]
    borders: Borders = NO_BORDERS
    page: bytes = b""
    data: bytes = b""


class CoverOrder(msgspec.Struct, frozen=True):
    page: bytes = b""
    data: bytes = b""
    widths: tuple[int, ...] = COVER_WIDTHS


def image_pool(processes: int = 1, *, idle_seconds: float = 30.0) -> SandboxPool:
    """A pool whose limits suit images: 100 megapixels of grey fit, of colour only as JPEG."""
    return SandboxPool(
        processes,
        memory_mb=256,
        cpu_seconds=20,
        wall_seconds=30,
        idle_seconds=idle_seconds,
        niceness=_NICENESS,
    )


class ImageMaker:
    """Asks the sandbox for images. `fd` is an archive, or the directory of an image folder.

    Everything may raise BadFile (SandboxFailure) with a plain reason, and DiskFailed."""

    def __init__(self, pool: SandboxPool) -> None:
        self._pool = pool

    async def derive(
        self,
        fd: int,
        entry: PageEntry,
        recipes: Sequence[Recipe],
        borders: Borders = NO_BORDERS,
    ) -> list[bytes]:
        """The derived pages in this order."""
        order = DeriveOrder(tuple(recipes), borders, page=page_table.encode([entry]))
        return await self._run(_DERIVE, fd, order, answer=list[bytes])

    async def cover(self, fd: int, entry: PageEntry) -> dict[int, bytes]:
        """JPEGs by width asked for; a small original comes out smaller than asked."""
        order = CoverOrder(page=page_table.encode([entry]))
        return await self._run(_COVER, fd, order, answer=dict[int, bytes])

    async def remade(self, data: bytes, width: int) -> bytes:
        """The cover that a picture from elsewhere makes, whatever it was called there."""
        order = CoverOrder(data=data, widths=(width,))
        made = await self._run(_COVER, None, order, answer=dict[int, bytes])
        return made[width]

    async def borders(self, fd: int, entries: Sequence[PageEntry]) -> list[Borders]:
        """What can be cut off each of these pages; nothing of those that cannot be read."""
        pages = page_table.encode(entries)
        return await self._run(FIND_BORDERS, fd, pages, answer=list[Borders])

    async def sizes(self, fd: int, pages: bytes) -> PageFactsData:
        """`pages` is a page table. From headers alone."""
        return await self._run(MEASURE_PAGES, fd, pages, answer=PageFactsData)

    def close(self) -> None:
        self._pool.close()

    async def _run[R](self, target: str, fd: int | None, argument: object, *, answer: type[R]) -> R:
        try:
            return await self._pool.run(target, fd, argument, answer=answer)
        except SandboxFailure as failure:
            if failure.is_of_disk:
                raise DiskFailed from failure
            raise


def derive(fd: int, order: DeriveOrder) -> list[bytes]:
    """Sandbox target: derived pages of one page."""
    return derived(_source(fd, order), order.recipes, order.borders)


def make_cover(fd: int, order: CoverOrder) -> dict[int, bytes]:
    """Sandbox target: the covers of one page."""
    return covers(_source(fd, order), order.widths)


_DERIVE = f"{__name__}:{derive.__name__}"
_COVER = f"{__name__}:{make_cover.__name__}"


def derived(data: bytes, recipes: Sequence[Recipe], borders: Borders = NO_BORDERS) -> list[bytes]:
    """Images made after the recipes, without EXIF, profile or comment. Only in the sandbox."""
    are_grey = [recipe.is_grey or recipe.is_dithered for recipe in recipes]
    with opened(data) as image:
        size = shown_size(image)
        shapes = [shape(size, recipe, borders) for recipe in recipes]
        scale = max(form.whole.width / form.box.size.width for form in shapes)
        picture = decoded(image, scale, is_grey=all(are_grey))
    return [
        _finished(cut_out(picture, size, form, is_grey=is_grey), recipe)
        for form, recipe, is_grey in zip(shapes, recipes, are_grey, strict=True)
    ]


def covers(data: bytes, widths: tuple[int, ...] = COVER_WIDTHS) -> dict[int, bytes]:
    """A JPEG per width, from one decoding. Only in the sandbox."""
    with opened(data) as image:
        size = shown_size(image)
        form = shape(size, Recipe(max(widths)))
        picture = decoded(image, form.whole.width / size.width, is_grey=False)
    picture = cut_out(picture, size, form, is_grey=False)
    highest = int(picture.width * _COVER_HIGHEST_RATIO)
    if picture.height > highest:
        picture = picture.crop((0, 0, picture.width, highest))
    made: dict[int, bytes] = {}
    for wanted in sorted(widths, reverse=True):
        picture.thumbnail(shape(picture.size, Recipe(wanted)).whole, reducing_gap=2.0)
        made[wanted] = _saved(picture, "JPEG", quality=_COVER_QUALITY)
    return made


def _source(fd: int, order: DeriveOrder | CoverOrder) -> bytes:
    return read_page(fd, page_table.entry_at(order.page, 0)) if order.page else order.data


def _finished(picture: "Image", recipe: Recipe) -> bytes:
    picture = toned(turned(picture, recipe), recipe)
    if picture.height > _HIGHEST[recipe.media_type]:
        raise BadFile("The image is too high to be made smaller.")
    if recipe.is_dithered:
        return _saved(dithered(picture), "PNG", **FOR_DITHERED)
    return _saved(
        picture, recipe.format.upper(), quality=_QUALITIES[recipe.quality], **_SAVING[recipe.format]
    )


def _saved(picture: "Image", form: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()
