"""Pictures that people bring as covers: made anew in the sandbox, kept whole or not at all.

`DATA/artwork/NAME.WIDTH.jpg`; the name is a digest, so that a picture never changes under its name
and a browser may keep it for ever. Unlike a cache this cannot be made again.
"""

import asyncio
import os
import re
import zlib
from collections.abc import Collection, Iterator
from hashlib import blake2b
from pathlib import Path
from time import time

from app.foundation.archives.errors import BadFile
from app.foundation.archives.file_store import DISK, FileStore
from app.foundation.archives.paths import PathRefused, open_file, open_root
from app.foundation.archives.publishing import publish, same_bytes, sweep
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.images.deriving import covers
from app.foundation.images.widths import COVER_WIDTHS

MOST_BYTES = 20 * 1024 * 1024
LARGEST = 1280
_WIDTHS = (*COVER_WIDTHS, LARGEST)
_NAME_BYTES = 10
_KEPT = re.compile(rb"([0-9a-f]{20})\.[0-9]{1,5}\.jpg\Z")
TOO_LARGE = "The picture is larger than 20 MB."


def make_artwork(fd: int, _order: None) -> dict[int, bytes]:
    """Sandbox target: JPEGs by width of the image file behind the descriptor."""
    size = os.fstat(fd).st_size
    if size > MOST_BYTES:
        raise BadFile(TOO_LARGE)
    return covers(os.pread(fd, size, 0), _WIDTHS)


_MAKE = f"{__name__}:{make_artwork.__name__}"


class Artwork:
    def __init__(self, folder: Path, pool: SandboxPool, store: FileStore = DISK) -> None:
        self._folder = folder
        self._pool = pool
        self._store = store

    async def keep(self, fd: int) -> str:
        """The name of the picture behind the descriptor, kept from now on; BadFile with a plain
        reason where it is no image of ours, or too large."""
        made = await self._pool.run(_MAKE, fd, None, answer=dict[int, bytes])
        name = blake2b(made[LARGEST], digest_size=_NAME_BYTES).hexdigest()
        await asyncio.to_thread(self._publish, name, made)
        return name

    async def read(self, name: str, width: int) -> bytes:
        """The JPEG of this width, one of the cover widths; BadFile where it is gone."""
        return await asyncio.to_thread(self._read, name, width)

    def _publish(self, name: str, made: dict[int, bytes]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = open_root(self._folder)
        try:
            for width, jpeg in made.items():
                publish(
                    folder,
                    file_name(name, width),
                    lambda writer, jpeg=jpeg: writer.write(jpeg),  # type: ignore[misc]
                    same_bytes(zlib.crc32(jpeg), len(jpeg)),
                    replace=True,
                    store=self._store,
                )
        finally:
            os.close(folder)

    def _read(self, name: str, width: int) -> bytes:
        try:
            folder = open_root(self._folder)
        except OSError as error:
            raise BadFile("The picture is gone.") from error
        try:
            fd = open_file(folder, file_name(name, width))
        except (PathRefused, OSError) as error:
            raise BadFile("The picture is gone.") from error
        finally:
            os.close(folder)
        with os.fdopen(fd, "rb") as file:
            return file.read()


def file_name(name: str, width: int) -> bytes:
    return f"{name}.{width}.jpg".encode()


def is_whole(folder: Path, name: str) -> bool:
    """Whether the picture is there at every width. Blocking."""
    return all((folder / os.fsdecode(file_name(name, width))).is_file() for width in _WIDTHS)


def forget_others(folder: Path, wanted: Collection[str], older_than: float) -> int:
    """Removes pictures that nobody wants any more, and half-written ones; how many files went.
    `older_than` in seconds: what was just brought has no row yet. Blocking."""
    gone = 0
    for path, name in _kept(folder):
        if name not in wanted and time() - path.stat().st_mtime > older_than:
            path.unlink(missing_ok=True)
            gone += 1
    if folder.is_dir():
        fd = open_root(folder)
        try:
            gone += len(sweep(fd))
        finally:
            os.close(fd)
    return gone


def _kept(folder: Path) -> Iterator[tuple[Path, str]]:
    if folder.is_dir():
        for path in folder.iterdir():
            match = _KEPT.match(os.fsencode(path.name))
            if match:
                yield path, match[1].decode()
