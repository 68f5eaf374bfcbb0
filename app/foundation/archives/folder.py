"""An image folder: each image directly inside is a page. Links and sub-folders are not followed."""

import os
import stat
import zlib

from app.foundation.archives import limits
from app.foundation.archives.errors import BadFile
from app.foundation.archives.listing import Listing, finished_listing
from app.foundation.archives.names import is_comic_info, is_nested_archive, media_type_of
from app.foundation.archives.page_table import PLAIN_FILE, PageEntry
from app.foundation.archives.paths import PathRefused, open_file

_CHUNK = 1024 * 1024


def read_folder(fd: int) -> Listing:
    """The pages in the open folder, with their checksums."""
    pages: list[PageEntry] = []
    comic_infos: list[PageEntry] = []
    nested = 0
    for name in _names(fd):
        raw_name = os.fsencode(name)
        media_type = media_type_of(raw_name)
        if media_type or is_comic_info(raw_name):
            entry = _entry(fd, name, media_type)
            if entry is not None:
                (pages if media_type else comic_infos).append(entry)
        else:
            nested += is_nested_archive(raw_name)
    total = sum(page.size for page in pages)
    return finished_listing(pages, comic_infos, nested=nested, file_size=total)


def _names(fd: int) -> list[str]:
    names: list[str] = []
    with os.scandir(fd) as found:
        for entry in found:
            names.append(entry.name)
            if len(names) > limits.MOST_ENTRIES:
                raise BadFile("The folder holds more than 10,000 files.")
    return names


def _entry(folder_fd: int, name: str, media_type: str) -> PageEntry | None:
    try:
        fd = open_file(folder_fd, os.fsencode(name))
    except PathRefused:
        return None
    try:
        size = os.fstat(fd).st_size
        if size > limits.MOST_ENTRY_BYTES:
            raise BadFile("A page in the folder is larger than 256 MiB.")
        checksum = checksum_of(fd, 0, size)
    finally:
        os.close(fd)
    return PageEntry(name, 0, size, size, PLAIN_FILE, checksum, media_type)


def checksum_of(fd: int, offset: int, length: int) -> int:
    """CRC-32 of a part of a file, a piece at a time."""
    checksum = 0
    end = offset + length
    while offset < end:
        data = os.pread(fd, min(_CHUNK, end - offset), offset)
        if not data:
            raise BadFile("The file is cut short: some of its pages are missing.")
        checksum = zlib.crc32(data, checksum)
        offset += len(data)
    return checksum


def is_folder(fd: int) -> bool:
    return stat.S_ISDIR(os.fstat(fd).st_mode)
