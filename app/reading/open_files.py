"""Library files kept open for the pages that follow, and the pages read out of them.

A descriptor is closed when its `OpenFile` leaves the cache and no read holds it any more; files
that nobody reads are let go after half a minute, so that a disk can be taken away.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import msgspec

from app.errors import NotFound
from app.foundation.archives import page_table
from app.foundation.archives.errors import BadFile, DiskFailed
from app.foundation.archives.page_table import PLAIN_BYTES, STORED, PageEntry
from app.foundation.archives.paths import open_beneath
from app.foundation.archives.probe import ImageFacts, measure, measure_page
from app.foundation.archives.reader import open_span, read_page
from app.foundation.archives.sniffing import sniff

IDLE_SECONDS = 30.0
MOST_OPEN = 48
_READERS = 4
_scratch = memoryview(bytearray(2 * 1024 * 1024))
"""Where the event loop reads what lies in memory: a buffer of its own for each page would have to be
cleared first. What is larger goes through a thread."""
_NO_SUCH_PAGE = "There is no such page."


class FileOnDisk(msgspec.Struct, frozen=True):
    """Where one revision of a chapter's file lies: `path` is relative to `root`, both as bytes."""

    file_id: UUID
    revision: int
    root: bytes
    path: bytes
    table: bytes


class OpenFile:
    """One open file, or open image folder. Pages are counted from 1."""

    def __init__(self, fd: int, table: bytes) -> None:
        self.fd = fd
        self.table = table
        self._spans: dict[int, tuple[int, int]] = {}

    def __del__(self) -> None:
        os.close(self.fd)

    def entry(self, page: int) -> PageEntry:
        try:
            return page_table.entry_at(self.table, page - 1)
        except IndexError as error:
            raise NotFound(_NO_SUCH_PAGE) from error

    def read_at_once(self, page: int) -> bytes | None:
        """The page if it is stored as it is and lies in memory; None where the disk would be
        waited for, or bytes be unpacked: that belongs into a thread."""
        span = self._spans.get(page)
        if span is None:
            return None
        offset, length = span
        if length > len(_scratch):
            return None
        try:
            found = os.preadv(self.fd, [_scratch[:length]], offset, os.RWF_NOWAIT)
        except OSError:
            # Not in memory, or a file system that cannot tell: the thread reads, and reports.
            return None
        data = bytes(_scratch[:length]) if found == length else b""
        return data if sniff(data) else None

    def read(self, page: int, entry: PageEntry) -> bytes:
        """Blocking. BadFile where the page is not an image, or no longer where it was."""
        if entry.method in (STORED, PLAIN_BYTES) and page not in self._spans:
            self._spans[page] = open_span(self.fd, entry)
        return read_page(self.fd, entry)

    def check(self, page: int, entry: PageEntry) -> ImageFacts:
        """Blocking. Reads the whole page and its header, and compares its checksum."""
        return measure(read_page(self.fd, entry, verify=True))

    def glance(self, entry: PageEntry) -> ImageFacts:
        """Blocking. Kind and size from the first bytes."""
        return measure_page(self.fd, entry)


class OpenFiles:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[UUID, int], tuple[float, OpenFile]] = OrderedDict()
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="pages")
        self._sweep: asyncio.TimerHandle | None = None

    async def get(self, file: FileOnDisk) -> OpenFile:
        key = (file.file_id, file.revision)
        loop = asyncio.get_running_loop()
        kept = self._open.get(key)
        opened = kept[1] if kept else await loop.run_in_executor(self._threads, _opened, file)
        self._open[key] = (loop.time() + IDLE_SECONDS, opened)
        self._open.move_to_end(key)
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        if self._sweep is None:
            self._sweep = loop.call_later(IDLE_SECONDS, self._let_go)
        return opened

    async def page(self, file: FileOnDisk, page: int) -> bytes:
        opened = await self.get(file)
        entry = opened.entry(page)
        try:
            return await self._in_thread(opened.read, page, entry)
        except BadFile:
            # It may have been replaced on disk a moment ago: the next look opens it anew.
            self.forget(file)
            raise

    async def check(self, file: FileOnDisk, page: int) -> ImageFacts:
        """The page can be shown, or BadFile, PathRefused, Unavailable says why not."""
        opened = await self.get(file)
        try:
            return await self._in_thread(opened.check, page, opened.entry(page))
        except BadFile:
            self.forget(file)
            raise

    async def glance(self, file: FileOnDisk, page: int) -> ImageFacts:
        opened = await self.get(file)
        return await self._in_thread(opened.glance, opened.entry(page))

    def forget(self, file: FileOnDisk) -> None:
        self._open.pop((file.file_id, file.revision), None)

    def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        self._open.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread[*Args, R](self, read: Callable[[*Args], R], *args: *Args) -> R:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, read, *args)
        except OSError as error:
            raise DiskFailed from error

    def _let_go(self) -> None:
        loop = asyncio.get_running_loop()
        for key, (until, _opened) in list(self._open.items()):
            if until <= loop.time():
                del self._open[key]
        self._sweep = loop.call_later(IDLE_SECONDS, self._let_go) if self._open else None


def _opened(file: FileOnDisk) -> OpenFile:
    try:
        return OpenFile(open_beneath(file.root, file.path), file.table)
    except OSError as error:
        raise DiskFailed from error
