"""Sends an image, or says that the one the browser keeps is still right."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from litestar import Request
from litestar.types import HTTPScope, Receive, Send

from app.foundation.web.conditional import ASK_AGAIN, FOREVER, Bytes

SOON_STALE = "private, max-age=60"
NOT_KEPT = "private, no-store"

__all__ = [
    "ASK_AGAIN",
    "FOREVER",
    "NOT_KEPT",
    "SOON_STALE",
    "ClientGone",
    "has_newest",
    "send_image",
    "while_wanted",
]


class ClientGone(Exception):
    """Nobody is there to hear the answer."""


def has_newest(scope: HTTPScope, etag: str) -> bool:
    """Whether the answer will be a 304, so that nothing has to be read for it (RFC 9110, 13.1.2)."""
    quoted = f'"{etag}"'.encode("latin-1")
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = [tag.strip().removeprefix(b"W/") for tag in value.split(b",")]
            return quoted in tags or tags == [b"*"]
    return False


async def while_wanted[R](receive: Receive, work: Coroutine[Any, Any, R]) -> R:
    """What `work` gives. It is left as soon as the client hangs up: then ClientGone."""
    making = asyncio.create_task(work)
    hanging_up = asyncio.create_task(_hung_up(receive))
    try:
        await asyncio.wait({making, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
        if not making.done():
            raise ClientGone
        return making.result()
    finally:
        making.cancel()
        hanging_up.cancel()


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_image(
    scope: HTTPScope,
    receive: Receive,
    send: Send,
    data: bytes,
    *,
    media_type: str,
    etag: str,
    cache: str,
) -> None:
    """`etag` without quotation marks; `data` is not looked at where `has_newest`."""
    request: Request[Any, Any, Any] = Request(scope)
    answer = Bytes(request, data, media_type=media_type, etag=etag, cache_control=cache)
    await answer.answer(scope, receive, send)
