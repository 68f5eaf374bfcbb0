"""Series that a query finds, in one statement of bounded work.

Two ways lead to candidates, both by index: titles that begin with the words, in the order of
titles, and documents that hold all their grams. No more than `MOST` are looked at, so that a
query of one common letter costs no more than a rare name. Every candidate is then a living row
of `series` that the person asking may see.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.grams import query_grams
from app.library.models import Access, SearchDocument, Series
from app.library.queries import listed_for
from app.reading.addresses import cover_version_column
from app.reading.cards import Card
from app.reading.models import SeriesReading
from app.search.filters import beside_the_words, lines_hold, of_document, of_series
from app.search.fulltext import tsquery
from app.search.language import Query

MOST = 250
"""How many are found at most, by each way."""
MOST_JUDGED = 3000
"""How many are looked at for that, where a filter or an age limit takes most of them away."""
MOST_BEGUN, MOST_ABOUT = 100, 100
LAST_SIGN = "\U0010ffff"
EXACT, BEGINS, WORDS, CONTAINS, ABOUT, SUMMARY = range(6)

type Rows = Select[*tuple[Any, ...]]
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
    """Summaries are asked only when titles, people and tags leave room, at a glance all of it."""
    if query.is_empty:
        return SeriesHits([], 0, False, [])
    summaries = after is not None and after[0] == SUMMARY
    statement = series_statement(person, query, limit + 1, after, most, summaries=summaries)
    rows = (await session.execute(statement)).all()
    room = limit if most == MOST else 0
    if len(rows) <= room and not summaries and tsquery(query.words) is not None:
        statement = series_statement(person, query, limit + 1, after, most)
        rows = (await session.execute(statement)).all()
    hits = [SeriesHit(*row[:-2]) for row in rows[:limit]]
    total, about = rows[0][-2:] if rows else (0, None)
    return SeriesHits(hits, total, len(rows) > limit, about or [])


def series_statement(
    person: User,
    query: Query,
    limit: int,
    after: Place | None = None,
    most: int = MOST,
    *,
    summaries: bool = True,
) -> Rows:
    """One row per series, ordered by rank and title; each with the number of all."""
    found = _found(person, query, most, summaries).cte()
    place = (found.c.rank, found.c.sort_key, found.c.id)
    about = select(found.c.id).where(found.c.is_about).limit(MOST_ABOUT).subquery("about")
    top = select(
        found,
        select(func.count()).select_from(found).scalar_subquery().label("total"),
        select(func.array_agg(about.c.id)).scalar_subquery().label("about"),
    )
    if after is not None:
        top = top.where(tuple_(*place) > tuple_(*(literal(value) for value in after)))
    shown = top.order_by(*place).limit(limit).subquery("shown")
    return _described(person, shown).order_by(shown.c.rank, shown.c.sort_key, shown.c.id)


def _described(person: User, shown: Subquery) -> Rows:
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


def _found(person: User, query: Query, most: int, summaries: bool) -> Rows:
    """Living, visible series among the candidates, each once, with its best rank."""
    if not query.needles:
        return _all_listed(person, query)
    ways = [_by_grams(person, query)]
    if query.phrase:
        ways.append(_by_beginning(person, query))
        if summaries and (words := tsquery(query.words)) is not None:
            ways.append(_by_summary(person, query, words))
    found = union_all(*(select(_judged(person, query, way, most)) for way in ways)).subquery(
        "judged"
    )
    return select(
        found.c.id,
        found.c.sort_key,
        func.min(found.c.rank).label("rank"),
        func.bool_or(found.c.is_about).label("is_about"),
    ).group_by(found.c.id, found.c.sort_key)


def _judged(person: User, query: Query, documents: Rows, most: int) -> Subquery:
    """Postgres judges one document after the other, and stops when there are enough."""
    way = documents.subquery()
    return (
        select(Series.id, Series.sort_key.label("sort_key"), way.c.rank, way.c.is_about)
        .select_from(way)
        .join(Series, Series.id == way.c.id)
        .outerjoin(SeriesReading, reading_of(person))
        .where(listed_for(person), *of_series(query))
        .limit(most)
        .subquery()
    )


def _all_listed(person: User, query: Query) -> Rows:
    """Filters alone: the newest that pass them."""
    return (
        select(
            Series.id,
            Series.sort_key.label("sort_key"),
            literal(CONTAINS).label("rank"),
            false().label("is_about"),
        )
        .outerjoin(SeriesReading, reading_of(person))
        .outerjoin(
            SearchDocument,
            and_(SearchDocument.kind == "series", SearchDocument.id == Series.id),
        )
        .where(listed_for(person), *of_series(query), *of_document(query))
        .order_by(Series.added_at.desc(), Series.id.desc())
        .limit(MOST)
    )


def in_libraries_of(person: User) -> ColumnElement[bool]:
    """Asked of the document first, so that what is in reach is not crowded out by what is not."""
    if person.is_owner:
        return true()
    # An array is made once; a join would change the plan of everything around it.
    theirs = select(Access.library_id).where(Access.user_id == person.id).scalar_subquery()
    return SearchDocument.library_id == any_(func.array(theirs, type_=ARRAY(PgUUID)))


def reading_of(person: User) -> ColumnElement[bool]:
    return and_(SeriesReading.series_id == Series.id, SeriesReading.user_id == person.id)


def _by_grams(person: User, query: Query) -> Rows:
    documents = _documents(person, query, _rank(query)).where(
        has_grams(query.needles), *of_document(query)
    )
    return documents.limit(MOST_JUDGED)


def _by_beginning(person: User, query: Query) -> Rows:
    """In the order of the index: shorter titles come first."""
    title, phrase = SearchDocument.title, query.phrase
    return (
        _documents(person, query, case((title == phrase, EXACT), else_=BEGINS))
        .where(title > "", title >= phrase, title < phrase + LAST_SIGN, *of_document(query))
        .order_by(title, SearchDocument.id)
        .limit(MOST_BEGUN)
    )


def _by_summary(person: User, query: Query, words: ColumnElement[Any]) -> Rows:
    found = SearchDocument.words.bool_op("@@")(words)
    documents = _documents(person, query, literal(SUMMARY))
    return _by_index(documents.where(found, *beside_the_words(query)))


def _by_index(documents: Rows) -> Rows:
    """Limited behind a fence: a plan that hopes to meet enough of them soon would walk the table."""
    fenced = documents.cte().prefix_with("MATERIALIZED")
    return select(fenced).limit(MOST_JUDGED)


def _documents(person: User, query: Query, rank: ColumnElement[int]) -> Rows:
    about = and_(true(), *(lines_hold(SearchDocument.about, word) for word in query.words))
    return select(
        SearchDocument.id, cast(rank, Integer).label("rank"), about.label("is_about")
    ).where(SearchDocument.kind == "series", in_libraries_of(person))


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
