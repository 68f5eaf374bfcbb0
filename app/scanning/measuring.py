"""Runs in the sandbox: the size of every page of a file, from the image headers alone."""

import msgspec

from app.foundation.archives import page_table
from app.foundation.archives.errors import BadFile
from app.foundation.archives.probe import measure_page

MEASURE_PAGES = "app.scanning.measuring:measure_pages"
LONG_STRIP = 2.0
"""Pages this much higher than wide, in the mean, are pieces of one long strip."""


class Size(msgspec.Struct, frozen=True, array_like=True):
    """In pixels as shown; 0 × 0 if the header could not be read."""

    width: int
    height: int


class PageFactsData(msgspec.Struct, frozen=True, array_like=True):
    """What `page_facts` holds as MessagePack; version 1. `sizes` in reading order."""

    version: int
    sizes: list[Size]

    @property
    def is_long_strip(self) -> bool:
        ratios = [size.height / size.width for size in self.sizes if size.width]
        return bool(ratios) and sum(ratios) / len(ratios) > LONG_STRIP


def measure_pages(fd: int, pages: bytes) -> PageFactsData:
    """`pages` is a page table. A page that cannot be measured does not hinder the others."""
    return PageFactsData(1, [_size(fd, entry) for entry in page_table.decode(pages)])


def _size(fd: int, entry: page_table.PageEntry) -> Size:
    try:
        facts = measure_page(fd, entry)
    except (BadFile, OSError):
        return Size(0, 0)
    return Size(facts.width, facts.height)
