"""Numbers of chapters and volumes as text, which they are everywhere."""

import re
from decimal import Decimal

LARGEST_CHAPTER = Decimal(999_999)
LARGEST_VOLUME = Decimal(99_999)
_NUMBER = re.compile(r"0*(\d{1,6})(?:\.(\d{1,3}))?", re.ASCII)


def number_in(text: str | None, largest: Decimal = LARGEST_CHAPTER) -> Decimal | None:
    """12, 12.5 and 012 are numbers; Extra, 12a and 1e9 are not."""
    found = _NUMBER.fullmatch((text or "").strip())
    if found is None:
        return None
    number = Decimal(found[1] if found[2] is None else f"{found[1]}.{found[2]}")
    return number if number <= largest else None
