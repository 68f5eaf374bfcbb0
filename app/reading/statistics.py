"""What somebody's history adds up to: days, streaks, genres, series. For their own eyes only."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Chapter, Series, SeriesTag, Tag, TagKind
from app.library.queries import visible_to
from app.reading.addresses import cover_url, cover_version_column
from app.reading.models import ReadingDay

GENRES = 8
FAVOURITES = 6


class DaySum(msgspec.Struct, frozen=True):
    day: date
    pages: int
    seconds: int
    chapters: int
    """Finished that day."""


class Sums(msgspec.Struct, frozen=True):
    pages: int = 0
    seconds: int = 0
    chapters: int = 0
    days: int = 0


class Streaks(msgspec.Struct, frozen=True):
    """Days in a row with something read. The present one still counts the day after."""

    present: int = 0
    longest: int = 0


class Genre(msgspec.Struct, frozen=True):
    name: str
    pages: int


class Favourite(msgspec.Struct, frozen=True):
    """A series that much was read of."""

    id: UUID
    title: str
    language: str | None
    pages: int
    cover_version: str | None

    @property
    def cover(self) -> str:
        return cover_url(self.id, self.cover_version) if self.cover_version else ""


async def days_of(session: AsyncSession, person: User) -> list[DaySum]:
    """Every day with something read, the first one first: at most 366 rows a year."""
    finished = func.count().filter(ReadingDay.is_finished)
    rows = await session.execute(
        _read_by(
            person,
            ReadingDay.day,
            func.sum(ReadingDay.pages),
            func.sum(ReadingDay.seconds),
            finished,
        )
        .group_by(ReadingDay.day)
        .order_by(ReadingDay.day)
    )
    return [DaySum(*row) for row in rows]


async def genres_of(session: AsyncSession, person: User, year: int) -> list[Genre]:
    """The genres most pages of that year were read in; a series of two counts in both."""
    pages = func.sum(ReadingDay.pages)
    rows = await session.execute(
        _read_by(person, Tag.name, pages)
        .join(SeriesTag, SeriesTag.series_id == Series.id)
        .join(Tag, Tag.id == SeriesTag.tag_id)
        .where(Tag.kind == TagKind.GENRE, _in_year(year))
        .group_by(Tag.name)
        .having(pages > 0)
        .order_by(pages.desc(), Tag.name)
        .limit(GENRES)
    )
    return [Genre(*row) for row in rows]


async def favourites_of(session: AsyncSession, person: User, year: int) -> list[Favourite]:
    """The series most pages of that year were read of."""
    pages = func.sum(ReadingDay.pages)
    rows = await session.execute(
        _read_by(person, Series.id, Series.title, Series.language, pages, cover_version_column())
        .where(_in_year(year))
        .group_by(Series.id)
        .having(pages > 0)
        .order_by(pages.desc(), Series.id)
        .limit(FAVOURITES)
    )
    return [Favourite(*row) for row in rows]


def sums_of(days: Sequence[DaySum]) -> Sums:
    return Sums(
        pages=sum(day.pages for day in days),
        seconds=sum(day.seconds for day in days),
        chapters=sum(day.chapters for day in days),
        days=len(days),
    )


def months_of(days: Sequence[DaySum]) -> list[tuple[date, Sums]]:
    """(first of the month, its sums), for the months with something read."""
    months = groupby(days, key=lambda each: each.day.replace(day=1))
    return [(first, sums_of(list(inside))) for first, inside in months]


def streaks_of(days: Sequence[date], today: date) -> Streaks:
    """`days` in order, each once."""
    if not days:
        return Streaks()
    lengths = [1]
    for before, day in pairwise(days):
        if day - before == timedelta(days=1):
            lengths[-1] += 1
        else:
            lengths.append(1)
    is_going_on = days[-1] >= today - timedelta(days=1)
    return Streaks(present=lengths[-1] if is_going_on else 0, longest=max(lengths))


def _read_by(person: User, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(ReadingDay)
        .join(Chapter, Chapter.id == ReadingDay.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .where(ReadingDay.user_id == person.id, ReadingDay.removed_at.is_(None), visible_to(person))
    )


def _in_year(year: int) -> ColumnElement[bool]:
    return ReadingDay.day.between(date(year, 1, 1), date(year, 12, 31))
