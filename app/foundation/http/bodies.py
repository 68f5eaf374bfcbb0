"""The body of an answer, of which never more is held than was allowed.

No compression is asked for. What comes compressed all the same is unpacked in small steps, each
counted, so that 190 KB never become 200 MB. Between a few pieces everything else has its turn: they
may all lie here already, and be very small.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterator

import httpx

from app.foundation.http.errors import BrokenOff, TooLarge, Unreadable

STEP = 64 * 1024
AT_ONCE = 16
"""Pieces, before others have their turn."""
CRUMBS, CRUMB_BYTES = 10_000, 32
"""So many pieces of so few bytes are no way to send anything: each costs as much as a large one."""
_GZIP, _MAGIC = zlib.MAX_WBITS | 16, b"\x1f\x8b"


type Take = Callable[[bytes], Awaitable[None]]
"""Is given a body piece by piece."""


async def read_body(answer: httpx.Response, most_bytes: int) -> bytes:
    """Raises TooLarge as soon as that is known, BrokenOff where it ends too early."""
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    await pass_on(answer, most_bytes, take)
    return b"".join(pieces)


async def pass_on(answer: httpx.Response, most_bytes: int, take: Take) -> None:
    """Without holding more of it than a piece. Raises like `read_body`."""
    host = answer.url.host
    declared = answer.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > most_bytes:
        raise TooLarge(host, most_bytes)
    unpacker = _unpacker(answer.headers.get("content-encoding", ""), host)
    size = pieces = 0
    async for chunk in answer.aiter_raw():
        for piece in unpacker.unpack(chunk):
            size, pieces = size + len(piece), pieces + 1
            if size > most_bytes:
                raise TooLarge(host, most_bytes)
            if pieces > CRUMBS and size < pieces * CRUMB_BYTES:
                raise Unreadable(host)
            await take(piece)
            if pieces % AT_ONCE == 0:
                await asyncio.sleep(0)
    if not unpacker.is_whole:
        raise BrokenOff(host)


class _Plain:
    is_whole = True  # the length that was declared is watched over by httpx

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk


class _Zipped:
    def __init__(self, window: int, host: str) -> None:
        self._window = window
        self._inflater = zlib.decompressobj(window)
        self._host = host

    @property
    def is_whole(self) -> bool:
        return self._inflater.eof

    def unpack(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._inflater.eof:
                if not chunk.startswith(_MAGIC) or self._window != _GZIP:
                    return  # what stands behind the end is filling
                self._inflater = zlib.decompressobj(self._window)
            try:
                yield self._inflater.decompress(chunk, STEP)
            except zlib.error as error:
                raise Unreadable(self._host) from error
            chunk = self._inflater.unconsumed_tail or self._inflater.unused_data


def _unpacker(encoding: str, host: str) -> _Plain | _Zipped:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Zipped(_GZIP, host)
        case "deflate":
            return _Zipped(zlib.MAX_WBITS, host)
    raise Unreadable(host)
