"""The language of the search box, taken apart in one pass. Nothing a person types is an error.

    lamp "seven lies" -horror by:minase tag:sea year:>2018 is:unread in:"My manga"

Words and quoted phrases must all be there; a minus takes away; `field:value` narrows. A colon
behind anything that is no field (`Re:Zero`) is part of the word.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

import msgspec

from app.library.grams import search_text

LONGEST = 500
MOST_TERMS = 20
_QUOTES = '"“”„«»'
_LEAST, _MOST = 0, 9999


class Field(StrEnum):
    WORDS = ""
    TITLE = "title"
    TAG = "tag"
    GENRE = "genre"
    BY = "by"
    PUBLISHER = "publisher"
    LANGUAGE = "language"
    STATUS = "status"
    YEAR = "year"
    AGE = "age"
    IS = "is"
    IN = "in"


_FIELDS = {field.value: field for field in Field if field.value} | {
    "author": Field.BY,
    "artist": Field.BY,
    "lang": Field.LANGUAGE,
    "library": Field.IN,
}
_STATUSES = {
    "ongoing": "ongoing",
    "completed": "completed",
    "complete": "completed",
    "ended": "completed",
    "finished": "completed",
    "hiatus": "hiatus",
    "cancelled": "cancelled",
    "canceled": "cancelled",
}
_STATES = {
    "unread": "unread",
    "new": "unread",
    "reading": "reading",
    "started": "reading",
    "completed": "completed",
    "read": "completed",
    "finished": "completed",
}
type Part = Literal["understood", "unknown value", "nothing"]


class Term(msgspec.Struct, frozen=True):
    """`text` is matched: folded for names, a canonical word for states; `source` is what was typed."""

    field: Field
    text: str
    negated: bool
    source: str
    least: int = _LEAST
    most: int = _MOST


class Query(msgspec.Struct, frozen=True):
    """All terms must hold. `ignored`: filters whose value means nothing, as they were typed."""

    text: str
    terms: tuple[Term, ...]
    ignored: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """What must be found anywhere, folded; a phrase is one of them."""
        return [term.text for term in self.terms if _is_wanted(term, Field.WORDS)]

    @property
    def needles(self) -> list[str]:
        """Words, and what a name asked for by a field contains: all of it is in the grams."""
        named = (Field.WORDS, Field.TITLE, Field.TAG, Field.GENRE, Field.BY)
        return [term.text for term in self.terms if _is_wanted(term, *named)]

    @property
    def filters(self) -> list[Term]:
        """Everything but the words a match must have."""
        return [term for term in self.terms if term.field is not Field.WORDS or term.negated]

    @property
    def phrase(self) -> str:
        """The words as one: what the title should begin with to stand first."""
        return " ".join(self.words)

    @property
    def is_empty(self) -> bool:
        return not self.terms

    def without(self, gone: Term) -> str:
        """The text that asks the same but for this term."""
        return " ".join(term.source for term in self.terms if term is not gone)


def parse(text: str) -> Query:
    """Takes time in proportion to the text, and of that no more than 500 characters."""
    shown = "".join([sign if sign.isprintable() else " " for sign in text[:LONGEST]])
    plain = " ".join(shown.split())
    terms: list[Term] = []
    ignored: list[str] = []
    for source in _sources(plain):
        term = _term(source)
        if term is None:
            continue
        if term.text or term.field in (Field.YEAR, Field.AGE):
            terms.append(term)
        else:
            ignored.append(source)
        if len(terms) == MOST_TERMS:
            break
    return Query(plain, tuple(terms), tuple(ignored[:MOST_TERMS]))


def _is_wanted(term: Term, *fields: Field) -> bool:
    return term.field in fields and not term.negated


def _sources(text: str) -> Iterator[str]:
    """The terms as they were typed. Spaces part them, but not inside quotes that open a value."""
    start, is_quoted = 0, False
    for at, sign in enumerate(text):
        if sign in _QUOTES:
            opens = not is_quoted and (at == start or text[at - 1] in ":-")
            if opens or is_quoted:
                is_quoted = not is_quoted
                if is_quoted:
                    continue
                yield text[start : at + 1]
                start = at + 1
        elif sign.isspace() and not is_quoted:
            if at > start:
                yield text[start:at]
            start = at + 1
    if start < len(text):
        yield text[start:]


def _term(source: str) -> Term | None:
    """None for what holds nothing to look for."""
    negated = len(source) > 1 and source[0] in "-−"
    rest = source[1:] if negated else source
    name, colon, value = rest.partition(":")
    field = _FIELDS.get(name.casefold()) if colon else None
    value = value.strip(_QUOTES).strip()
    if field is None or not value:
        words = search_text(rest.strip(_QUOTES))
        return Term(Field.WORDS, words, negated, source) if words else None
    if field in (Field.YEAR, Field.AGE):
        return _in_range(field, value, negated, source)
    return Term(field, _value(field, value), negated, source)


def _value(field: Field, value: str) -> str:
    """Empty for a value that means nothing."""
    if field is Field.STATUS:
        return _STATUSES.get(value.casefold(), "")
    if field is Field.IS:
        return _STATES.get(value.casefold(), "")
    if field is Field.LANGUAGE:
        tag = value.casefold().replace("_", "-")
        return tag if tag.isascii() and tag.replace("-", "").isalnum() else ""
    return search_text(value)


def _in_range(field: Field, value: str, negated: bool, source: str) -> Term:
    """`2019`, `2015..2019`, `..2019`, `>2015`, `>=2015`, `<2015`, `<=2015`."""
    bounds = _bounds(value)
    if bounds is None:
        return Term(Field.WORDS, "", negated, source)
    least, most = bounds
    return Term(field, value, negated, source, least, most)


def _bounds(value: str) -> tuple[int, int] | None:
    for sign, lower, upper in ((">=", 0, None), ("<=", None, 0), (">", 1, None), ("<", None, -1)):
        if value.startswith(sign):
            number = _number(value[len(sign) :])
            if number is None:
                return None
            return (
                _LEAST if lower is None else number + lower,
                _MOST if upper is None else number + upper,
            )
    first, dots, last = value.partition("..")
    if not dots:
        number = _number(value)
        return None if number is None else (number, number)
    least = _number(first) if first else _LEAST
    most = _number(last) if last else _MOST
    return None if least is None or most is None else (least, most)


def _number(text: str) -> int | None:
    text = text.strip().removesuffix("+")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None
