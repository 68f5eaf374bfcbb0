"""What one source says about a series, in one shape whatever the source was."""

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from app.foundation.security.text import clean_line, clean_text

LINE = 300
LONG = 20_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")
_MOST_LIST = 200


class Credit(msgspec.Struct, frozen=True):
    name: str
    role: str
    """writer, penciller, inker, colorist, letterer, cover, editor or translator."""


class OtherTitle(msgspec.Struct, frozen=True, omit_defaults=True):
    title: str
    kind: str
    """native, romanised, translation, localized or alternative."""
    language: str | None = None


class SeriesFacts(msgspec.Struct, kw_only=True, omit_defaults=True):
    """None or empty: this source does not say. `age_rating` is the youngest fitting age in years;
    `status` and `direction` are values of the library's enumerations."""

    title: str | None = None
    sort_title: str | None = None
    """What the series is filed under, where that is not its title."""
    summary: str | None = None
    status: str | None = None
    year: int | None = None
    language: str | None = None
    publisher: str | None = None
    age_rating: int | None = None
    direction: str | None = None
    total_chapters: int | None = None
    links: list[str] = []
    other_titles: list[OtherTitle] = []
    creators: list[Credit] = []
    genres: list[str] = []
    tags: list[str] = []


def line(text: str | None) -> str | None:
    return (clean_line(text, LINE) or None) if text else None


def paragraphs(text: str | None) -> str | None:
    return (clean_text(text, LONG) or None) if text else None


def comma_list(text: str | None) -> list[str]:
    """Each name once, in the order given."""
    if not text:
        return []
    # The books of a series repeat each other; what is long is not worth remembering.
    names = _short_names(text) if len(text) < 200 else _names(text[: LONG * 4])
    return list(names)


@lru_cache(maxsize=1024)
def _short_names(text: str) -> tuple[str, ...]:
    return _names(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(unique(clean_line(part, LINE) for part in text.split(",")))


def unique(names: Iterable[str]) -> list[str]:
    """Each name once, whatever its case, and not endlessly many."""
    found: dict[str, str] = {}
    for name in names:
        if name and len(found) < _MOST_LIST:
            found.setdefault(name.casefold(), name)
    return list(found.values())


def web_links(text: str | None) -> list[str]:
    """http and https addresses only; others are not offered to anybody's browser (SEC44)."""
    if not text:
        return []
    parts = text[:LONG].replace(",http", " http").split()
    addresses = [clean_line(part.strip(",;"), 1000) for part in parts]
    return unique(address for address in addresses if address.startswith(("http://", "https://")))


def language_tag(text: str | None) -> str | None:
    """A BCP 47 tag with its language in lower case, or None."""
    tag = (text or "").strip().replace("_", "-")
    if not _LANGUAGE.match(tag):
        return None
    first, dash, rest = tag.partition("-")
    return first.lower() + dash + rest
