"""A folder of made things, capped in bytes: lost without harm, never seen half written."""

import asyncio
import contextlib
import errno
import os
import time
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

_TRIM_TO = 0.9
_STALE_SECONDS = 3600
_TOUCH_SECONDS = 60
_PART = ".part"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskCache:
    """Values of bytes under any text key. Least recently used leave first, at ten per cent a time.

    Several processes may share the folder.
    """

    def __init__(self, directory: Path, cap_bytes: int) -> None:
        self._directory = directory
        self._cap = cap_bytes
        self._room: int | None = None

    async def get(self, key: str) -> bytes | None:
        return await asyncio.to_thread(self._read, key)

    async def put(self, key: str, value: bytes) -> None:
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
                return file.read()
        except FileNotFoundError:
            return None

    def _write(self, key: str, value: bytes) -> None:
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._replace(path, value)
        except OSError as error:
            # A full disk costs the cache, not the page: it is made again next time.
            if error.errno not in _FULL:
                raise
            self._trim()
        else:
            self._count(len(value))

    def _replace(self, path: Path, value: bytes) -> None:
        with NamedTemporaryFile(dir=path.parent, suffix=_PART, delete=False) as part:
            try:
                part.write(value)
                part.close()
                Path(part.name).replace(path)
            except OSError:
                Path(part.name).unlink(missing_ok=True)
                raise

    def _count(self, added: int) -> None:
        # Other processes write too, so what we believe to be free is only good for a tenth of it.
        if self._room is None or self._room < added:
            self._trim()
        else:
            self._room -= added

    def _trim(self) -> None:
        files, total = self._listed()
        if total > self._cap:
            for _, size, path in sorted(files):
                path.unlink(missing_ok=True)
                total -= size
                if total <= self._cap * _TRIM_TO:
                    break
        self._room = max(0, min(self._cap - total, self._cap // 10))

    def _listed(self) -> tuple[list[tuple[float, int, Path]], int]:
        """(last used, size, path) of each value, and their sum; parts of dead writers are removed."""
        files: list[tuple[float, int, Path]] = []
        for path in self._directory.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                facts = path.stat()
                if path.suffix != _PART:
                    files.append((facts.st_mtime, facts.st_size, path))
                elif time.time() - facts.st_mtime > _STALE_SECONDS:
                    path.unlink()
        return files, sum(size for _, size, _ in files)


def file_of(directory: Path, key: str) -> Path:
    """Where a cache in this folder keeps the value of this key."""
    name = blake2b(key.encode(), digest_size=20).hexdigest()
    return directory / name[:2] / name[2:]
