"""Bytes of library files on their way to somebody's disk.

What is sent is what was surveyed: a file that has another size or time by then, or whose bytes do
not have the checksum they had, breaks the answer off. Half an archive can be resumed; a wrong one
would be kept.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any
from zlib import crc32

import msgspec
from litestar import Litestar
from litestar.types import Receive, Scope, Send

from app.browsing.original_files import Wanted
from app.errors import Conflict
from app.foundation.archives.errors import DiskFailed
from app.foundation.archives.paths import PathRefused, open_beneath, open_root
from app.foundation.archives.zip_stream import Member
from app.foundation.web.conditional import Conditional, read_at
from app.foundation.web.i18n import _

CHUNK = 256 * 1024
MOST_CHECKSUMS = 65_536
CHECKED_AT_ONCE = 2
_KEY = "checksums"


class Broken(Exception):
    """It is no longer what was promised in the headers: the connection ends here."""


class Surveyed(msgspec.Struct, frozen=True):
    """A file as it lies on disk now."""

    wanted: Wanted
    size: int
    mtime_ns: int

    @property
    def identity(self) -> str:
        return f"{self.wanted.key}-{self.size:x}-{self.mtime_ns:x}"

    @property
    def member(self) -> Member:
        return Member(self.wanted.name, self.size, self.mtime_ns / 1e9, self.wanted.crc32)


class Checksums:
    """Those of whole files that were sent or read before. May vanish: they can be read again."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self.reading = asyncio.Semaphore(CHECKED_AT_ONCE)

    def get(self, identity: str) -> int | None:
        return self._known.get(identity)

    def keep(self, identity: str, checksum: int) -> None:
        self._known[identity] = checksum
        if len(self._known) > MOST_CHECKSUMS:
            del self._known[next(iter(self._known))]


def checksums_of(app: Litestar) -> Checksums:
    found: Checksums | None = app.state.get(_KEY)
    if found is None:
        found = app.state[_KEY] = Checksums()
    return found


async def survey(wanted: Sequence[Wanted]) -> list[Surveyed]:
    """All of them as they are now; Conflict names the first that is not what the scan saw."""
    try:
        return await asyncio.to_thread(_survey, wanted)
    except OSError as error:
        raise DiskFailed from error


class Files:
    """The contents of an archive (`zip_stream.Contents`)."""

    def __init__(self, files: Sequence[Surveyed], checksums: Checksums) -> None:
        self.files = files
        self.checksums = checksums

    async def read(self, member: int, offset: int, length: int) -> AsyncIterator[bytes]:
        file = self.files[member]
        fd = await asyncio.to_thread(_open_again, file)
        try:
            is_whole = offset == 0 and length == file.size
            checksum = 0
            while length > 0:
                part = await read_at(fd, offset, min(length, CHUNK))
                checksum = crc32(part, checksum) if is_whole else 0
                offset, length = offset + len(part), length - len(part)
                yield part
            await asyncio.to_thread(_must_be_same, fd, file)
            if is_whole:
                self._learn(file, checksum)
        finally:
            os.close(fd)

    async def checksum(self, member: int) -> int:
        """Where nobody knows it the file is read for it; few at a time, for the disk's sake."""
        file = self.files[member]
        known = self.checksums.get(file.identity)
        if known is None:
            async with self.checksums.reading:
                async for _part in self.read(member, 0, file.size):
                    pass
            known = self.checksums.get(file.identity)
        assert known is not None
        return known

    def _learn(self, file: Surveyed, checksum: int) -> None:
        if file.wanted.crc32 not in (None, checksum):
            raise Broken(file.wanted.name)
        self.checksums.keep(file.identity, checksum)


class Download(Conditional):
    """An answer whose bytes are made while they are sent. It stops when the client goes away."""

    def __init__(
        self, request: Any, parts: Callable[[int, int], AsyncIterator[bytes]], **more: Any
    ) -> None:
        super().__init__(request, **more)
        self.parts = parts

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(super().answer(scope, receive, send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                await sending
        finally:
            for task in (sending, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task

    async def send_bytes(self, send: Send, first: int, size: int) -> None:
        async for part in self.parts(first, size):
            if part:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _survey(wanted: Sequence[Wanted]) -> list[Surveyed]:
    roots: dict[bytes, int] = {}
    found = []
    try:
        for one in wanted:
            if one.root not in roots:
                roots[one.root] = _root_of(one)
            with suppress(*(PathRefused,) if one.optional else ()):
                found.append(_look(roots[one.root], one))
    finally:
        for fd in roots.values():
            os.close(fd)
    return found


def _root_of(one: Wanted) -> int:
    try:
        return open_root(one.root)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_as_it_was(one) from error


def _look(root: int, one: Wanted) -> Surveyed:
    try:
        fd = open_beneath(root, one.path)
    except PathRefused as error:
        if one.optional:
            raise
        raise _not_as_it_was(one) from error
    try:
        seen = os.fstat(fd)
    finally:
        os.close(fd)
    if not stat.S_ISREG(seen.st_mode) or one.size not in (None, seen.st_size):
        raise _not_as_it_was(one)
    return Surveyed(one, seen.st_size, seen.st_mtime_ns)


def _open_again(file: Surveyed) -> int:
    try:
        fd = open_beneath(file.wanted.root, file.wanted.path)
    except PathRefused as error:
        raise Broken(file.wanted.name) from error
    try:
        _must_be_same(fd, file)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _must_be_same(fd: int, file: Surveyed) -> None:
    seen = os.fstat(fd)
    is_same = (seen.st_size, seen.st_mtime_ns) == (file.size, file.mtime_ns)
    if not is_same or not stat.S_ISREG(seen.st_mode):
        raise Broken(file.wanted.name)


def _not_as_it_was(one: Wanted) -> Conflict:
    name = one.name.rpartition("/")[2]
    return Conflict(
        _("“%(file)s” is not what the last scan found. Try again after the next one.", file=name)
    )
