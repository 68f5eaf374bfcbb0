"""What breaks while somebody is judged denies them (requirement 4)."""

import sys
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts.models import User
from app.auth import hashing
from app.auth.sessions import Sessions
from app.auth.throttle import Throttles
from app.foundation.web import csrf, policies
from app.foundation.web.policies import Policy
from tests.browser import Browser, another_browser
from tests.security.matrix import MATRIX, PASSWORD
from tests.security.routes import filled, routes_of
from tests.security.world import World, leaks, row_digests


class Bug(Exception):
    pass


def _breaks(*_given: Any, **_named: Any) -> Any:
    raise Bug


async def _breaks_later(*_given: Any, **_named: Any) -> Any:
    raise Bug


async def _all_denied(world: World, engine: AsyncEngine, *methods: str) -> None:
    before = await row_digests(engine, without=frozenset({"session.used_at"}))
    for line, row in MATRIX.items():
        method, _, path = line.partition(" ")
        if method not in methods or path in ("/healthz", "/readyz", "/static"):
            continue
        address = filled(path, world.ids) + row.stream.format(**world.ids)
        if method == "GET":
            answer = await world.browsers["owner"].get(address)
        else:
            form = row.form(world) if row.form else {}
            answer = await world.browsers["owner"].post(address, form)
        assert answer.status_code >= 400, line
        assert leaks(answer) == [], line
    assert await row_digests(engine, without=frozenset({"session.used_at"})) == before


async def test_SEC04_a_judge_that_breaks_lets_nobody_in(
    app: Litestar, world: World, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "_judges", [_breaks_later])

    # What is open to all asks no judge.
    open_to_all = {route.line for route in routes_of(app) if route.policy is Policy.PUBLIC}
    rest = {line: row for line, row in MATRIX.items() if line not in open_to_all}
    monkeypatch.setattr("tests.security.test_fail_closed.MATRIX", rest)
    await _all_denied(world, engine, "GET", "POST")


async def test_SEC04_a_broken_look_up_of_the_session_lets_nobody_in(
    world: World, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sessions, "found", _breaks_later)

    await _all_denied(world, engine, "GET", "POST")


async def test_SEC04_a_form_check_that_breaks_lets_no_form_through(
    world: World, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csrf, "is_valid", _breaks)

    await _all_denied(world, engine, "POST")


@pytest.mark.parametrize(
    ("owner", "name"), [(Throttles, "take"), (hashing.Hasher, "verify"), (Sessions, "begin")]
)
async def test_SEC04_a_sign_in_that_breaks_half_way_signs_nobody_in(
    app: Litestar,
    client: httpx.AsyncClient,
    world: World,
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    name: str,
) -> None:
    reader = await session.get(User, world.people["reader"].id)
    reader.password_hash = await hashing.hasher().hash(PASSWORD)
    await session.commit()
    form = {"name": "reader", "password": PASSWORD}
    right = await Browser(client, app, None).post("/login", form)
    assert right.status_code == 303 and "set-cookie" in right.headers

    async with another_browser(app, session, None) as nobody:
        monkeypatch.setattr(owner, name, _breaks_later)
        answer = await nobody.post("/login", form)
        monkeypatch.undo()

        assert answer.status_code >= 500
        assert "bunko_session" not in answer.headers.get("set-cookie", "")
        assert (await nobody.get("/account")).status_code == 303


def _forget_what_was_made(module: Any) -> None:
    """Statements that were made while the rule was whole are kept for later requests."""
    for thing in list(vars(module).values()):
        if hasattr(thing, "cache_clear"):
            thing.cache_clear()


async def test_SEC04_a_rule_of_who_sees_what_that_breaks_shows_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("app.") and module is not None:
            for rule in ("visible_to", "libraries_of", "in_reach_of"):
                if hasattr(module, rule):
                    monkeypatch.setattr(module, rule, _breaks)
            _forget_what_was_made(module)

    for line in MATRIX:
        method, _, path = line.partition(" ")
        if method == "GET" and ("{library_id" in path or "{series_id" in path or "{chap" in path):
            answer = await world.browsers["owner"].get(filled(path, world.ids))
            assert answer.status_code == 500, line
            assert leaks(answer) == [], line
