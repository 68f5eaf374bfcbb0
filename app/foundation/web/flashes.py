"""What happened a moment ago, carried over a 303 in a short signed cookie."""

from typing import Any, Literal

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from app.foundation.web.client import client_of
from app.foundation.web.cookies import FLASH, drop_cookie, make_cookie, read_cookie

SECONDS = 120
LONGEST_TEXT = 600

type FlashKind = Literal["info", "good", "warn", "bad"]


class Flash(msgspec.Struct, frozen=True):
    """`undo` is the address of ours to which a POST takes it back."""

    text: str
    kind: FlashKind = "good"
    undo: str = ""


def keep_flash(request: Request[Any, Any, Any], flash: Flash) -> Cookie:
    short = msgspec.structs.replace(flash, text=flash.text[:LONGEST_TEXT])
    signed = request.app.state.secrets.signer("flash").sign(msgspec.json.encode(short))
    return make_cookie(client_of(request), FLASH, signed, seconds=SECONDS)


def kept_flashes(request: Request[Any, Any, Any]) -> list[Flash]:
    signed = read_cookie(request, FLASH)
    payload = request.app.state.secrets.signer("flash").open(signed) if signed else None
    return [msgspec.json.decode(payload, type=Flash)] if payload else []


def forget_flashes(request: Request[Any, Any, Any]) -> Cookie:
    return drop_cookie(client_of(request), FLASH)
