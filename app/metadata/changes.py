"""What an edit means, when others may have changed the same thing meanwhile. Pure.

A person's edit locks exactly the fields it changed. Unlocking gives a field back to what the files
say. What somebody else changed since the form was shown is never overwritten unasked.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from app.errors import Conflict
from app.metadata.fields import FIELDS, Fields, as_typed


class Cover(msgspec.Struct, frozen=True):
    """A page (1-based) of a chapter, unless there is a picture of its own (`art`)."""

    chapter_id: UUID | None = None
    page: int = 1
    art: str | None = None


class Present(msgspec.Struct, frozen=True):
    """A field as it stands: its value, whether it is locked, and where the value came from."""

    value: Any
    locked: bool = False
    source: Any = None


class Wish(msgspec.Struct, frozen=True):
    """What came from the form: the value, the value that was shown, and the same of the lock."""

    value: Any
    former: Any
    keep: bool = False
    was_kept: bool = False


class Clash(msgspec.Struct, frozen=True):
    """Two people changed one field to different things."""

    mine: Any
    theirs: Any
    former: Any


class Plan(msgspec.Struct):
    changes: dict[str, Present] = {}
    clashes: dict[str, Clash] = {}


def plan(
    present: Mapping[str, Present],
    wishes: Mapping[str, Wish],
    files: Mapping[str, Present],
    by: Any,
    fields: Fields = FIELDS,
) -> Plan:
    """`files` is what the files say of each field; `by` the source of what this person sets."""
    made = Plan({}, {})
    for name, wish in wishes.items():
        now = present[name]
        is_unlocked = now.locked and wish.was_kept and not wish.keep
        wanted = wish.value
        if wanted == wish.former and is_unlocked:
            wanted = files[name].value
        theirs = as_typed(name, now.value, fields)
        if wanted == wish.former and not is_unlocked:
            if wish.keep and not wish.was_kept and not now.locked:
                made.changes[name] = Present(now.value, locked=True, source=by)
        elif theirs not in (wish.former, wanted):
            made.clashes[name] = Clash(wanted, now.value, wish.former)
        elif wish.value == wish.former:
            made.changes[name] = files[name]
        elif wanted != theirs or not now.locked:
            made.changes[name] = Present(wanted, locked=True, source=by)
    return made


def check_untouched(
    present: Mapping[str, Present], after: Mapping[str, Present], fields: Fields = FIELDS
) -> None:
    """Whether all is as an edit left it, so that it can be undone."""
    for name, left in after.items():
        if as_typed(name, present[name].value, fields) != as_typed(name, left.value, fields):
            raise Conflict("It was changed again since then, so it stays as it is.")
