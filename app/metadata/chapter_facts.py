"""What one file says of its chapter: its ComicInfo first, then its name, then its folder's part."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from app.metadata.comicinfo import ComicInfo
from app.metadata.folders import shown
from app.metadata.merge import COMICINFO, FILE_NAME, FOLDER
from app.metadata.name_tokens import plain_number
from app.metadata.naming import ParsedName

SERIES = "series"
"""Kept like a field, by who puts a chapter into another series, but chosen on its own screen."""


class Span(msgspec.Struct, frozen=True):
    """12, or 1 to 8; `text` as its source wrote it."""

    first: Decimal
    last: Decimal | None = None
    text: str | None = None


class ChapterFacts(msgspec.Struct, frozen=True):
    title: str | None = None
    number: Span | None = None
    volume: Span | None = None
    kind: str = "chapter"
    language: str | None = None
    groups: list[str] = []
    released_on: date | None = None


def facts_of_file(
    path: bytes, name: ParsedName, part: ParsedName | None, info: ComicInfo | None
) -> ChapterFacts:
    """`part` is what the name of a folder such as "Volume 1" says, between the series' and the file."""
    number, volume = _number(name, info), _volume(name, part, info)
    title = (info.title if info else None) or name.title
    if title is None and number is None and volume is None:
        # Nothing else tells such files of one folder apart.
        title = shown(path.rpartition(b"/")[2]).rpartition(".")[0] or None
    return ChapterFacts(
        title=title,
        number=number,
        volume=volume,
        kind=_kind(name, part, info, number, volume),
        language=(info.language if info else None) or name.language,
        groups=_groups(name, info),
        released_on=info.released_on if info else None,
    )


def sources_of_file(
    said: ChapterFacts, name: ParsedName, part: ParsedName | None, info: ComicInfo | None
) -> dict[str, str]:
    """For each field with a value, which of them said it."""
    from_name = facts_of_file(b"", name, part, None)
    found = {
        field: COMICINFO if info and _says(info, field, name) else FILE_NAME
        for field in ChapterFacts.__struct_fields__
        if getattr(said, field) not in (None, [])
    }
    if from_name.volume and name.volume is None and found.get("volume") == FILE_NAME:
        found["volume"] = FOLDER
    return found


def columns_of(field: str, value: Any) -> dict[str, Any]:
    """The columns of a chapter that hold a field."""
    if field == "number":
        found: Span | None = value
        if found is None:
            return {"number": None, "number_end": None, "number_text": None}
        text = found.text or plain_number(found.first)
        return {"number": found.first, "number_end": found.last, "number_text": text}
    if field == "volume":
        whole: Span | None = value
        return {
            "volume": whole.first if whole else None,
            "volume_end": whole.last if whole else None,
        }
    return {field: value}


def _number(name: ParsedName, info: ComicInfo | None) -> Span | None:
    if info is not None and info.number is not None:
        text = info.number_text or plain_number(info.number)
        return Span(info.number, info.number_end, text)
    if name.number is None:
        return None
    return Span(name.number, name.number_end, name.number_text)


def _volume(name: ParsedName, part: ParsedName | None, info: ComicInfo | None) -> Span | None:
    if info is not None and info.volume is not None:
        return Span(info.volume)
    if name.volume is not None:
        return Span(name.volume, name.volume_end)
    return Span(part.volume) if part and part.volume is not None else None


def _kind(
    name: ParsedName,
    part: ParsedName | None,
    info: ComicInfo | None,
    number: Span | None,
    volume: Span | None,
) -> str:
    said = info.kind if info else None
    if said is None and "special" in (name.kind, part and part.kind):
        said = "special"
    if said is not None:
        return said
    if number is not None:
        return "chapter"
    return "volume" if volume is not None else "oneshot"


def _groups(name: ParsedName, info: ComicInfo | None) -> list[str]:
    named = list(name.groups)
    if named or info is None:
        return named
    # Mihon keeps the scanlator in Translator.
    return [credit.name for credit in info.facts.creators if credit.role == "translator"][:5]


def _says(info: ComicInfo, field: str, name: ParsedName) -> bool:
    if field == "groups":
        return not name.groups
    return getattr(info, field) is not None
