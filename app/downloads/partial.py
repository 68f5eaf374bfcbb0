"""Pages on their way: `DATA/downloads/DOWNLOAD/LIST/`, a file each, named by what is in it.

A name is given only to what was looked at, so the folder itself says how far a chapter got, after a
kill as well. Nothing is brought to the disk in a hurry: what a power cut takes is seen by its
checksum when the chapter is bound, and fetched again.
"""

import re
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec

from app.downloads.looking import Picture

FOLDER = "downloads"
STALE_SECONDS = 3600.0
_PAGE = re.compile(r"([0-9]{5})-([0-9a-f]{8})-([0-9]+)-([0-9]+)x([0-9]+)\.([a-z]{3,4})\Z")
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
}


class Piece(msgspec.Struct, frozen=True):
    """A page that is here. `number` counts from 1."""

    number: int
    path: Path
    crc32: int
    size: int
    width: int
    height: int
    ending: str

    def read(self) -> bytes | None:
        """Blocking. None where it is no longer what it was: then it is gone as well."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        if len(data) == self.size and zlib.crc32(data) == self.crc32:
            return data
        self.path.unlink(missing_ok=True)
        return None


class PartialFolder:
    """Everything here blocks."""

    def __init__(self, data_dir: Path, download_id: UUID) -> None:
        self.home = data_dir / FOLDER / str(download_id)

    def begin(self, version: str) -> "PartialList":
        """The pages of this list that are here already. Those of any other are thrown away."""
        own = sha256(version.encode("utf-8", "replace")).hexdigest()[:20]
        here = self.home / own
        here.mkdir(parents=True, exist_ok=True, mode=0o700)
        for other in self.home.iterdir():
            if other.name != own:
                shutil.rmtree(other, ignore_errors=True)
        return PartialList(here)

    def throw_away(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)


class PartialList:
    def __init__(self, here: Path) -> None:
        self.here = here
        self.pieces = {piece.number: piece for piece in self._found()}

    def write(self, number: int, data: bytes) -> Path:
        """Not looked at yet, and so of no account."""
        path = self.here / f"{number:05}.part"
        path.write_bytes(data)
        return path

    def keep(self, number: int, path: Path, size: int, picture: Picture) -> Piece:
        ending = _ENDINGS[picture.media_type]
        name = f"{number:05}-{picture.crc32:08x}-{size}-{picture.width}x{picture.height}.{ending}"
        kept = self.here / name
        path.replace(kept)
        piece = Piece(number, kept, picture.crc32, size, picture.width, picture.height, ending)
        self.pieces[number] = piece
        return piece

    def _found(self) -> Iterator[Piece]:
        for path in self.here.iterdir():
            if (name := _PAGE.match(path.name)) and path.stat().st_size == int(name[3]):
                yield Piece(
                    int(name[1]),
                    path,
                    int(name[2], 16),
                    int(name[3]),
                    int(name[4]),
                    int(name[5]),
                    name[6],
                )
            else:
                path.unlink(missing_ok=True)


def stale(data_dir: Path, open_ids: set[UUID]) -> list[Path]:
    """Folders of downloads that are not on their way any more. Blocking."""
    found = []
    with suppress(FileNotFoundError):
        for path in (data_dir / FOLDER).iterdir():
            is_old = abs(time.time() - path.stat().st_mtime) > STALE_SECONDS
            if is_old and _id_of(path) not in open_ids:
                found.append(path)
    return found


def sweep(data_dir: Path, open_ids: set[UUID]) -> int:
    """How many there were. Blocking."""
    gone = stale(data_dir, open_ids)
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)


def _id_of(path: Path) -> UUID | None:
    try:
        return UUID(path.name)
    except ValueError:
        return None
