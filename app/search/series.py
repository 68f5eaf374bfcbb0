"""Series that a query finds, in one statement of bounded work.

Two ways lead to candidates, both by index: titles that begin with the words, in the order of
titles, and documents that hold all their grams. No more than `MOST` are looked at, so that a
query of one common letter costs no more than a rare name. Every candidate is then a living row
of `series` that the person asking may see.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.grams import query_grams
from app.library.models import Access, SearchDocument, Series
from app.library.queries import visible_to
from app.reading.addresses import cover_version_column
from app.reading.models import SeriesReading
from app.search.filters import beside_the_words, lines_hold, of_document, of_series
from app.search.fulltext import tsquery
from app.search.language import Query

MOST = 400
MOST_NARROWED = 3000
"""Where a filter or an age limit takes most of them away again."""
LAST_SIGN = "\U0010ffff"
EXACT, BEGINS, WORDS, CONTAINS, ABOUT, SUMMARY = range(6)

type Rows = Select[*tuple[Any, ...]]
type Place = tuple[int, str, UUID]
"""Where in the results a series stands: rank, sort key, id."""


class SeriesHit(msgspec.Struct, frozen=True):
    id: UUID
    title: str
    language: str | None
    other_titles: list[dict[str, Any]]
    summary: str | None
    year: int | None
    positions: int
    read: int
    started: int
    cover_version: str | None
    rank: int
    sort_key: str

    @property
    def unread(self) -> int:
        return max(0, self.positions - self.read)

    @property
    def done(self) -> bool:
        return 0 < self.positions <= self.read

    @property
    def place(self) -> Place:
        return self.rank, self.sort_key, self.id


class SeriesHits(NamedTuple):
    rows: list[SeriesHit]
    total: int
    """All that were found, up to `MOST`."""
    more: bool


async def find_series(
    session: AsyncSession,
    person: User,
    query: Query,
    *,
    limit: int,
    after: Place | None = None,
) -> SeriesHits:
    if query.is_empty:
        return SeriesHits([], 0, False)
    rows = (await session.execute(series_statement(person, query, limit + 1, after))).all()
    hits = [SeriesHit(*row[:-1]) for row in rows[:limit]]
    return SeriesHits(hits, rows[0][-1] if rows else 0, len(rows) > limit)


def series_statement(person: User, query: Query, limit: int, after: Place | None = None) -> Rows:
    """One row per series and the number of all, ordered by rank and title."""
    found = _ranked(person, query)
    counted = select(found, func.count().over().label("total")).subquery("counted")
    place = tuple_(counted.c.rank, counted.c.sort_key, counted.c.id)
    top = select(counted)
    if after is not None:
        top = top.where(place > tuple_(*(literal(value) for value in after)))
    order = (counted.c.rank, counted.c.sort_key, counted.c.id)
    shown = top.order_by(*order).limit(limit).subquery("shown")
    return _described(person, shown).order_by(shown.c.rank, shown.c.sort_key, shown.c.id)


def _described(person: User, shown: Subquery) -> Rows:
    """Only what stands on the screen is looked up in full."""
    return (
        select(
            Series.id,
            Series.title,
            Series.language,
            Series.other_titles,
            case((shown.c.rank == SUMMARY, Series.summary)),
            Series.year,
            Series.position_count,
            func.coalesce(SeriesReading.read_positions, 0),
            func.coalesce(SeriesReading.started_positions, 0),
            cover_version_column(),
            shown.c.rank,
            shown.c.sort_key,
            shown.c.total,
        )
        .select_from(shown)
        .join(Series, Series.id == shown.c.id)
        .outerjoin(SeriesReading, reading_of(person))
    )


def _ranked(person: User, query: Query) -> Subquery:
    """Living, visible series among the candidates, each once, with its best rank."""
    if not query.needles:
        return _all_listed(person, query)
    found = candidates(person, query).subquery("found")
    return (
        select(Series.id, Series.sort_key.label("sort_key"), found.c.rank)
        .select_from(found)
        .join(Series, Series.id == found.c.id)
        .outerjoin(SeriesReading, reading_of(person))
        .where(*shown_to(person), *of_series(query))
        .subquery("ranked")
    )


def _all_listed(person: User, query: Query) -> Subquery:
    """Filters alone: the newest that pass them."""
    return (
        select(Series.id, Series.sort_key.label("sort_key"), literal(CONTAINS).label("rank"))
        .outerjoin(SeriesReading, reading_of(person))
        .outerjoin(
            SearchDocument,
            and_(SearchDocument.kind == "series", SearchDocument.id == Series.id),
        )
        .where(*shown_to(person), *of_series(query), *of_document(query))
        .order_by(Series.added_at.desc(), Series.id.desc())
        .limit(MOST)
        .subquery("ranked")
    )


def candidates(person: User, query: Query) -> Rows:
    """Ids of documents with their rank, not yet judged."""
    most = MOST_NARROWED if query.filters or person.age_limit is not None else MOST
    ways = [_by_grams(person, query, most)]
    if query.phrase:
        ways.append(_by_beginning(person, query))
        if (words := tsquery(query.words)) is not None:
            ways.append(_by_summary(person, query, words, most))
    found = _united(ways).subquery("candidates")
    return select(found.c.id, func.min(found.c.rank).label("rank")).group_by(found.c.id)


def in_libraries_of(person: User) -> ColumnElement[bool]:
    """Asked of the document first, so that what is in reach is not crowded out by what is not."""
    if person.is_owner:
        return true()
    return exists().where(
        Access.user_id == person.id, Access.library_id == SearchDocument.library_id
    )


def shown_to(person: User) -> Sequence[ColumnElement[bool]]:
    return (Series.missing_since.is_(None), Series.trashed_at.is_(None), visible_to(person))


def reading_of(person: User) -> ColumnElement[bool]:
    return and_(SeriesReading.series_id == Series.id, SeriesReading.user_id == person.id)


def _united(ways: Sequence[Rows]) -> CompoundSelect[Any]:
    return union(*(select(way.subquery()) for way in ways))


def _by_grams(person: User, query: Query, most: int) -> Rows:
    return (
        _of_series_documents(person, _rank(query))
        .where(has_grams(query.needles), *of_document(query))
        .limit(most)
    )


def _by_beginning(person: User, query: Query) -> Rows:
    """In the order of the index: shorter titles come first."""
    title, phrase = SearchDocument.title, query.phrase
    return (
        _of_series_documents(person, case((title == phrase, EXACT), else_=BEGINS))
        .where(title >= phrase, title < phrase + LAST_SIGN, *of_document(query))
        .order_by(title, SearchDocument.id)
        .limit(MOST // 4)
    )


def _by_summary(person: User, query: Query, words: ColumnElement[Any], most: int) -> Rows:
    found = SearchDocument.words.bool_op("@@")(words)
    return (
        _of_series_documents(person, literal(SUMMARY))
        .where(found, *beside_the_words(query))
        .limit(most)
    )


def _of_series_documents(person: User, rank: ColumnElement[int]) -> Rows:
    return select(SearchDocument.id, cast(rank, Integer).label("rank")).where(
        SearchDocument.kind == "series", in_libraries_of(person)
    )


def has_grams(needles: Sequence[str]) -> ColumnElement[bool]:
    return holds_grams(query_grams(" ".join(needles)))


def holds_grams(wanted: Sequence[str]) -> ColumnElement[bool]:
    return SearchDocument.grams.bool_op("@>")(bindparam(None, wanted, ARRAY(Text)))


def _rank(query: Query) -> ColumnElement[int]:
    title, names = SearchDocument.title, SearchDocument.names
    phrase = query.phrase
    if not phrase:
        return literal(CONTAINS)
    begins = and_(*((literal(" ") + title).contains(f" {word}") for word in query.words))
    holds = and_(*(or_(lines_hold(title, word), lines_hold(names, word)) for word in query.words))
    return case(
        (or_(title == phrase, names.contains(f"\n{phrase}\n")), EXACT),
        (or_(title.startswith(phrase), names.contains(f"\n{phrase}")), BEGINS),
        (begins, WORDS),
        (holds, CONTAINS),
        else_=ABOUT,
    )
