"""What a search of MangaDex may be narrowed by, and how it is asked for that."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.providers.base import Filter, FilterChoice, FilterKind
from app.providers.drivers.mangadex_wire import Tag, tag_name
from app.providers.languages import from_mangadex, to_mangadex

ORDERS = {
    "updated": ("latestUploadedChapter", "desc"),
    "added": ("createdAt", "desc"),
    "followed": ("followedCount", "desc"),
    "rated": ("rating", "desc"),
    "title": ("title", "asc"),
    "newest": ("year", "desc"),
    "oldest": ("year", "asc"),
}
STATUSES = ("ongoing", "completed", "hiatus", "cancelled")
READERS = ("shounen", "shoujo", "seinen", "josei", "none")
RATINGS = ("safe", "suggestive", "erotica", "pornographic")
ORIGINALS = ("ja", "ko", "zh", "zh-hk", "en", "fr", "es", "es-la", "pt-br", "it", "de", "ru", "id",
             "th", "vi", "pl", "tr")  # fmt: skip
"""What is on MangaDex was mostly written in these."""
YEARS = range(1800, 2200)


def filters_of(tags: Sequence[Tag], ratings: Sequence[str]) -> list[Filter]:
    """`ratings` are those that the owner lets it find."""
    named = sorted(
        (FilterChoice(tag.id, tag_name(tag), tag.attributes.group or "") for tag in tags),
        key=lambda one: (one.group, one.label.casefold()),
    )
    languages = [FilterChoice(tag) for code in ORIGINALS if (tag := from_mangadex(code))]
    found = [
        Filter(name="order", choices=_plain(["usual", *ORDERS]), is_one=True),
        Filter(name="status", choices=_plain(STATUSES)),
        Filter(name="tag", choices=named),
        Filter(name="tag_mode", choices=_plain(("all", "any")), is_one=True),
        Filter(name="without_tag", choices=named),
        Filter(name="original_language", kind=FilterKind.LANGUAGES, choices=languages),
        Filter(name="readers", choices=_plain(READERS)),
        Filter(name="rating", choices=_plain(one for one in RATINGS if one in ratings)),
        Filter(name="year", kind=FilterKind.YEAR),
    ]
    return [one for one in found if one.choices or one.kind is FilterKind.YEAR]


def asked_with(filters: Mapping[str, Sequence[str]], ratings: Sequence[str]) -> dict[str, Any]:
    """As its interface has it. What it does not know is as if not said."""

    def chosen(name: str, known: Sequence[str]) -> list[str]:
        return [one for one in filters.get(name, ()) if one in known]

    languages = [to_mangadex(one) for one in filters.get("original_language", ())]
    asked: dict[str, Any] = {
        "status[]": chosen("status", STATUSES),
        "publicationDemographic[]": chosen("readers", READERS),
        "contentRating[]": chosen("rating", ratings) or list(ratings),
        "originalLanguage[]": [one for one in languages if one in ORIGINALS],
        "includedTags[]": _ids(filters.get("tag", ())),
        "excludedTags[]": _ids(filters.get("without_tag", ())),
        "year": next((one for one in filters.get("year", ()) if _is_year(one)), None),
    }
    if asked["includedTags[]"] and chosen("tag_mode", ("any",)):
        asked["includedTagsMode"] = "OR"
    return asked


def order_in(filters: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return next((order_of(one) for one in filters.get("order", ()) if one in ORDERS), {})


def order_of(name: str) -> dict[str, str]:
    field, direction = ORDERS[name]
    return {f"order[{field}]": direction}


def _plain(values: Iterable[str]) -> list[FilterChoice]:
    return [FilterChoice(one) for one in values]


def _ids(values: Sequence[str]) -> list[str]:
    return [one for one in values if _is_id(one)]


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:6]) in YEARS
