"""A strict reader of plain tar (CBT): pages stand as they are, so an offset is all we keep.

POSIX.1-2017 pax and ustar, and GNU's long names. Links, devices and sparse files are no pages.
"""

import os

import msgspec

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile
from app.foundation.archives.folder import checksum_of
from app.foundation.archives.listing import Listing, finished_listing
from app.foundation.archives.names import (
    decoded,
    is_comic_info,
    is_nested_archive,
    media_type_of,
)
from app.foundation.archives.page_table import PLAIN_BYTES, PageEntry

_BLOCK = 512
_EMPTY = bytes(_BLOCK)
_MOST_NOTE_BYTES = 1024 * 1024
_REGULAR = (b"0", b"\0", b"7")
_DAMAGED = "The archive is damaged: its directory makes no sense."
_CUT_SHORT = "The archive is cut short: some of its pages are missing."


class _Note(msgspec.Struct):
    """What an extended header says about the next entry."""

    name: bytes | None = None
    size: int | None = None


def read_tar(fd: int) -> Listing:
    """The pages of the tar behind `fd`, with checksums, and its ComicInfo.xml if it has one."""
    file_size = os.fstat(fd).st_size
    pages: list[PageEntry] = []
    comic_infos: list[PageEntry] = []
    nested = at = seen = 0
    note = _Note()
    while (header := _header(fd, at)) is not None:
        seen += 1
        if seen > limits.MOST_ENTRIES:
            raise BadFile("The archive holds more than 10,000 files.")
        kind = header[156:157]
        size = _number(header[124:136]) if note.size is None else note.size
        data_at = at + _BLOCK
        at = data_at + -(-size // _BLOCK) * _BLOCK
        if data_at + size > file_size:
            raise BadFile(_CUT_SHORT)
        if kind in (b"L", b"x"):
            note = _read_note(fd, kind, data_at, size, note)
            continue
        raw_name = note.name or _name(header)
        note = _Note()
        media_type = media_type_of(raw_name) if kind in _REGULAR else ""
        if media_type or (kind in _REGULAR and is_comic_info(raw_name)):
            entry = _entry(fd, raw_name, data_at, size, media_type)
            (pages if media_type else comic_infos).append(entry)
        nested += is_nested_archive(raw_name)
    return finished_listing(pages, comic_infos, nested=nested, file_size=file_size)


def _header(fd: int, at: int) -> bytes | None:
    header = os.pread(fd, _BLOCK, at)
    if header == _EMPTY:
        return None
    if len(header) < _BLOCK:
        # Every tar ends with blocks of zeros; without them something is missing.
        raise BadFile(_CUT_SHORT)
    # The checksum counts its own eight bytes as spaces.
    if sum(header) - sum(header[148:156]) + 8 * 0x20 != _number(header[148:156]):
        raise BadFile(_DAMAGED)
    return header


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        # GNU: base 256 for what octal cannot hold; a set sign bit would be negative.
        number = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        if field[0] & 0x40 or number >= 1 << 62:
            raise BadFile(_DAMAGED)
        return number
    digits = field.split(b"\0")[0].strip()
    if not all(digit in b"01234567" for digit in digits):
        raise BadFile(_DAMAGED)
    return int(digits or b"0", 8)


def _name(header: bytes) -> bytes:
    name = header[:100].split(b"\0")[0]
    prefix = header[345:500].split(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _read_note(fd: int, kind: bytes, at: int, size: int, note: _Note) -> _Note:
    if size > _MOST_NOTE_BYTES:
        raise BadFile(_DAMAGED)
    data = os.pread(fd, size, at)
    if kind == b"L":
        return _Note(data.split(b"\0")[0], note.size)
    fields = _pax_fields(data)
    length = fields.get(b"size")
    if length is not None and not (length.isdigit() and len(length) < 19):
        raise BadFile(_DAMAGED)
    return _Note(fields.get(b"path", note.name), int(length) if length is not None else note.size)


def _pax_fields(data: bytes) -> dict[bytes, bytes]:
    # Records "length key=value\n", the length counting itself.
    fields: dict[bytes, bytes] = {}
    while data:
        digits, _, _ = data[:20].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        record = data[:length]
        if length < len(digits) + 3 or len(record) < length or not record.endswith(b"\n"):
            raise BadFile(_DAMAGED)
        key, _, value = record[len(digits) + 1 : -1].partition(b"=")
        fields[key] = value
        data = data[length:]
    return fields


def _entry(fd: int, raw_name: bytes, at: int, size: int, media_type: str) -> PageEntry:
    if size > limits.MOST_ENTRY_BYTES:
        raise BadFile("A page in the archive is larger than 256 MiB.")
    checksum = checksum_of(fd, at, size)
    return PageEntry(decoded(raw_name), at, size, size, PLAIN_BYTES, checksum, media_type)
