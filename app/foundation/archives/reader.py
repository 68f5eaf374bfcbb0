"""Reads one page: one look at its local header, one pread, inflated within its declared size.

Thread-safe: nothing here moves a file position. Blocking: call it from a thread.
"""

import os
import zlib
from struct import Struct

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile
from app.foundation.archives.folder import is_folder, read_folder
from app.foundation.archives.listing import Listing
from app.foundation.archives.page_table import (
    DEFLATED,
    PLAIN_BYTES,
    PLAIN_FILE,
    STORED,
    PageEntry,
)
from app.foundation.archives.paths import open_file
from app.foundation.archives.sniffing import ENOUGH, archive_kind, sniff
from app.foundation.archives.tar_directory import read_tar
from app.foundation.archives.zip_directory import read_zip

_LOCAL = Struct("<4sHHHHHIIIHH")
_CHANGED = "The file has changed or is damaged: the page is not where it was."


def read_listing(fd: int) -> Listing:
    """The pages of the archive (by its bytes, never its name) or image folder behind `fd`.

    For tar and folders this reads every page once, for the checksums that ZIP keeps in its directory.
    """
    if is_folder(fd):
        return read_folder(fd)
    if archive_kind(os.pread(fd, ENOUGH, 0)) == "tar":
        return read_tar(fd)
    return read_zip(fd)


def open_span(fd: int, entry: PageEntry) -> tuple[int, int]:
    """(offset, length) in bytes of the entry's data in `fd`, still deflated if it is.

    For a stored page this is what to `pread` or send. Not for image folders.
    """
    if entry.method == PLAIN_BYTES:
        return entry.header_offset, entry.size
    if entry.method not in (STORED, DEFLATED):
        raise ValueError("A page of an image folder is a whole file, not a span.")
    header = os.pread(fd, _LOCAL.size, entry.header_offset)
    if len(header) < _LOCAL.size:
        raise BadFile(_CHANGED)
    sign, _, flags, method, _, _, _, _, _, name_length, extra_length = _LOCAL.unpack(header)
    if sign != b"PK\x03\x04" or method != entry.method or flags & 1:
        raise BadFile(_CHANGED)
    return entry.header_offset + _LOCAL.size + name_length + extra_length, entry.compressed_size


def read_entry(fd: int, entry: PageEntry, *, most: int = limits.MOST_ENTRY_BYTES) -> bytes:
    """The entry's bytes, exactly `entry.size` of them; more than `most` is a BadFile.

    For an image folder `fd` is the folder's directory handle.
    """
    if entry.size > most or entry.compressed_size > limits.MOST_ENTRY_BYTES:
        raise BadFile("The entry is too large to be read.")
    if entry.method == PLAIN_FILE:
        return _read_file(fd, entry, entry.size)
    offset, length = open_span(fd, entry)
    data = _read_exactly(fd, offset, length)
    return _inflated(data, entry.size) if entry.method == DEFLATED else data


def read_head(fd: int, entry: PageEntry, length: int) -> bytes:
    """The first `length` bytes of the entry, or all of it if it is shorter."""
    if entry.method == PLAIN_FILE:
        return _read_file(fd, entry, min(length, entry.size))
    offset, packed = open_span(fd, entry)
    if entry.method != DEFLATED:
        return _read_exactly(fd, offset, min(length, packed))
    # Deflate never grows by more than a few bytes in a thousand, so this much is enough.
    data = _read_exactly(fd, offset, min(length + length // 64 + 64, packed))
    return _unpacked(zlib.decompressobj(-zlib.MAX_WBITS), data, min(length, entry.size))


def read_page(fd: int, entry: PageEntry, *, verify: bool = False) -> bytes:
    """The bytes of one page, an image by its own first bytes; with `verify` also by its CRC-32."""
    data = read_entry(fd, entry)
    if sniff(data) is None:
        raise BadFile("The page is not an image that can be shown.")
    if verify and zlib.crc32(data) != entry.crc32:
        raise BadFile("The page is damaged: its checksum is wrong.")
    return data


def _read_file(folder_fd: int, entry: PageEntry, length: int) -> bytes:
    fd = open_file(folder_fd, os.fsencode(entry.name))
    try:
        return _read_exactly(fd, 0, length)
    finally:
        os.close(fd)


def _read_exactly(fd: int, offset: int, length: int) -> bytes:
    data = os.pread(fd, length, offset)
    if len(data) != length:
        raise BadFile(_CHANGED)
    return data


def _inflated(data: bytes, size: int) -> bytes:
    # One byte more than declared is allowed to come out, so that a lie is seen and not cut off.
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = _unpacked(inflater, data, size + 1)
    if len(plain) != size or not inflater.eof:
        raise BadFile("The page is damaged: it unpacks to another size than it says.")
    return plain


def _unpacked(inflater: "zlib._Decompress", data: bytes, most: int) -> bytes:
    # zlib takes 0 for "no limit".
    try:
        return inflater.decompress(data, max(1, most))
    except zlib.error as error:
        raise BadFile("The page is damaged: it cannot be unpacked.") from error
