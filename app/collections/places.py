"""Where a list of this room goes on: signed cursors as what the queries compare."""

from urllib.parse import quote
from uuid import UUID

from litestar_htmx import HTMXRequest

from app.errors import Invalid
from app.foundation.web.looks import looks_of
from app.foundation.web.paging import Cursor

MOST_DIGITS = 9


def size_for(request: HTMXRequest, otherwise: int, e_ink: int) -> int:
    """E-ink turns pages; everybody else scrolls."""
    return e_ink if looks_of(request).is_e_ink else otherwise


def named_after(request: HTMXRequest, kind: str) -> tuple[str, UUID] | None:
    """Of a list by name."""
    place = Cursor.of(request, kind).unpack(request.query_params.get("after"), 2)
    return (str(place[0]), UUID(str(place[1]))) if place else None


def position_after(request: HTMXRequest, kind: str) -> int | None:
    place = Cursor.of(request, kind).unpack(request.query_params.get("after"), 1)
    return int(str(place[0])) if place else None


def same_place(request: HTMXRequest) -> str:
    """`?after=…` of the part of a list that the address is about; empty at its beginning."""
    token = request.query_params.get("after", "")
    return f"?after={quote(token)}" if token else ""


def place_to_put_back(request: HTMXRequest) -> int:
    """What an Undo remembers of where something stood."""
    text = request.query_params.get("place", "0")
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > MOST_DIGITS:
        raise Invalid("This can no longer be undone.")
    return int(text)
