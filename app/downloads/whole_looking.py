"""Runs in the sandbox: which pages are in this file?"""

import msgspec

from app.foundation.archives.page_table import PageEntry
from app.foundation.archives.reader import read_listing

LIST = "app.downloads.whole_looking:list_pages"


class Pages(msgspec.Struct, frozen=True):
    entries: list[PageEntry]


def list_pages(fd: int, _argument: object) -> Pages:
    """In reading order. Raises BadFile."""
    return Pages(read_listing(fd).pages)
