"""A file store whose every call may fail: the nth with an errno, cut short, slowly, or deadly."""

import errno
import os
from collections.abc import Callable, Iterator

from app.foundation.archives.file_store import DISK, FileStore

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES)


class Killed(BaseException):
    """As if the process had been killed: nothing of ours runs after it, not even tidying."""


class FaultyStore:
    """Counts its calls. `fail_at` (from 1) fails with `error`; with `kill` everything from that call
    on raises Killed. `largest_write` cuts writes short; `before` is called before every call."""

    def __init__(
        self,
        fail_at: int = 0,
        error: int = errno.EIO,
        *,
        kill: bool = False,
        largest_write: int = 1 << 30,
        before: Callable[[str], None] | None = None,
        store: FileStore = DISK,
    ) -> None:
        self.fail_at = fail_at
        self.error = error
        self.kill = kill
        self.largest_write = largest_write
        self.before = before
        self.store = store
        self.calls: list[str] = []

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.before is not None:
            self.before(name)
        if self.kill and self.fail_at and len(self.calls) >= self.fail_at:
            raise Killed(name)
        if len(self.calls) == self.fail_at:
            raise OSError(self.error, os.strerror(self.error))

    def create(self, folder: int, name: bytes) -> int:
        self._call("create")
        return self.store.create(folder, name)

    def write(self, fd: int, data: memoryview) -> int:
        self._call("write")
        return self.store.write(fd, data[: self.largest_write])

    def sync(self, fd: int) -> None:
        self._call("sync")
        self.store.sync(fd)

    def make_folder(self, folder: int, name: bytes) -> None:
        self._call("make_folder")
        self.store.make_folder(folder, name)

    def rename(
        self, folder: int, name: bytes, to_folder: int, to_name: bytes, *, replace: bool
    ) -> None:
        self._call("rename")
        self.store.rename(folder, name, to_folder, to_name, replace=replace)

    def remove(self, folder: int, name: bytes) -> None:
        self._call("remove")
        self.store.remove(folder, name)

    def remove_folder(self, folder: int, name: bytes) -> None:
        self._call("remove_folder")
        self.store.remove_folder(folder, name)


def every_failure(error: int, *, kill: bool = False, most: int = 60) -> Iterator[FaultyStore]:
    """Stores that fail at call 1, 2, … The loop ends with the first in which nothing failed."""
    for number in range(1, most):
        store = FaultyStore(number, error, kill=kill)
        yield store
        if len(store.calls) < number:
            return
    raise AssertionError(f"still failing at call {most}")
