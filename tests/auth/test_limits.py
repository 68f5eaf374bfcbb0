"""Who asks too often waits: with a screen, with headers, and only for themselves."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role
from app.auth import limits
from app.auth.limits import Kind, LimitRules, Limits, kind_of
from app.config import Settings
from app.foundation.valkey.rates import Rates
from app.foundation.web.settings import choose
from tests import factories
from tests.browser import another_browser, browser_of
from tests.reading.counting import statements
from tests.security.routes import routes_of


@pytest.fixture
async def limited(
    app: Litestar, client: httpx.AsyncClient, settings: Settings, valkey_url: str
) -> AsyncIterator[Limits]:
    """The app with the limits that it has outside tests."""
    before = app.state["limits"]
    rates = Rates(valkey_url)
    app.state["limits"] = made = Limits(rates, app.state["session_maker_class"])
    assert rates._client is not None
    await rates._client.flushdb()
    yield made
    app.state["limits"] = before
    await rates.close()


async def few(session: AsyncSession, **numbers: int) -> None:
    await choose(session, LimitRules(**numbers))
    await session.commit()


async def test_a_person_who_asks_too_often_waits_and_nobody_else_does(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, limited: Limits
) -> None:
    await few(session, screens=10)
    alice = await browser_of(client, session, await factories.alice(session))

    answers = [await alice.get("/account") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    left = [answer.headers["ratelimit"].split(";")[1] for answer in answers]
    assert left == [f"r={number}" for number in [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"screens";q=10;w=60'}
    refused = answers[-1]
    assert 1 <= int(refused.headers["retry-after"]) <= 6
    assert "too many requests" in refused.text and "text/html" in refused.headers["content-type"]
    assert (await alice.get("/nowhere")).status_code == 404
    async with another_browser(app, session, await factories.bob(session)) as bob:
        assert (await bob.get("/account")).status_code == 200


async def test_built_files_are_not_counted_and_nobody_is_looked_up_for_them(
    client: httpx.AsyncClient,
    session: AsyncSession,
    engine: AsyncEngine,
    limited: Limits,
) -> None:
    await few(session, public=10)
    alice = await browser_of(client, session, await factories.alice(session))
    address = re.search(r'/static/dist/[^"]+', (await alice.get("/account")).text)
    assert address

    with statements(engine) as said:
        answers = [await alice.get(address[0]) for _ in range(11)]

    assert {answer.status_code for answer in answers} == {200}
    assert not any("ratelimit" in answer.headers for answer in answers)
    assert said == []


async def test_programs_are_told_as_programs(
    client: httpx.AsyncClient, session: AsyncSession, limited: Limits
) -> None:
    await few(session, public=10)
    await factories.admin(session)
    for _ in range(10):
        await client.get("/login")

    answer = await client.get("/login", headers={"accept": "application/json"})

    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 429


async def test_SEC9_strangers_count_by_network_and_each_kind_for_itself(
    client: httpx.AsyncClient, session: AsyncSession, limited: Limits
) -> None:
    await few(session, public=10)
    await factories.admin(session)
    for _ in range(10):
        assert (await client.get("/login")).status_code == 200

    assert (await client.get("/login")).status_code == 429
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.post("/login")).status_code == 403, "refused for its form, not its number"


async def test_a_limit_that_breaks_lets_nobody_through(
    client: httpx.AsyncClient,
    session: AsyncSession,
    limited: Limits,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def breaks(*_given: object) -> None:
        raise RuntimeError

    alice = await browser_of(client, session, await factories.alice(session))
    monkeypatch.setattr(Rates, "take", breaks)

    assert (await alice.get("/account")).status_code == 500


async def test_SEC67_a_database_that_fails_is_an_outage_for_whoever_needs_it_and_no_limit_for_others(
    client: httpx.AsyncClient,
    session: AsyncSession,
    limited: Limits,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fails(*_given: object) -> None:
        raise OperationalError("SELECT", {}, Exception())

    alice = await browser_of(client, session, await factories.alice(session))
    monkeypatch.setattr(limits, "chosen", fails)

    assert (await alice.get("/account")).status_code == 503
    assert (await client.get("/robots.txt")).status_code == 200


async def test_owners_change_the_numbers_while_bunko_runs(
    client: httpx.AsyncClient, session: AsyncSession, limited: Limits
) -> None:
    owner = await browser_of(client, session, await factories.person(session, "o", Role.OWNER))
    fields = dict.fromkeys(LimitRules.__struct_fields__, "500")

    bad = await owner.post("/admin/settings/limits", {**fields, "screens": "1"})
    good = await owner.post("/admin/settings/limits", {**fields, "screens": "77"})

    assert (bad.status_code, good.status_code) == (422, 303)
    policy = (await owner.get("/account")).headers["ratelimit-policy"]
    assert policy == '"screens";q=77;w=60'


def test_every_route_has_its_kind(app: Litestar) -> None:
    kinds = {
        route.line: kind_of(route.handler, route.method, route.path) for route in routes_of(app)
    }

    assert set(kinds.values()) >= set(Kind) - {Kind.API}
    assert kinds["GET /login"] is Kind.PUBLIC
    assert kinds["POST /login"] is Kind.SIGN_IN
    assert kinds["GET /search"] is Kind.SEARCH
    assert kinds["GET /series/{series_id:uuid}/cover"] is Kind.IMAGES
    assert kinds["POST /series/{series_id:uuid}/favourite"] is Kind.WRITES
    assert kinds["GET /"] is Kind.SCREENS
