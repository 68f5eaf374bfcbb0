"""A ZIP file of stored members that is never built: every byte of it follows from the names, sizes
and checksums of what is in it, so any range of it can be sent, and sent again.

PKWARE's APPNOTE.TXT 6.3.10: local headers (4.3.7), data as it is (method 0), data descriptors
(4.3.9, general purpose bit 3) for what nobody has read yet, the central directory (4.3.12), and
ZIP64 (4.3.14, 4.3.15, 4.5.3) where a size, an offset or the number of members needs it.
Names are UTF-8 (bit 11), times are UTC.
"""

from array import array
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from struct import Struct
from typing import NamedTuple, Protocol

import msgspec

_LOCAL = Struct("<4sHHHHHIIIHH")
_RECORD = Struct("<4sHHHHHHIIIHHHHHII")
_END = Struct("<4sHHHHIIH")
_END64 = Struct("<4sQHHIIQQQQ")
_LOCATOR = Struct("<4sIQI")
_DESCRIPTOR = Struct("<4sIII")
_DESCRIPTOR64 = Struct("<4sIQQ")
_EXTRA = Struct("<HH")

_MOST_32 = 0xFFFF_FFFF
"""From here on a field says "see ZIP64" instead."""
_MOST_16 = 0xFFFF
_PLAIN, _ZIP64 = 20, 45
_BY_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_CHECKSUM_FOLLOWS, _NAME_IS_UTF8 = 1 << 3, 1 << 11
_FIRST_YEAR, _LAST_YEAR = 1980, 2107
_SEND_AT_ONCE = 64 * 1024


class Member(msgspec.Struct, frozen=True):
    """`name` is safe to unpack (`app.foundation.archives.entry_names`). `crc32` None: known once the data has been read."""

    name: str
    size: int
    modified: float
    crc32: int | None = None


class Contents(Protocol):
    """The data behind the members, by their number."""

    def read(self, member: int, offset: int, length: int) -> AsyncIterator[bytes]:
        """Exactly these bytes; whatever is not as it was raises."""

    async def checksum(self, member: int) -> int:
        """The CRC-32 of a member that said none."""


class Piece(NamedTuple):
    """Part of the archive: `length` bytes of the data of `member`, or of bytes that we write.

    `kind` is "data", or the name of the method of `Layout` that writes them.
    """

    kind: str
    member: int
    offset: int
    length: int


class Layout:
    """Where everything stands. 24 bytes a member beside the members themselves."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self._headers = array("Q", [0, *accumulate(map(_whole_length, members))])
        lengths = (
            _record_length(member, at) for member, at in zip(members, self._headers, strict=False)
        )
        self._records = array("Q", accumulate(lengths, initial=self._headers[-1]))
        self.length = self._records[-1] + len(self._end())

    def pieces(self, first: int, size: int) -> Iterator[Piece]:
        """What stands in the `size` bytes from `first` on, in order."""
        for piece, at in self._from(first):
            if at >= first + size:
                return
            skipped = max(0, first - at)
            taken = min(piece.length, first + size - at) - skipped
            if taken > 0:
                yield piece._replace(offset=skipped, length=taken)

    def header(self, member: int, _crc32: int) -> bytes:
        """4.3.7. Its own checksum and sizes are zero where a descriptor brings them (4.4.4)."""
        one = self.members[member]
        name, size, crc32 = one.name.encode(), one.size, one.crc32
        if crc32 is None:
            size, crc32 = 0, 0
        extra = b""
        if one.size >= _MOST_32:
            extra, size = _zip64(size, size), _MOST_32
        return (
            _LOCAL.pack(
                *(b"PK\x03\x04", _version(extra), _flags(one), 0, *_dos_time(one.modified)),
                *(crc32, size, size, len(name), len(extra)),
            )
            + name
            + extra
        )

    def descriptor(self, member: int, crc32: int) -> bytes:
        size = self.members[member].size
        packed = _DESCRIPTOR64 if size >= _MOST_32 else _DESCRIPTOR
        return packed.pack(b"PK\x07\x08", crc32, size, size)

    def record(self, member: int, crc32: int) -> bytes:
        """4.3.12: the member's line in the central directory."""
        one, at = self.members[member], self._headers[member]
        name, extra = one.name.encode(), _record_extra(one.size, at)
        size = min(one.size, _MOST_32)
        return (
            _RECORD.pack(
                *(b"PK\x01\x02", _BY_UNIX | _version(extra), _version(extra), _flags(one), 0),
                *(*_dos_time(one.modified), crc32, size, size, len(name), len(extra)),
                *(0, 0, 0, _REGULAR_FILE, min(at, _MOST_32)),
            )
            + name
            + extra
        )

    def end(self, _member: int, _crc32: int) -> bytes:
        return self._end()

    def _from(self, first: int) -> Iterator[tuple[Piece, int]]:
        """Every piece with its place, beginning no later than the one that holds byte `first`."""
        total = len(self.members)
        at_member = max(0, bisect_right(self._headers, first) - 1)
        for member in range(at_member, total):
            at = self._headers[member]
            for piece in _pieces_of(self.members[member], member):
                yield piece, at
                at += piece.length
        at_record = max(0, bisect_right(self._records, first) - 1)
        for member in range(at_record, total):
            at = self._records[member]
            yield Piece("record", member, 0, self._records[member + 1] - at), at
        yield Piece("end", 0, 0, self.length - self._records[-1]), self._records[-1]

    def _end(self) -> bytes:
        """4.3.14 to 4.3.16."""
        total, at = len(self.members), self._headers[-1]
        size = self._records[-1] - at
        zip64 = b""
        if total >= _MOST_16 or size >= _MOST_32 or at >= _MOST_32:
            versions = (_BY_UNIX | _ZIP64, _ZIP64)
            zip64 = _END64.pack(b"PK\x06\x06", 44, *versions, 0, 0, total, total, size, at)
            zip64 += _LOCATOR.pack(b"PK\x06\x07", 0, self._records[-1], 1)
        shown = min(total, _MOST_16)
        return zip64 + _END.pack(
            b"PK\x05\x06", 0, 0, shown, shown, min(size, _MOST_32), min(at, _MOST_32), 0
        )


async def zip_bytes(
    layout: Layout, contents: Contents, first: int, size: int
) -> AsyncIterator[bytes]:
    """`size` bytes of the archive from `first` on, a piece at a time.

    A range that ends in a descriptor or in the directory needs checksums of data it does not
    hold: `contents` finds those out, which may mean to read the data after all.
    """
    waiting = bytearray()
    for piece in layout.pieces(first, size):
        if piece.kind == "data":
            yield bytes(waiting)
            waiting.clear()
            async for part in contents.read(piece.member, piece.offset, piece.length):
                yield part
            continue
        crc32 = 0
        if piece.kind in ("descriptor", "record"):
            known = layout.members[piece.member].crc32
            crc32 = await contents.checksum(piece.member) if known is None else known
        written: bytes = getattr(layout, piece.kind)(piece.member, crc32)
        waiting += written[piece.offset : piece.offset + piece.length]
        if len(waiting) >= _SEND_AT_ONCE:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _pieces_of(one: Member, number: int) -> Iterator[Piece]:
    yield Piece("header", number, 0, _header_length(one))
    yield Piece("data", number, 0, one.size)
    if one.crc32 is None:
        yield Piece("descriptor", number, 0, _descriptor_length(one))


def _whole_length(one: Member) -> int:
    return _header_length(one) + one.size + _descriptor_length(one)


def _header_length(one: Member) -> int:
    extra = _EXTRA.size + 16 if one.size >= _MOST_32 else 0
    return _LOCAL.size + len(one.name.encode()) + extra


def _descriptor_length(one: Member) -> int:
    if one.crc32 is not None:
        return 0
    return _DESCRIPTOR64.size if one.size >= _MOST_32 else _DESCRIPTOR.size


def _record_length(one: Member, at: int) -> int:
    return _RECORD.size + len(one.name.encode()) + len(_record_extra(one.size, at))


def _record_extra(size: int, at: int) -> bytes:
    """4.5.3: only the fields that do not fit their places."""
    fields = [size, size] if size >= _MOST_32 else []
    if at >= _MOST_32:
        fields.append(at)
    return _zip64(*fields) if fields else b""


def _zip64(*fields: int) -> bytes:
    data = b"".join(field.to_bytes(8, "little") for field in fields)
    return _EXTRA.pack(1, len(data)) + data


def _version(extra: bytes) -> int:
    return _ZIP64 if extra else _PLAIN


def _flags(one: Member) -> int:
    return _NAME_IS_UTF8 | (_CHECKSUM_FOLLOWS if one.crc32 is None else 0)


def _dos_time(moment: float) -> tuple[int, int]:
    """Time and date, to two seconds; what lies outside the years of MS-DOS is their edge."""
    edge = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()
    last = datetime(_LAST_YEAR, 12, 31, 23, 59, 58, tzinfo=UTC).timestamp()
    at = datetime.fromtimestamp(max(edge, min(moment, last)), UTC)
    time = at.hour << 11 | at.minute << 5 | at.second // 2
    return time, (at.year - _FIRST_YEAR) << 9 | at.month << 5 | at.day
