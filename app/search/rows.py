"""Smart lists as rows of covers, all of them in one statement of bounded work.

Where neither words nor an index lead to what a list holds (`lang:fr`, `-tag:sea`), only the newest
series are judged, and its row says so: the whole is a search away.
"""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.search.candidates import MOST_AT_A_GLANCE
from app.search.filters import is_led_to
from app.search.language import parse
from app.search.models import SmartList
from app.search.series import SeriesHit, series_statement
from app.search.service import smart_lists

MOST_ROWS = 6


class SmartRow(NamedTuple):
    name: str
    href: str
    hits: list[SeriesHit]
    looked_at: int | None
    """How many of the newest were judged, where that was not all."""


async def smart_rows(session: AsyncSession, person: User, limit: int) -> list[SmartRow]:
    """The first lists of this person with what they hold now; two queries, one without lists."""
    lists = (await smart_lists(session, person))[:MOST_ROWS]
    if not lists:
        return []
    rows = [_row(one) for one in lists]
    parts = [_numbered(number, person, one.query, limit) for number, one in enumerate(lists)]
    statement: Any = union_all(*parts) if len(parts) > 1 else parts[0]
    for number, *values in await session.execute(statement):
        rows[number].hits.append(SeriesHit(*values[:-2]))
    for row in rows:
        row.hits.sort(key=lambda hit: hit.at)
    return [row if len(row.hits) < limit else row._replace(looked_at=None) for row in rows]


def _row(one: SmartList) -> SmartRow:
    query = parse(one.query)
    judges_few = not query.needles and not all(map(is_led_to, query.terms))
    href = "/search?" + urlencode({"q": one.query, "kind": "series"})
    return SmartRow(one.name, href, [], MOST_AT_A_GLANCE if judges_few else None)


def _numbered(number: int, person: User, text: str, limit: int) -> Any:
    found = series_statement(person, parse(text), limit, at_a_glance=True).subquery()
    return select(literal(number), found)
