"""`/api/v1` as programs meet it, and its description."""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.foundation.web.policies import Scope
from tests import factories
from tests.browser import Browser, browser_of
from tests.reading.counting import statements
from tests.security.routes import routes_of

LIBRARIES = "/api/v1/libraries"


@pytest.fixture
async def alice(session: AsyncSession) -> User:
    await factories.admin(session)
    return await factories.alice(session)


@pytest.fixture
async def key(session: AsyncSession, alice: User) -> dict[str, str]:
    return {"x-api-key": await factories.key(session, alice, Scope.READ)}


@pytest.fixture
async def browser(client: httpx.AsyncClient, session: AsyncSession, alice: User) -> Browser:
    return await browser_of(client, session, alice)


async def test_a_key_says_whose_it_is_and_what_it_may(
    client: httpx.AsyncClient, alice: User, key: dict[str, str]
) -> None:
    answer = await client.get("/api/v1/me", headers=key)

    assert answer.json() == {
        "id": str(alice.id),
        "name": "alice",
        "role": "reader",
        "age_limit": None,
        "carrier": "app password",
        "scopes": ["read"],
    }


async def test_libraries_come_in_parts_and_only_ones_own(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, key: dict[str, str]
) -> None:
    await factories.library(session, "Secret")
    for name in "DBACE":
        await factories.let_in(session, alice, await factories.library(session, name))

    parts, following = [], f"{LIBRARIES}?limit=2"
    while following:
        answer = (await client.get(following, headers=key)).json()
        parts.append([one["name"] for one in answer["items"]])
        following = answer["next"]

    assert parts == [["A", "B"], ["C", "D"], ["E"]]


@pytest.mark.parametrize("libraries", [1, 40])
async def test_a_part_of_the_list_takes_the_same_few_queries_however_long_it_is(
    client: httpx.AsyncClient,
    session: AsyncSession,
    app: Litestar,
    alice: User,
    key: dict[str, str],
    libraries: int,
) -> None:
    for number in range(libraries):
        await factories.let_in(session, alice, await factories.library(session, str(number)))
    await client.get(LIBRARIES, headers=key)

    with statements(app.state.engine) as said:
        await client.get(LIBRARIES, headers=key)

    assert len(said) == 2  # who asks, and the list


async def test_how_much_there_is_is_told_only_to_those_from_whom_nothing_is_hidden(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, key: dict[str, str]
) -> None:
    shelf = await factories.library(session, series_total=7)
    await factories.let_in(session, alice, shelf)

    seen = (await client.get(LIBRARIES, headers=key)).json()["items"][0]["series_count"]
    await session.execute(update(User).where(User.id == alice.id).values(age_limit=12))
    await session.commit()
    limited = (await client.get(LIBRARIES, headers=key)).json()["items"][0]["series_count"]

    assert (seen, limited) == (7, None)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=1e9"])
async def test_what_is_asked_wrongly_is_named(
    client: httpx.AsyncClient, key: dict[str, str], query: str
) -> None:
    answer = await client.get(f"{LIBRARIES}?{query}", headers=key)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "limit"


async def test_a_made_up_place_is_the_beginning(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, key: dict[str, str]
) -> None:
    await factories.let_in(session, alice, await factories.library(session, "One"))

    for after in ("x", "", "x" * 5000, "%00"):
        answer = await client.get(f"{LIBRARIES}?after={after}", headers=key)
        assert [one["name"] for one in answer.json()["items"]] == ["One"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/v1/me", b"", 401),
        ("GET", "/api/v1/nothing", b"", 404),
        ("PUT", "/api/v1/me", b"", 405),
        ("POST", "/api/v1/auth/refresh", b"{", 400),
        ("POST", "/api/v1/auth/refresh", b"[]", 422),
        ("POST", "/api/v1/auth/refresh", b'{"refresh_token": 1}', 422),
        ("POST", "/api/v1/auth/refresh", b'{"refresh_token": "x", "admin": true}', 422),
        ("POST", "/api/v1/auth/refresh", b'{"refresh_token": "%s"}' % (b"x" * 999), 422),
        ("POST", "/api/v1/auth/revoke", b"", 422),
        ("POST", "/api/v1/auth/refresh", b"[" * 5000, 400),
    ],
)
async def test_every_mistake_is_answered_as_a_problem(
    client: httpx.AsyncClient, alice: User, method: str, path: str, body: bytes, status: int
) -> None:
    headers = {"content-type": "application/json"} if body else {}
    answer = await client.request(method, path, content=body, headers=headers)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status and answer.json()["request_id"]
    assert "www-authenticate" not in answer.headers


async def test_a_program_that_says_goodbye_with_an_unknown_token_is_answered_the_same(
    client: httpx.AsyncClient, alice: User
) -> None:
    answer = await client.post("/api/v1/auth/revoke", json={"refresh_token": "made up"})

    assert (answer.status_code, answer.content) == (204, b"")


# ---- The description ----


async def description(browser: Browser) -> dict[str, Any]:
    answer = await browser.get("/api/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_the_description_tells_of_every_address_of_the_api_and_of_no_other(
    app: Litestar, browser: Browser
) -> None:
    told = await description(browser)

    assert told["openapi"].startswith("3.1")
    served = {
        (route.path, route.method.lower())
        for route in routes_of(app)
        if route.path.startswith("/api/v1") and route.method != "OPTIONS"
    }
    described = {(path, verb) for path, verbs in told["paths"].items() for verb in verbs}
    assert described == served


async def test_every_address_has_words_an_id_and_its_mistakes(browser: Browser) -> None:
    told = await description(browser)

    for path, verbs in told["paths"].items():
        for verb, one in verbs.items():
            where = f"{verb} {path}"
            assert len(one["summary"]) > 10 and len(one["description"]) > 40, where
            assert one["operationId"] and one["tags"], where
            problems = [code for code in one["responses"] if code.startswith("4")]
            assert problems, where
            for code in problems:
                assert "application/problem+json" in one["responses"][code]["content"], where
    schemes = told["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"apiKey", "http"}


async def test_every_reference_of_the_description_leads_somewhere(browser: Browser) -> None:
    told = await description(browser)
    known = {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}

    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*map(references, part.values()))
        return set().union(*map(references, part)) if isinstance(part, list) else set()

    assert references(told) <= known


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
async def test_SEC53_the_description_is_for_those_who_are_signed_in(
    client: httpx.AsyncClient, alice: User, path: str
) -> None:
    answer = await client.get(path)

    assert answer.headers["location"] == f"/login?next={path}"
    assert (await client.get("/api/openapi.json")).status_code == 401


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
async def test_SEC28_its_screens_have_a_policy_of_their_own_that_loads_nothing_from_elsewhere(
    browser: Browser, path: str
) -> None:
    answer = await browser.get(path)

    rules = dict(
        rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";")
    )
    assert rules["script-src"] == "'self'" and rules["default-src"] == "'none'"
    assert rules["style-src"] == "'self' 'unsafe-inline'" and rules["img-src"] == "'self' data:"
    assert rules["connect-src"] == "'self'" and rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in (await browser.get("/")).headers["content-security-policy"]
    assert "://" not in answer.text


async def test_owners_list_everybody_in_parts_by_a_key_that_administers(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, key: dict[str, str]
) -> None:
    owner = await factories.person(session, "boss", Role.OWNER)
    headers = {"x-api-key": await factories.key(session, owner, Scope.ADMIN)}

    parts, following = [], "/api/v1/users?limit=2"
    while following:
        answer = (await client.get(following, headers=headers)).json()
        parts.append([one["name"] for one in answer["items"]])
        following = answer["next"]

    assert parts == [["admin", "alice"], ["boss"]]
    assert (await client.get("/api/v1/users", headers=key)).status_code == 403
