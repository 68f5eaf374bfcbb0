"""Walks a root by directory handles and says what lies there. Links are never followed (SEC38)."""

import fnmatch
import os
import re
from collections.abc import Sequence

import msgspec

from app.foundation.archives.names import media_type_of
from app.scanning.problems import TOO_DEEP, reason_of

ARCHIVES = frozenset(("cbz", "zip", "cbt", "tar", "cbr", "rar", "cb7", "7z"))
"""By name only candidates: the first bytes decide, and many a CBR is a ZIP."""
UNSUPPORTED = frozenset(("pdf", "epub"))
SIDECARS = frozenset(("series.json", "details.json", "comicinfo.xml"))
TRASH = ".bunko-trash"
DEEPEST = 32
_JUNK = frozenset(
    ("__macosx", "@eadir", "@recycle", "#recycle", "@recently-snapshot", "#snapshot")
) | frozenset(("$recycle.bin", "system volume information", "lost+found"))
_ONLY_ARTWORK = re.compile(
    r"(?:cover|folder|poster|banner|fanart|thumb|logo|backdrop)[\w -]{0,20}\.\w+\Z", re.IGNORECASE
)
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Found(msgspec.Struct, frozen=True, gc=False):
    """A file, or a folder of images. `path` is relative to the root, as bytes.

    Of a folder, `size` is the sum of its images and `mtime_ns` the latest of them and of itself.
    """

    path: bytes
    kind: str
    """archive, folder, unsupported or sidecar."""
    size: int
    mtime_ns: int
    inode: int

    @property
    def stamp(self) -> tuple[int, int, int]:
        """What tells that it changed: (size, mtime_ns, inode)."""
        return (self.size, self.mtime_ns, self.inode)


class Walk(msgspec.Struct):
    """Everything found in one root. `closed` are folders that could not be read, with a reason:
    nothing may be concluded about what is beneath them."""

    files: list[Found] = []
    sidecars: list[Found] = []
    unsupported: list[Found] = []
    closed: list[tuple[bytes, str]] = []


def walk(root_fd: int, ignore_patterns: Sequence[str] = ()) -> Walk:
    """Blocking: run it in a thread. Raises OSError if the root itself cannot be listed."""
    walker = _Walker(ignore_patterns)
    # A copy of the handle: scandir moves its position.
    fd = os.open(".", _OPEN_FOLDER, dir_fd=root_fd)
    try:
        walker.read(fd, "", 0)
    finally:
        os.close(fd)
    return walker.walk


class _Walker:
    def __init__(self, ignore_patterns: Sequence[str]) -> None:
        self.walk = Walk()
        patterns = [fnmatch.translate(pattern.casefold()) for pattern in ignore_patterns if pattern]
        self.ignored = re.compile("|".join(patterns)) if patterns else None

    def read(self, fd: int, folder: str, depth: int) -> bool:
        """Whether anything to read was found here or beneath."""
        with os.scandir(fd) as found:
            entries = [entry for entry in found if not self._is_ignored(folder, entry.name)]
        files_before = len(self.walk.files)
        images: list[os.DirEntry[str]] = []
        folders: list[str] = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif entry.is_file(follow_symlinks=False):
                self._read_file(entry, folder, images)
        for name in sorted(folders):
            self._read_folder(fd, f"{folder}{name}/", name, depth)
        is_shelf = len(self.walk.files) > files_before
        if images and folder:
            self._read_images(fd, folder, images, is_shelf=is_shelf)
        return len(self.walk.files) > files_before

    def _read_file(
        self, entry: os.DirEntry[str], folder: str, images: list[os.DirEntry[str]]
    ) -> None:
        name = entry.name
        extension = name.rpartition(".")[2].lower()
        if extension in ARCHIVES:
            self._add(self.walk.files, entry, folder, "archive")
        elif media_type_of(os.fsencode(name)):
            images.append(entry)
        elif extension in UNSUPPORTED:
            self._add(self.walk.unsupported, entry, folder, "unsupported")
        elif name.lower() in SIDECARS:
            self._add(self.walk.sidecars, entry, folder, "sidecar")

    def _add(self, to: list[Found], entry: os.DirEntry[str], folder: str, kind: str) -> None:
        try:
            stat = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return  # It left while we looked.
        path = os.fsencode(folder + entry.name)
        to.append(Found(path, kind, stat.st_size, stat.st_mtime_ns, stat.st_ino))

    def _read_folder(self, parent_fd: int, folder: str, name: str, depth: int) -> None:
        path = os.fsencode(folder[:-1])
        if depth + 1 > DEEPEST:
            self.walk.closed.append((path, TOO_DEEP))
            return
        try:
            fd = os.open(name, _OPEN_FOLDER, dir_fd=parent_fd)
        except FileNotFoundError:
            return
        except OSError as error:
            self.walk.closed.append((path, reason_of(error)))
            return
        try:
            self.read(fd, folder, depth + 1)
        except OSError as error:
            self.walk.closed.append((path, reason_of(error)))
        finally:
            os.close(fd)

    def _read_images(
        self, fd: int, folder: str, images: list[os.DirEntry[str]], *, is_shelf: bool
    ) -> None:
        # Beside archives and chapter folders, images are artwork of the series.
        if is_shelf or all(_ONLY_ARTWORK.match(image.name) for image in images):
            return
        own = os.fstat(fd)
        size, latest = 0, own.st_mtime_ns
        for image in images:
            try:
                stat = image.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            size += stat.st_size
            latest = max(latest, stat.st_mtime_ns)
        self.walk.files.append(Found(os.fsencode(folder[:-1]), "folder", size, latest, own.st_ino))

    def _is_ignored(self, folder: str, name: str) -> bool:
        if name.startswith(".") or name.lower() in _JUNK:
            return True
        if self.ignored is None:
            return False
        path = f"{folder}{name}".casefold()
        return bool(self.ignored.match(path) or self.ignored.match(name.casefold()))
