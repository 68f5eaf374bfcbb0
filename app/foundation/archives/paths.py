"""Opens files beneath a folder by handle, and follows no link on the way (SEC38).

Linux's openat2(2) does it in one call that no rename can race; where it is missing or forbidden,
one openat(2) with O_NOFOLLOW per component does the same.
"""

import ctypes
import errno
import os
import stat
from functools import cache
from pathlib import Path
from struct import Struct

from app.errors import NotFound

_OPENAT2 = 437
_BENEATH_WITHOUT_LINKS = 0x08 | 0x04 | 0x02  # RESOLVE_BENEATH, _NO_SYMLINKS, _NO_MAGICLINKS
_HOW = Struct("=QQQ")
# O_NONBLOCK: a FIFO in the library must not hang us before we can see that it is one.
_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_REFUSED = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EXDEV, errno.ENAMETOOLONG, errno.EINVAL)
)
_WITHOUT_OPENAT2 = frozenset((errno.ENOSYS, errno.EPERM))


class PathRefused(NotFound):
    """Missing, a link, outside or no file at all: the asker cannot tell which, and need not."""

    def __init__(self) -> None:
        super().__init__("The file is not there.")


def open_beneath(root: int | bytes | Path, relative: bytes) -> int:
    """A descriptor of the regular file or folder at `relative` beneath `root`; the caller closes it.

    `root` is a path or an open directory. Neither "..", nor an absolute path, nor a symbolic link
    on any component leads out of it; all of these raise PathRefused, as does a missing file.
    Other failures (permission, I/O) are OSError.
    """
    if not is_plain_relative(relative):
        raise PathRefused
    if isinstance(root, int):
        return _checked(_open(root, relative))
    root_fd = open_root(root)
    try:
        return _checked(_open(root_fd, relative))
    finally:
        os.close(root_fd)


def open_file(folder_fd: int, name: bytes) -> int:
    """A descriptor of the regular file `name` directly in the open folder; the caller closes it."""
    if b"/" in name or not is_plain_relative(name):
        raise PathRefused
    fd = _checked(_walk(folder_fd, name))
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise PathRefused
    return fd


def open_root(root: bytes | Path) -> int:
    """A descriptor of a configured root; the owner chose it, so links on the way to it are fine."""
    return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def is_plain_relative(relative: bytes) -> bool:
    """Whether the path is made of names only: no "..", ".", empty part, NUL or leading slash."""
    return b"\0" not in relative and all(
        part not in (b"", b".", b"..") for part in relative.split(b"/")
    )


def _open(root_fd: int, relative: bytes) -> int:
    # EAGAIN means that a rename raced the look-up: try again, then walk.
    for _ in range(3):
        fd, failure = _openat2(root_fd, relative)
        if fd >= 0:
            return fd
        if failure in _REFUSED and failure != errno.EINVAL:
            raise PathRefused
        if failure in _WITHOUT_OPENAT2 or failure == errno.EINVAL:
            break
        if failure != errno.EAGAIN:
            raise OSError(failure, os.strerror(failure), os.fsdecode(relative))
    return _walk(root_fd, relative)


def _walk(root_fd: int, relative: bytes) -> int:
    *folders, name = relative.split(b"/")
    at = os.dup(root_fd)
    try:
        for folder in folders:
            deeper = os.open(folder, _READING | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = deeper
        return os.open(name, _READING, dir_fd=at)
    except OSError as error:
        if error.errno in _REFUSED or error.errno == errno.ENXIO:
            raise PathRefused from error
        raise
    finally:
        os.close(at)


def _checked(fd: int) -> int:
    mode = os.fstat(fd).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        os.close(fd)
        raise PathRefused
    return fd


def _openat2(root_fd: int, relative: bytes) -> tuple[int, int]:
    """(descriptor, 0), or (-1, errno)."""
    how = _HOW.pack(_READING, 0, _BENEATH_WITHOUT_LINKS)
    fd = _system_call()(_OPENAT2, root_fd, relative, how, _HOW.size)
    return (fd, 0) if fd >= 0 else (-1, ctypes.get_errno())


@cache
def _system_call() -> "ctypes._NamedFuncPointer":
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    call.argtypes = (
        ctypes.c_long,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_char_p,
        ctypes.c_size_t,
    )
    return call
