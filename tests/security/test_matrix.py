"""Every route × everybody, asked for what may not be theirs (requirements 1, 27, 31)."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.foundation.db import new_id
from tests.browser import HTMX, Browser
from tests.security.matrix import MATRIX, Row, Verdict
from tests.security.routes import filled, routes_of
from tests.security.test_routes import EVERY_TRICK, _tricks
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
# Everybody asks for everything by day, each time in one of the ways, which take turns.
IN_EVERY_WAY = pytest.mark.parametrize(
    "in_every_way",
    [False, pytest.param(True, marks=pytest.mark.night)],
    ids=["one way", "every way"],
)


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


@IN_EVERY_WAY
async def test_SEC31_everybody_sees_what_is_theirs_and_nothing_else(
    world: World, in_every_way: bool
) -> None:
    etags = await _etags(world)
    for name, (turn, (path, row)) in product(EVERYBODY, enumerate(_rows("GET"))):
        if path != "/static":
            ways = _ways_of_looking(name, row, etags.get(path))
            if not in_every_way:
                is_in = row.verdicts[name] is Verdict.IN
                ways = _one_of(ways[:1] if is_in else ways, turn + EVERYBODY.index(name))
            await _look(world, name, path, row, ways)


def _ways_of_looking(name: str, row: Row, etag: str | None) -> list[tuple[str, Mapping[str, str]]]:
    """The plain one first."""
    plain: list[tuple[str, Mapping[str, str]]] = [("GET", {}), ("HEAD", {})]
    if row.verdicts[name] is Verdict.IN:
        return plain[1:] if row.stream else plain
    return plain + [("GET", way) for way in _ways_of_asking(row, etag)]


def _one_of[Way](ways: list[Way], turn: int) -> list[Way]:
    return [ways[turn % len(ways)]]


async def _look(
    world: World, name: str, path: str, row: Row, ways: list[tuple[str, Mapping[str, str]]]
) -> None:
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
        return [HTMX, JSON]
    return [
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


@IN_EVERY_WAY
@pytest.mark.parametrize("name", EVERYBODY)
async def test_SEC31_everybody_does_what_is_theirs_and_nothing_else(
    world: World, engine: AsyncEngine, session: AsyncSession, name: str, in_every_way: bool
) -> None:
    browser = world.browsers[name]
    refused = [row for row in _rows("POST") if row[1].verdicts[name] is not Verdict.IN]
    before = await row_digests(engine)
    ways: list[Mapping[str, str]] = [{}, HTMX, JSON]
    for turn, (path, row) in enumerate(refused, EVERYBODY.index(name)):
        for headers in ways if in_every_way else _one_of(ways, turn):
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


@pytest.mark.parametrize(
    "name",
    # For "young" as for "hidden" there is the library, but not the series.
    ["stranger", pytest.param("young", marks=pytest.mark.night), "hidden", "outside"],
)
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


@pytest.mark.parametrize(
    "names",
    # An owner gets everywhere but to what is for nobody yet.
    [("anonymous", "owner"), pytest.param(EVERYBODY, marks=pytest.mark.night)],
    ids=["some", "everybody"],
)
async def test_SEC27_looking_changes_nothing_whoever_looks(
    world: World, engine: AsyncEngine, session: AsyncSession, names: tuple[str, ...]
) -> None:
    await age_sessions(session)
    # When a session was last used decides when it ends, and how a provider answered how well it is:
    # both are noted by the way.
    noted = frozenset({"session.used_at", "provider_check", "provider_hour"})
    before = await row_digests(engine, without=noted)

    query = "?page=2&at=20260101T000000.000000&theme=dark&remove=1"
    for name in names:
        client = world.browsers[name].client
        for path, row in _rows("GET"):
            for address in {filled(path, ids) for ids in (world.ids, world.open_ids)}:
                if row.stream:
                    continue
                answer = await client.get(address + query, headers=HTMX)
                assert answer.status_code < 500, (name, path, answer.text[:300])
            assert (await client.head(filled(path, world.ids))).status_code < 500
        assert await row_digests(engine, without=noted) == before, name


@EVERY_TRICK
async def test_SEC01_no_way_of_writing_an_address_shows_what_is_not_theirs(
    world: World, step: int
) -> None:
    stranger = world.browsers["stranger"].client
    for turn, (path, row) in enumerate(_rows("GET")):
        if row.verdicts["stranger"] in (Verdict.NOT_THERE, Verdict.NO_ROLE):
            for trick in _tricks(filled(path, world.ids))[turn % step :: step]:
                raw = httpx.URL("http://localhost", raw_path=trick.encode())
                answer = await stranger.get(raw)
                assert answer.status_code in (303, 400, 403, 404, 405), (trick, answer.status_code)
                assert leaks(answer) == [], trick
