"""Where a ZIP's central directory stands: the end record, its ZIP64 form, a prefix, trailing bytes.

APPNOTE 4.3.14–4.3.16. A record counts only if a directory really begins where it points.
"""

import os
from collections.abc import Iterator
from struct import Struct

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile

_END = Struct("<4sHHHHIIH")
_WIDE_LOCATOR = Struct("<4sIQI")
_WIDE_END = Struct("<4sQHHIIQQQQ")
_END_SIGN = b"PK\x05\x06"
_FIRST_LOOK = 16 * 1024
_MOST_PLACES = 4096
_LAST_LOOK = 160 * 1024
"""A comment is at most 64 KiB; the rest is for bytes that a download or a player left behind."""


class _Tail:
    """The last bytes of a file, addressed by their place in the file."""

    def __init__(self, fd: int, size: int, length: int) -> None:
        self.fd = fd
        self.start = max(0, size - length)
        self.data = os.pread(fd, size - self.start, self.start)

    def read(self, at: int, length: int) -> bytes:
        if at < 0 or length < 0:
            return b""
        if at >= self.start:
            return self.data[at - self.start : at - self.start + length]
        return os.pread(self.fd, length, at)


def find_directory(fd: int, size: int) -> tuple[bytes, int, int]:
    """The directory's bytes, the shift to add to every offset in it, and its number of entries."""
    if size == 0:
        raise BadFile("The file is empty.")
    for length in (_FIRST_LOOK, _LAST_LOOK):
        tail = _Tail(fd, size, length)
        for end_at in _places_of_end(tail):
            found = _directory_before(tail, end_at)
            if found is not None:
                return found
        if tail.start == 0:
            break
    if os.pread(fd, 4, 0) == b"PK\x03\x04":
        raise BadFile("The archive is cut short: its directory at the end is missing.")
    raise BadFile("This is not an archive that can be read.")


def _places_of_end(tail: _Tail) -> Iterator[int]:
    # From the back, and only a few: a file made of end records must not cost a scan its time.
    at = len(tail.data)
    for _ in range(_MOST_PLACES):
        at = tail.data.rfind(_END_SIGN, 0, at)
        if at < 0:
            return
        yield tail.start + at


def _directory_before(tail: _Tail, end_at: int) -> tuple[bytes, int, int] | None:
    record = tail.read(end_at, _END.size)
    if len(record) < _END.size:
        return None
    _, disk, directory_disk, _, total, length, offset, _ = _END.unpack(record)
    if (disk, directory_disk) not in ((0, 0), (0xFFFF, 0xFFFF)):
        return None
    directory_end = end_at
    if total == 0xFFFF or length == 0xFFFFFFFF or offset == 0xFFFFFFFF:
        wide = _wide_end(tail, end_at)
        if wide is not None:
            directory_end, total, length, offset = wide
    shift = directory_end - length - offset
    directory_at = directory_end - length
    if shift < 0 or (total > 0 and tail.read(directory_at, 4) != b"PK\x01\x02"):
        return None
    if total == 0 and (length, shift) != (0, 0):
        # Zeros behind the signature, in a comment or a picture, look like an empty archive.
        return None
    if length > limits.MOST_DIRECTORY_BYTES:
        raise BadFile("The archive's directory is too large.")
    return tail.read(directory_at, length), shift, total


def _wide_end(tail: _Tail, end_at: int) -> tuple[int, int, int, int] | None:
    """Place of the ZIP64 end record, entries, length and offset of the directory."""
    locator = tail.read(end_at - _WIDE_LOCATOR.size, _WIDE_LOCATOR.size)
    if len(locator) < _WIDE_LOCATOR.size or not locator.startswith(b"PK\x06\x07"):
        return None
    # Foreign bytes in front shift the place the locator names: a plain record ends at the locator.
    named = _WIDE_LOCATOR.unpack(locator)[2]
    for at in (named, end_at - _WIDE_LOCATOR.size - _WIDE_END.size):
        record = tail.read(at, _WIDE_END.size)
        if len(record) == _WIDE_END.size and record.startswith(b"PK\x06\x06"):
            total, length, offset = _WIDE_END.unpack(record)[-3:]
            return at, total, length, offset
    return None
