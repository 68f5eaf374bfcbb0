"""What is found out later about the pages of one file: their sizes, and how far they can be cropped.

`measure_pages` runs in the sandbox. A private format, MessagePack, with its version in front.
"""

from collections.abc import Iterable
from struct import Struct

import msgspec

from app.foundation.archives import page_table
from app.foundation.archives.errors import BadFile
from app.foundation.archives.paths import PathRefused
from app.foundation.archives.probe import measure_page

MEASURE_PAGES = "app.foundation.archives.page_facts:measure_pages"
VERSION = 2
LONG_STRIP = 2.0
"""Pages this much higher than wide, in the mean, are pieces of one long strip."""

_CROP = Struct("<4H")

type Crop = tuple[int, int, int, int]


class Size(msgspec.Struct, frozen=True, array_like=True):
    """In pixels as shown; 0 × 0 if the header could not be read."""

    width: int
    height: int


class PageFactsData(msgspec.Struct, frozen=True, array_like=True):
    """What `page_facts` holds as MessagePack. `sizes` in reading order.

    Version 2 adds `crops`: for each page four u16, what can be cut off left, top, right and bottom
    in ten-thousandths of that side. Empty until somebody reads the file cropped.
    """

    version: int
    sizes: list[Size]
    crops: bytes = b""

    @property
    def is_long_strip(self) -> bool:
        return is_long_strip((size.width, size.height) for size in self.sizes)

    def crop(self, page: int) -> Crop | None:
        """Of a page counted from 1; None where nobody has looked yet."""
        at = (page - 1) * _CROP.size
        return _CROP.unpack_from(self.crops, at) if at + _CROP.size <= len(self.crops) else None

    def cropped(self, crops: Iterable[Crop]) -> "PageFactsData":
        """The same with the crops of all its pages."""
        packed = b"".join(_CROP.pack(*crop) for crop in crops)
        return PageFactsData(VERSION, self.sizes, packed)


def encode_facts(facts: PageFactsData) -> bytes:
    return msgspec.msgpack.encode(facts)


def decode_facts(data: bytes) -> PageFactsData:
    return msgspec.msgpack.decode(data, type=PageFactsData)


def is_long_strip(sizes: Iterable[tuple[int, int]]) -> bool:
    """Of (width, height) in pixels, 0 where unknown. False while none is known."""
    ratios = [height / width for width, height in sizes if width]
    return bool(ratios) and sum(ratios) / len(ratios) > LONG_STRIP


def measure_pages(fd: int, pages: bytes) -> PageFactsData:
    """`pages` is a page table. A page that cannot be measured does not hinder the others. OSError
    where the disk fails: that is not to be remembered as pages without a size."""
    return PageFactsData(VERSION, [_size(fd, entry) for entry in page_table.decode(pages)])


def _size(fd: int, entry: page_table.PageEntry) -> Size:
    try:
        facts = measure_page(fd, entry)
    except (BadFile, PathRefused):
        return Size(0, 0)
    return Size(facts.width, facts.height)
