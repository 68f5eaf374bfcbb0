"""Series that a query finds, in one statement of bounded work."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Subquery, Text, Uuid, bindparam, case, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.grams import is_unspaced
from app.library.models import Series
from app.library.queries import Asker
from app.reading.addresses import cover_version_column
from app.reading.cards import Card
from app.reading.models import SeriesReading
from app.search.asked import Shape, values_of
from app.search.candidates import (
    MOST_AT_A_GLANCE,
    SUMMARY,
    Rows,
    at_most,
    candidates,
    newest,
    reading_of,
)
from app.search.fulltext import SHORTEST
from app.search.language import Query

MOST = 250
"""How many are found at most, by each way."""
MOST_ABOUT = 100

type Place = tuple[int, str, UUID]
"""Where in the results a series stands: rank, sort key, id."""


class SeriesHit(Card, frozen=True):
    """Its `place` is its sort key; the rank comes before."""

    rank: int
    other_titles: list[dict[str, Any]]
    summary: str | None
    year: int | None

    @property
    def at(self) -> Place:
        return self.rank, self.place, self.id


class SeriesHits(NamedTuple):
    rows: list[SeriesHit]
    total: int
    """All that were found; from `MOST` on there may be more."""
    more: bool
    about: list[UUID]
    """Some of those whose people and tags hold the words."""


async def find_series(
    session: AsyncSession,
    person: User,
    query: Query,
    *,
    limit: int,
    after: Place | None = None,
    most: int = MOST,
) -> SeriesHits:
    """Summaries are asked only when titles, people and tags leave room, at a glance all of it; and
    behind a first letter or two, at a glance, titles that begin with them are enough."""
    if query.is_empty:
        return SeriesHits([], 0, False, [])
    summaries = after is not None and after[0] == SUMMARY
    shape = _shape(person, query, limit + 1, after, most, summaries)
    values = _values(person, query, after)
    at_a_glance = most < MOST
    if at_a_glance and _has_just_begun(query):
        begun = shape._replace(only_beginnings=True)
        rows = (await session.execute(_statement(begun), values)).all()
        if len(rows) > limit:
            return _hits(rows, limit)
    rows = (await session.execute(_statement(shape), values)).all()
    room = 0 if at_a_glance else limit
    if len(rows) <= room and not summaries and shape.has_full_text:
        again = shape._replace(summaries=True)
        rows = (await session.execute(_statement(again), values)).all()
    return _hits(rows, limit)


def series_statement(
    person: User,
    query: Query,
    limit: int,
    after: Place | None = None,
    most: int = MOST,
    *,
    summaries: bool = True,
    at_a_glance: bool = False,
) -> Rows:
    """With its values inside, so that it can be a part of another."""
    shape = _shape(person, query, limit, after, most, summaries)
    made = _statement(shape._replace(at_a_glance=at_a_glance))
    return made.unique_params(_values(person, query, after))


def more_than_a_glance(person: User, query: Query) -> Rows:
    """A row if there are more series than are judged at a glance; with its values inside."""
    shape = _shape(person, query, 1, None, MOST, False)
    beyond = newest(shape).offset(at_most(MOST_AT_A_GLANCE)).limit(at_most(1))
    return beyond.unique_params(_values(person, query, None))


def _has_just_begun(query: Query) -> bool:
    """A sign of a script without spaces is a word."""
    phrase = query.phrase
    return 0 < len(phrase) < SHORTEST and not query.filters and not any(map(is_unspaced, phrase))


def _hits(rows: Sequence[Any], limit: int) -> SeriesHits:
    total, about = rows[0][-2:] if rows else (0, None)
    shown = [SeriesHit(*row[:-2]) for row in rows[:limit]]
    return SeriesHits(shown, total, len(rows) > limit, about or [])


def _shape(
    person: User, query: Query, limit: int, after: Place | None, most: int, summaries: bool
) -> Shape:
    return Shape.of(
        person, query, limit=limit, most=most, goes_on=after is not None, summaries=summaries
    )


def _values(person: User, query: Query, after: Place | None) -> dict[str, Any]:
    there = dict(zip(("after_rank", "after_key", "after_id"), after or (), strict=False))
    return {**values_of(person, query), **there}


@lru_cache(maxsize=64)
def _statement(shape: Shape) -> Rows:
    """One row per series, ordered by rank and title; each with the number of all."""
    found = candidates(shape).cte()
    place = (found.c.rank, found.c.sort_key, found.c.id)
    about = select(found.c.id).where(found.c.is_about).limit(at_most(MOST_ABOUT)).subquery("about")
    top = select(
        found,
        select(func.count()).select_from(found).scalar_subquery().label("total"),
        select(func.array_agg(about.c.id)).scalar_subquery().label("about"),
    )
    if shape.goes_on:
        there = (("after_rank", Integer), ("after_key", Text), ("after_id", Uuid))
        top = top.where(
            tuple_(*place) > tuple_(*(bindparam(name, type_=kind) for name, kind in there))
        )
    shown = top.order_by(*place).limit(at_most(shape.limit)).subquery("shown")
    return _described(shape.person, shown).order_by(shown.c.rank, shown.c.sort_key, shown.c.id)


def _described(person: Asker, shown: Subquery) -> Rows:
    """Only what stands on the screen is looked up in full."""
    is_first = func.row_number().over(order_by=(shown.c.rank, shown.c.sort_key, shown.c.id)) == 1
    return (
        select(
            Series.id,
            Series.title,
            Series.language,
            Series.position_count,
            func.coalesce(SeriesReading.read_positions, 0),
            func.coalesce(SeriesReading.started_positions, 0),
            cover_version_column(),
            shown.c.sort_key,
            shown.c.rank,
            Series.other_titles,
            case((shown.c.rank == SUMMARY, Series.summary)),
            Series.year,
            shown.c.total,
            case((is_first, shown.c.about)),
        )
        .select_from(shown)
        .join(Series, Series.id == shown.c.id)
        .outerjoin(SeriesReading, reading_of(person))
    )
