"""A bound chapter into the folder of its series, by the publishing protocol; blocking."""

import errno
import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from app.downloads.binding import bind, comic_info, has_mark
from app.downloads.naming import Template
from app.downloads.orders import Order, Shelf
from app.downloads.partial import Piece
from app.errors import BunkoError, Sentence
from app.foundation.archives.errors import BadFile
from app.foundation.archives.file_store import DISK, FileStore
from app.foundation.archives.paths import PathRefused, open_beneath, open_root
from app.foundation.archives.publishing import Published, made_beneath, publish, whole_archive
from app.foundation.logger import get_logger
from app.library.text import folded
from app.metadata.folders import place_of

MOST_NAMES = 999
LITTLE_ROOM = (
    "Less than %(megabytes)s MB of the disk are free: an owner wants that much to be left."
)
_STEM = re.compile(r"(.*)\.cbz\Z", re.DOTALL)
_OTHER = "The disk of “%(root)s” gave an error."
_SENTENCES = {
    errno.EACCES: "Bunko may not write into “%(root)s” (permission denied).",
    errno.EPERM: "Bunko may not write into “%(root)s” (permission denied).",
    errno.EROFS: "The disk of “%(root)s” is read-only.",
    errno.ENOSPC: "The disk of “%(root)s” is full.",
    errno.EDQUOT: "The disk of “%(root)s” is full.",
    errno.ENOENT: "The folder “%(root)s” is not there. Is its disk connected?",
}

log = get_logger("bunko.downloads")


class NoPlace(BunkoError):
    """The folder of the library does not take it at the moment; it goes on by itself later."""


class Chosen(msgspec.Struct, frozen=True):
    shelf: Shelf
    path: bytes


def reason_of(error: OSError, root: str) -> str:
    return Sentence(_SENTENCES.get(error.errno or 0, _OTHER), root=root)


def choose(order: Order, template: str) -> Chosen:
    """A free place in the first root that is there. Raises NoPlace."""
    last = NoPlace("The library has no folder.")
    for shelf in order.shelves:
        try:
            return Chosen(shelf, _free_path(shelf, order, template))
        except OSError as error:
            last = NoPlace(reason_of(error, shelf.shown))
    raise last


def place(
    chosen: Chosen, order: Order, pieces: Sequence[Piece], store: FileStore = DISK
) -> Published:
    """The whole file at its place. FileExistsError where somebody took it meanwhile; NoPlace;
    PageLost or BadFile where a page is not what it was."""
    info = comic_info(order.subject, pieces)
    folder, _, name = chosen.path.rpartition(b"/")
    try:
        root = open_root(chosen.shelf.path)
        try:
            with made_beneath(root, folder, store) as here:
                bound = bind(pieces, info, order.subject.mark)
                return publish(here, name, bound, whole_archive(len(pieces)), store=store)
        finally:
            os.close(root)
    except FileExistsError:
        raise
    except OSError as error:
        raise NoPlace(reason_of(error, chosen.shelf.shown)) from error


def find_whole(order: Order, template: str) -> Chosen | None:
    """What an earlier try put at its place before it was stopped, also where the folder of its series
    was moved since; nothing else of that name."""
    if order.path is None:
        return None
    for path in dict.fromkeys((order.path, _path(order, template))):
        for shelf in order.shelves:
            with suppress(OSError, PathRefused, BadFile):
                fd = open_beneath(shelf.path, path)
                try:
                    if has_mark(fd, order.subject.mark):
                        return Chosen(shelf, path)
                finally:
                    os.close(fd)
    return None


def take_away(chosen: Chosen, store: FileStore = DISK) -> None:
    """Of what nobody wants any more. Where that fails, the next scan finds it."""
    folder, _, name = chosen.path.rpartition(b"/")
    try:
        root = open_root(chosen.shelf.path)
        try:
            with made_beneath(root, folder, store) as here:
                store.remove(here, name)
        finally:
            os.close(root)
    except FileNotFoundError:
        return
    except (OSError, PathRefused) as error:
        path = os.fsdecode(chosen.path)
        log.warning("a file that nobody wants stays", path=path, why=str(error))


def check_room(folders: Sequence[Path], shelves: Sequence[Shelf], megabytes: int) -> None:
    """Raises NoPlace where less than that is free; a disk that is not there is not full."""
    places: list[Path | bytes] = [*folders, *(shelf.path for shelf in shelves)]
    for path in places:
        with suppress(OSError):
            if shutil.disk_usage(path).free < megabytes * 1_000_000:
                raise NoPlace(LITTLE_ROOM, megabytes=megabytes)


def _free_path(shelf: Shelf, order: Order, template: str) -> bytes:
    """A number is added where something lies there, whatever the system makes of case."""
    path = _path(order, template)
    folder, _, name = path.rpartition(b"/")
    with os.scandir(shelf.path):
        pass  # The root itself has to be there: it is never made.
    taken = _names_in(shelf.path, folder)
    stem = _STEM.sub(r"\1", os.fsdecode(name))
    for number in range(1, MOST_NAMES + 1):
        free = f"{stem}.cbz" if number == 1 else f"{stem} ({number}).cbz"
        if folded(free) not in taken:
            return b"/".join(part for part in (folder, os.fsencode(free)) if part)
    raise NoPlace("There are a thousand files of this name already.")


def _path(order: Order, template: str) -> bytes:
    within = os.fsencode(Template(template).path(order.subject.facts))
    path = b"/".join(part for part in (order.folder, within) if part)
    if place_of(path).folder == order.folder:
        return path
    return b"/".join(part for part in (order.folder, within.rpartition(b"/")[2]) if part)


def _names_in(root: bytes, folder: bytes) -> set[str]:
    try:
        fd = open_beneath(root, folder) if folder else open_root(root)
    except PathRefused:
        return set()
    try:
        with os.scandir(fd) as entries:
            return {folded(entry.name) for entry in entries}
    finally:
        os.close(fd)
