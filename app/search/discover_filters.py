"""What the lists of a provider may be narrowed by, as a screen offers it. Drivers say what there is
(`Driver.filters`); the words for what is usual are here, so that they come in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec

from app.foundation.security.text import clean_line
from app.foundation.web.i18n import LazyText, _, lazy_gettext
from app.library.models import SeriesStatus
from app.library.words import language_name, status_name
from app.providers.base import Filter, FilterChoice, FilterKind

PREFIX = "f."
MOST_NAMES, MOST_VALUES, LONGEST = 20, 60, 200
MOST_CHOICES = 400

type Chosen = Mapping[str, tuple[str, ...]]

NAMES: dict[str, LazyText] = {
    "order": lazy_gettext("Sorted by"),
    "library": lazy_gettext("Library"),
    "status": lazy_gettext("Status"),
    "tag": lazy_gettext("With tags"),
    "tag_mode": lazy_gettext("All tags or any"),
    "without_tag": lazy_gettext("Without tags"),
    "genre": lazy_gettext("Genre"),
    "original_language": lazy_gettext("Original language"),
    "language": lazy_gettext("Language"),
    "readers": lazy_gettext("Written for"),
    "rating": lazy_gettext("Content rating"),
    "year": lazy_gettext("Year"),
    "facet_": lazy_gettext("Part of the list"),
}
VALUES: dict[tuple[str, str], LazyText] = {
    ("order", "usual"): lazy_gettext("What is usual there"),
    ("order", "updated"): lazy_gettext("Latest chapter"),
    ("order", "added"): lazy_gettext("Latest added"),
    ("order", "followed"): lazy_gettext("Most followed"),
    ("order", "rated"): lazy_gettext("Best rated"),
    ("order", "title"): lazy_gettext("Title"),
    ("order", "newest"): lazy_gettext("Year, newest first"),
    ("order", "oldest"): lazy_gettext("Year, oldest first"),
    ("tag_mode", "all"): lazy_gettext("All of them"),
    ("tag_mode", "any"): lazy_gettext("Any of them"),
    ("readers", "shounen"): lazy_gettext("Boys (shounen)"),
    ("readers", "shoujo"): lazy_gettext("Girls (shoujo)"),
    ("readers", "seinen"): lazy_gettext("Men (seinen)"),
    ("readers", "josei"): lazy_gettext("Women (josei)"),
    ("readers", "none"): lazy_gettext("Not said"),
    ("rating", "safe"): lazy_gettext("Safe"),
    ("rating", "suggestive"): lazy_gettext("Suggestive"),
    ("rating", "erotica"): lazy_gettext("Erotica"),
    ("rating", "pornographic"): lazy_gettext("Pornographic"),
}
GROUPS: dict[str, LazyText] = {
    "genre": lazy_gettext("Genres"),
    "theme": lazy_gettext("Themes"),
    "format": lazy_gettext("Formats"),
    "content": lazy_gettext("Content"),
}


COMMON = ("status", "original_language", "readers", "rating", "year", "order")
"""Those whose values mean the same at every provider. A tag is what each of them calls it."""


class Pick(NamedTuple):
    value: str
    label: str
    chosen: bool


class Menu(NamedTuple):
    """`field` is what the form sends; `typed` where there is nothing to choose from."""

    field: str
    label: str
    chosen: int
    is_one: bool
    groups: list[tuple[str, list[Pick]]]
    typed: str | None = None


def read_filters(said: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """From an address. What makes no sense is as if not said; which there are, only a driver knows.
    In one order, whatever theirs was: the same question is asked once."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in sorted(said):
        name, text = key.removeprefix(PREFIX), clean_line(value, LONGEST)
        fits = key.startswith(PREFIX) and name.isidentifier() and len(name) <= LONGEST
        if fits and text and (name in found or len(found) < MOST_NAMES):
            known = found.get(name, ())
            found[name] = known if text in known else (*known, text)[:MOST_VALUES]
    return found


def as_pairs(chosen: Chosen) -> list[tuple[str, str]]:
    return [(PREFIX + name, value) for name, values in chosen.items() for value in values]


def without(chosen: Chosen, name: str, value: str) -> dict[str, tuple[str, ...]]:
    left = {**chosen, name: tuple(one for one in chosen[name] if one != value)}
    return {key: values for key, values in left.items() if values}


def common(of_each: Iterable[Sequence[Filter]]) -> list[Filter]:
    """What at least one of several providers may be narrowed by, each with all of its values."""
    found: dict[str, Filter] = {}
    for one in (one for filters in of_each for one in filters if one.name in COMMON):
        known = found.setdefault(one.name, one)
        values = {choice.value: choice for choice in (*known.choices, *one.choices)}
        found[one.name] = msgspec.structs.replace(known, choices=list(values.values()))
    return [found[name] for name in COMMON if name in found]


def not_understood(filters: Sequence[Filter], chosen: Chosen) -> list[str]:
    """The names of those that a provider passes over."""
    offered = {one.name: one for one in filters}
    return [
        filter_name(Filter(name=name))
        for name, values in chosen.items()
        if name not in offered or not _knows(offered[name], values)
    ]


def menus(filters: Sequence[Filter], chosen: Chosen) -> list[Menu]:
    return [_menu(one, chosen.get(one.name, ())) for one in filters[:MOST_NAMES]]


def applied(filters: Sequence[Filter], chosen: Chosen) -> list[tuple[str, str, str]]:
    """(name, value, words) of everything that was chosen, also of what is not offered any more."""
    offered = [one.name for one in filters]
    strangers = [Filter(name=name) for name in chosen if name not in offered]
    return [
        (
            one.name,
            value,
            _("%(filter)s: %(choice)s", filter=filter_name(one), choice=_word(one, value)),
        )
        for one in (*filters, *strangers)
        for value in chosen.get(one.name, ())
    ]


def filter_name(one: Filter) -> str:
    return str(NAMES.get(one.name) or one.label or one.name.replace("_", " ").capitalize())


def choice_label(one: Filter, choice: FilterChoice) -> str:
    """In words of ours where there are any, else as the provider calls it."""
    if not choice.value:
        return _("All")
    if one.kind is FilterKind.LANGUAGES:
        return language_name(choice.value)
    if one.name == "status" and choice.value in set(SeriesStatus):
        return status_name(SeriesStatus(choice.value))
    ours = VALUES.get((one.name, choice.value))
    return str(ours or clean_line(choice.label, LONGEST) or choice.value)


def _menu(one: Filter, chosen: Sequence[str]) -> Menu:
    # Of what only one may be chosen of, the first is meant where nothing is said.
    usual = one.choices[0].value if one.is_one and one.choices else None
    picks = [
        (
            str(GROUPS.get(choice.group) or choice.group),
            Pick(
                "" if choice.value == usual else choice.value,
                choice_label(one, choice),
                choice.value in chosen or (choice.value == usual and not chosen),
            ),
        )
        for choice in one.choices[:MOST_CHOICES]
    ]
    groups = [
        (group, [pick for _group, pick in those])
        for group, those in groupby(picks, key=lambda pair: pair[0])
    ]
    typed = (chosen or ("",))[0] if one.kind is FilterKind.YEAR else None
    return Menu(PREFIX + one.name, filter_name(one), len(chosen), one.is_one, groups, typed)


def _knows(one: Filter, values: Sequence[str]) -> bool:
    known = {choice.value for choice in one.choices}
    return one.kind is FilterKind.YEAR or not known.isdisjoint(values)


def _word(one: Filter, value: str) -> str:
    choice = next((one for one in one.choices if one.value == value), FilterChoice(value))
    return choice_label(one, choice)
