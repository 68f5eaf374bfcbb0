"""What the keyboard does in the reader, and how somebody moves an action to other keys. No I/O."""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from app.accounts.models import User
from app.foundation.web.i18n import LazyText
from app.foundation.web.i18n import lazy_gettext as _

KEYS = "keys"
"""Inside `Preference.reading`: action → its keys, where they differ from the usual ones."""
MOST_KEYS = 6
_NAMED = (
    *("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"),
    *("Space", "Shift+Space", "Escape", "Backspace", "Delete", "Insert"),
    *(f"F{number}" for number in range(1, 13)),
)
_BY_FOLDED = {name.lower(): name for name in _NAMED}
_CHARACTER = re.compile(r"[^\s\x00-\x1f\x7f]")


class Action(msgspec.Struct, frozen=True):
    """`only` says on which kind of screen there is anything to do: all, where it is empty."""

    name: str
    label: LazyText
    usual: tuple[str, ...]
    only: Literal["", "pages", "strip"] = ""


ACTIONS = (
    Action("left", _("To the page on the left"), ("ArrowLeft",)),
    Action("right", _("To the page on the right"), ("ArrowRight",)),
    Action("up", _("Up"), ("ArrowUp",)),
    Action("down", _("Down"), ("ArrowDown",)),
    Action("next", _("One screenful on"), ("Space",)),
    Action("previous", _("One screenful back"), ("Shift+Space",)),
    Action("next-page", _("Next page"), ("PageDown",)),
    Action("previous-page", _("Previous page"), ("PageUp",)),
    Action("first", _("First page"), ("Home",)),
    Action("last", _("Last page"), ("End",)),
    Action("next-chapter", _("Next chapter"), (".",)),
    Action("previous-chapter", _("Previous chapter"), (",",)),
    Action("go-to-page", _("Go to a page"), ("G",)),
    Action("bookmark", _("Bookmark this page"), ("B",)),
    Action("menu", _("Show or hide the bars"), ("M",)),
    Action("fullscreen", _("Fullscreen"), ("F",)),
    Action("closer", _("Look closer"), ("+", "="), only="pages"),
    Action("farther", _("Look from farther away"), ("-",), only="pages"),
    Action("whole", _("The whole page again"), ("0",), only="pages"),
    Action("scale", _("Another size"), ("C",)),
    Action("layout", _("One page or two"), ("D",)),
    Action("shift", _("Move pairs on by one"), ("O",)),
    Action("mode-ltr", _("Read left to right"), ("L",)),
    Action("mode-rtl", _("Read right to left"), ("R",)),
    Action("mode-vertical", _("Read top to bottom"), ("V",)),
    Action("mode-webtoon", _("Read as a webtoon"), ("W",)),
    Action("auto-scroll", _("Scroll by itself"), ("A",), only="strip"),
    Action("help", _("This list"), ("?", "H")),
    Action("close", _("Close"), ("Escape",)),
)
BY_NAME = {action.name: action for action in ACTIONS}


def keys_of(person: User) -> dict[str, tuple[str, ...]]:
    """Action → keys. A key that somebody moved is no longer where it usually is."""
    said = (person.preference.reading or {}).get(KEYS)
    chosen = _understood(said) if isinstance(said, Mapping) else {}
    taken = {key.lower() for keys in chosen.values() for key in keys}
    return {
        action.name: chosen[action.name]
        if action.name in chosen
        else tuple(key for key in action.usual if key.lower() not in taken)
        for action in ACTIONS
    }


def read_keys(text: str) -> tuple[str, ...] | None:
    """ "N Space" as keys; None where one of the words is no key."""
    words = text.split()
    keys = [_key(word) for word in words]
    if len(words) > MOST_KEYS or None in keys:
        return None
    return tuple(dict.fromkeys(key for key in keys if key is not None))


def _key(word: str) -> str | None:
    named = _BY_FOLDED.get(word.lower())
    if named is not None:
        return named
    return word.upper() if len(word) == 1 and _CHARACTER.fullmatch(word) else None


def _understood(said: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, keys in said.items():
        if name in BY_NAME and isinstance(keys, list):
            read = read_keys(" ".join(str(key) for key in keys))
            if read is not None:
                found[name] = read
    return found
