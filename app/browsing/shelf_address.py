"""The address of a shelf: what it asks for, read and written.

    /libraries/{id}?sort=added&genre=drama&genre=mystery&person=sato+aya&since=2001&view=list

Genres, tags and people stand in it by their keys. What it does not say of order and look is as
the person likes it (`shelf_defaults`); so are the filters where it says nothing of any (`all=1`
says that there are none).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar_htmx import HTMXRequest

from app.accounts.models import User
from app.browsing.shelf import E_INK_GRID, GRID
from app.browsing.shelf_order import Edge, parsed_edge
from app.browsing.shelf_query import (
    FILTERS,
    NAMED,
    SEEDS,
    Pairs,
    Said,
    filter_pairs,
    look_of,
    look_pairs,
    order_pairs,
    wish_of,
)
from app.browsing.shelf_taste import Taste
from app.browsing.wish import Look, Only, Sort, Wish
from app.foundation.web.looks import looks_of
from app.foundation.web.paging import Cursor
from app.library.text import title_key


class Choice(NamedTuple):
    label: str
    href: str
    chosen: bool


def shelf_href(library_id: UUID, **filters: str | Sequence[str]) -> str:
    """The shelf with these filters, for links from elsewhere: `genre`, `tag` and `person` by their
    names or keys, `status` and `language` by their values. Several of one are a sequence."""
    said = [
        (field, title_key(value) if field in NAMED else value)
        for field, values in filters.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return f"/libraries/{library_id}" + (f"?{urlencode(said)}" if said else "")


class ShelfAddress(msgspec.Struct, kw_only=True):
    """Forged cursors begin anew."""

    path: str
    wish: Wish
    look: Look
    taste: Taste
    selecting: bool
    all_chosen: bool
    after: Edge | None
    before: Edge | None
    size: int
    cursor: Cursor

    @classmethod
    def read(cls, request: HTMXRequest, library_id: UUID, person: User) -> Self:
        said = said_in(request)
        taste = Taste.of(person, library_id)
        wish = wish_of(said, taste.wish.sort)
        if not any(name in said for name in (*FILTERS, "all")):
            wish = msgspec.structs.replace(taste.wish, sort=wish.sort, seed=wish.seed)
        if Only.PROBLEMS in wish.only and not person.manages:
            others = tuple(one for one in wish.only if one is not Only.PROBLEMS)
            wish = msgspec.structs.replace(wish, only=others)
        if wish.sort is Sort.RANDOM and "seed" not in said:
            wish = msgspec.structs.replace(wish, seed=secrets.randbelow(SEEDS))
        cursor = Cursor.of(request, f"shelf {library_id} {wish.sort}")
        return cls(
            path=f"/libraries/{library_id}",
            wish=wish,
            look=look_of(said, taste.look),
            taste=taste,
            selecting="select" in said,
            all_chosen=said.get("select") == ["all"],
            after=_edge(cursor, wish.sort, said, "after"),
            before=_edge(cursor, wish.sort, said, "before"),
            size=E_INK_GRID if looks_of(request).is_e_ink else GRID,
            cursor=cursor,
        )

    @property
    def filtered(self) -> bool:
        return self.wish.filtered

    @property
    def pairs(self) -> Pairs:
        """All that the address has to say, but for the place in it."""
        return self.pairs_with()

    @property
    def taste_query(self) -> str:
        """What somebody keeps who wants it always like this: said in full, without a place."""
        pairs = [*order_pairs(self.wish, Wish().sort), *filter_pairs(self.wish)]
        return urlencode([*pairs, *look_pairs(self.look, Look())])

    def pairs_with(
        self, *, look: Look | None = None, selecting: bool | None = None, **changes: Any
    ) -> Pairs:
        wish = msgspec.structs.replace(self.wish, **changes)
        look = look or self.look
        filters = filter_pairs(wish)
        if not filters and self.taste.wish.filtered:
            filters = [("all", "1")]
        order = order_pairs(wish, self.taste.wish.sort)
        looks = look_pairs(look, self.taste.look)
        chooses = self.selecting if selecting is None else selecting
        return [*order, *filters, *looks, *([("select", "1")] if chooses else [])]

    def to(self, *more: tuple[str, str], **changes: Any) -> str:
        query = urlencode([*self.pairs_with(**changes), *more])
        return f"{self.path}?{query}" if query else self.path

    def page(self, side: str, edge: Edge | None) -> str:
        if edge is None:
            return ""
        value = edge[0].isoformat() if isinstance(edge[0], datetime) else edge[0]
        return self.to((side, self.cursor.pack(value, str(edge[1]))))


def said_in(request: HTMXRequest) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        said.setdefault(name, []).append(value)
    return said


def _edge(cursor: Cursor, sort: Sort, said: Said, side: str) -> Edge | None:
    token = next(iter(said.get(side, [])), None)
    place = cursor.unpack(token, 2)
    return parsed_edge(sort, place) if place else None
