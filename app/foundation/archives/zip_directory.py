"""A strict reader of a ZIP's central directory: two or three preads, no extraction, no trust.

Follows PKWARE's APPNOTE 6.3.10. Python's zipfile makes an object per entry and seeks; a scan wants
thousands of files a second, and a scanner wants every lie told as one plain sentence.
"""

import os
from struct import Struct

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile, Unsuitable
from app.foundation.archives.listing import Listing, finished_listing
from app.foundation.archives.names import (
    decoded,
    is_comic_info,
    is_nested_archive,
    media_type_of,
)
from app.foundation.archives.page_table import DEFLATED, STORED, PageEntry
from app.foundation.archives.zip_end import find_directory

_ENTRY = Struct("<4sxBxxHHxxxxIIIHHHxxxxII")
_ENTRY_SIZE = _ENTRY.size
_ZIP64_SIGN = 0xFFFFFFFF
_ZIP64_FIELD = 1
_LOCAL_HEADER = 30
_ENCRYPTED = 0b10_0000_0100_0001
_UTF8 = 0x800
_HOSTS_WITH_MODES = (3, 19)
_KINDS = 0o170000
_REGULAR_KINDS = (0, 0o100000)
_SIGN = b"PK\x01\x02"
_LARGE = limits.RATIO_FREE_BYTES
_DOT = ord(".")
_USUAL = {b".jpg": "image/jpeg", b".png": "image/png"}
_DAMAGED = "The archive is damaged: its directory makes no sense."


type _Sizes = tuple[int, int, int]
"""Of one entry: bytes packed, bytes unpacked, offset of the local header."""


def read_zip(fd: int) -> Listing:
    """The pages of the ZIP behind `fd`, in reading order, and its ComicInfo.xml if it has one."""
    size = os.fstat(fd).st_size
    directory, shift, total = find_directory(fd, size)
    if total > limits.MOST_ENTRIES:
        raise BadFile("The archive holds more than 10,000 files.")
    return _Reader(directory, shift, size).read(total)


class _Reader:
    def __init__(self, directory: bytes, shift: int, file_size: int) -> None:
        self.directory = directory
        self.shift = shift
        self.file_size = file_size
        self.pages: list[PageEntry] = []
        self.comic_infos: list[PageEntry] = []
        self.nested = 0
        self.spans: list[tuple[int, int]] = []
        # Asked once of all names together: most archives hold no hidden files.
        self.is_tidy = b"/." not in directory and b"__MACOSX" not in directory

    def read(self, total: int) -> Listing:
        at = seen = 0
        end = len(self.directory)
        while at < end:
            at = self._read_entry(at)
            seen += 1
            if seen > limits.MOST_ENTRIES:
                raise BadFile("The archive holds more than 10,000 files.")
        if seen != total:
            raise BadFile(_DAMAGED)
        _refuse_overlaps(self.spans)
        return finished_listing(
            self.pages, self.comic_infos, nested=self.nested, file_size=self.file_size
        )

    def _read_entry(self, at: int) -> int:
        # The hot loop of a scan: a call or an object saved here is seen in files per second.
        directory = self.directory
        name_at = at + _ENTRY_SIZE
        if name_at > len(directory):
            raise BadFile(_DAMAGED)
        (sign, host, flags, method, crc32, packed, size, named, extras, noted, mode, offset) = (
            _ENTRY.unpack_from(directory, at)
        )
        extra_at = name_at + named
        end: int = extra_at + extras + noted
        if sign != _SIGN or end > len(directory):
            raise BadFile(_DAMAGED)
        raw_name = directory[name_at:extra_at]
        extra = directory[extra_at : extra_at + extras] if extras else b""
        if packed == _ZIP64_SIGN or size == _ZIP64_SIGN or offset == _ZIP64_SIGN:
            packed, size, offset = _zip64_sizes(extra, packed, size, offset)
        offset += self.shift
        span_end = offset + _LOCAL_HEADER + named + packed
        if span_end > self.file_size:
            raise BadFile("The archive is cut short: some of its pages are missing.")
        self.spans.append((offset, span_end))
        media_type = self._media_type(raw_name)
        if not media_type and not is_comic_info(raw_name):
            self.nested += is_nested_archive(raw_name)
        elif host not in _HOSTS_WITH_MODES or mode >> 16 & _KINDS in _REGULAR_KINDS:
            if flags & _ENCRYPTED or size > _LARGE or packed != size or method != STORED:
                _refuse_unreadable(flags, method, packed, size)
            is_utf8 = flags & _UTF8 != 0
            name = raw_name.decode() if raw_name.isascii() else decoded(raw_name, is_utf8, extra)
            entry = PageEntry(name, offset, packed, size, method, crc32, media_type)
            (self.pages if media_type else self.comic_infos).append(entry)
        return end

    def _media_type(self, raw_name: bytes) -> str:
        media_type = _USUAL.get(raw_name[-4:])
        if media_type is None or not self.is_tidy or raw_name[0] == _DOT:
            return media_type_of(raw_name)
        return media_type


def _zip64_sizes(extra: bytes, packed: int, unpacked: int, offset: int) -> _Sizes:
    # APPNOTE 4.5.3: only the fields that overflowed stand in the ZIP64 extra field, in this order.
    at = 0
    while at + 4 <= len(extra):
        kind = int.from_bytes(extra[at : at + 2], "little")
        length = int.from_bytes(extra[at + 2 : at + 4], "little")
        if kind == _ZIP64_FIELD and at + 4 + length <= len(extra):
            field = extra[at + 4 : at + 4 + length]
            wide = [int.from_bytes(field[n : n + 8], "little") for n in range(0, length - 7, 8)]
            return _widened(wide, packed, unpacked, offset)
        at += 4 + length
    raise BadFile(_DAMAGED)


def _widened(wide: list[int], packed: int, unpacked: int, offset: int) -> _Sizes:
    wanted = [value == _ZIP64_SIGN for value in (unpacked, packed, offset)]
    if len(wide) < sum(wanted):
        raise BadFile(_DAMAGED)
    found = iter(wide)
    unpacked, packed, offset = (
        next(found) if is_wide else value
        for is_wide, value in zip(wanted, (unpacked, packed, offset), strict=True)
    )
    return packed, unpacked, offset


def _refuse_unreadable(flags: int, method: int, packed: int, unpacked: int) -> None:
    if flags & _ENCRYPTED:
        raise Unsuitable("The archive is protected by a password.")
    if method not in (STORED, DEFLATED):
        raise Unsuitable("The archive uses a compression other than Deflate, which cannot be read.")
    if unpacked > limits.MOST_ENTRY_BYTES or packed > limits.MOST_ENTRY_BYTES:
        raise BadFile("A page in the archive is larger than 256 MiB.")
    if method == STORED and packed != unpacked:
        raise BadFile(_DAMAGED)
    if unpacked > limits.RATIO_FREE_BYTES and unpacked > packed * limits.MOST_RATIO:
        raise BadFile("The archive unpacks to more than 200 times its size, as bombs do.")


def _refuse_overlaps(spans: list[tuple[int, int]]) -> None:
    spans.sort()
    last_end = 0
    for start, end in spans:
        if start < last_end:
            raise BadFile("The archive is damaged: its files overlap each other.")
        last_end = end
