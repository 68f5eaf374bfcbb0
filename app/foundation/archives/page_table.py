"""The page table: every page of one file revision, in reading order, in one compact binary value.

A private format, so that serving page n of 5,000 needs one slice and no decoding of the rest:

    byte 0      version (1)
    bytes 1–4   count, little-endian
    records     34 bytes each: header_offset u64, compressed_size u32, size u32, crc32 u32,
                end of name u32 (in the name block), width u32, height u32, method u8, media u8
    names       UTF-8 with surrogate escapes (file names are bytes), one after the other
"""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from struct import Struct
from struct import error as StructError

import msgspec

from app.foundation.archives.order import in_page_order, page_order_key

__all__ = [
    "DEFLATED",
    "MEDIA_TYPES",
    "PLAIN_BYTES",
    "PLAIN_FILE",
    "STORED",
    "BadPageTable",
    "PageEntry",
    "count",
    "decode",
    "encode",
    "entry_at",
    "fingerprint",
    "identities",
    "in_page_order",
    "page_order_key",
]

VERSION = 1
STORED = 0
"""ZIP: the bytes stand behind the local header at `header_offset`."""
DEFLATED = 8
"""ZIP: the deflated bytes stand behind the local header at `header_offset`."""
PLAIN_BYTES = 254
"""Tar: `header_offset` is the offset of the page bytes themselves."""
PLAIN_FILE = 255
"""Image folder: the page is the file `name` inside the folder."""

MEDIA_TYPES = ("", "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
_MEDIA_NUMBER = {media_type: number for number, media_type in enumerate(MEDIA_TYPES)}
_HEAD = Struct("<BI")
_RECORD = Struct("<QIIIIIIBB")
_NAME_END = Struct("<I")
_NAME_END_AT = 20
_FACTS = Struct("<II")


class PageEntry(msgspec.Struct, frozen=True, gc=False):
    """One page. Sizes in bytes; `width` = `height` = 0 until the image header was read (pass 2).

    `name` is raw and untrusted, and may hold surrogate escapes (folders): show it through
    `app.foundation.archives.names.shown_name`.
    """

    name: str
    header_offset: int
    compressed_size: int
    size: int
    method: int
    crc32: int
    media_type: str
    width: int = 0
    height: int = 0


class BadPageTable(ValueError):
    """The stored bytes are not a page table of a version we know: the file must be read again."""


def encode(entries: Sequence[PageEntry]) -> bytes:
    """The entries, already in reading order, as bytes."""
    names = [entry.name.encode("utf-8", "surrogateescape") for entry in entries]
    parts = [_HEAD.pack(VERSION, len(entries))]
    end = 0
    for entry, name in zip(entries, names, strict=True):
        end += len(name)
        parts.append(
            _RECORD.pack(
                entry.header_offset,
                entry.compressed_size,
                entry.size,
                entry.crc32,
                end,
                entry.width,
                entry.height,
                entry.method,
                _MEDIA_NUMBER[entry.media_type],
            )
        )
    return b"".join(parts + names)


def decode(data: bytes) -> list[PageEntry]:
    """Every entry, in reading order."""
    total = count(data)
    names_at = _HEAD.size + total * _RECORD.size
    rows = list(_RECORD.iter_unpack(memoryview(data)[_HEAD.size : names_at]))
    ends = [0, *(row[4] for row in rows)]
    if names_at + ends[-1] != len(data):
        raise BadPageTable("The page table has the wrong length.")
    return [
        _entry(row, data[names_at + start : names_at + end])
        for row, (start, end) in zip(rows, pairwise(ends), strict=True)
    ]


def count(data: bytes) -> int:
    """How many pages there are."""
    try:
        version, total = _HEAD.unpack_from(data)
    except StructError as error:
        raise BadPageTable("The page table is cut short.") from error
    if version != VERSION:
        raise BadPageTable("The page table was written by another version.")
    if len(data) < _HEAD.size + total * _RECORD.size:
        raise BadPageTable("The page table is cut short.")
    return int(total)


def entry_at(data: bytes, n: int) -> PageEntry:
    """Entry n, counted from 0, without decoding the others. Raises IndexError beyond the end."""
    total = count(data)
    if not 0 <= n < total:
        raise IndexError(n)
    at = _HEAD.size + n * _RECORD.size
    row = _RECORD.unpack_from(data, at)
    start = _NAME_END.unpack_from(data, at - _RECORD.size + _NAME_END_AT)[0] if n else 0
    names_at = _HEAD.size + total * _RECORD.size
    return _entry(row, data[names_at + start : names_at + row[4]])


def identities(data: bytes) -> list[tuple[int, int]]:
    """(CRC-32, size) of every page, in reading order; the CRC is 0 where the archive tells none."""
    records = memoryview(data)[_HEAD.size : _HEAD.size + count(data) * _RECORD.size]
    return [(row[3], row[2]) for row in _RECORD.iter_unpack(records)]


def fingerprint(entries: Sequence[PageEntry]) -> bytes:
    """blake2b-128 over (crc32, size), each a little-endian u32, of the pages in reading order.

    Sixteen bytes; unchanged when the archive is recompressed or its ComicInfo rewritten.
    """
    facts = b"".join([_FACTS.pack(entry.crc32, entry.size) for entry in entries])
    return blake2b(facts, digest_size=16).digest()


def _entry(row: tuple[int, ...], name: bytes) -> PageEntry:
    offset, compressed_size, size, crc32, _end, width, height, method, media = row
    if media >= len(MEDIA_TYPES):
        raise BadPageTable("The page table names an unknown media type.")
    return PageEntry(
        name.decode("utf-8", "surrogateescape"),
        offset,
        compressed_size,
        size,
        method,
        crc32,
        MEDIA_TYPES[media],
        width,
        height,
    )
