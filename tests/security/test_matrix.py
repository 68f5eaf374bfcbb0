"""Every route × everybody, asked for what may not be theirs (requirements 1, 27, 31)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.foundation.db import new_id
from tests.browser import HTMX, Browser
from tests.security.matrix import MATRIX, Row, Verdict
from tests.security.routes import filled, routes_of
from tests.security.test_routes import _tricks
from tests.security.world import (
    EVERYBODY,
    SIGNED_OUT,
    World,
    age_sessions,
    leaks,
    renew,
    row_digests,
)

KNOWS_LIBRARY = ("young", "hidden", "reader", "manager", "owner")
KNOWS_SERIES = ("reader", "manager", "owner")
JSON = {"accept": "application/json"}


def _lines(app: Litestar) -> set[str]:
    return {route.line for route in routes_of(app) if route.method != "OPTIONS"}


def _rows(method: str) -> Iterator[tuple[str, Row]]:
    rows = sorted(MATRIX.items(), key=lambda item: item[1].is_last)
    for line, row in rows:
        asked, _, path = line.partition(" ")
        if asked == method:
            yield path, row


def test_SEC31_every_route_has_a_row_and_every_row_a_route(app: Litestar) -> None:
    assert _lines(app) - set(MATRIX) == set(), "routes that nobody thought about"
    assert set(MATRIX) - _lines(app) == set()


async def test_SEC31_everybody_sees_what_is_theirs_and_nothing_else(world: World) -> None:
    etags = await _etags(world)
    for name in EVERYBODY:
        for path, row in _rows("GET"):
            if path != "/static":
                await _look(world, name, path, row, etags.get(path))


async def _look(world: World, name: str, path: str, row: Row, etag: str | None) -> None:
    ways = [("HEAD", {}), *(("GET", way) for way in _ways_of_asking(row, etag))]
    if row.verdicts[name] is Verdict.IN:
        ways = ways[: 1 if row.stream else 2]
    client = world.browsers[name].client
    address = filled(path, world.ids) + row.stream.format(**world.ids)
    for method, headers in ways:
        answer = await client.request(method, address, headers=headers)
        where = f"{name}: {method} {path} {headers} → {answer.status_code}"
        _judge(answer, row, name, where)


def _judge(answer: httpx.Response, row: Row, name: str, where: str) -> None:
    verdict = row.verdicts[name]
    if verdict is Verdict.IN:
        assert answer.status_code in (*row.ok, 206, 304), where
    elif verdict is Verdict.SIGN_IN:
        assert answer.status_code in (303, 401), where
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/login"), where
    else:
        assert answer.status_code == verdict.value, where
    if name not in KNOWS_SERIES:
        assert leaks(answer, library_is_known=name in KNOWS_LIBRARY) == [], where
    if verdict is not Verdict.IN:
        assert answer.headers["cache-control"] == "private, no-store", where
        assert "etag" not in answer.headers, where


def _ways_of_asking(row: Row, etag: str | None) -> list[Mapping[str, str]]:
    if not row.is_image:
        return [{}, HTMX, JSON]
    return [
        {},
        JSON,
        {"range": "bytes=0-9"},
        {"range": "bytes=-9"},
        {"if-none-match": "*"},
        {"if-none-match": etag or '"none"'},
        {"range": "bytes=0-9", "if-range": etag or '"none"'},
    ]


async def _etags(world: World) -> dict[str, str]:
    """The real ones, as somebody else may have passed them on."""
    found = {}
    for path, row in _rows("GET"):
        if row.is_image:
            answer = await world.browsers["owner"].get(filled(path, world.ids))
            assert answer.status_code == 200
            found[path] = answer.headers["etag"]
    return found


@pytest.mark.parametrize("name", EVERYBODY)
async def test_SEC31_everybody_does_what_is_theirs_and_nothing_else(
    world: World, engine: AsyncEngine, session: AsyncSession, name: str
) -> None:
    browser = world.browsers[name]
    refused = [row for row in _rows("POST") if row[1].verdicts[name] is not Verdict.IN]
    before = await row_digests(engine)
    for path, row in refused:
        for headers in ({}, HTMX, JSON):
            answer = await _post(browser, path, row, world, headers)
            _judge(answer, row, name, f"{name}: POST {path} {headers} → {answer.status_code}")
    assert await row_digests(engine) == before

    for path, row in _rows("POST"):
        if row.verdicts[name] is Verdict.IN:
            answer = await _post(browser, path, row, world, {})
            _judge(answer, row, name, f"{name}: POST {path} → {answer.status_code} {answer.text}")
            if path == "/logout" and name not in SIGNED_OUT:
                await renew(session, world, name)


async def _post(
    browser: Browser, path: str, row: Row, world: World, headers: Mapping[str, str]
) -> httpx.Response:
    form = row.form(world) if row.form else {}
    return await browser.post(filled(path, world.ids), form, headers=dict(headers))


@pytest.mark.parametrize("name", ["stranger", "young", "hidden", "outside"])
async def test_SEC31_what_is_not_theirs_answers_as_what_does_not_exist(
    world: World, name: str
) -> None:
    browser = world.browsers[name]
    for method in ("GET", "POST"):
        for path, row in _rows(method):
            if "/selection" in path:
                continue  # its series stand in the form: see the test below
            if row.verdicts[name] is Verdict.NOT_THERE and "{" in path:
                answers = [
                    await _ask(browser, method, filled(path, ids), row, world)
                    for ids in (world.ids, world.missing_ids)
                ]
                assert answers[0] == answers[1], (name, path)


@pytest.mark.parametrize("name", ["stranger", "young", "hidden", "outside"])
async def test_SEC33_a_series_that_is_not_theirs_is_chosen_like_one_that_does_not_exist(
    world: World, name: str
) -> None:
    browser = world.browsers[name]
    for path, row in _rows("POST"):
        if "/selection" in path and row.verdicts[name] is Verdict.NOT_THERE:
            form = row.form(world) if row.form else {}
            answers = [
                await browser.post(filled(path, world.ids), {**form, "series": str(series_id)})
                for series_id in (world.secret_series.id, new_id())
            ]
            texts = [_without_what_varies(answer.text) for answer in answers]
            assert answers[0].status_code == answers[1].status_code == 404, path
            assert texts[0] == texts[1], path


async def _ask(browser: Browser, method: str, path: str, row: Row, world: World) -> Any:
    if method == "GET":
        answer = await browser.get(path)
    else:
        answer = await browser.post(path, row.form(world) if row.form else {})
    headers = {name for name in answer.headers if name != "content-length"}
    return answer.status_code, headers, _without_what_varies(answer.text)


def _without_what_varies(text: str) -> str:
    """Form tokens, the reference of the request, the time, and the address that was asked for."""
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", text)
    text = re.sub(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b|\d\d:\d\d:\d\d", "", text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", text)


async def test_SEC27_looking_changes_nothing_whoever_looks(
    world: World, engine: AsyncEngine, session: AsyncSession
) -> None:
    await age_sessions(session)
    # When a session was last used decides when it ends, and how a provider answered how well it is:
    # both are noted by the way.
    noted = frozenset({"session.used_at", "provider_check", "provider_hour"})
    before = await row_digests(engine, without=noted)

    for name in EVERYBODY:
        client = world.browsers[name].client
        for path, row in _rows("GET"):
            for ids in (world.ids, world.open_ids):
                if row.stream:
                    continue
                query = "?page=2&at=20260101T000000.000000&theme=dark&remove=1"
                answer = await client.get(filled(path, ids) + query, headers=HTMX)
                assert answer.status_code < 500, (name, path, answer.text[:300])
            assert (await client.head(filled(path, world.ids))).status_code < 500
        assert await row_digests(engine, without=noted) == before, name


async def test_SEC01_no_way_of_writing_an_address_shows_what_is_not_theirs(world: World) -> None:
    stranger = world.browsers["stranger"].client
    for path, row in _rows("GET"):
        if row.verdicts["stranger"] in (Verdict.NOT_THERE, Verdict.NO_ROLE):
            for trick in _tricks(filled(path, world.ids)):
                raw = httpx.URL("http://localhost", raw_path=trick.encode())
                answer = await stranger.get(raw)
                assert answer.status_code in (303, 400, 403, 404, 405), (trick, answer.status_code)
                assert leaks(answer) == [], trick
