"""The fields of a series that a person may edit, as text in a form and as values.

Values are compared, never texts: how somebody spaces a list changes nothing. Lists are one thing
on each line (or between commas, where names have none), with more about it behind a bar:
`進撃の巨人 | ja | native`, `Katsuhiro Otomo | story, art`.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.errors import Invalid
from app.foundation.security.text import clean_line
from app.foundation.web.i18n import _
from app.library.models import Direction, SeriesStatus
from app.metadata.facts import (
    LINE,
    LONG,
    Credit,
    OtherTitle,
    SeriesFacts,
    language_tag,
    line,
    paragraphs,
    unique,
)

ROLES = (
    *("writer", "penciller", "inker", "colorist", "letterer", "cover", "editor", "translator"),
)
TITLE_KINDS = ("native", "romanised", "translation", "localized", "alternative")
FIRST_YEAR, LAST_YEAR = 1800, 2200
OLDEST_AGE = 21
MOST_CHAPTERS = 999_999
LONGEST_LIST = 60_000
LONGEST_LINK = 1000
MOST_LINES = 200
_BETWEEN_NAMES = re.compile(r"[,，、\n]")


class Field(msgspec.Struct, frozen=True):
    """`text` writes a value into a form; `read` understands what came back, or raises Invalid."""

    text: Callable[[Any], str]
    read: Callable[[str], Any]
    longest: int = LINE


type Fields = Mapping[str, Field]


def role_word(role: str) -> str:
    return {
        "writer": _("story"),
        "penciller": _("art"),
        "inker": _("inks"),
        "colorist": _("colours"),
        "letterer": _("letters"),
        "cover": _("cover"),
        "editor": _("editor"),
        "translator": _("translation"),
    }[role]


def kind_word(kind: str) -> str:
    return {
        "native": _("native"),
        "romanised": _("romanised"),
        "translation": _("translation"),
        "localized": _("local"),
        "alternative": _("alternative"),
    }.get(kind, kind)


def plain_text(value: object) -> str:
    return "" if value is None else str(value)


def _title(text: str) -> str:
    found = line(text)
    if found is None:
        raise Invalid("Give the series a title.")
    return found


def _number(least: int, most: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        if not text.strip():
            return None
        digits = text.strip()
        if not digits.isascii() or not digits.isdigit() or not least <= int(digits[:12]) <= most:
            words = _("Enter a whole number from %(low)s to %(high)s.", low=least, high=most)
            raise Invalid(words)
        return int(digits)

    return read


def one_of(words: type[StrEnum]) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        if text and text not in {word.value for word in words}:
            raise Invalid("Choose one of the options.")
        return text or None

    return read


def read_language(text: str) -> str | None:
    found = language_tag(text)
    if text.strip() and found is None:
        raise Invalid("Write the language as a code, such as en, ja or pt-BR.")
    return found


def names_text(names: list[str]) -> str:
    return ", ".join(names)


def read_names(text: str) -> list[str]:
    return unique(clean_line(name, LINE) for name in _BETWEEN_NAMES.split(text))


def _names(text: str) -> list[str]:
    """In the order the shelf gives them back."""
    return sorted(read_names(text))


def _links_text(links: list[str]) -> str:
    return "\n".join(links)


def _links(text: str) -> list[str]:
    found = [clean_line(part, LONGEST_LINK) for part in _lines(text)]
    for address in found:
        if not is_link(address):
            raise Invalid(_("A link begins with http:// or https://: %(link)s", link=address[:80]))
    return unique(found)


def is_link(address: str) -> bool:
    """Whether a browser may be sent there (SEC44)."""
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in address
    except ValueError:
        return False


def _titles_text(titles: list[OtherTitle]) -> str:
    return "\n".join(
        " | ".join(filter(None, [title.title, title.language, _kind_in_text(title.kind)]))
        for title in titles
    )


def _kind_in_text(kind: str) -> str:
    return "" if kind == "alternative" else kind_word(kind)


def _titles(text: str) -> list[OtherTitle]:
    found: dict[tuple[str, str], OtherTitle] = {}
    for part in _lines(text):
        title, *more = [piece.strip() for piece in part.split("|")]
        if title:
            other = _other_title(title, more)
            found.setdefault((other.kind, other.title.casefold()), other)
    return list(found.values())


def _other_title(title: str, more: list[str]) -> OtherTitle:
    kinds = {word: kind for kind in TITLE_KINDS for word in (kind, kind_word(kind).casefold())}
    kind, language = "alternative", None
    for piece in filter(None, more):
        if piece.casefold() in kinds:
            kind = kinds[piece.casefold()]
        elif language_tag(piece):
            language = language_tag(piece)
        else:
            words = _("“%(word)s” is neither a language nor a kind of title.", word=piece[:40])
            raise Invalid(words)
    return OtherTitle(clean_line(title, LINE), kind, language)


def _credits_text(credits_: list[Credit]) -> str:
    by_name: dict[str, list[str]] = {}
    for credit in credits_:
        by_name.setdefault(credit.name, []).append(credit.role)
    return "\n".join(
        f"{name} | {', '.join(role_word(role) if role in ROLES else role for role in roles)}"
        for name, roles in by_name.items()
    )


def _credits(text: str) -> list[Credit]:
    found: dict[tuple[str, str], Credit] = {}
    for part in _lines(text):
        name, _bar, roles = part.partition("|")
        for role in _roles(roles):
            credit = Credit(clean_line(name, LINE), role)
            if credit.name:
                found.setdefault((credit.name.casefold(), role), credit)
    return list(found.values())


def _roles(text: str) -> list[str]:
    known = {word: role for role in ROLES for word in (role, role_word(role).casefold())}
    named = [word.strip().casefold() for word in text.split(",") if word.strip()]
    for word in named:
        if word not in known:
            all_roles = ", ".join(map(role_word, ROLES))
            words = _("“%(word)s” is no role. Use %(roles)s.", word=word[:40], roles=all_roles)
            raise Invalid(words)
    return [known[word] for word in named] or ["writer"]


def _lines(text: str) -> list[str]:
    found = [part.strip() for part in text.splitlines() if part.strip()]
    if len(found) > MOST_LINES:
        raise Invalid("That is too much.")
    return found


FIELDS: dict[str, Field] = {
    "title": Field(plain_text, _title),
    "sort_title": Field(plain_text, line),
    "other_titles": Field(_titles_text, _titles, LONGEST_LIST),
    "summary": Field(plain_text, paragraphs, LONG),
    "status": Field(plain_text, one_of(SeriesStatus)),
    "year": Field(plain_text, _number(FIRST_YEAR, LAST_YEAR)),
    "age_rating": Field(plain_text, _number(0, OLDEST_AGE)),
    "direction": Field(plain_text, one_of(Direction)),
    "language": Field(plain_text, read_language),
    "publisher": Field(plain_text, line),
    "total_chapters": Field(plain_text, _number(1, MOST_CHAPTERS)),
    "creators": Field(_credits_text, _credits, LONGEST_LIST),
    "genres": Field(names_text, _names, LONGEST_LIST),
    "tags": Field(names_text, _names, LONGEST_LIST),
    "links": Field(_links_text, _links, LONGEST_LIST),
}
assert set(FIELDS) == set(SeriesFacts.__struct_fields__)


def text_of(name: str, value: Any, fields: Fields = FIELDS) -> str:
    return fields[name].text(value)


def as_typed(name: str, value: Any, fields: Fields = FIELDS) -> Any:
    """The value as it would come back from the form, untouched."""
    field = fields.get(name)
    try:
        return field.read(field.text(value)) if field else value
    except Invalid:
        # An older rule let it in; what is not touched is not judged.
        return value
