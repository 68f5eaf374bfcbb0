"""Numbers of chapters and volumes as text, which they are everywhere."""

import re
from decimal import Decimal

LARGEST_CHAPTER = Decimal(999_999)
LARGEST_VOLUME = Decimal(99_999)
MOST_PAGES = 100_000
_NUMBER = re.compile(r"0*(\d{1,6})(?:\.(\d{1,3}))?", re.ASCII)
_CHAPTER = re.compile(r"(?:\b(?:ch(?:apter|ap)?|c|no)\.?\s*|#)(\d+(?:\.\d+)?)", re.IGNORECASE)
_FIRST = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:$|[-–—:.]\s)")
_VOLUME = re.compile(r"\bv(?:ol(?:ume)?)?\.?\s*(\d+(?:\.\d+)?)", re.IGNORECASE)


def number_in(text: str | None, largest: Decimal = LARGEST_CHAPTER) -> Decimal | None:
    """12, 12.5 and 012 are numbers; Extra, 12a and 1e9 are not."""
    found = _NUMBER.fullmatch((text or "").strip())
    if found is None:
        return None
    number = Decimal(found[1] if found[2] is None else f"{found[1]}.{found[2]}")
    return number if number <= largest else None


def pages_in(count: int | None) -> int | None:
    """How many it has, where that is said and possible."""
    return count if count is not None and 0 < count <= MOST_PAGES else None


def chapter_in_title(title: str) -> str:
    """ "Chapter 12.5", "#3", "7 - A title"; nothing of what only looks like a number."""
    found = _CHAPTER.search(title) or _FIRST.match(title)
    return found[1] if found else ""


def volume_in_title(title: str) -> Decimal | None:
    """ "Iron Lantern v03", "Vol. 3"."""
    found = _VOLUME.search(title)
    return number_in(found[1], LARGEST_VOLUME) if found else None
