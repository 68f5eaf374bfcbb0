"""Many sources, one series: the higher source wins, a person's word is never touched.

From low to high: folder name, file name, a sidecar of the folder, the files' own ComicInfo, a
provider's metadata chosen by a person, the person's edit. Books of one series vote: the most
frequent value counts, lists are united.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from app.metadata.facts import Credit, OtherTitle, SeriesFacts, unique

FOLDER, FILE_NAME, SIDECAR, COMICINFO = "folder_name", "file_name", "sidecar", "comicinfo"
PROVIDER, PERSON = "provider", "person"
AUTO = "auto"
"""Seen in the pages themselves (a long strip); any word about it counts more."""
SIDECARS_LOW_TO_HIGH = ("details.json", "comicinfo.xml", "series.json")
_ABOVE_FILES = frozenset((PROVIDER, PERSON))
_LISTS = ("links", "other_titles", "creators", "genres", "tags")
FIELDS = tuple(SeriesFacts.__struct_fields__)
"""What a scan may set on a series, by name; also the names in `locked_fields` and `sources`."""


class Merged(msgspec.Struct):
    """The fields a scan may write, with their new values, and the new `sources`."""

    values: dict[str, Any]
    sources: dict[str, Any]


type Voices = list[tuple[str, SeriesFacts]]


def voices(
    *,
    folder_title: str,
    file_title: str | None,
    sidecars: dict[str, Any],
    books: Sequence[SeriesFacts],
) -> Voices:
    """What folder and files say, from low to high. `sidecars` as `Series` keeps them."""
    return [
        (FOLDER, SeriesFacts(title=folder_title or None)),
        (FILE_NAME, SeriesFacts(title=file_title)),
        *(
            (SIDECAR, msgspec.convert(sidecars[name][2], SeriesFacts))
            for name in SIDECARS_LOW_TO_HIGH
            if name in sidecars
        ),
        (COMICINFO, facts_of_books(books)),
    ]


def origin_of(source: object) -> str:
    """The kind of a source: a person's is kept as {origin, by, name, at}, others as a word."""
    return str(source.get("origin", "")) if isinstance(source, dict) else str(source)


def merged(
    by_source: Sequence[tuple[str, SeriesFacts]],
    *,
    locked: Iterable[str] = (),
    sources: dict[str, Any] | None = None,
) -> Merged:
    """`by_source` runs from low to high. Fields that are locked, or came from a provider or a
    person (`sources`), are not among the answer's values."""
    known = sources or {}
    kept = {name: known[name] for name in known if origin_of(known[name]) in _ABOVE_FILES}
    closed = {*locked, *kept}
    values: dict[str, Any] = {}
    origins: dict[str, Any] = {name: known[name] for name in known if name in closed}
    for field in FIELDS:
        if field in closed:
            continue
        values[field] = [] if field in _LISTS else None
        for source, facts in by_source:
            value = getattr(facts, field)
            if value is not None and value != []:
                values[field], origins[field] = value, source
    if known.get("direction") == AUTO and values.get("direction", "") is None:
        del values["direction"]
        origins["direction"] = AUTO
    return Merged(values, origins)


def facts_of_books(books: Sequence[SeriesFacts]) -> SeriesFacts:
    """One voice for all the books of a series, given in reading order."""
    years = [book.year for book in books if book.year is not None]
    # One adult book makes the series one: an age limit must hold for all of it.
    ages = [book.age_rating for book in books if book.age_rating is not None]
    return SeriesFacts(
        title=most_frequent(book.title for book in books),
        sort_title=most_frequent(book.sort_title for book in books),
        summary=most_frequent(book.summary for book in books),
        status=most_frequent(book.status for book in books),
        year=min(years, default=None),
        language=most_frequent(book.language for book in books),
        publisher=most_frequent(book.publisher for book in books),
        age_rating=max(ages, default=None),
        direction=most_frequent(book.direction for book in books),
        total_chapters=most_frequent(book.total_chapters for book in books),
        links=unique(_joined(book.links for book in books)),
        other_titles=_united_titles(_joined(book.other_titles for book in books)),
        creators=_united_credits(_joined(book.creators for book in books)),
        genres=unique(_joined(book.genres for book in books)),
        tags=unique(_joined(book.tags for book in books)),
    )


def most_frequent[T](values: Iterable[T | None]) -> T | None:
    """The first of the most frequent, in the order given."""
    counted = Counter(value for value in values if value is not None)
    return counted.most_common(1)[0][0] if counted else None


def _joined[T](lists: Iterable[list[T]]) -> Iterable[T]:
    return (item for items in lists for item in items)


def _united_titles(titles: Iterable[OtherTitle]) -> list[OtherTitle]:
    return list({(title.kind, title.title.casefold()): title for title in titles}.values())


def _united_credits(credits_: Iterable[Credit]) -> list[Credit]:
    found: dict[tuple[str, str], Credit] = {}
    for credit in credits_:
        found.setdefault((credit.role, credit.name.casefold()), credit)
    return list(found.values())
