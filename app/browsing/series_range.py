"""A part of a series: from one chapter or volume to another, as people write it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, func

from app.browsing.series_volumes import is_in_volume
from app.library.models import Chapter, ChapterKind
from app.library.words import plain

_NUMBER = re.compile(r"[0-9]{1,5}(?:[.,][0-9]{1,3})?")
NO_VOLUME = "none"


class Of(StrEnum):
    CHAPTER = "chapter"
    VOLUME = "volume"


class SeriesRange(msgspec.Struct, frozen=True):
    """Both ends belong to it; an open end reaches as far as there is anything."""

    of: Of = Of.CHAPTER
    first: Decimal | None = None
    last: Decimal | None = None

    @property
    def is_everything(self) -> bool:
        return self.first is None and self.last is None

    @property
    def is_upside_down(self) -> bool:
        return self.first is not None and self.last is not None and self.first > self.last

    def condition(self) -> ColumnElement[bool]:
        """A chapter that is a range itself belongs to it when all of it does."""
        columns = (Chapter.number, Chapter.number_end)
        if self.of is Of.VOLUME:
            columns = (Chapter.volume, Chapter.volume_end)
        begin, end = columns
        inside: list[ColumnElement[bool]] = [begin.is_not(None)]
        if self.of is Of.CHAPTER:
            inside.append(Chapter.kind != ChapterKind.SPECIAL)
        if self.first is not None:
            inside.append(begin >= self.first)
        if self.last is not None:
            inside.append(func.coalesce(end, begin) <= self.last)
        return and_(*inside)

    def words(self) -> str:
        """ "3", "12–30", "12–", for a file's name or a sentence."""
        first, last = (plain(one) if one is not None else "" for one in (self.first, self.last))
        return first if first == last else f"{first}–{last}"


def number_of(text: str) -> Decimal | None:
    """None for what is no number of a chapter or volume."""
    clean = text.strip()
    return Decimal(clean.replace(",", ".")) if _NUMBER.fullmatch(clean) else None


def part_in_address(
    series_id: UUID, said: Mapping[str, str]
) -> tuple[list[ColumnElement[bool]], str] | None:
    """What `?volume=3`, `?volume=none` or `?of=chapter&first=12&last=30` leaves of a series, and its
    words; everything without any of them. None where an address makes no sense."""
    volume = said.get("volume")
    if volume == NO_VOLUME:
        return [Chapter.volume.is_(None)], ""
    if volume is not None:
        number = number_of(volume)
        if number is None:
            return None
        return [is_in_volume(series_id, number)], plain(number)
    ends = {name: number_of(said[name]) for name in ("first", "last") if said.get(name)}
    if None in ends.values() or said.get("of", Of.CHAPTER) not in tuple(Of):
        return None
    part = SeriesRange(Of(said.get("of", Of.CHAPTER)), ends.get("first"), ends.get("last"))
    return ([], "") if part.is_everything else ([part.condition()], part.words())
