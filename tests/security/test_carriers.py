"""Each secret in each place of a request: it opens something only where it belongs, and then only
what it was made for (requirements 2, 19, 20, 23, 31)."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.hashing import hasher
from app.auth.tokens import Tokens
from app.foundation.db import now
from app.foundation.valkey.local_cache import LocalCache
from app.foundation.web.policies import Policy, Scope, scopes_that_open
from app.library.models import Access
from tests import factories
from tests.browser import another_browser
from tests.security.matrix import MATRIX, PASSWORD, Verdict
from tests.security.routes import Known, filled, routes_of
from tests.security.world import World, leaks

OPEN = (Policy.PUBLIC, Policy.SETUP)
WHO = "owner"
QUERY = "key={0}&api_key={0}&token={0}&access_token={0}&session={0}&bunko_session={0}&password={0}"

type Sent = dict[str, Any]


def _basic(name: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{name}:{secret}".encode()).decode()}


PLACES: dict[str, Callable[[str], Sent]] = {
    "cookie": lambda secret: {"headers": {"cookie": f"bunko_session={secret}"}},
    "bearer": lambda secret: {"headers": {"authorization": f"Bearer {secret}"}},
    "basic": lambda secret: {"headers": _basic(WHO, secret)},
    "header": lambda secret: {"headers": {"x-api-key": secret}},
    "address": lambda secret: {"params": httpx.QueryParams(QUERY.format(secret))},
}
BELONGS = {
    ("session", "cookie"),
    ("app password", "basic"),
    ("app password", "header"),
    ("access token", "bearer"),
}
SECRETS = (
    *("session", "password", "app password", "access token", "refresh token"),
    *("one-time token", "form token"),
)
MISFITS = [(s, p) for s in SECRETS for p in PLACES if (s, p) not in BELONGS]


def _closed(app: Litestar) -> Iterator[Known]:
    """Every route that is not open to strangers."""
    for route in routes_of(app):
        if route.method != "OPTIONS" and route.policy not in OPEN:
            yield route


def _one_of_each_kind(app: Litestar) -> list[Known]:
    """What can make a difference to a credential: one route of each."""
    kinds = {}
    for route in _closed(app):
        opt = route.handler.opt
        place = route.path.startswith("/api/")
        marks = (bool(opt.get("image")), bool(opt.get("proof")))
        kind = (route.method, route.policy, scopes_that_open(route.handler), *marks, place)
        kinds.setdefault(kind, route)
    return list(kinds.values())


def _taking_turns(app: Litestar) -> Iterator[tuple[Known, str, str]]:
    """Every secret at every route, in one of its wrong places after the other; where keys open
    anything, in all of them. All places everywhere would be fifteen thousand requests."""
    for number, route in enumerate(_closed(app)):
        if scopes_that_open(route.handler):
            yield from ((route, secret, place) for secret, place in MISFITS)
            continue
        for secret in SECRETS:
            wrong = [place for place in PLACES if (secret, place) not in BELONGS]
            yield route, secret, wrong[number % len(wrong)]


@pytest.fixture
async def nobody(app: Litestar, session: AsyncSession) -> AsyncIterator[httpx.AsyncClient]:
    async with another_browser(app, session, None) as browser:
        yield browser.client


@pytest.fixture
async def secrets(world: World, session: AsyncSession, nobody: httpx.AsyncClient) -> dict[str, str]:
    """One of each, all of the owner."""
    owner = world.people[WHO]
    password_hash = await hasher().hash(PASSWORD)
    await session.execute(
        update(User).where(User.id == owner.id).values(password_hash=password_hash)
    )
    key = await factories.key(session, owner)
    once, _row = await Tokens(session, "reset").make(lives=timedelta(hours=1), user_id=owner.id)
    await session.commit()
    answer = await nobody.post("/api/v1/auth/token", json={}, headers={"x-api-key": key})
    tokens = answer.json()
    return {
        "session": world.browsers[WHO].secret or "",
        "password": PASSWORD,
        "app password": key,
        "access token": tokens["access_token"],
        "refresh token": tokens["refresh_token"],
        "one-time token": once,
        "form token": world.browsers[WHO].token(),
    }


async def _is_refused(
    client: httpx.AsyncClient, route: Known, world: World, sent: Sent, where: str
) -> None:
    answer = await client.request(route.method, filled(route.path, world.ids), **sent)
    assert answer.status_code in (303, 401, 403, 429), where
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/login"), where
    assert "www-authenticate" not in answer.headers, where
    assert "session" not in answer.headers.get("set-cookie", ""), where
    assert leaks(answer) == [], where


async def test_SEC19_a_secret_opens_nothing_where_it_does_not_belong(
    app: Litestar, world: World, nobody: httpx.AsyncClient, secrets: dict[str, str]
) -> None:
    for route in _one_of_each_kind(app):
        for secret, place in MISFITS:
            sent = PLACES[place](secrets[secret])
            await _is_refused(nobody, route, world, sent, f"{secret} as {place}: {route.line}")


@pytest.mark.night
@pytest.mark.timeout(600)
async def test_SEC19_a_secret_opens_no_route_at_all_where_it_does_not_belong(
    app: Litestar, world: World, nobody: httpx.AsyncClient, secrets: dict[str, str]
) -> None:
    for route, secret, place in _taking_turns(app):
        sent = PLACES[place](secrets[secret])
        await _is_refused(nobody, route, world, sent, f"{secret} as {place}: {route.line}")


async def test_SEC19_each_secret_opens_its_own_door(
    nobody: httpx.AsyncClient, secrets: dict[str, str]
) -> None:
    """Without this the tables above might be right for the wrong reason."""
    for secret, place in BELONGS:
        answer = await nobody.get("/api/v1/me", **PLACES[place](secrets[secret]))
        assert answer.status_code == 200, (secret, place)
        assert answer.json()["name"] == WHO


async def test_SEC31_a_key_opens_what_its_scope_says_and_what_its_person_may_see(
    app: Litestar, world: World, session: AsyncSession, nobody: httpx.AsyncClient
) -> None:
    doors = [route for route in _closed(app) if scopes_that_open(route.handler)]
    assert len(doors) >= 8
    for name in ("stranger", "young", "hidden", "outside", "reader", "owner"):
        for scope in Scope:
            if scope is Scope.ADMIN and name != "owner":
                continue
            key = await factories.key(session, world.people[name], scope, name=scope.value)
            for route in doors:
                await _opens_as_declared(nobody, route, world, name, scope, key)


async def _opens_as_declared(
    client: httpx.AsyncClient, route: Known, world: World, name: str, scope: Scope, key: str
) -> None:
    row = MATRIX[route.line]
    address = filled(route.path, world.ids)
    form = {"data": row.form(world) if row.form else {}} if route.method == "POST" else {}
    answer = await client.request(route.method, address, headers={"x-api-key": key}, **form)
    where = f"{name} with {scope}: {route.line} → {answer.status_code}"
    if scope not in scopes_that_open(route.handler):
        assert answer.status_code == 403, where
    elif row.verdicts[name] is Verdict.IN:
        assert answer.status_code in row.ok, where
    else:
        assert answer.status_code == row.verdicts[name].value, where
    if answer.status_code not in row.ok:
        assert leaks(answer) == [], where


async def test_SEC31_a_key_opens_no_route_that_declares_no_scope(
    app: Litestar, world: World, session: AsyncSession, nobody: httpx.AsyncClient
) -> None:
    """Not even the strongest: of the owner, for everything. Nothing is changed by trying."""
    headers = {"x-api-key": await factories.key(session, world.people[WHO])}
    tried = 0
    for route in _closed(app):
        if not scopes_that_open(route.handler):
            address = filled(route.path, world.ids)
            answer = await nobody.request(route.method, address, headers=headers)
            assert answer.status_code == 403, route.line
            assert leaks(answer) == [], route.line
            tried += 1

    assert tried > 100


LOSSES: dict[str, Callable[[User], Any]] = {
    "disabled": lambda who: update(User).where(User.id == who.id).values(disabled_at=now()),
    "without the library": lambda who: delete(Access).where(Access.user_id == who.id),
    "too young": lambda who: update(User).where(User.id == who.id).values(age_limit=12),
}


@pytest.mark.parametrize("loss", LOSSES)
async def test_SEC23_what_is_lost_is_lost_to_every_carrier_with_the_next_request(
    world: World, session: AsyncSession, nobody: httpx.AsyncClient, loss: str
) -> None:
    reader, series_id = world.people["reader"], world.secret_series.id
    key = await factories.key(session, reader)
    answer = await nobody.post("/api/v1/auth/token", json={}, headers={"x-api-key": key})
    ways = [
        {"x-api-key": key},
        _basic("reader", key),
        {"authorization": f"Bearer {answer.json()['access_token']}"},
        {"cookie": f"bunko_session={world.browsers['reader'].secret}"},
    ]
    paths = [f"/series/{series_id}/cover", f"/series/{series_id}/file"]
    for headers in ways:
        for path in paths:
            assert (await nobody.get(path, headers=headers)).status_code == 200

    await session.execute(LOSSES[loss](reader))
    await session.commit()
    # Images alone may trust for two seconds what another process changed.
    LocalCache.clear_all()

    for headers in ways:
        for path in paths:
            answer = await nobody.get(path, headers=headers)
            assert answer.status_code in (303, 401, 404), (headers, path)
            assert leaks(answer, library_is_known=True) == []


async def test_SEC23_a_demoted_owner_has_a_key_for_nothing_that_is_an_owners(
    world: World, session: AsyncSession, nobody: httpx.AsyncClient
) -> None:
    owner = world.people[WHO]
    headers = {"x-api-key": await factories.key(session, owner)}
    await session.execute(update(User).where(User.id == owner.id).values(role=Role.READER))
    await session.execute(text("DELETE FROM access"))
    await session.commit()

    answer = await nobody.get("/api/v1/libraries", headers=headers)
    assert answer.json()["items"] == []
    me = (await nobody.get("/api/v1/me", headers=headers)).json()
    assert me["role"] == "reader"
