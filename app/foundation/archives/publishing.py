"""A file appears in a library whole or not at all (SEC64).

A temporary file in the same folder is written, brought to the disk, verified, and renamed; then
the folder is brought to the disk. Only then does the caller commit what it knows of the file.
Where it fails, the temporary file goes; where the process is killed, it stays, has a name that is
ours, no lock, and is swept.
"""

import fcntl
import os
import secrets
import stat
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import msgspec

from app.foundation.archives.errors import BadFile
from app.foundation.archives.file_store import DISK, FileStore, open_folder
from app.foundation.archives.paths import PathRefused, is_plain_relative
from app.foundation.archives.reader import read_listing, read_page

PREFIX, SUFFIX = b".bunko-", b".part"
STALE_SECONDS = 60.0
"""A temporary file without a lock is dead; this long it may be one that is just being made."""
DEEPEST = 40


class Published(msgspec.Struct, frozen=True):
    """What tells that the file changes later: size in bytes, mtime in ns, inode."""

    size: int
    mtime_ns: int
    inode: int


class Writer:
    """Takes the bytes of a file, in order, as many as it is given."""

    def __init__(self, store: FileStore, fd: int) -> None:
        self._store = store
        self._fd = fd
        self.size = 0

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while left:
            written = self._store.write(self._fd, left)
            left = left[written:]
        self.size += len(data)
        return len(data)


def publish(
    folder: int,
    name: bytes,
    write: Callable[[Writer], None],
    verify: Callable[[int], None],
    *,
    replace: bool = False,
    store: FileStore = DISK,
) -> Published:
    """Blocking. `folder` is an open folder, `name` one component. `verify` gets the descriptor of
    what was written and raises where that is not what it should be.

    Raises OSError (FileExistsError without `replace`) or what `write` and `verify` raise; then
    there is no new file, or, where only the last step failed, the whole of it.
    """
    part = PREFIX + secrets.token_hex(8).encode() + SUFFIX
    fd = store.create(folder, part)
    try:
        _lock(fd)
        writer = Writer(store, fd)
        write(writer)
        store.sync(fd)
        if os.fstat(fd).st_size != writer.size:
            raise BadFile("The file is not as long as what was written.")
        verify(fd)
        store.rename(folder, part, folder, name, replace=replace)
        facts = os.fstat(fd)
    except BaseException:
        # A disk that cannot even forget the part leaves it to the sweeper.
        with suppress(OSError):
            store.remove(folder, part)
        raise
    finally:
        os.close(fd)
    store.sync(folder)
    return Published(facts.st_size, facts.st_mtime_ns, facts.st_ino)


@contextmanager
def made_beneath(root: int, folder: bytes, store: FileStore = DISK) -> Iterator[int]:
    """The handle of a folder beneath an open root, made where it is missing. Refuses links on every
    part (SEC38)."""
    if folder and not is_plain_relative(folder):
        raise PathRefused
    with ExitStack() as opened:
        at = os.dup(root)
        opened.callback(os.close, at)
        for name in folder.split(b"/") if folder else ():
            with suppress(FileExistsError):
                store.make_folder(at, name)
                store.sync(at)
            at = open_folder(at, name)
            opened.callback(os.close, at)
        yield at


def whole_archive(pages: int) -> Callable[[int], None]:
    """Verifies by reading it back: so many pages, each an image with the right checksum."""

    def verify(fd: int) -> None:
        found = read_listing(fd).pages
        if len(found) != pages:
            raise BadFile("The file does not have as many pages as it should.")
        for entry in found:
            read_page(fd, entry, verify=True)

    return verify


def same_bytes(crc32: int, size: int) -> Callable[[int], None]:
    """Verifies that the file has this CRC-32 and size in bytes."""

    def verify(fd: int) -> None:
        found, at = 0, 0
        while chunk := os.pread(fd, 1 << 20, at):
            found, at = zlib.crc32(chunk, found), at + len(chunk)
        if (found, at) != (crc32, size):
            raise BadFile("What is on the disk is not what was written.")

    return verify


def stale_parts(root: int) -> Iterator[tuple[bytes, int]]:
    """Temporary files of writers that are dead, anywhere beneath: (path, size). Blocking."""
    for folder, path, name in _parts(root, b"", 0):
        size = _size_if_dead(folder, name)
        if size is not None:
            yield path + name, size


def sweep(root: int, store: FileStore = DISK) -> list[bytes]:
    """Removes them; the paths of what went. Blocking."""
    gone: list[bytes] = []
    for folder, path, name in _parts(root, b"", 0):
        if _size_if_dead(folder, name) is not None:
            with suppress(FileNotFoundError):
                store.remove(folder, name)
                gone.append(path + name)
    return gone


def is_part(name: bytes) -> bool:
    return name.startswith(PREFIX) and name.endswith(SUFFIX)


def _parts(folder: int, path: bytes, depth: int) -> Iterator[tuple[int, bytes, bytes]]:
    # Names as text: scandir of a handle knows no bytes.
    with os.scandir(folder) as entries:
        found = [(os.fsencode(one.name), one.is_dir(follow_symlinks=False)) for one in entries]
    for name, is_folder in found:
        if not is_folder and is_part(name):
            yield folder, path, name
    for name, is_folder in found:
        if is_folder and depth < DEEPEST:
            try:
                deeper = open_folder(folder, name)
            except OSError:
                continue  # The scan reports what cannot be read.
            try:
                yield from _parts(deeper, path + name + b"/", depth + 1)
            finally:
                os.close(deeper)


def _size_if_dead(folder: int, name: bytes) -> int | None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(name, flags, dir_fd=folder)
    except OSError:
        return None
    try:
        facts = os.fstat(fd)
        # Either way round: a clock that was put back makes files of the future (SEC71).
        is_fresh = abs(time.time() - facts.st_mtime) < STALE_SECONDS
        if not stat.S_ISREG(facts.st_mode) or is_fresh or not _lock(fd):
            return None
        return facts.st_size
    finally:
        os.close(fd)


def _lock(fd: int) -> bool:
    """The lock ends with its process. Where there are no locks, age alone decides."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
