"""Keyset paging: where a list goes on is a signed token, so nobody makes up a place in it."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from litestar import Request

from app.foundation.security.signing import Signer

MOST_ROWS = 200
ROWS = 48
LONGEST_TOKEN = 2000

type Place = tuple[str | int | float | None, ...]


class Cursor:
    """`kind` names the list and its order: a token of one list is worthless in another."""

    def __init__(self, signer: Signer, kind: str) -> None:
        self._signer = signer
        self._kind = kind

    @classmethod
    def of(cls, request: Request[Any, Any, Any], kind: str) -> "Cursor":
        return cls(request.app.state.secrets.signer("cursor"), kind)

    def pack(self, *place: str | int | float | None) -> str:
        """The sort values of the last row shown; ids and times go in as text."""
        return self._signer.sign(msgspec.json.encode((self._kind, place)))

    def unpack(self, token: str | None, length: int) -> Place | None:
        """The place, of exactly `length` values; None (the first page) for what is not ours."""
        if not token or len(token) > LONGEST_TOKEN:
            return None
        payload = self._signer.open(token)
        if payload is None:
            return None
        kind, place = msgspec.json.decode(payload, type=tuple[str, Place])
        return place if kind == self._kind and len(place) == length else None


def moment_after(request: Request[Any, Any, Any], kind: str) -> tuple[datetime, UUID] | None:
    """Where a list by time and id goes on; None at its beginning."""
    place = Cursor.of(request, kind).unpack(request.query_params.get("after"), 2)
    return (datetime.fromisoformat(str(place[0])), UUID(str(place[1]))) if place else None


def onwards(
    request: Request[Any, Any, Any], kind: str, has_more: bool, *place: Any, path: str = ""
) -> str:
    """The address of what comes next; empty at the end. `path` where it is not this one."""
    if not has_more:
        return ""
    return f"{path or request.url.path}?after={Cursor.of(request, kind).pack(*place)}"


class Slice[Row](NamedTuple):
    """One page of a list; `next_cursor` is None on the last."""

    rows: list[Row]
    next_cursor: str | None


def rows_wanted(asked: int | None, default: int = ROWS) -> int:
    """How many rows to show: at least 1, at most 200. Fetch one more to know if it goes on."""
    return max(1, min(asked or default, MOST_ROWS))


def escape_like(text: str) -> str:
    r"""A person's words inside LIKE; the pattern's escape character is the default `\`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
