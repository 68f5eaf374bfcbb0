"""The few things done to files that are kept, each by folder handle. Tests replace them to fail."""

import ctypes
import errno
import os
from functools import cache
from typing import Protocol

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_RENAME_NOREPLACE = 1
_CANNOT_SAY = frozenset((errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP))
_CANNOT_LINK = frozenset((errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK))


class FileStore(Protocol):
    """`folder` is the open handle of a folder; names are single components, as bytes.

    Everything may raise OSError; `write` may write less than it was given.
    """

    def create(self, folder: int, name: bytes) -> int: ...
    def write(self, fd: int, data: memoryview) -> int: ...
    def sync(self, fd: int) -> None: ...
    def make_folder(self, folder: int, name: bytes) -> None: ...
    def rename(
        self, folder: int, name: bytes, to_folder: int, to_name: bytes, *, replace: bool
    ) -> None: ...
    def remove(self, folder: int, name: bytes) -> None: ...
    def remove_folder(self, folder: int, name: bytes) -> None: ...


class Disk:
    """The real one."""

    def create(self, folder: int, name: bytes) -> int:
        return os.open(name, _CREATE, 0o644, dir_fd=folder)

    def write(self, fd: int, data: memoryview) -> int:
        return os.write(fd, data)

    def sync(self, fd: int) -> None:
        os.fsync(fd)

    def make_folder(self, folder: int, name: bytes) -> None:
        os.mkdir(name, 0o755, dir_fd=folder)

    def rename(
        self, folder: int, name: bytes, to_folder: int, to_name: bytes, *, replace: bool
    ) -> None:
        """Without `replace` FileExistsError where something is there already."""
        if replace:
            os.rename(name, to_name, src_dir_fd=folder, dst_dir_fd=to_folder)
        elif not _rename_to_new(folder, name, to_folder, to_name):
            _link_to_new(folder, name, to_folder, to_name)

    def remove(self, folder: int, name: bytes) -> None:
        os.unlink(name, dir_fd=folder)

    def remove_folder(self, folder: int, name: bytes) -> None:
        os.rmdir(name, dir_fd=folder)


DISK = Disk()


def open_folder(folder: int, name: bytes) -> int:
    """The folder directly inside another; a link is refused (OSError). The caller closes it."""
    return os.open(name, _OPEN_FOLDER, dir_fd=folder)


def _rename_to_new(folder: int, name: bytes, to_folder: int, to_name: bytes) -> bool:
    """One step that cannot race (renameat2(2)); False where kernel or file system lack it."""
    call = _renameat2()
    if call is None:
        return False
    if call(folder, name, to_folder, to_name, _RENAME_NOREPLACE) == 0:
        return True
    failure = ctypes.get_errno()
    if failure in _CANNOT_SAY:
        return False
    raise OSError(failure, os.strerror(failure), os.fsdecode(to_name))


def _link_to_new(folder: int, name: bytes, to_folder: int, to_name: bytes) -> None:
    try:
        os.link(name, to_name, src_dir_fd=folder, dst_dir_fd=to_folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        # Folders, and file systems without links (FAT): looking first is the best there is.
        if _is_there(to_folder, to_name):
            raise FileExistsError(
                errno.EEXIST, os.strerror(errno.EEXIST), os.fsdecode(to_name)
            ) from error
        os.rename(name, to_name, src_dir_fd=folder, dst_dir_fd=to_folder)
    else:
        os.unlink(name, dir_fd=folder)


def _is_there(folder: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


@cache
def _renameat2() -> "ctypes._NamedFuncPointer | None":
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is not None:
        call.restype = ctypes.c_int
        call.argtypes = (
            *(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p),
            ctypes.c_uint,
        )
    return call
