"""Where a role asks for a second factor, a password alone opens nothing but the screens that set one
up (requirement 31, the principal "unenrolled")."""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.auth import guard
from app.auth.factor_rule import TwoFactorRule
from app.auth.models import Second
from app.auth.sessions import Sessions
from app.foundation.valkey.local_cache import LocalCache
from app.foundation.web import Policy
from app.foundation.web.settings import choose
from tests.browser import HTMX, Browser, browser_of, keep_cookie
from tests.security.routes import filled, routes_of
from tests.security.test_routes import _world
from tests.security.world import row_digests

JSON = {"accept": "application/json"}
STAY_OPEN = {
    "GET /account/prove",
    "GET /account/two-factor",
    "GET /account/two-factor/app",
    "GET /account/two-factor/app/qr.svg",
    "GET /account/two-factor/app/remove",
    "GET /account/two-factor/codes",
    "GET /account/passkeys/{passkey_id:uuid}",
    "POST /account/passkeys",
    "POST /account/passkeys/options",
    "POST /account/passkeys/{passkey_id:uuid}",
    "POST /account/passkeys/{passkey_id:uuid}/remove",
    "POST /account/prove",
    "POST /account/prove/passkey",
    "POST /account/prove/passkey/options",
    "POST /account/two-factor/app",
    "POST /account/two-factor/app/confirm",
    "POST /account/two-factor/app/remove",
    "POST /account/two-factor/codes",
    "POST /account/two-factor/codes/file",
    "POST /logout",
}


@pytest.fixture
async def values(session: AsyncSession) -> dict[str, Any]:
    return await _world(session)


@pytest.fixture
async def unenrolled(
    client: httpx.AsyncClient, session: AsyncSession, values: dict[str, Any]
) -> Browser:
    """An owner who signed in with a password, where owners must show more."""
    browser = await browser_of(client, session, values["owner"])
    await choose(session, TwoFactorRule(owners=True))
    await session.commit()
    return browser


async def test_SEC31_the_unenrolled_get_to_nothing_but_what_sets_a_factor_up(
    app: Litestar, unenrolled: Browser, values: dict[str, Any], engine: AsyncEngine
) -> None:
    before = await row_digests(engine)
    stay_open = set()

    for route in routes_of(app):
        if route.policy in (Policy.PUBLIC, Policy.SETUP) or route.method == "OPTIONS":
            continue
        if route.handler.opt.get("unenrolled"):
            stay_open.add(route.line)
            continue
        path = filled(route.path, values)
        for headers in ({}, HTMX, JSON):
            if route.method == "GET":
                answer = await unenrolled.get(path, headers=dict(headers))
            else:
                answer = await unenrolled.post(path, headers=dict(headers))
            target = answer.headers.get("location") or answer.headers.get("hx-redirect")
            assert answer.status_code in (303, 403), (route.line, answer.status_code)
            assert target in ("/account/two-factor", None), route.line

    assert stay_open == STAY_OPEN
    assert await row_digests(engine) == before


async def test_the_screen_says_why_and_shows_no_way_about(unenrolled: Browser) -> None:
    text = (await unenrolled.get("/account/two-factor")).text

    assert "asks for more than a password" in text
    assert 'class="rail"' not in text and "/logout" in text


async def test_whoever_showed_a_second_factor_comes_in(
    unenrolled: Browser, session: AsyncSession, values: dict[str, Any]
) -> None:
    from app.foundation.web.client import Client

    here = Client("127.0.0.1", "http", "localhost")
    secret, _row = await Sessions(session).begin(
        values["owner"], here, "tests", stays=True, second=Second.CODE
    )
    await session.commit()
    keep_cookie(unenrolled.client, "bunko_session", secret)

    assert (await unenrolled.get("/")).status_code == 200


async def test_other_roles_are_not_asked(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, values: dict[str, Any]
) -> None:
    await choose(session, TwoFactorRule(managers=True, readers=True))
    await session.commit()
    owner = await browser_of(client, session, values["owner"])

    assert (await owner.get("/")).status_code == 200


async def test_SEC04_a_rule_that_breaks_lets_nobody_in(
    unenrolled: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_given: Any) -> bool:
        raise RuntimeError

    monkeypatch.setattr(guard, "must_enrol", breaks)

    assert (await unenrolled.get("/")).status_code == 500


async def test_an_owner_sets_the_rule_on_the_settings_screen(
    client: httpx.AsyncClient, session: AsyncSession, values: dict[str, Any]
) -> None:
    owner = await browser_of(client, session, values["owner"])
    assert "A second factor is asked of" in (await owner.get("/admin/settings/two-factor")).text

    await owner.post("/admin/settings/two-factor", {"readers": "1", "owners": "1"})
    LocalCache.clear_all()

    assert (await owner.get("/")).headers["location"] == "/account/two-factor"
