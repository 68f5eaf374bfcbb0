"""A folder of made things, capped in bytes: lost without harm, never seen half written."""

import asyncio
import contextlib
import errno
import os
import time
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

_TRIM_TO = 0.9
_STALE_SECONDS = 3600
_TOUCH_SECONDS = 60
_PART = ".part"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskCache:
    """Values of bytes under any text key. Least recently used leave first, at ten per cent a time.

    The folder never holds more than the cap, half-written parts and those of dead writers counted,
    as long as one process writes. Several may share it: each of them writes at most a tenth of the
    cap before it looks at the folder again, so that n processes hold at most (9 + n) tenths.
    """

    def __init__(self, directory: Path, cap_bytes: int) -> None:
        self._directory = directory
        self._cap = cap_bytes
        self._counting = Lock()
        self._room = 0
        self._in_writing = 0

    async def get(self, key: str) -> bytes | None:
        return await asyncio.to_thread(self._read, key)

    async def put(self, key: str, value: bytes) -> None:
        """What is larger than the cap is not kept."""
        await asyncio.to_thread(self._write, key, value)

    async def drop(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        return file_of(self._directory, key)

    def _read(self, key: str) -> bytes | None:
        try:
            with self._path(key).open("rb") as file:
                # Marks it as used, though not at every look: that would write on every page turn.
                if time.time() - os.fstat(file.fileno()).st_mtime > _TOUCH_SECONDS:
                    os.utime(file.fileno())
                # A power cut can leave the name of a file without its bytes.
                return file.read() or None
        except FileNotFoundError:
            return None

    def _write(self, key: str, value: bytes) -> None:
        path = self._path(key)
        with self._taken(len(value)) as is_room:
            if is_room:
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._replace(path, value)
                except OSError as error:
                    # A full disk costs the cache, not the page: it is made again next time.
                    if error.errno not in _FULL:
                        raise

    def _replace(self, path: Path, value: bytes) -> None:
        with NamedTemporaryFile(dir=path.parent, suffix=_PART, delete=False) as part:
            try:
                part.write(value)
                part.close()
                Path(part.name).replace(path)
            except OSError:
                Path(part.name).unlink(missing_ok=True)
                raise

    @contextlib.contextmanager
    def _taken(self, size: int) -> Iterator[bool]:
        """Whether there is room for so many bytes: it is taken before the first is written."""
        with self._counting:
            if self._room < size <= self._cap:
                self._room = self._found_room(size)
            is_room = size <= self._room
            if is_room:
                self._room -= size
                self._in_writing += size
        try:
            yield is_room
        finally:
            if is_room:
                with self._counting:
                    self._in_writing -= size

    def _found_room(self, wanted: int) -> int:
        """Removes the least recently used if need be. What others write meanwhile may be counted
        twice, in the folder and as taken, and is never overlooked."""
        files, total = self._listed()
        total += self._in_writing
        if total + wanted > self._cap:
            most = min(int(self._cap * _TRIM_TO), self._cap - wanted)
            for _, size, path in sorted(files):
                if total <= most:
                    break
                path.unlink(missing_ok=True)
                total -= size
        return min(self._cap - total, max(wanted, self._cap // 10))

    def _listed(self) -> tuple[list[tuple[float, int, Path]], int]:
        """(last used, size, path) of each value; and the sum of all bytes, those of parts as well.
        Parts of dead writers are removed."""
        files: list[tuple[float, int, Path]] = []
        total = 0
        for path in self._directory.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                facts = path.stat()
                is_part = path.suffix == _PART
                if is_part and time.time() - facts.st_mtime > _STALE_SECONDS:
                    path.unlink()
                else:
                    total += facts.st_size
                    if not is_part:
                        files.append((facts.st_mtime, facts.st_size, path))
        return files, total


def file_of(directory: Path, key: str) -> Path:
    """Where a cache in this folder keeps the value of this key."""
    name = blake2b(key.encode(), digest_size=20).hexdigest()
    return directory / name[:2] / name[2:]
