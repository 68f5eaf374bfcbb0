"""Smart lists as rows of covers, all of them in one statement of bounded work.

Where neither words nor an index lead to what a list holds (`lang:fr`, `-tag:sea`), only the newest
series are judged, and its row says so: the whole is a search away.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import cast, exists, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.search.candidates import MOST_AT_A_GLANCE
from app.search.filters import is_led_to
from app.search.language import Query, parse
from app.search.models import SmartList
from app.search.series import SeriesHit, more_than_a_glance, series_statement
from app.search.service import smart_lists

MOST_ROWS = 6


class SmartRow(NamedTuple):
    name: str
    href: str
    hits: list[SeriesHit]
    looked_at: int | None
    """How many of the newest were judged, where that was not all and the row is not full."""


async def smart_rows(session: AsyncSession, person: User, limit: int) -> list[SmartRow]:
    """The first lists of this person with what they hold now; two queries, one without lists."""
    lists = (await smart_lists(session, person))[:MOST_ROWS]
    if not lists:
        return []
    asked = [parse(one.query) for one in lists]
    parts = [
        part for number, query in enumerate(asked) for part in _parts(number, person, query, limit)
    ]
    hits: list[list[SeriesHit]] = [[] for _ in lists]
    left_out = set()
    for number, *values in await session.execute(union_all(*parts)):
        if values[0] is None:
            left_out.add(number)
        else:
            hits[number].append(SeriesHit(*values[:-2]))
    return [
        _row(one, sorted(hits[number], key=lambda hit: hit.at), number in left_out, limit)
        for number, one in enumerate(lists)
    ]


def _row(one: SmartList, hits: list[SeriesHit], left_out: bool, limit: int) -> SmartRow:
    href = "/search?" + urlencode({"q": one.query, "kind": "series"})
    is_short = left_out and len(hits) < limit
    return SmartRow(one.name, href, hits, MOST_AT_A_GLANCE if is_short else None)


def _parts(number: int, person: User, query: Query, limit: int) -> Iterator[Any]:
    """What a list holds; and a row of nothing where only the newest of more series were judged."""
    found = series_statement(person, query, limit, at_a_glance=True).subquery()
    yield select(literal(number), found)
    if not query.needles and not all(map(is_led_to, query.terms)):
        beyond = more_than_a_glance(person, query).subquery()
        yield select(literal(number), *(cast(null(), column.type) for column in found.c)).where(
            exists(select(beyond))
        )
