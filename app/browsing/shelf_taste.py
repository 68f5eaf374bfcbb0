"""How a person likes a shelf when its address does not say: kept as what the address would say."""

from typing import Self
from urllib.parse import parse_qs, urlencode
from uuid import UUID

import msgspec

from app.accounts.models import User
from app.browsing.shelf_query import (
    LONGEST_QUERY,
    Said,
    filter_pairs,
    look_of,
    look_pairs,
    order_pairs,
    wish_of,
)
from app.browsing.wish import Look, Wish
from app.errors import Conflict

EVERYWHERE = "all"
MOST_LIBRARIES = 200


class Taste(msgspec.Struct, frozen=True, kw_only=True):
    wish: Wish = Wish()
    look: Look = Look()

    @classmethod
    def of(cls, person: User, library_id: UUID) -> Self:
        kept = person.preference.shelves
        said = parse_qs(kept.get(str(library_id)) or kept.get(EVERYWHERE) or "")
        return cls(wish=wish_of(said), look=look_of(said, Look()))


def is_kept(person: User, library_id: UUID) -> bool:
    return not {str(library_id), EVERYWHERE}.isdisjoint(person.preference.shelves)


def keep_taste(person: User, library_id: UUID | None, said: Said) -> None:
    """For this library; for all of them, whatever was said of one, where it is None."""
    wish = wish_of(said)
    # A letter is a place on the shelf, a seed one shuffle of it: neither is a taste.
    wish = msgspec.structs.replace(wish, letter=None, seed=0)
    pairs = [
        *(pair for pair in order_pairs(wish, Wish().sort) if pair[0] != "seed"),
        *filter_pairs(wish),
        *look_pairs(look_of(said, Look()), Look()),
    ]
    others = {} if library_id is None else person.preference.shelves
    name = EVERYWHERE if library_id is None else str(library_id)
    if name not in others and len(others) >= MOST_LIBRARIES:
        raise Conflict("That is too much to remember. Take some of it back first.")
    person.preference.shelves = {**others, name: urlencode(pairs)[:LONGEST_QUERY]}


def forget_taste(person: User, library_id: UUID) -> None:
    gone = (str(library_id), EVERYWHERE)
    kept = person.preference.shelves
    person.preference.shelves = {name: kept[name] for name in kept if name not in gone}
