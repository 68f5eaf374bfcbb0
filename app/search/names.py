"""People and tags whose name holds the words, as far as they stand on series one may see."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Select, String, Subquery, any_, bindparam, literal, select, union_all
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.library.models import Creator, SeriesCreator, SeriesTag, Tag
from app.search.asked import holds_all, holds_kana
from app.search.candidates import at_most
from app.search.filters import as_hiragana
from app.search.language import Query

PERSON = "person"


class Name(NamedTuple):
    kind: str
    """person, genre or tag."""
    name: str


class Names(NamedTuple):
    people: list[Name]
    tags: list[Name]


async def find_names(
    session: AsyncSession, query: Query, seen: Sequence[UUID], *, limit: int
) -> Names:
    """Those of the series `seen`, which this person may see; by name, at most `limit` of each."""
    if not query.words or not seen:
        return Names([], [])
    values = {"seen": list(seen), "words": [f"%{word}%" for word in query.words]}
    statement = _statement(limit, any(map(holds_kana, query.words)))
    rows = [Name(*row) for row in await session.execute(statement, values)]
    return Names(
        [name for name in rows if name.kind == PERSON],
        [name for name in rows if name.kind != PERSON],
    )


@cache
def _statement(limit: int, has_kana: bool) -> Select[Any]:
    ids = bindparam("seen", type_=ARRAY(PgUUID))
    people: Any = (
        select(literal(PERSON, String).label("kind"), Creator.name, Creator.key)
        .join(SeriesCreator, SeriesCreator.creator_id == Creator.id)
        .where(SeriesCreator.series_id == any_(ids))
    )
    tags: Any = (
        select(Tag.kind.cast(String).label("kind"), Tag.name, Tag.key)
        .join(SeriesTag, SeriesTag.tag_id == Tag.id)
        .where(SeriesTag.series_id == any_(ids))
    )
    named = [_named(part, limit, has_kana) for part in (people, tags)]
    parts = [select(part.c.kind, part.c.name) for part in named]
    return select(union_all(*parts).subquery("names"))


def _named(names: Select[Any], limit: int, has_kana: bool) -> Subquery:
    # An offset keeps Postgres from looking through every name there is before the few of `seen`.
    few = names.offset(0).subquery()
    return (
        select(few.c.kind, few.c.name)
        .where(holds_all(as_hiragana(few.c.key) if has_kana else few.c.key, "words"))
        .distinct()
        .order_by(few.c.name)
        .limit(at_most(limit))
        .subquery()
    )
