"""Bytes that a client may have already: ETag, 304, one Range, HEAD (RFC 9110, 13 and 14).

A handler returns `Bytes(...)` or `Span(...)`; both are litestar Responses:

    return Bytes(request, cover, media_type="image/jpeg", etag=revision)
    return Span(request, [(fd, offset, size)], media_type="image/jpeg", etag=revision, close=fd)

Reads happen without waiting for the disk where the kernel has the pages already, else in a thread.
"""

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from app.foundation.security.text import clean_line
from app.foundation.web.headers import ONE_OBJECT

FOREVER = "private, max-age=31536000, immutable"
"""For addresses that carry the revision of what they name."""
ASK_AGAIN = "private, no-cache"
CHUNK = 1024 * 1024
NO_WAIT = getattr(os, "RWF_NOWAIT", 0)

type Piece = tuple[int, int, int]
"""Open file descriptor, offset and length in bytes."""

NOTHING = b""  # named: the extraction of sentences reads every literal given to `__init__`


class Conditional(Response[bytes], ABC):
    """What both have in common: which bytes, if any, this client needs."""

    def __init__(
        self,
        request: Request[Any, Any, Any],
        *,
        length: int,
        media_type: str,
        etag: str,
        cache_control: str = ASK_AGAIN,
        modified: float | None = None,
        download_as: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(NOTHING, media_type=media_type, headers=headers)
        self.scope: HTTPScope = request.scope
        self.length = length
        self.etag = f'"{etag}"'
        self.cache_control = cache_control
        self.modified = modified
        self.download_as = download_as

    def to_asgi_response(self, app: Any, request: Any, **given: Any) -> ASGIApp:  # type: ignore[override]
        return self.answer

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            asked = {name: value.decode("latin-1") for name, value in self.scope["headers"]}
            status, first, last = _what_to_send(asked, self.etag, self.modified, self.length)
            await send(self._start(status, first, last))
            size = last - first + 1
            if status in (304, 416) or is_head(self.scope) or size <= 0:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await self.send_bytes(send, first, size)
        finally:
            self.release()

    @abstractmethod
    async def send_bytes(self, send: Send, first: int, size: int) -> None:
        """Send `size` bytes of the whole, beginning with the `first`."""

    def release(self) -> None:
        """Called once, however the answer ended."""

    def _start(self, status: int, first: int, last: int) -> Any:
        headers = [
            (b"etag", self.etag.encode("latin-1")),
            (b"cache-control", self.cache_control.encode()),
            (b"accept-ranges", b"bytes"),
            (b"content-security-policy", ONE_OBJECT),
        ]
        if self.modified is not None:
            headers.append((b"last-modified", formatdate(self.modified, usegmt=True).encode()))
        if status == 416:
            headers.append((b"content-range", f"bytes */{self.length}".encode()))
        if status == 206:
            headers.append((b"content-range", f"bytes {first}-{last}/{self.length}".encode()))
        if status in (200, 206):
            headers.append((b"content-type", (self.media_type or "").encode()))
            headers.append((b"content-length", str(last - first + 1).encode()))
            if self.download_as is not None:
                headers.append((b"content-disposition", attachment(self.download_as)))
        if status == 416:
            headers.append((b"content-length", b"0"))
        headers += [(k.lower().encode(), v.encode("latin-1")) for k, v in self.headers.items()]
        return {"type": "http.response.start", "status": status, "headers": headers}


class Bytes(Conditional):
    """An answer that is in memory."""

    def __init__(self, request: Request[Any, Any, Any], body: bytes, **more: Any) -> None:
        super().__init__(request, length=len(body), **more)
        self.body = body

    async def send_bytes(self, send: Send, first: int, size: int) -> None:
        part = self.body if size == len(self.body) else self.body[first : first + size]
        await send({"type": "http.response.body", "body": part, "more_body": False})


class Span(Conditional):
    """Pieces of open files, one after the other. `close` is called when the answer has ended."""

    def __init__(
        self,
        request: Request[Any, Any, Any],
        pieces: Sequence[Piece],
        *,
        close: Callable[[], None] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(request, length=sum(length for _fd, _at, length in pieces), **more)
        self.pieces = pieces
        self.close = close

    async def send_bytes(self, send: Send, first: int, size: int) -> None:
        for fd, offset, length in _cut(self.pieces, first, size):
            while length > 0:
                part = await read_at(fd, offset, min(length, CHUNK))
                offset, length, size = offset + len(part), length - len(part), size - len(part)
                await send({"type": "http.response.body", "body": part, "more_body": size > 0})

    def release(self) -> None:
        if self.close is not None:
            self.close()


async def read_at(fd: int, offset: int, length: int) -> bytes:
    """Exactly `length` bytes; OSError where the file ends before.

    What the page cache holds comes at once; only a read that would wait goes to a thread.
    """
    if NO_WAIT:
        buffer = bytearray(length)
        try:
            if os.preadv(fd, [buffer], offset, NO_WAIT) == length:
                return bytes(buffer)
        except (BlockingIOError, OSError):
            # Not in memory, or a file system that cannot tell.
            pass
    return await asyncio.to_thread(_read_fully, fd, offset, length)


def is_head(scope: HTTPScope) -> bool:
    return scope["method"] == "HEAD" or bool(scope["state"].get("is_head"))


def attachment(name: str) -> bytes:
    """Content-Disposition (RFC 6266) with the name in ASCII and in full."""
    clean = clean_line(name, 200).replace("/", "_").replace("\\", "_")
    plain = clean.encode("ascii", "replace").decode().replace("?", "_").replace('"', "'")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}".encode()


def _read_fully(fd: int, offset: int, length: int) -> bytes:
    parts: list[bytes] = []
    while length > 0:
        part = os.pread(fd, length, offset)
        if not part:
            raise OSError("The file ends before the page does.")
        parts.append(part)
        offset, length = offset + len(part), length - len(part)
    return b"".join(parts)


def _what_to_send(
    asked: dict[bytes, str], etag: str, modified: float | None, length: int
) -> tuple[int, int, int]:
    """Status, first and last byte (inclusive)."""
    if _client_has_it(asked, etag, modified):
        return 304, 0, -1
    wanted = asked.get(b"range")
    if wanted is None or not _same_as_before(asked.get(b"if-range"), etag, modified):
        return 200, 0, length - 1
    return _range(wanted, length)


def _client_has_it(asked: dict[bytes, str], etag: str, modified: float | None) -> bool:
    """If-None-Match decides alone where it is sent (RFC 9110, 13.2.2)."""
    tags = asked.get(b"if-none-match")
    if tags is not None:
        known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return etag in known or known == ["*"]
    since = _time(asked.get(b"if-modified-since"))
    return since is not None and modified is not None and int(modified) <= since


def _same_as_before(if_range: str | None, etag: str, modified: float | None) -> bool:
    if if_range is None:
        return True
    if '"' in if_range:
        return if_range.strip() == etag
    return modified is not None and _time(if_range) == int(modified)


def _range(wanted: str, length: int) -> tuple[int, int, int]:
    """One range is served; several, or another unit, get the whole (RFC 9110, 14.2 allows it)."""
    unit, _, span = wanted.partition("=")
    begin, dash, end = span.strip().partition("-")
    begin, end = begin.strip(), end.strip()
    if unit.strip().lower() != "bytes" or not dash or not _digits(begin) or not _digits(end):
        return 200, 0, length - 1
    if not begin:
        first, last = max(0, length - int(end or 0)), length - 1
    else:
        first, last = int(begin), min(int(end), length - 1) if end else length - 1
        if end and int(end) < first:
            return 200, 0, length - 1
    if first >= length or last < first:
        return 416, 0, -1
    return 206, first, last


def _digits(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit() and len(text) < 19)


def _time(text: str | None) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp()) if text else None
    except (ValueError, OverflowError):
        return None


def _cut(pieces: Sequence[Piece], first: int, size: int) -> list[Piece]:
    """The parts of the pieces that hold bytes `first` to `first + size`."""
    kept: list[Piece] = []
    for fd, offset, length in pieces:
        if first < length and size > 0:
            taken = min(length - first, size)
            kept.append((fd, offset + first, taken))
            first, size = 0, size - taken
        else:
            first -= min(first, length)
    return kept
