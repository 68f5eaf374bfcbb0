"""People and tags whose name holds the words, as far as they stand on series one may see."""

from typing import Any, NamedTuple

from sqlalchemy import Select, String, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Creator, SearchDocument, Series, SeriesCreator, SeriesTag, Tag
from app.search.filters import key_holds, lines_hold
from app.search.language import Query
from app.search.series import MOST, has_grams, in_libraries_of, shown_to

PERSON = "person"


class Name(NamedTuple):
    kind: str
    """person, genre or tag."""
    name: str


class Names(NamedTuple):
    people: list[Name]
    tags: list[Name]


async def find_names(session: AsyncSession, person: User, query: Query, *, limit: int) -> Names:
    """By name; at most `limit` of each."""
    if not query.words:
        return Names([], [])
    rows = [Name(*row) for row in await session.execute(_statement(person, query, limit))]
    return Names(
        [name for name in rows if name.kind == PERSON],
        [name for name in rows if name.kind != PERSON],
    )


def _statement(person: User, query: Query, limit: int) -> Select[Any]:
    words = query.words
    documents = (
        select(SearchDocument.id)
        .where(
            SearchDocument.kind == "series",
            has_grams(words),
            *(lines_hold(SearchDocument.about, word) for word in words),
            in_libraries_of(person),
        )
        .limit(MOST)
        .subquery("documents")
    )
    series = (
        select(Series.id)
        .join(documents, documents.c.id == Series.id)
        .where(*shown_to(person))
        .cte("seen", nesting=False)
    )
    people = (
        select(literal(PERSON, String).label("kind"), Creator.name)
        .join(SeriesCreator, SeriesCreator.creator_id == Creator.id)
        .join(series, series.c.id == SeriesCreator.series_id)
        .where(*(key_holds(Creator.key, word) for word in words))
    )
    tags = (
        select(Tag.kind.cast(String).label("kind"), Tag.name)
        .join(SeriesTag, SeriesTag.tag_id == Tag.id)
        .join(series, series.c.id == SeriesTag.series_id)
        .where(*(key_holds(Tag.key, word) for word in words))
    )
    parts = [
        select(part.distinct().order_by("name").limit(limit).subquery()) for part in (people, tags)
    ]
    return select(union_all(*parts).subquery("names"))
