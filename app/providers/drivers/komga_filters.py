"""What the lists of a Komga may be narrowed by, and how it is asked for that."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.foundation.security.text import clean_line
from app.library.models import SeriesStatus
from app.providers.base import Filter, FilterChoice, FilterKind

STATUS = {
    "ENDED": SeriesStatus.COMPLETED,
    "ONGOING": SeriesStatus.ONGOING,
    "ABANDONED": SeriesStatus.CANCELLED,
    "HIATUS": SeriesStatus.HIATUS,
}
ORDERS = {
    "updated": "lastModifiedDate,desc",
    "added": "createdDate,desc",
    "title": "metadata.titleSort,asc",
    "newest": "booksMetadata.releaseDate,desc",
    "oldest": "booksMetadata.releaseDate,asc",
}
MOST, LINE = 400, 200


def filters_of(
    libraries: Mapping[str, str], genres: Sequence[str], tags: Sequence[str]
) -> list[Filter]:
    """`libraries` by id."""
    named = [FilterChoice(id, clean_line(name, LINE)) for id, name in libraries.items()]
    orders = [FilterChoice(one) for one in ("usual", *ORDERS)]
    found = [
        Filter(name="order", choices=orders, is_one=True),
        Filter(name="library", choices=named[:MOST] if len(named) > 1 else ()),
        Filter(name="status", choices=[FilterChoice(one) for one in STATUS.values()]),
        Filter(name="genre", choices=_named(genres)),
        Filter(name="tag", choices=_named(tags)),
        Filter(name="year", kind=FilterKind.YEAR),
    ]
    return [one for one in found if one.choices or one.kind is FilterKind.YEAR]


def asked_with(filters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """As its interface has it. What it does not know is as if not said."""
    known = {str(ours): theirs for theirs, ours in STATUS.items()}
    years = [one for one in filters.get("year", ()) if one.isascii() and one.isdigit()]
    asked: dict[str, Any] = {
        "status": [known[one] for one in filters.get("status", ()) if one in known],
        "genre": list(filters.get("genre", ())),
        "tag": list(filters.get("tag", ())),
        "release_year": [one for one in years if len(one) == 4],
        "sort": [ORDERS[one] for one in filters.get("order", ()) if one in ORDERS][:1],
    }
    return {name: value for name, value in asked.items() if value}


def _named(words: Sequence[str]) -> list[FilterChoice]:
    return [FilterChoice(word, clean_line(word, LINE)) for word in words[:MOST] if word.strip()]
