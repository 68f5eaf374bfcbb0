"""Every other shelf one click away: what the menus, chips and pages of a shelf link to."""

import secrets
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from app.browsing.facets import Facet, Named
from app.browsing.shelf import Screenful
from app.browsing.shelf_address import Choice, ShelfAddress
from app.browsing.shelf_query import SEEDS, YEARS, Pairs
from app.browsing.shelf_words import (
    age_names,
    density_names,
    facet_names,
    format_names,
    only_names,
    sort_names,
    state_names,
    status_names,
    view_names,
)
from app.browsing.wish import LETTERS, Density, Only, ReadState, Sort, View
from app.foundation.web.i18n import _
from app.library.words import language_name


class FacetMenu(NamedTuple):
    """Its values are fetched when it is opened: `href`. Without scripts that is a screen."""

    facet: Facet
    label: str
    href: str
    pairs: Pairs
    chosen: bool


class ShelfLinks:
    def __init__(
        self, address: ShelfAddress, names: Mapping[tuple[str, str], Named], *, manages: bool
    ) -> None:
        self.address = address
        self.wish = address.wish
        self.names = names
        self.manages = manages

    def all(self, found: Screenful) -> dict[str, Any]:
        """For the template."""
        address = self.address
        return {
            "states": [self._state(state, label) for state, label in state_names().items()],
            "facet_menus": [self._facet(facet) for facet in Facet],
            "statuses": self._several("status", status_names()),
            "more_menus": [
                (_("Age rating"), self._several("age", age_names())),
                (_("Format"), self._several("format", format_names())),
                (_("Only"), self._several("only", self._only_names())),
            ],
            "years": [(name, getattr(self.wish, name)) for name in YEARS],
            "year_pairs": address.pairs_with(since=None, until=None),
            "sorts": [self._sort(sort, label) for sort, label in sort_names().items()],
            "sort_label": sort_names()[self.wish.sort],
            "looks": self._looks(),
            "letters": self._letters(),
            "filtered": address.filtered,
            "applied": self._applied(),
            "bare_href": address.to(**self._nothing()),
            "select_href": address.to(selecting=True),
            "done_href": address.to(selecting=False),
            "all_href": address.to(("select", "all"), selecting=False),
            "previous_href": address.page("before", found.before),
            "next_href": address.page("after", found.after),
            "position": self._position(found),
        }

    def toggle(self, facet: Facet, key: str, label: str) -> Choice:
        """The shelf with this value, or without it where it is chosen."""
        return Choice(label, self._toggled(facet, key), key in getattr(self.wish, facet))

    def _state(self, state: ReadState, label: str) -> Choice:
        chosen = state is self.wish.state
        return Choice(label, self.address.to(state=None if chosen else state), chosen)

    def _facet(self, facet: Facet) -> FacetMenu:
        href = f"{self.address.path}/filters/{facet}"
        chosen = bool(getattr(self.wish, facet))
        return FacetMenu(facet, facet_names()[facet], href, self.address.pairs, chosen)

    def _several(self, field: str, names: Mapping[Any, str]) -> list[Choice]:
        return [
            Choice(label, self._toggled(field, word), word in getattr(self.wish, field))
            for word, label in names.items()
        ]

    def _toggled(self, field: str, value: Any) -> str:
        chosen: tuple[Any, ...] = getattr(self.wish, field)
        others = tuple(one for one in chosen if one != value)
        return self.address.to(**{field: others if value in chosen else (*chosen, value)})

    def _only_names(self) -> dict[Only, str]:
        return {
            only: label
            for only, label in only_names().items()
            if self.manages or only is not Only.PROBLEMS
        }

    def _sort(self, sort: Sort, label: str) -> Choice:
        # A new shuffle each time it is asked for; what is shown keeps the seed it has.
        seed = secrets.randbelow(SEEDS) if sort is Sort.RANDOM else 0
        return Choice(label, self.address.to(sort=sort, seed=seed), sort is self.wish.sort)

    def _looks(self) -> list[Choice]:
        look = self.address.look
        grids = [(look_density, label) for look_density, label in density_names().items()]
        choices = [
            self._look(label, View.GRID, density, look.view is View.GRID)
            for density, label in grids
        ]
        listed = self._look(view_names()[View.LIST], View.LIST, look.density, True)
        return [*choices, listed]

    def _look(self, label: str, view: View, density: Density, same_view: bool) -> Choice:
        look = msgspec.structs.replace(self.address.look, view=view, density=density)
        return Choice(label, self.address.to(look=look), same_view and look == self.address.look)

    def _letters(self) -> list[Choice]:
        if self.wish.sort is not Sort.TITLE:
            return []
        return [
            Choice(sign.upper(), self.address.to(letter=sign), sign == self.wish.letter)
            for sign in LETTERS
        ]

    def _applied(self) -> list[Choice]:
        """One chip for each filter, whose link takes it away."""
        wish, to = self.wish, self.address.to
        chips = [Choice(state_names()[wish.state], to(state=None), True)] if wish.state else []
        if wish.letter is not None:
            chips.append(Choice(wish.letter.upper(), to(letter=None), True))
        for field, key in wish.names:
            found = self.names.get((field, key))
            name = found.name if found else key
            chips.append(self._chip(field, key, f"{facet_names()[Facet(field)]}: {name}"))
        chips += [self._chip("language", one, language_name(one)) for one in wish.language]
        chips += self._chips("status", status_names(), str)
        chips += self._chips("age", age_names(), lambda name: _("Age: %(name)s", name=name))
        chips += self._chips("format", format_names(), str)
        chips += self._chips("only", only_names(), str)
        if wish.since is not None or wish.until is not None:
            years = f"{wish.since or ''}–{wish.until or ''}"
            chips.append(
                Choice(_("Year: %(years)s", years=years), to(since=None, until=None), True)
            )
        return chips

    def _chips(
        self, field: str, names: Mapping[Any, str], said: Callable[[str], str]
    ) -> list[Choice]:
        words: tuple[StrEnum, ...] = getattr(self.wish, field)
        return [self._chip(field, word, said(names[word])) for word in words]

    def _chip(self, field: str, value: Any, label: str) -> Choice:
        return Choice(label, self._toggled(field, value), True)

    def _nothing(self) -> dict[str, Any]:
        empty = type(self.wish)()
        kept = ("sort", "seed")
        return {
            field.name: getattr(empty, field.name)
            for field in msgspec.structs.fields(empty)
            if field.name not in kept
        }

    def _position(self, found: Screenful) -> str:
        """ "A–K" on a shelf by title."""
        if self.wish.sort is not Sort.TITLE or not found.cards:
            return ""
        first, last = (str(found.cards[at].place)[:1].upper() for at in (0, -1))
        return first if first == last else f"{first}–{last}"
