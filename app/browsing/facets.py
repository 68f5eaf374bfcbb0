"""What a shelf can be filtered by: the genres, tags, people and languages of the series on it.

Only what some series has that the person may see, and without counts: both would tell of others.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.wish import Wish
from app.foundation.db.plans import plan_for_these_values
from app.foundation.web.paging import escape_like
from app.library.models import Creator, Series, SeriesCreator, SeriesTag, Tag, TagKind
from app.library.queries import visible_to
from app.library.text import title_key


class Facet(StrEnum):
    GENRE = "genre"
    TAG = "tag"
    PERSON = "person"
    LANGUAGE = "language"


class Value(NamedTuple):
    key: str
    name: str


class Named(NamedTuple):
    """What a key in an address stands for."""

    id: UUID
    name: str


async def named(
    session: AsyncSession, person: User, library_id: UUID, wish: Wish
) -> dict[tuple[str, str], Named]:
    """By field and key, what the wish names; missing is what nobody has heard of and what only
    series have that are hidden from this person. One query, none without names."""
    parts = [
        _of_key(person, library_id, place, Facet(field), key)
        for place, (field, key) in enumerate(wish.names)
    ]
    if not parts:
        return {}
    rows = await session.execute(union_all(*parts) if len(parts) > 1 else parts[0])
    return {wish.names[place]: Named(its_id, name) for place, its_id, name in rows}


async def values_of(
    session: AsyncSession,
    person: User,
    library_id: UUID,
    facet: Facet,
    *,
    words: str = "",
    after: str | None = None,
    limit: int,
) -> list[Value]:
    """In the order of their keys. One query, planned for this shelf: of a plan for any, the tags of an
    empty one were 2.9 s of looking at every series of a large one beside it."""
    await plan_for_these_values(session)
    if facet is Facet.LANGUAGE:
        column: Any = _languages(library_id)
        # A limit keeps it from being joined, which would be a walk through them all.
        some_of_it = (
            select(Series.id)
            .where(Series.language == column, Series.missing_since.is_(None))
            .where(*_on_shelf(person, library_id))
            .limit(1)
            .scalar_subquery()
        )
        query: Any = select(column, column).where(some_of_it.is_not(None))
    else:
        column, _id, name, some = _source(person, library_id, facet)
        query = select(column, name).where(*some)
    if words:
        query = query.where(column.like(f"%{escape_like(title_key(words))}%"))
    if after is not None:
        query = query.where(column > after)
    rows = await session.execute(query.order_by(column).limit(limit))
    return [Value(*row) for row in rows]


def _languages(library_id: UUID) -> Any:
    """Those of a shelf, each found in the index behind the one before it: they are few, and to look
    at every series for them would be a walk."""

    def first(*behind: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
        listed = (Series.missing_since.is_(None), Series.trashed_at.is_(None))
        return select(func.min(Series.language).label("language")).where(
            Series.library_id == library_id, *listed, *behind
        )

    known = first().cte("known", recursive=True)
    onwards = first(Series.language > known.c.language).correlate(known).scalar_subquery()
    return known.union_all(select(onwards).where(known.c.language.is_not(None))).c.language


def _of_key(
    person: User, library_id: UUID, place: int, facet: Facet, key: str
) -> Select[*tuple[Any, ...]]:
    column, its_id, name, some = _source(person, library_id, facet)
    return select(literal(place), its_id, name).where(
        or_(column == key, column == title_key(key)), *some
    )


def _source(
    person: User, library_id: UUID, facet: Facet
) -> tuple[Any, Any, Any, Sequence[ColumnElement[bool]]]:
    """Key, id, name, and that some series on this shelf has it."""
    shown = _on_shelf(person, library_id)
    if facet is Facet.PERSON:
        credited = exists().where(
            SeriesCreator.creator_id == Creator.id, Series.id == SeriesCreator.series_id, *shown
        )
        return Creator.key, Creator.id, Creator.name, [credited]
    tagged = exists().where(SeriesTag.tag_id == Tag.id, Series.id == SeriesTag.series_id, *shown)
    return Tag.key, Tag.id, Tag.name, [Tag.kind == TagKind(facet.value), tagged]


def _on_shelf(person: User, library_id: UUID) -> Sequence[ColumnElement[bool]]:
    return (Series.library_id == library_id, Series.trashed_at.is_(None), visible_to(person))
