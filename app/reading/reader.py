"""What one screen of the reader shows: which pages, how large, which way, and why one is not there."""

from collections.abc import Sequence

import msgspec

from app.errors import DomainError
from app.foundation.archives import page_table
from app.foundation.archives.page_table import BadPageTable
from app.foundation.archives.probe import ImageFacts
from app.foundation.images.widths import WIDTHS
from app.library.models import Direction
from app.reading.addresses import page_url
from app.reading.open_files import FileOnDisk, OpenFiles
from app.reading.queries import OpenChapter

PART = 8
"""Pages of a long strip on one screen."""
PHONE_WIDTH = 1080
STRIP_RATIO = 2.0
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


def direction_of(chapter: OpenChapter) -> Direction:
    """The series' own, else a long strip where the pages look like one, else the library's."""
    if chapter.direction is not None:
        return chapter.direction
    if chapter.file is not None and _is_strip(chapter.file.table):
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
    width = PHONE_WIDTH if is_phone else None
    return page_url(chapter.id, page + 1, chapter.file.revision, width)


def _shown(chapter: OpenChapter, file: FileOnDisk, page: int, facts: ImageFacts) -> PageImage:
    original = page_url(chapter.id, page, file.revision)
    needs_stand_in = facts.media_type in _NEEDS_STAND_IN
    small = [
        f"{page_url(chapter.id, page, file.revision, width)} {width}w"
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
        src=f"{original}&format=jpeg" if needs_stand_in else original,
        original=original if needs_stand_in else "",
        media_type=facts.media_type,
        small=", ".join(small),
    )


def _is_strip(table: bytes) -> bool:
    """Whether the mean height is more than twice the width; False while no size is known."""
    try:
        known = [entry for entry in page_table.decode(table) if entry.width and entry.height]
    except BadPageTable:
        return False
    if not known:
        return False
    return sum(entry.height / entry.width for entry in known) / len(known) > STRIP_RATIO
