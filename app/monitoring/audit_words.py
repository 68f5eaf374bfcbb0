"""Lines of the audit log in plain words."""

from collections.abc import Mapping
from typing import Any

from app.auth.events import TITLES, What
from app.auth.words import WAYS
from app.foundation.web.i18n import LazyText, lazy_gettext

NAMES: dict[str, LazyText] = {
    "age_limit": lazy_gettext("Age limit"),
    "at_once": lazy_gettext("At once"),
    "count": lazy_gettext("How many"),
    "door": lazy_gettext("By"),
    "has_pin": lazy_gettext("PIN"),
    "driver": lazy_gettext("Driver"),
    "given": lazy_gettext("Given"),
    "invitation": lazy_gettext("Invitation"),
    "libraries": lazy_gettext("Libraries"),
    "library": lazy_gettext("Library"),
    "lists_to": lazy_gettext("Shared lists to"),
    "name": lazy_gettext("Name"),
    "provider": lazy_gettext("Provider"),
    "role": lazy_gettext("Role"),
    "scopes": lazy_gettext("It may"),
    "second": lazy_gettext("Second step"),
    "section": lazy_gettext("Section"),
    "tablet": lazy_gettext("Family tablet"),
    "unrated": lazy_gettext("Series without an age rating"),
    "waits": lazy_gettext("Waits to be let in"),
    "was": lazy_gettext("Before"),
    "way": lazy_gettext("By"),
}
VALUES: dict[str, LazyText] = {
    **WAYS,
    "backup code": lazy_gettext("Backup code"),
    "code": lazy_gettext("Code of the app"),
    "key": lazy_gettext("Key of a program"),
    "owner": lazy_gettext("Owner"),
    "manager": lazy_gettext("Manager"),
    "reader": lazy_gettext("Reader"),
    "library": lazy_gettext("As each library says"),
    "show": lazy_gettext("Show them"),
    "hide": lazy_gettext("Hide them"),
    "pin": lazy_gettext("PIN"),
}


def title_of(what: str) -> str:
    """An unknown kind (of a newer version) is shown by its own name."""
    known = {kind.value: kind for kind in What}
    return str(TITLES[known[what]]) if what in known else what


def about_words(about: Mapping[str, Any]) -> str:
    said = {name: value for name, value in about.items() if name != "second" or value is not None}
    return " · ".join(f"{NAMES.get(name, name)}: {_value(value)}" for name, value in said.items())


def _value(value: Any) -> str:
    if value is None:
        return str(lazy_gettext("none"))
    if isinstance(value, bool):
        return str(lazy_gettext("yes") if value else lazy_gettext("no"))
    return str(VALUES.get(value, value))
