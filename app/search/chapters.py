"""Chapters whose title holds the words; everything else in the query is asked of their series."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import and_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Chapter, ChapterKind, SearchDocument, Series
from app.library.queries import listed_for
from app.reading.addresses import cover_version_column
from app.reading.models import Progress, SeriesReading
from app.search.filters import of_series
from app.search.fulltext import tsquery
from app.search.language import Field, Query
from app.search.series import MOST, MOST_JUDGED, Rows, in_libraries_of, reading_of

type ChapterPlace = tuple[str, UUID, int, UUID]
"""Sort key and id of the series, position and id of the chapter."""


class ChapterHit(msgspec.Struct, frozen=True):
    id: UUID
    chapter_title: str
    language: str | None
    kind: ChapterKind
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    series_id: UUID
    series_title: str
    series_language: str | None
    cover_version: str | None
    page: int | None
    page_count: int | None
    completed_at: datetime | None
    sort_key: str
    position: int

    @property
    def place(self) -> ChapterPlace:
        return self.sort_key, self.series_id, self.position, self.id


class ChapterHits(NamedTuple):
    rows: list[ChapterHit]
    total: int
    more: bool


async def find_chapters(
    session: AsyncSession,
    person: User,
    query: Query,
    *,
    limit: int,
    after: ChapterPlace | None = None,
    most: int = MOST,
) -> ChapterHits:
    statement = chapter_statement(person, query, limit + 1, after, most)
    if statement is None:
        return ChapterHits([], 0, False)
    rows = (await session.execute(statement)).all()
    hits = [ChapterHit(*row[:-1]) for row in rows[:limit]]
    return ChapterHits(hits, rows[0][-1] if rows else 0, len(rows) > limit)


def chapter_statement(
    person: User, query: Query, limit: int, after: ChapterPlace | None = None, most: int = MOST
) -> Rows | None:
    """None where the words are too short to be looked for, or a title of a series is asked for."""
    words = tsquery(query.words) if query.words else None
    if words is None or any(term.field is Field.TITLE for term in query.terms):
        return None
    found = _judged(person, query, words, most).cte()
    order = (found.c.sort_key, found.c.series_id, found.c.position, found.c.id)
    total = select(func.count()).select_from(found).scalar_subquery()
    top = select(found, total.label("total"))
    if after is not None:
        top = top.where(tuple_(*order) > tuple_(*(literal(value) for value in after)))
    return _described(person, top.order_by(*order).limit(limit))


def _judged(person: User, query: Query, words: Any, most: int) -> Rows:
    documents = (
        select(SearchDocument.id)
        .where(
            SearchDocument.kind == "chapter",
            SearchDocument.words.bool_op("@@")(words),
            in_libraries_of(person),
            *_nothing_of_the_title(query),
        )
        .limit(MOST_JUDGED)
        .subquery("documents")
    )
    return (
        select(Chapter.id, Series.id.label("series_id"), Series.sort_key, Chapter.position)
        .select_from(documents)
        .join(Chapter, Chapter.id == documents.c.id)
        .join(Series, Series.id == Chapter.series_id)
        .outerjoin(SeriesReading, reading_of(person))
        .where(
            Chapter.missing_since.is_(None),
            Chapter.trashed_at.is_(None),
            listed_for(person),
            *of_series(query),
        )
        .limit(most)
    )


def _nothing_of_the_title(query: Query) -> list[Any]:
    """A word taken away is taken from chapters by their own titles."""
    return [
        ~SearchDocument.words.bool_op("@@")(gone)
        for term in query.terms
        if term.field is Field.WORDS and term.negated
        for gone in [tsquery([term.text])]
        if gone is not None
    ]


def _described(person: User, top: Rows) -> Rows:
    shown = top.subquery("shown")
    return (
        select(
            Chapter.id,
            Chapter.title,
            Chapter.language,
            Chapter.kind,
            Chapter.number,
            Chapter.number_end,
            Chapter.volume,
            Chapter.volume_end,
            Series.id,
            Series.title,
            Series.language,
            cover_version_column(),
            Progress.page,
            Progress.page_count,
            Progress.completed_at,
            shown.c.sort_key,
            shown.c.position,
            shown.c.total,
        )
        .select_from(shown)
        .join(Chapter, Chapter.id == shown.c.id)
        .join(Series, Series.id == shown.c.series_id)
        .outerjoin(Progress, and_(Progress.chapter_id == Chapter.id, Progress.user_id == person.id))
        .order_by(shown.c.sort_key, shown.c.series_id, shown.c.position, shown.c.id)
    )
