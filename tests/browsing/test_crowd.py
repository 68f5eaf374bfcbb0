"""However large a library is, a screen of it costs a few statements that read a few rows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import brotli
import pytest
from sqlalchemy import event, text

from tests import factories as make
from tests.browser import browser_of
from tests.crowd import BEGUN, crowd, reader_of

BIG = {"series", "chapter", "chapter_file", "search_document"}
LISTS = ("", *(f"?sort={sort}" for sort in ("added", "updated", "read")), "?letter=c")
STATES = tuple(f"?state={state}" for state in ("unread", "reading", "completed"))
MOST_OF_A_LIST, MOST_OF_HOME = 6, 8
MOST_ROWS = 20 * BEGUN
"""What a list may read at most: some rows for each series a person has begun, never the library."""
KILOBYTES = 12


@pytest.mark.parametrize(
    ("series", "each"),
    [(5_000, 3), pytest.param(100_000, 10, marks=[pytest.mark.night, pytest.mark.timeout(1800)])],
)
async def test_SEC70_no_screen_walks_through_a_large_library(session, app, client, series, each):
    shelf = await make.library(session)
    reader = await reader_of(session, shelf)
    await crowd(session, shelf, reader, series=series, each=each)
    browser = await browser_of(client, session, reader)
    one = await session.scalar(text("SELECT id FROM series WHERE age_rating = 0 LIMIT 1"))
    lists = [f"/libraries/{shelf.id}{wish}" for wish in (*LISTS, *STATES)]
    searches = ["/search?q=abc", "/search/suggest?q=ab+cd", "/search?q=3f&kind=chapters"]

    for path in [*lists, *searches, "/", f"/series/{one}", "/favourites", "/collections", "/lists"]:
        with statements_of(app) as said:
            answer = await browser.get(path)

        assert answer.status_code == 200, path
        plans = [await plan_of(session, *one_said) for one_said in said]
        walked = [node for plan in plans for node in plan if _walks(node)]
        assert walked == [], path
        if path in lists:
            assert len(said) <= MOST_OF_A_LIST, path
            assert max(_rows(node) for plan in plans for node in plan) <= MOST_ROWS, path
            assert len(brotli.compress(answer.content, quality=4)) <= KILOBYTES * 1024, path
        if path == "/":
            assert len(said) <= MOST_OF_HOME


@contextmanager
def statements_of(app: Any) -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "WITH")) and "pg_catalog" not in statement:
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


def _rows(node: dict[str, Any]) -> float:
    dropped = node.get("Rows Removed by Filter", 0)
    return float((node["Actual Rows"] + dropped) * node["Actual Loops"])
