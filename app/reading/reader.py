"""What one screen of the reader shows: which pages, how large, which way, and why one is not there."""

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from app.errors import DomainError
from app.foundation.archives import page_facts
from app.foundation.archives.probe import ImageFacts
from app.foundation.images.recipe import Recipe
from app.foundation.images.widths import WIDTHS
from app.library.models import Direction
from app.reading.addresses import page_url
from app.reading.open_files import FileOnDisk, OpenFiles
from app.reading.queries import OpenChapter

PART = 8
"""Pages of a long strip on one screen."""
PHONE_WIDTH = 1080
GLANCES = 5
"""Pages looked at to tell a strip, spread over the chapter."""
_WIDTHS = tuple(width for width in WIDTHS if 480 <= width <= PHONE_WIDTH)
_NEEDS_STAND_IN = ("image/webp", "image/avif")


class PageImage(msgspec.Struct, frozen=True, kw_only=True):
    """`src` is what every browser can show, `original` with its type what newer ones get instead,
    `small` the srcset for phones. With a `reason` the page cannot be shown."""

    page: int
    width: int = 0
    height: int = 0
    src: str = ""
    original: str = ""
    media_type: str = ""
    small: str = ""
    reason: str = ""


async def direction_of(files: OpenFiles, chapter: OpenChapter) -> Direction:
    """The series' own, else a long strip where the pages look like one, else the library's."""
    if chapter.direction is not None:
        return chapter.direction
    if chapter.file is not None and await _is_strip(files, chapter, chapter.file):
        return Direction.WEBTOON
    return chapter.library_direction


def is_stacked(direction: Direction) -> bool:
    return direction in (Direction.WEBTOON, Direction.VERTICAL)


def part_of(page: int, page_count: int) -> range:
    """The pages of a strip that stand on one screen with this one."""
    first = (page - 1) // PART * PART + 1
    return range(first, min(first + PART, page_count + 1))


async def image_of(files: OpenFiles, chapter: OpenChapter, page: int) -> PageImage:
    """One page, read and checked in full."""
    assert chapter.file is not None
    try:
        facts = await files.check(chapter.file, page)
    except DomainError as error:
        return PageImage(page=page, reason=error.message)
    return _shown(chapter, chapter.file, page, facts)


async def images_of_part(
    files: OpenFiles, chapter: OpenChapter, pages: Sequence[int]
) -> list[PageImage]:
    """Several pages, of which only the beginnings are read."""
    assert chapter.file is not None
    images = []
    for page in pages:
        try:
            facts = await files.glance(chapter.file, page)
        except DomainError as error:
            images.append(PageImage(page=page, reason=error.message))
        else:
            images.append(_shown(chapter, chapter.file, page, facts))
    return images


def next_image(chapter: OpenChapter, page: int, *, is_phone: bool) -> str:
    """The address that the next screen will ask for, to be fetched ahead; empty at the end."""
    if chapter.file is None or page >= chapter.page_count:
        return ""
    recipe = Recipe(PHONE_WIDTH) if is_phone else None
    return page_url(chapter.id, page + 1, chapter.file.revision, recipe)


def _shown(chapter: OpenChapter, file: FileOnDisk, page: int, facts: ImageFacts) -> PageImage:
    original = page_url(chapter.id, page, file.revision)
    needs_stand_in = facts.media_type in _NEEDS_STAND_IN
    small = [
        f"{page_url(chapter.id, page, file.revision, Recipe(width))} {width}w"
        for width in _WIDTHS
        if width < facts.width
    ]
    if facts.media_type == "image/gif":
        # It may move; the smaller ones would stand still.
        small = []
    return PageImage(
        page=page,
        width=facts.width,
        height=facts.height,
        src=page_url(chapter.id, page, file.revision, Recipe()) if needs_stand_in else original,
        original=original if needs_stand_in else "",
        media_type=facts.media_type,
        small=", ".join(small),
    )


async def _is_strip(files: OpenFiles, chapter: OpenChapter, file: FileOnDisk) -> bool:
    """By what the second pass found, or where it has not been yet by a look at a few pages."""
    if chapter.page_facts is not None:
        return page_facts.decode_facts(chapter.page_facts).is_long_strip
    step = max(1, chapter.page_count // GLANCES)
    sizes = []
    for page in range(1, chapter.page_count + 1, step)[:GLANCES]:
        # A page that cannot be read says why where it is shown.
        with suppress(DomainError):
            facts = await files.glance(file, page)
            sizes.append((facts.width, facts.height))
    return page_facts.is_long_strip(sizes)
