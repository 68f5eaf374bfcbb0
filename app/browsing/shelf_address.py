"""The address of a shelf: what it asks for, and the addresses of everything one may ask next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar_htmx import HTMXRequest

from app.accounts.models import Theme, User
from app.browsing.shelf import (
    E_INK_GRID,
    GRID,
    LETTERS,
    ReadState,
    Screenful,
    Sort,
    Wish,
    parsed_edge,
)
from app.foundation.web.i18n import _
from app.foundation.web.paging import Cursor
from app.library.text import title_key


def shelf_href(library_id: UUID, **filters: str | Sequence[str]) -> str:
    """The shelf with these filters, for links from elsewhere: `genre`, `tag` and `person` by their
    names or keys, `status` and `language` by their values. Several of one are a sequence."""
    named = {"genre", "tag", "person"}
    said = [
        (field, title_key(value) if field in named else value)
        for field, values in filters.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return f"/libraries/{library_id}" + (f"?{urlencode(said)}" if said else "")


class Choice(NamedTuple):
    label: str
    href: str
    chosen: bool


class ShelfAddress(msgspec.Struct, kw_only=True):
    """Unknown sorts, states and letters are as if not said; forged cursors begin anew."""

    path: str
    wish: Wish
    after: tuple[Any, UUID] | None
    before: tuple[Any, UUID] | None
    size: int
    cursor: Cursor

    @classmethod
    def read(cls, request: HTMXRequest, library_id: UUID, person: User) -> Self:
        said = request.query_params
        letter = said.get("letter")
        wish = Wish(
            sort=_one_of(Sort, said.get("sort")) or Sort.TITLE,
            state=_one_of(ReadState, said.get("state")),
            letter=letter if letter in LETTERS else None,
        )
        cursor = Cursor.of(request, f"shelf {library_id} {wish.sort}")
        return cls(
            path=f"/libraries/{library_id}",
            wish=wish,
            after=_edge(cursor, wish.sort, said.get("after")),
            before=_edge(cursor, wish.sort, said.get("before")),
            size=E_INK_GRID if person.preference.theme is Theme.E_INK else GRID,
            cursor=cursor,
        )

    @property
    def filtered(self) -> bool:
        return self.wish.state is not None or self.wish.letter is not None

    def links(self, found: Screenful) -> dict[str, Any]:
        """For the template: every other shelf one click away."""
        return {
            "states": [self._state(state, label) for state, label in _state_names().items()],
            "sorts": [
                Choice(label, self._to(sort=sort, letter=None), sort is self.wish.sort)
                for sort, label in _sort_names().items()
            ],
            "sort_label": _sort_names()[self.wish.sort],
            "letters": self._letters(),
            "filtered": self.filtered,
            "applied": self._applied(),
            "previous_href": self._page("before", found.before),
            "next_href": self._page("after", found.after),
            "position": self._position(found),
        }

    def _state(self, state: ReadState, label: str) -> Choice:
        chosen = state is self.wish.state
        return Choice(label, self._to(state=None if chosen else state), chosen)

    def _letters(self) -> list[Choice]:
        if self.wish.sort is not Sort.TITLE:
            return []
        return [
            Choice(sign.upper(), self._to(letter=sign), sign == self.wish.letter)
            for sign in LETTERS
        ]

    def _applied(self) -> list[Choice]:
        chips = []
        if self.wish.state is not None:
            chips.append(Choice(_state_names()[self.wish.state], self._to(state=None), True))
        if self.wish.letter is not None:
            chips.append(Choice(self.wish.letter.upper(), self._to(letter=None), True))
        return chips

    def _position(self, found: Screenful) -> str:
        """ "A–K" on a shelf by title."""
        if self.wish.sort is not Sort.TITLE or not found.cards:
            return ""
        first, last = (str(found.cards[at].place)[:1].upper() for at in (0, -1))
        return first if first == last else f"{first}–{last}"

    def _page(self, side: str, edge: tuple[Any, UUID] | None) -> str:
        if edge is None:
            return ""
        value = edge[0].isoformat() if isinstance(edge[0], datetime) else edge[0]
        return self._to(**{side: self.cursor.pack(value, str(edge[1]))})

    def _to(self, **changes: Any) -> str:
        said = {
            "sort": None if self.wish.sort is Sort.TITLE else self.wish.sort,
            "state": self.wish.state,
            "letter": self.wish.letter,
            **changes,
        }
        if said["sort"] is Sort.TITLE:
            said["sort"] = None
        query = urlencode({name: str(value) for name, value in said.items() if value})
        return f"{self.path}?{query}" if query else self.path


def _edge(cursor: Cursor, sort: Sort, token: str | None) -> tuple[Any, UUID] | None:
    place = cursor.unpack(token, 2)
    return parsed_edge(sort, place) if place else None


def _one_of[Word: (Sort, ReadState)](words: type[Word], text: str | None) -> Word | None:
    return words(text) if text in [word.value for word in words] else None


def _state_names() -> dict[ReadState, str]:
    return {
        ReadState.UNREAD: _("Unread"),
        ReadState.READING: _("In progress"),
        ReadState.COMPLETED: _("Completed"),
    }


def _sort_names() -> dict[Sort, str]:
    return {
        Sort.TITLE: _("Title"),
        Sort.ADDED: _("Recently added"),
        Sort.UPDATED: _("Recently updated"),
        Sort.READ: _("Last read"),
    }
