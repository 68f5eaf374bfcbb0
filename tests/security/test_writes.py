"""What may be sent, and what is done with it (requirements 34, 44)."""

import ast
import re
from pathlib import Path

import httpx
from litestar import Litestar
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import User
from app.foundation.db.tables import all_tables
from app.foundation.web import Policy
from tests import factories
from tests.browser import another_browser
from tests.security.routes import filled, routes_of
from tests.security.test_routes import _world

ROOT = Path(__file__).parents[2]


async def test_SEC34_a_reader_who_sends_every_column_to_every_route_gains_nothing(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, engine: AsyncEngine
) -> None:
    values = await _world(session)
    reader = await factories.bob(session)
    columns = {column.name for table in all_tables().sorted_tables for column in table.columns}
    form = {name: "owner" if name == "role" else "1" for name in columns}
    before = await _rights(engine)
    writes = [route for route in routes_of(app) if route.method not in ("GET", "OPTIONS")]
    assert len(writes) > 10

    for route in writes:
        if route.policy is not Policy.SETUP:
            async with another_browser(app, session, reader) as bob:
                answer = await bob.post(filled(route.path, values), form)
            assert answer.status_code < 500, route.line

    assert await _rights(engine) == before
    role = await session.scalar(select(User.role).where(User.id == reader.id))
    assert role is not None and role.value == "reader"


async def _rights(engine: AsyncEngine) -> list[object]:
    async with engine.connect() as connection:
        people = await connection.execute(
            text(
                "SELECT id, name, role, age_limit, disabled_at, password_hash FROM user_account ORDER BY id"
            )
        )
        access = await connection.execute(text("SELECT * FROM access ORDER BY 1, 2"))
        hidden = await connection.execute(text("SELECT * FROM hidden_tag ORDER BY 1, 2"))
        return [people.all(), access.all(), hidden.all()]


def test_SEC44_no_template_switches_escaping_off() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        written = path.read_text()
        assert re.search(r"\|\s*safe\b|autoescape|\bMarkup\b", written) is None, path


def test_SEC44_markup_is_made_of_our_own_words_only() -> None:
    """`Markup("…")` of a literal: what is foreign comes in by `format` and `escape`, escaped."""
    made = [
        (str(path.relative_to(ROOT)), ast.unparse(call))
        for path in (ROOT / "app").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Markup"
        if call.args and not isinstance(call.args[0], ast.Constant)
    ]

    assert made == []
