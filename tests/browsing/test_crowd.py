"""However large a library is, a screen of it costs a few statements that read a few rows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import brotli
import pytest
from sqlalchemy import event, text

from app.search.service import save_as_list
from tests import factories as make
from tests.browser import browser_of
from tests.crowd import BEGUN, crowd, manager_of

BIG = {"series", "chapter", "chapter_file", "search_document", "series_tag", "series_creator"}
ORDERS = (
    *("", *(f"?sort={sort}" for sort in ("added", "updated", "read", "unread", "year"))),
    *("?sort=random&seed=7", "?letter=c"),
)
FILTERS = (
    *(f"?state={state}" for state in ("unread", "reading", "completed")),
    *("?genre=tag+3", "?tag=tag+99", "?tag=rare", "?person=writer+7", "?genre=tag+3&genre=tag+4"),
    *("?since=1900&until=1900", "?since=1970&until=1999", "?language=fr", "?language=ja"),
    *("?status=hiatus", "?age=15", "?age=18", "?age=none", "?format=tar", "?format=zip"),
    *("?only=favourites", "?only=missing", "?only=problems"),
    *("?tag=rare&sort=added", "?language=fr&sort=unread", "?tag=tag+99&state=unread&sort=year"),
)
PARTS = ("genre", "tag", "person", "language")
SEARCHES = ("/search?q=abc", "/search/suggest?q=ab+cd", "/search?q=3f&kind=chapters")
SMART = ("is:completed", "is:reading", "year:1900", "status:hiatus", "lang:fr", "tag:rare")
MOST_OF_A_LIST, MOST_OF_HOME = 6, 8
NOT_OF_THE_SCREEN = ("FROM session", "FROM setting", "pg_catalog")
"""Who is asking; and what is kept for a while."""
MOST_ROWS = 30 * BEGUN
"""What a list may read at most: some rows for each series a person has begun, never the library."""
KILOBYTES = 12


@pytest.mark.parametrize(
    ("series", "each"),
    [(5_000, 3), pytest.param(100_000, 10, marks=[pytest.mark.night, pytest.mark.timeout(1800)])],
)
async def test_SEC70_no_screen_walks_through_a_large_library(session, app, client, series, each):
    shelf = await make.library(session)
    manager = await manager_of(session, shelf)
    async with crowd(session, shelf, manager, series=series, each=each):
        for query in SMART:
            await save_as_list(session, manager, query, query)
        await session.commit()
        browser = await browser_of(client, session, manager)
        one = await session.scalar(text("SELECT id FROM series WHERE age_rating = 0 LIMIT 1"))
        lists = [f"/libraries/{shelf.id}{wish}" for wish in (*ORDERS, *FILTERS)]
        parts = [f"/libraries/{shelf.id}/filters/{name}" for name in PARTS]
        others = ["/", f"/series/{one}", "/favourites", "/collections", "/lists"]

        wrong = []
        for path in [*lists, *parts, *SEARCHES, *others]:
            with statements_of(app) as said:
                answer = await browser.get(path)
            assert answer.status_code == 200, path
            if path in lists:
                assert len(brotli.compress(answer.content, quality=4)) <= KILOBYTES * 1024, path
            most = MOST_OF_A_LIST if path in lists else MOST_OF_HOME
            if path not in SEARCHES and len(said) > most:
                wrong.append((path, "statements", len(said)))
            for one_said in said:
                plan = await plan_of(session, *one_said)
                wrong += [(path, *found, one_said[0]) for found in _too_much(plan)]

    assert wrong == [], "\n".join(map(str, wrong))


def _too_much(plan: list[dict[str, Any]]) -> list[tuple[str, float]]:
    return [(_name(node), _rows(node)) for node in plan if _walks(node) or _rows(node) > MOST_ROWS]


@contextmanager
def statements_of(app: Any) -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")) and not any(
            part in statement for part in NOT_OF_THE_SCREEN
        ):
            said.append((statement, values))

    engine = app.state.engine.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", listen)


async def plan_of(session: Any, statement: str, values: Any) -> list[dict[str, Any]]:
    """Every step of it, with what it really read."""
    connection = await session.connection()
    found = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
    plan = found.scalar_one()
    [top] = json.loads(plan) if isinstance(plan, str) else plan
    return list(_steps(top["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _steps(below)


def _walks(node: dict[str, Any]) -> bool:
    return node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG


def _name(node: dict[str, Any]) -> str:
    return str(node.get("Index Name") or node.get("Relation Name") or node["Node Type"])


def _rows(node: dict[str, Any]) -> float:
    dropped = node.get("Rows Removed by Filter", 0)
    return float((node["Actual Rows"] + dropped) * node["Actual Loops"])
