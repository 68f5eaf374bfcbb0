"""The fields of a chapter that a person may edit, as text in a form and as values."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from app.errors import Invalid
from app.foundation.web.i18n import _
from app.library.models import ChapterKind
from app.library.words import span
from app.metadata.chapter_facts import ChapterFacts, Span
from app.metadata.facts import line
from app.metadata.fields import Field, Fields, names_text, one_of, plain_text, read_language
from app.metadata.fields import read_names as read_groups
from app.metadata.name_tokens import MOST_NUMBER, MOST_VOLUME

_SPAN = re.compile(
    r"(-?\d{1,9}(?:[.,]\d{1,9})?)(?:\s*[-–—]\s*(\d{1,9}(?:[.,]\d{1,9})?))?\Z", re.ASCII
)
FIRST_DAY = date(1800, 1, 1)


def _span_text(value: Span | None) -> str:
    return span(value.first, value.last) if value else ""


def _span(most: Decimal, places: int) -> Callable[[str], Span | None]:
    smallest = Decimal(1).scaleb(-places)

    def read(text: str) -> Span | None:
        if not text.strip():
            return None
        found = _SPAN.match(text.strip())
        if found is None:
            raise Invalid("Enter a number such as 12 or 12.5, or a range such as 1–8.")
        numbers = [Decimal(part.replace(",", ".")) for part in found.groups() if part]
        if any(abs(number) >= most or number % smallest for number in numbers):
            raise Invalid("This number is too large, or has too many decimal places.")
        if numbers != sorted(set(numbers)):
            raise Invalid("A range begins with its smaller number.")
        return Span(numbers[0], numbers[1] if len(numbers) > 1 else None)

    return read


def _kind(text: str) -> str:
    found = one_of(ChapterKind)(text)
    if found is None:
        raise Invalid("Choose one of the options.")
    return found


def _day_text(value: date | None) -> str:
    return value.isoformat() if value else ""


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid("Write the day as 2024-03-31.") from error
    if found < FIRST_DAY:
        raise Invalid("Write the day as 2024-03-31.")
    return found


FIELDS: Fields = {
    "title": Field(plain_text, line),
    "number": Field(_span_text, _span(MOST_NUMBER, 3)),
    "volume": Field(_span_text, _span(MOST_VOLUME, 2)),
    "kind": Field(plain_text, _kind),
    "language": Field(plain_text, read_language),
    "groups": Field(names_text, read_groups),
    "released_on": Field(_day_text, _day),
}
assert set(FIELDS) == set(ChapterFacts.__struct_fields__)


def labels() -> dict[str, str]:
    return {
        "title": _("Title"),
        "number": _("Number"),
        "volume": _("Volume"),
        "kind": _("Kind"),
        "language": _("Language"),
        "groups": _("Translated or scanned by"),
        "released_on": _("Released on"),
    }
