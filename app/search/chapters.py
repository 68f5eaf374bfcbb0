"""Chapters whose title holds the words; everything else in the query is asked of their series."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, and_, bindparam, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Chapter, ChapterKind, SearchDocument, Series
from app.library.queries import Asker, listed_for
from app.reading.addresses import cover_version_column
from app.reading.models import Progress, SeriesReading
from app.search.asked import Shape, in_libraries_of, value, values_of
from app.search.candidates import MOST_JUDGED, Rows, at_most, is_of, reading_of
from app.search.filters import of_series
from app.search.fulltext import tsquery, tsquery_text
from app.search.language import Field, Query
from app.search.series import MOST

type ChapterPlace = tuple[str, UUID, int, UUID]
"""Sort key and id of the series, position and id of the chapter."""
_AFTER: dict[str, Any] = {
    "after_key": Text,
    "after_series": Uuid,
    "after_position": Integer,
    "after_id": Uuid,
}


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
    if not _asks_for_chapters(query):
        return ChapterHits([], 0, False)
    shape = _shape(person, query, limit + 1, after, most)
    rows = (await session.execute(_statement(shape), _values(person, query, after))).all()
    hits = [ChapterHit(*row[:-1]) for row in rows[:limit]]
    return ChapterHits(hits, rows[0][-1] if rows else 0, len(rows) > limit)


def chapter_statement(person: User, query: Query, limit: int) -> Rows:
    """With its values inside."""
    made = _statement(_shape(person, query, limit, None, MOST))
    return made.unique_params(_values(person, query, None))


def _asks_for_chapters(query: Query) -> bool:
    """Not where the words are too short to be looked for, or a title of a series is asked for."""
    return bool(tsquery_text(query.words)) and all(
        term.field is not Field.TITLE for term in query.terms
    )


def _shape(person: User, query: Query, limit: int, after: ChapterPlace | None, most: int) -> Shape:
    return Shape.of(person, query, limit=limit, most=most, goes_on=after is not None)


def _values(person: User, query: Query, after: ChapterPlace | None) -> dict[str, Any]:
    return {**values_of(person, query), **dict(zip(_AFTER, after or (), strict=False))}


@lru_cache(maxsize=64)
def _statement(shape: Shape) -> Rows:
    found = _judged(shape).cte()
    order = (found.c.sort_key, found.c.series_id, found.c.position, found.c.id)
    total = select(func.count()).select_from(found).scalar_subquery()
    top = select(found, total.label("total"))
    if shape.goes_on:
        there = tuple_(*(bindparam(name, type_=kind) for name, kind in _AFTER.items()))
        top = top.where(tuple_(*order) > there)
    return _described(shape.person, top.order_by(*order).limit(at_most(shape.limit)))


def _judged(shape: Shape) -> Rows:
    words = SearchDocument.words
    documents = select(SearchDocument.id).where(
        is_of("chapter"),
        words.bool_op("@@")(tsquery(value("full_text"))),
        in_libraries_of(shape.person),
    )
    if shape.has_full_text_gone:
        documents = documents.where(~words.bool_op("@@")(tsquery(value("full_text_gone"))))
    few = documents.limit(at_most(MOST_JUDGED)).subquery("documents")
    return (
        select(Chapter.id, Series.id.label("series_id"), Series.sort_key, Chapter.position)
        .select_from(few)
        .join(Chapter, Chapter.id == few.c.id)
        .join(Series, Series.id == Chapter.series_id)
        .outerjoin(SeriesReading, reading_of(shape.person))
        .where(
            Chapter.missing_since.is_(None),
            Chapter.trashed_at.is_(None),
            listed_for(shape.person),
            *of_series(shape.filters),
        )
        .limit(at_most(shape.most))
    )


def _described(person: Asker, top: Rows) -> Rows:
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
