"""No way in but the declared ones (requirements 1, 2, 3, 27)."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.foundation.db.tables import all_tables
from app.foundation.web import Policy
from tests import factories
from tests.browser import browser_of
from tests.security.routes import Known, filled, routes_of

REVIEWED = Path(__file__).with_name("public_routes.txt")
OPEN = (Policy.PUBLIC, Policy.SETUP)
SAFE = ("GET", "HEAD", "OPTIONS")
# By day the tricks take turns; by night each is tried on every address.
EVERY_TRICK = pytest.mark.parametrize(
    "step", [4, pytest.param(1, marks=pytest.mark.night)], ids=["some tricks", "every trick"]
)


def _reviewed() -> set[str]:
    lines = REVIEWED.read_text().splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_SEC1_every_route_declares_who_may_come_in(app: Litestar) -> None:
    silent = [
        route.line
        for route in routes_of(app)
        if not isinstance(route.policy, Policy) and route.method != "OPTIONS"
    ]

    assert silent == []


def test_SEC1_what_is_open_to_strangers_was_reviewed(app: Litestar) -> None:
    found = {
        route.line for route in routes_of(app) if route.policy in OPEN and route.method != "OPTIONS"
    }

    assert found == _reviewed()


async def test_SEC1_a_stranger_comes_into_no_other_route(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    values = await _world(session)
    closed = [route for route in routes_of(app) if route.policy not in OPEN]
    assert len(closed) > 20

    for route in closed:
        answer = await client.request(route.method, filled(route.path, values))
        assert answer.status_code in (303, 401, 403), route.line
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/login"), route.line


@EVERY_TRICK
async def test_SEC1_no_way_of_writing_an_address_opens_it(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, step: int
) -> None:
    values = await _world(session)
    for turn, route in enumerate(routes_of(app)):
        if route.policy in OPEN or route.method != "GET" or route.path == "/":
            continue
        path = filled(route.path, values)
        for trick in _tricks(path)[turn % step :: step]:
            answer = await client.get(httpx.URL("http://localhost", raw_path=trick.encode()))
            assert answer.status_code != 200, (trick, answer.text[:200])


def _tricks(path: str) -> list[str]:
    encoded = "/" + quote(path[1:]).replace("/", "%2F")
    return [
        path + "/",
        "/" + path,
        path.replace("/", "//"),
        path.upper(),
        encoded,
        f"/healthz/..{path}",
        f"/static/..{path}",
        f"/static/dist/../..{path}",
        f"/login/%2e%2e{path}",
        f"/healthz;{path}",
        path + "/healthz",
        path + "/static/dist/x.css",
        path + "%00",
        path + ";.css",
        f"/.{path}",
        path + "?policy=PUBLIC",
    ]


async def test_SEC1_an_answer_to_options_opens_nothing(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    values = await _world(session)
    for route in routes_of(app):
        if route.method == "OPTIONS" and "{file_path" not in route.path:
            answer = await client.options(filled(route.path, values))
            assert answer.text in ("",) or answer.status_code in (303, 401, 403), route.line


async def test_SEC27_looking_changes_nothing(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, engine: AsyncEngine
) -> None:
    values = await _world(session)
    owner = await browser_of(client, session, values["owner"])
    before = await _all_rows(engine)

    for route in _gets(app):
        for method in ("GET", "HEAD"):
            address = filled(route.path, values)
            answer = await owner.client.request(method, address)
            assert answer.status_code < 500, (route.line, answer.text[:300])

    assert await _all_rows(engine) == before


async def test_SEC3_what_a_person_sees_is_kept_by_no_shared_cache(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    values = await _world(session)
    owner = await browser_of(client, session, values["owner"])

    for route in _gets(app):
        if route.policy not in OPEN:
            answer = await owner.get(filled(route.path, values))
            kept = answer.headers["cache-control"]
            assert "private" in kept and "public" not in kept, route.line
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert kept == "private, no-store", route.line


async def test_SEC28_no_screen_carries_script_or_style_of_its_own(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    values = await _world(session)
    owner = await browser_of(client, session, values["owner"])

    for route in _gets(app):
        answer = await owner.get(filled(route.path, values))
        if answer.headers.get("content-type", "").startswith("text/html"):
            for banned in (" style=", " onclick=", " onload=", "<style", "javascript:", "hx-on"):
                assert banned not in answer.text.lower(), (route.line, banned)
            assert answer.text.lower().count("<script") == answer.text.lower().count("<script src=")


def _gets(app: Litestar) -> list[Known]:
    return [route for route in routes_of(app) if route.method == "GET" and route.path != "/static"]


async def _world(session: AsyncSession) -> dict[str, Any]:
    """One of everything, by the names that stand in paths; somebody owns this Bunko."""
    shelf = await factories.library(session)
    series = await factories.series(session, shelf)
    chapter = await factories.chapter(session, series)
    owner = await factories.admin(session)
    person = await factories.alice(session)
    return {
        "library_id": shelf.id,
        "series_id": series.id,
        "chapter_id": chapter.id,
        "user_id": person.id,
        "session_id": person.id,
        "passkey_id": person.id,
        "app_password_id": person.id,
        "family_id": person.id,
        "device_id": person.id,
        "collection_id": person.id,
        "list_id": person.id,
        "edit_id": person.id,
        "other_id": person.id,
        "problem_id": person.id,
        "root_id": person.id,
        "file_id": person.id,
        "job_id": person.id,
        "token": "no-such-secret",
        "owner": owner,
        "page": 1,
        "act_id": person.id,
        "provider_id": person.id,
        "identity_id": person.id,
        "name": "genre",
        "day": "2026-02-03",
        "invitation_id": person.id,
        "tablet_id": person.id,
        "notification_id": person.id,
        "source_id": person.id,
        "release_id": person.id,
        "download_id": person.id,
    }


async def _all_rows(engine: AsyncEngine) -> dict[str, str | None]:
    """A digest of every table."""
    found: dict[str, str | None] = {}
    async with engine.connect() as connection:
        for table in all_tables().sorted_tables:
            query = f'SELECT md5(string_agg(t::text, $$|$$ ORDER BY t::text)) FROM "{table.name}" t'
            found[table.name] = await connection.scalar(text(query))
    return found
