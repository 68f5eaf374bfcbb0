"""Smart lists as rows of covers, all of them in one statement."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.search.language import parse
from app.search.series import SeriesHit, series_statement
from app.search.service import smart_lists

MOST_ROWS = 6


class SmartRow(NamedTuple):
    name: str
    href: str
    hits: list[SeriesHit]


async def smart_rows(session: AsyncSession, person: User, limit: int) -> list[SmartRow]:
    """The first lists of this person with what they hold now; two queries, one without lists."""
    lists = (await smart_lists(session, person))[:MOST_ROWS]
    if not lists:
        return []
    rows = [
        SmartRow(one.name, "/search?" + urlencode({"q": one.query, "kind": "series"}), [])
        for one in lists
    ]
    parts = [_numbered(number, person, one.query, limit) for number, one in enumerate(lists)]
    statement: Any = union_all(*parts) if len(parts) > 1 else parts[0]
    for number, *values in await session.execute(statement):
        rows[number].hits.append(SeriesHit(*values[:-2]))
    for row in rows:
        row.hits.sort(key=lambda hit: hit.at)
    return rows


def _numbered(number: int, person: User, text: str, limit: int) -> Any:
    found = series_statement(person, parse(text), limit).subquery()
    return select(literal(number), found)
