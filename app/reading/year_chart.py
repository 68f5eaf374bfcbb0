"""A year as two pictures: a square per day, a column per week, darker where more was read. No I/O.

Half a year is as wide as a phone; where there is room both stand side by side.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from app.reading.statistics import DaySum

STEP = 11
SQUARE = 9
HEAD = 16
LEVELS = 4


class Square(msgspec.Struct, frozen=True):
    """`level` 0 is a day without reading, 4 one of the fullest quarter of the year's days."""

    day: date
    x: int
    y: int
    level: int
    pages: int


class MonthMark(msgspec.Struct, frozen=True):
    first: date
    x: int


class HalfYear(msgspec.Struct, frozen=True):
    """Lengths in the units of the picture."""

    width: int
    height: int
    side: int
    squares: list[Square]
    months: list[MonthMark]


def half_years(year: int, days: Sequence[DaySum]) -> list[HalfYear]:
    """`days` of that year; weeks begin on Monday."""
    pages = {day.day: day.pages for day in days}
    steps = _steps(sorted(count for count in pages.values() if count))
    first, middle, end = date(year, 1, 1), date(year, 7, 1), date(year + 1, 1, 1)
    return [_chart(*half, pages, steps) for half in ((first, middle), (middle, end))]


def _chart(first: date, end: date, pages: Mapping[date, int], steps: Sequence[int]) -> HalfYear:
    squares, months = [], []
    for at in range((end - first).days):
        day = first + timedelta(days=at)
        x = (at + first.weekday()) // 7 * STEP
        read = pages.get(day, 0)
        squares.append(Square(day, x, HEAD + day.weekday() * STEP, _level(read, steps), read))
        if day.day == 1:
            months.append(MonthMark(day, x))
    return HalfYear(
        width=squares[-1].x + SQUARE,
        height=HEAD + 7 * STEP,
        side=SQUARE,
        squares=squares,
        months=months,
    )


def _steps(counts: list[int]) -> list[int]:
    """The counts above which a day is of the next level: quarters of the days with reading."""
    return [counts[len(counts) * part // LEVELS] for part in range(1, LEVELS)] if counts else []


def _level(pages: int, steps: Sequence[int]) -> int:
    if not pages:
        return 0
    return 1 + sum(pages > step for step in steps)
