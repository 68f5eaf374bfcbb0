"""What an entry of a catalogue is here: a chapter with its number."""

import re

from app.providers.base import RemoteChapter
from app.providers.drivers.opds_feeds import Entry
from app.providers.numbers import LARGEST_VOLUME, number_in

OTHER_FORMAT = "The catalogue hands it out only in a format that Bunko does not read."
NOTHING = "The catalogue offers nothing of it that Bunko can read."
_NUMBER = re.compile(r"(?:\b(?:ch(?:apter|ap)?|c|no)\.?\s*|#)(\d+(?:\.\d+)?)", re.IGNORECASE)
_FIRST = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:$|[-–—:.]\s)")
_VOLUME = re.compile(r"\bv(?:ol(?:ume)?)?\.?\s*(\d+(?:\.\d+)?)", re.IGNORECASE)


def chapter_of(entry: Entry, series_id: str) -> RemoteChapter:
    number = entry.number or number_of(entry.title)
    volume = _VOLUME.search(entry.title)
    return RemoteChapter(
        remote_id=f"{series_id}#{entry.id}",
        number_text=number,
        number=number_in(number),
        volume=number_in(volume[1], LARGEST_VOLUME) if volume else None,
        title=entry.title,
        language=next(iter(entry.languages), None),
        published_at=entry.published or entry.updated,
        page_count=entry.page_count,
        why_not=why_not(entry),
    )


def why_not(entry: Entry) -> str | None:
    if entry.stream or entry.manifest or entry.archive:
        return None
    return OTHER_FORMAT if entry.files else NOTHING


def number_of(title: str) -> str:
    """ "Chapter 12.5", "#3", "7 - A title"; nothing of what only looks like a number."""
    found = _NUMBER.search(title) or _FIRST.match(title)
    return found[1] if found else ""
