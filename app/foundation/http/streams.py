"""Connections for httpcore right on asyncio, which hand over all that has come at once. Those of anyio
take it in pieces of 64 KB, and half of the time that a large answer costs."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpcore

MOST_AHEAD = 512 * 1024
"""Bytes that lie here unread; then the other side has to wait."""
HEAD_STEP, MOST_HEAD = 16 * 1024, 160 * 1024
"""Of the head of an answer: handed over in small steps, since what announces itself again and again
(1xx) is a head without end."""


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection, read by one task at a time and written by one."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._pieces: list[bytes] = []
        self._ahead = 0
        self._is_full = False
        self._head_room: int | None = None
        """Bytes that the head of an answer may still have; None where its body is read."""
        self._has_ended = False
        self._error: Exception | None = None
        self._news = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """All that is here, also where that is more than was asked for: httpcore takes it."""
        if self._head_room is not None:
            # A turn for the others: all of it may lie here already.
            await asyncio.sleep(0)
        if not self._ahead and not self._has_ended:
            async with _within(timeout, httpcore.ReadTimeout):
                await self._news.wait()
        if self._error is not None and not self._ahead:
            raise httpcore.ReadError(str(self._error)) from self._error
        return self._taken() if self._head_room is None else self._taken_of_head(self._head_room)

    def head_is_read(self) -> None:
        """From now on it is the body."""
        self._head_room = None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if self._transport.is_closing():
            raise httpcore.WriteError("The connection was closed.")
        if buffer:
            self._head_room = MOST_HEAD
            self._transport.write(buffer)
        if not self._may_write.is_set():
            async with _within(timeout, httpcore.WriteTimeout):
                await self._may_write.wait()

    async def aclose(self) -> None:
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> "Stream":
        loop = asyncio.get_running_loop()
        try:
            async with _within(timeout, httpcore.ConnectTimeout):
                secured = await loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except BaseException as error:
            self._transport.abort()
            if isinstance(error, OSError):
                raise httpcore.ConnectError(str(error)) from error
            raise
        if secured is None:
            raise httpcore.ConnectError("The connection was closed.")
        self._transport = secured
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            # Where nobody asked for anything, that is the end of it.
            return bool(self._ahead) or self._has_ended
        return self._transport.get_extra_info(info)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._ahead += len(data)
        self._news.set()
        if self._ahead >= MOST_AHEAD and not self._is_full:
            self._is_full = True
            self._transport.pause_reading()

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._error = exc
        self._end()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def _taken(self) -> bytes:
        self._news.clear()
        pieces, self._pieces, self._ahead = self._pieces, [], 0
        if self._is_full and not self._transport.is_closing():
            self._is_full = False
            self._transport.resume_reading()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _taken_of_head(self, room: int) -> bytes:
        if room <= 0:
            raise httpcore.ReadError("The head of the answer does not end.")
        found = self._taken()
        if len(found) > HEAD_STEP:
            found, rest = found[:HEAD_STEP], found[HEAD_STEP:]
            self._pieces, self._ahead = [rest], len(rest)
        self._head_room = room - len(found)
        return found

    def _end(self) -> None:
        self._has_ended = True
        self._news.set()
        self._may_write.set()


async def connect(
    address: str,
    port: int,
    timeout: float | None,  # noqa: ASYNC109
    local_address: str | None = None,
    socket_options: Iterable[Any] | None = None,
) -> Stream:
    """Raises ConnectError or ConnectTimeout of httpcore."""
    loop = asyncio.get_running_loop()
    local = None if local_address is None else (local_address, 0)
    try:
        async with _within(timeout, httpcore.ConnectTimeout):
            _, stream = await loop.create_connection(Stream, address, port, local_addr=local)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    for option in socket_options or ():
        stream.get_extra_info("socket").setsockopt(*option)
    return stream


@asynccontextmanager
async def _within(seconds: float | None, late: type[Exception]) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise late from error
