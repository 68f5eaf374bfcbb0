"""What stands in an archive or folder: its pages in reading order, and its ComicInfo.xml."""

from operator import attrgetter

import msgspec

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile, Unsuitable
from app.foundation.archives.page_table import PageEntry, in_page_order

_NAME = attrgetter("name")


class Listing(msgspec.Struct, frozen=True):
    """Pages carry the media type their extension promises; `comic_info` is read like a page."""

    pages: list[PageEntry]
    comic_info: PageEntry | None


def finished_listing(
    pages: list[PageEntry], comic_infos: list[PageEntry], *, nested: int, file_size: int
) -> Listing:
    """Sorted, within the caps, and with at least one page, else BadFile."""
    if not pages:
        raise Unsuitable(
            "It holds other archives instead of pages; those are not opened."
            if nested
            else "It holds no pages (JPEG, PNG, WebP, GIF or AVIF images)."
        )
    total = sum([page.size for page in pages])
    if total > limits.MOST_TOTAL_BYTES:
        raise Unsuitable("The pages of the archive add up to more than 4 GiB.")
    if total > limits.RATIO_FREE_BYTES and total > file_size * limits.MOST_RATIO:
        raise BadFile("The archive unpacks to more than 200 times its size, as bombs do.")
    return Listing(in_page_order(pages, _NAME), _outermost(comic_infos))


def _outermost(entries: list[PageEntry]) -> PageEntry | None:
    return min(entries, key=lambda entry: (entry.name.count("/"), entry.name), default=None)
