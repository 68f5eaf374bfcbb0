"""The trash of a root on disk: `ROOT/.bunko-trash/FILE-ID/` and beneath it the path a file had.

So nothing collides, whoever looks into the folder sees where things were, and no column has to
remember it. Everything here blocks, goes by folder handles, and follows no links (SEC38).
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from app.errors import Conflict, DomainError, NotFound, Unavailable
from app.foundation.archives.file_store import DISK, FileStore, open_folder
from app.foundation.archives.paths import PathRefused, open_beneath, open_root
from app.foundation.archives.publishing import made_beneath

TRASH = b".bunko-trash"
_REASONS = {
    errno.EACCES: "Bunko may not change this folder (permission denied). Nothing was moved.",
    errno.EPERM: "Bunko may not change this folder (permission denied). Nothing was moved.",
    errno.EROFS: "The disk is read-only. Nothing was moved.",
    errno.ENOSPC: "The disk is full. Nothing was moved.",
    errno.EXDEV: "The file lies on another disk than its library folder. Nothing was moved.",
    errno.EEXIST: "Another file stands at this place now. Nothing was moved.",
    errno.ENOENT: "The file is not where it was. Scan the library first. Nothing was moved.",
}


def put_away(root: bytes, path: bytes, file_id: UUID, store: FileStore = DISK) -> None:
    """The file or image folder goes to the trash of its root, in one rename."""
    folder, _, name = path.rpartition(b"/")
    with _plainly(), _opened_root(root) as root_fd, _opened(root_fd, folder) as here:
        _check_is_there(here, name)
        with made_beneath(root_fd, _trash_path(folder, file_id), store) as there:
            store.rename(here, name, there, name, replace=False)
            _sync(store, there, here)


def put_back(root: bytes, path: bytes, file_id: UUID, store: FileStore = DISK) -> None:
    """To where it was; folders that are gone are made again."""
    folder, _, name = path.rpartition(b"/")
    with _plainly(), _opened_root(root) as root_fd:
        trash_path = _trash_path(folder, file_id)
        with _opened(root_fd, trash_path) as here:
            _check_is_there(here, name)
            with made_beneath(root_fd, folder, store) as there:
                store.rename(here, name, there, name, replace=False)
                _sync(store, there, here)
        _prune(root_fd, trash_path, store)


def delete_for_good(root: bytes, file_id: UUID, store: FileStore = DISK) -> None:
    """Whatever this file has in the trash; nothing happens if it is gone already."""
    with _plainly(), suppress(PathRefused), _opened_root(root) as fd, _opened(fd, TRASH) as trash:
        _remove_tree(trash, str(file_id).encode(), store)


def is_in_trash(root: bytes, path: bytes, file_id: UUID) -> bool:
    """OSError where the root cannot be read."""
    folder, _, name = path.rpartition(b"/")
    return _exists(root, _trash_path(folder, file_id) + b"/" + name)


def is_at_its_place(root: bytes, path: bytes) -> bool:
    """OSError where the root cannot be read."""
    return _exists(root, path)


def ids_in_trash(root: bytes) -> set[UUID]:
    """Of which files the trash holds something; none where the root cannot be read."""
    found = set()
    try:
        with _opened_root(root) as fd, _opened(fd, TRASH) as trash, os.scandir(trash) as entries:
            names = [entry.name for entry in entries]
    except (OSError, DomainError):
        return set()
    for name in names:
        with suppress(ValueError):
            found.add(UUID(name))
    return found


def _exists(root: bytes, path: bytes) -> bool:
    try:
        os.close(open_beneath(root, path))
    except PathRefused:
        return False
    return True


def _trash_path(folder: bytes, file_id: UUID) -> bytes:
    return b"/".join(part for part in (TRASH, str(file_id).encode(), folder) if part)


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except DomainError:
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0)
        if reason is None:
            raise Unavailable("The disk gave an error. Nothing was moved.") from error
        raise Conflict(reason) from error


@contextmanager
def _opened_root(root: bytes) -> Iterator[int]:
    try:
        fd = open_root(root)
    except OSError as error:
        raise Unavailable("The folder of this library cannot be read at the moment.") from error
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def _opened(root_fd: int, folder: bytes) -> Iterator[int]:
    fd = open_beneath(root_fd, folder) if folder else os.dup(root_fd)
    try:
        yield fd
    finally:
        os.close(fd)


def _check_is_there(folder: int, name: bytes) -> None:
    try:
        facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError as error:
        raise NotFound(_REASONS[errno.ENOENT]) from error
    if not (stat.S_ISREG(facts.st_mode) or stat.S_ISDIR(facts.st_mode)):
        raise NotFound(_REASONS[errno.ENOENT])


def _sync(store: FileStore, *folders: int) -> None:
    """The rename stands by now: a disk that fails here is no reason to say that it did not."""
    for folder in folders:
        with suppress(OSError):
            store.sync(folder)


def _prune(root_fd: int, folder: bytes, store: FileStore) -> None:
    """Removes what became empty, upwards."""
    while folder:
        above, _, name = folder.rpartition(b"/")
        try:
            with _opened(root_fd, above) as parent:
                store.remove_folder(parent, name)
        except (OSError, PathRefused):
            return  # Something else lies in it.
        folder = above


def _remove_tree(folder: int, name: bytes, store: FileStore) -> None:
    try:
        inside = open_folder(folder, name)
    except FileNotFoundError:
        return
    except NotADirectoryError:
        store.remove(folder, name)
        return
    try:
        with os.scandir(inside) as entries:
            found = [(os.fsencode(one.name), one.is_dir(follow_symlinks=False)) for one in entries]
        for inner, is_folder in found:
            if is_folder:
                _remove_tree(inside, inner, store)
            else:
                store.remove(inside, inner)
    finally:
        os.close(inside)
    store.remove_folder(folder, name)
