"""Series that may be meant, by index and of bounded work.

Two ways lead to candidates: titles that begin with the words, in the order of titles, and
documents that hold all their grams; where these leave room, a third through the full text of
summaries. No more than `most` are kept of each way, so that a query of one common letter costs no
more than a rare name. Every candidate is then a living row of `series` that the person may see.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from app.library.models import SearchDocument, Series
from app.library.queries import Asker, listed_for
from app.reading.models import SeriesReading
from app.search.asked import (
    Shape,
    holds_all,
    holds_grams,
    in_libraries_of,
    title_lines,
    value,
)
from app.search.filters import beside_the_words, is_led_to, of_document, of_series
from app.search.fulltext import tsquery

MOST_JUDGED = 3000
"""How many are looked at, where a filter or an age limit takes most of them away."""
MOST_AT_A_GLANCE = 1000
MOST_BEGUN = 100
EXACT, BEGINS, WORDS, CONTAINS, ABOUT, SUMMARY = range(6)

type Rows = Select[*tuple[Any, ...]]


def candidates(shape: Shape) -> Rows:
    """Living, visible series, each once, with its best rank."""
    if not shape.has_needles:
        return _all_listed(shape)
    ways = [] if shape.only_beginnings else [_by_grams(shape)]
    if shape.has_phrase:
        ways.append(_by_beginning(shape))
    if shape.summaries and shape.has_full_text:
        ways.append(_by_summary(shape))
    found = union_all(*(select(_judged(shape, way)) for way in ways)).subquery("judged")
    return select(
        found.c.id,
        found.c.sort_key,
        func.min(found.c.rank).label("rank"),
        func.bool_or(found.c.is_about).label("is_about"),
    ).group_by(found.c.id, found.c.sort_key)


def newest(shape: Shape) -> Rows:
    """Those that are judged one by one, of what an index leads to."""
    return (
        select(Series.id)
        .outerjoin(SeriesReading, reading_of(shape.person))
        .where(listed_for(shape.person), *of_series(filter(is_led_to, shape.filters)))
        .order_by(Series.added_at.desc(), Series.id.desc())
        .limit(at_most(MOST_AT_A_GLANCE))
    )


def reading_of(person: Asker) -> ColumnElement[bool]:
    return and_(SeriesReading.series_id == Series.id, SeriesReading.user_id == person.id)


def is_of(kind: str) -> ColumnElement[bool]:
    """Written out too: each kind has an index of its words."""
    return SearchDocument.kind == literal_column(f"'{kind}'", Text)


def at_most(number: int) -> ColumnElement[int]:
    """Written out: of a limit among the values, a plan for many queries knows nothing."""
    return literal_column(str(number), Integer)


def _judged(shape: Shape, documents: Rows) -> Subquery:
    """Postgres judges one document after the other, and stops when there are enough."""
    way = documents.subquery()
    return (
        select(Series.id, Series.sort_key.label("sort_key"), way.c.rank, way.c.is_about)
        .select_from(way)
        .join(Series, Series.id == way.c.id)
        .outerjoin(SeriesReading, reading_of(shape.person))
        .where(listed_for(shape.person), *of_series(shape.filters))
        .limit(at_most(shape.most))
        .subquery()
    )


def _all_listed(shape: Shape) -> Rows:
    """Filters alone: the newest that pass them."""
    listed = (
        select(
            Series.id,
            Series.sort_key.label("sort_key"),
            literal(CONTAINS).label("rank"),
            false().label("is_about"),
        )
        .outerjoin(SeriesReading, reading_of(shape.person))
        .where(listed_for(shape.person), *of_series(shape.filters))
        .order_by(Series.added_at.desc(), Series.id.desc())
        .limit(at_most(shape.most))
    )
    if shape.at_a_glance and (shape.is_narrowed or not all(map(is_led_to, shape.filters))):
        few = newest(shape).subquery("newest")
        listed = listed.join(few, few.c.id == Series.id)
    if not shape.is_narrowed:
        return listed
    its_document = and_(SearchDocument.kind == "series", SearchDocument.id == Series.id)
    return listed.join(SearchDocument, its_document).where(*of_document(shape))


def _by_grams(shape: Shape) -> Rows:
    """Only documents of series have grams, so their kind needs no look."""
    documents = _documents(shape, _rank() if shape.has_phrase else literal(CONTAINS))
    return documents.where(holds_grams(), *of_document(shape)).limit(at_most(MOST_JUDGED))


def _by_beginning(shape: Shape) -> Rows:
    """In the order of the index: shorter titles come first."""
    title, phrase = SearchDocument.title, value("phrase")
    return (
        _documents(shape, case((title == phrase, EXACT), else_=BEGINS))
        .where(title > literal_column("''"), title >= phrase, title < value("phrase_end"))
        .where(*beside_the_words(shape))
        .order_by(title, SearchDocument.id)
        .limit(at_most(MOST_BEGUN))
    )


def _by_summary(shape: Shape) -> Rows:
    found = SearchDocument.words.bool_op("@@")(tsquery(value("full_text")))
    documents = _documents(shape, literal(SUMMARY)).where(
        is_of("series"), found, *beside_the_words(shape)
    )
    # Limited behind a fence: a plan that hopes to meet enough of them soon would walk the table.
    fenced = documents.cte().prefix_with("MATERIALIZED")
    return select(fenced).limit(at_most(MOST_JUDGED))


def _documents(shape: Shape, rank: ColumnElement[int]) -> Rows:
    is_about = holds_all(SearchDocument.about, "words")
    return select(
        SearchDocument.id, cast(rank, Integer).label("rank"), is_about.label("is_about")
    ).where(in_libraries_of(shape.person))


def _rank() -> ColumnElement[int]:
    title, names = SearchDocument.title, SearchDocument.names
    return case(
        (or_(title == value("phrase"), names.like(value("named"))), EXACT),
        (or_(title.like(value("begins")), names.like(value("name_begins"))), BEGINS),
        (holds_all(" " + title, "starts"), WORDS),
        (holds_all(title_lines(), "words"), CONTAINS),
        else_=ABOUT,
    )
