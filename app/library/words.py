"""What chapters, volumes and states of a series are called on screens."""

from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from app.foundation.web.i18n import _, current_language
from app.library.models import ChapterKind, Direction, SeriesStatus


class Named(Protocol):
    """A row of chapter columns, or a Chapter."""

    @property
    def kind(self) -> ChapterKind: ...
    @property
    def number(self) -> Decimal | None: ...
    @property
    def number_end(self) -> Decimal | None: ...
    @property
    def volume(self) -> Decimal | None: ...
    @property
    def volume_end(self) -> Decimal | None: ...


def chapter_name(chapter: Named) -> str:
    """Short, as in lists and bars: "Ch. 12.5", "Vol. 3", "Ch. 1–8", "Special", "One-shot"."""
    if chapter.number is not None and chapter.kind is not ChapterKind.SPECIAL:
        return _("Ch. %(number)s", number=span(chapter.number, chapter.number_end))
    if chapter.kind is ChapterKind.SPECIAL:
        if chapter.number is None:
            return _("Special")
        return _("Special %(number)s", number=span(chapter.number, chapter.number_end))
    if chapter.kind is ChapterKind.ONESHOT:
        return _("One-shot")
    if chapter.volume is not None:
        return _("Vol. %(number)s", number=span(chapter.volume, chapter.volume_end))
    return _("Chapter")


def kind_name(kind: ChapterKind) -> str:
    return {
        ChapterKind.CHAPTER: _("Chapter"),
        ChapterKind.VOLUME: _("Whole volume"),
        ChapterKind.SPECIAL: _("Special"),
        ChapterKind.ONESHOT: _("One-shot"),
    }[kind]


def volume_name(volume: Decimal) -> str:
    return _("Volume %(number)s", number=plain(volume))


def span(first: Decimal, last: Decimal | None) -> str:
    """ "12", or "1–8" for a range."""
    if last is None or last == first:
        return plain(first)
    return f"{plain(first)}–{plain(last)}"


def plain(number: Decimal) -> str:
    """Without trailing zeros and exponents: 12.500 is 12.5, 12.000 is 12."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def status_name(status: SeriesStatus) -> str:
    return {
        SeriesStatus.ONGOING: _("Ongoing"),
        SeriesStatus.COMPLETED: _("Completed"),
        SeriesStatus.HIATUS: _("On hiatus"),
        SeriesStatus.CANCELLED: _("Cancelled"),
    }[status]


def direction_name(direction: Direction) -> str:
    return {
        Direction.RIGHT_TO_LEFT: _("Right to left"),
        Direction.LEFT_TO_RIGHT: _("Left to right"),
        Direction.VERTICAL: _("Top to bottom"),
        Direction.WEBTOON: _("Long strip"),
    }[direction]


def language_name(code: str) -> str:
    """ "Japanese" to somebody who reads English; the code itself where nobody knows it."""
    return _language_name(code, current_language())


@lru_cache(maxsize=256)
def _language_name(code: str, reader: str) -> str:
    # Only screens that name languages need it.
    from babel.core import Locale, UnknownLocaleError

    try:
        name = Locale.parse(code, sep="-").get_display_name(reader.partition("-")[0])
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:] if name else code
