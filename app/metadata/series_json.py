"""Files beside the chapters that describe the whole series: Mylar's series.json, Mihon's
details.json, and a ComicInfo.xml in the folder."""

import re
from collections.abc import Callable

import msgspec

from app.foundation.security.xml import BadXml
from app.metadata.comicinfo import parse_comicinfo
from app.metadata.facts import Credit, SeriesFacts, line, paragraphs, unique, web_links

MOST_BYTES = 1024 * 1024
_STATUSES = {"ended": "completed", "continuing": "ongoing"}
_MIHON_STATUSES = {
    **{"1": "ongoing", "2": "completed", "4": "completed", "5": "cancelled", "6": "hiatus"},
}
_AGE = re.compile(r"([0-9]{1,2})\+?\Z")
_AGES = {"all": 0, "adult": 18}


class BadSidecar(ValueError):
    """The file cannot be understood; the text is for a person."""


def parse_sidecar(name: str, data: bytes) -> SeriesFacts:
    """By the name of the file, one of `SIDECARS`. Raises BadSidecar."""
    if len(data) > MOST_BYTES:
        raise BadSidecar("It is larger than 1 MB.")
    try:
        return SIDECARS[name](data)
    except BadXml as error:
        raise BadSidecar(str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadSidecar("It is not well-formed JSON.") from error


def parse_series_json(data: bytes) -> SeriesFacts:
    """Mylar's schema 1.0.x; older files hold a list of one, and other names for a few keys."""
    outer = _table(msgspec.json.decode(data))
    inner = outer.get("metadata", outer)
    table = _table(inner[0] if isinstance(inner, list) and inner else inner)
    title = line(_text(table, "name"))
    volume, year = _whole(table, "volume"), _whole(table, "year")
    if title and year and volume not in (None, 1):
        title = f"{title} ({year})"
    summary = _text(table, "description_formatted") or _text(table, "description_text")
    total = _whole(table, "total_issues")
    return SeriesFacts(
        title=title,
        summary=paragraphs(summary or _text(table, "description")),
        status=_STATUSES.get((_text(table, "status") or "").lower()),
        year=year if year and 1800 < year < 2200 else None,
        publisher=line(_text(table, "publisher")),
        age_rating=_age(_text(table, "age_rating")),
        total_chapters=total if total and 0 < total < 1_000_000 else None,
    )


def parse_details_json(data: bytes) -> SeriesFacts:
    """Mihon's older description of a local series."""
    table = _table(msgspec.json.decode(data))
    genres = table.get("genre")
    named = [("author", "writer"), ("artist", "penciller")]
    status = table.get("status")
    return SeriesFacts(
        title=line(_text(table, "title")),
        summary=paragraphs(_text(table, "description")),
        status=_MIHON_STATUSES.get(str(status)),
        creators=[Credit(name, role) for key, role in named if (name := line(_text(table, key)))],
        genres=unique(
            name
            for genre in (genres if isinstance(genres, list) else [])
            if isinstance(genre, str) and (name := line(genre))
        ),
        links=web_links(_text(table, "url")),
    )


def parse_folder_comicinfo(data: bytes) -> SeriesFacts:
    """A ComicInfo.xml that lies in the series folder speaks of the series alone."""
    return parse_comicinfo(data).facts


SIDECARS: dict[str, Callable[[bytes], SeriesFacts]] = {
    "series.json": parse_series_json,
    "details.json": parse_details_json,
    "comicinfo.xml": parse_folder_comicinfo,
}
"""By name in lower case."""


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadSidecar("It is not a description of a series.")
    return value


def _text(table: dict[str, object], key: str) -> str | None:
    value = table.get(key)
    return value if isinstance(value, str) else None


def _whole(table: dict[str, object], key: str) -> int | None:
    value = table.get(key)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _age(text: str | None) -> int | None:
    lower = (text or "").strip().lower()
    match = _AGE.match(lower)
    return int(match[1]) if match else _AGES.get(lower)
