"""The order of a series' chapters as one number per place, in which people read and count."""

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from app.library.text import folded, padded

type Kind = Literal["chapter", "volume", "special", "oneshot"]
type Place = tuple[int, Decimal, int, Decimal, Decimal, str]

_LAST = Decimal("Infinity")
_NUMBERED, _UNNUMBERED, _SPECIAL = range(3)
_WHOLE, _PART = range(2)


class Placed(msgspec.Struct, frozen=True):
    """What of a chapter decides where it stands."""

    kind: str
    number: Decimal | None = None
    number_end: Decimal | None = None
    volume: Decimal | None = None
    volume_end: Decimal | None = None
    language: str | None = None
    title: str | None = None


def positions(chapters: Sequence[Placed]) -> list[int]:
    """For each chapter its position, counted from 1; chapters at one place share it.

    By number; where a number occurs in two volumes, by volume and number; whole volumes before
    the loose chapters they do not cover; then what has no number; specials last.
    """
    place_of = _place_by_number
    restarts = _numbers_restart(chapters)
    if restarts or any(_is_whole_volume(chapter) for chapter in chapters):
        place_of = _Volumes(chapters, restarts=restarts).place
    places = [place_of(chapter) for chapter in chapters]
    order = {place: at for at, place in enumerate(sorted(set(places)), start=1)}
    return [order[place] for place in places]


def _place_by_number(chapter: Placed) -> Place:
    return _place(chapter, Decimal(0))


class _Volumes:
    """Places chapters among volumes; a loose one takes the volume of the next that names one."""

    def __init__(self, chapters: Sequence[Placed], *, restarts: bool) -> None:
        self.restarts = restarts
        self.volume_by_number: dict[Decimal, Decimal] = {}
        for chapter in chapters:
            if chapter.number is not None and chapter.volume is not None and _counts(chapter):
                known = self.volume_by_number.get(chapter.number, chapter.volume)
                self.volume_by_number[chapter.number] = min(known, chapter.volume)
        self.numbers = sorted(self.volume_by_number)

    def place(self, chapter: Placed) -> Place:
        if not _counts(chapter) or chapter.number is None:
            return _place(chapter, chapter.volume if chapter.volume is not None else _LAST)
        if self.restarts:
            return _place(chapter, chapter.volume if chapter.volume is not None else _LAST)
        at = bisect_left(self.numbers, chapter.number)
        is_before_a_known = at < len(self.numbers)
        volume = self.volume_by_number[self.numbers[at]] if is_before_a_known else _LAST
        return _place(chapter, volume)


def _place(chapter: Placed, volume: Decimal) -> Place:
    title = padded(folded(chapter.title or ""))
    end = chapter.number_end if chapter.number_end is not None else chapter.number
    if not _counts(chapter):
        number = _LAST if chapter.number is None else chapter.number
        return (_SPECIAL, volume, _PART, number, number, title)
    if chapter.number is not None and end is not None:
        return (_NUMBERED, volume, _PART, chapter.number, end, "")
    if chapter.volume is not None:
        last = chapter.volume_end if chapter.volume_end is not None else chapter.volume
        return (_NUMBERED, chapter.volume, _WHOLE, last, last, "")
    return (_UNNUMBERED, _LAST, _PART, _LAST, _LAST, title)


def _counts(chapter: Placed) -> bool:
    return chapter.kind != "special"


def _is_whole_volume(chapter: Placed) -> bool:
    return _counts(chapter) and chapter.number is None and chapter.volume is not None


def _numbers_restart(chapters: Sequence[Placed]) -> bool:
    # Two languages may cut one story into volumes differently: that is not a second count.
    seen: dict[tuple[Decimal, str | None], Decimal] = {}
    for chapter in chapters:
        if chapter.number is not None and chapter.volume is not None and _counts(chapter):
            place = (chapter.number, chapter.language)
            if seen.setdefault(place, chapter.volume) != chapter.volume:
                return True
    return False
