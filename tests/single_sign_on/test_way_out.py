"""Signing out here, and then at the provider as well: at a real one, which sends people back."""

from html import unescape
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.models import Second, Session
from app.single_sign_on import way_out
from app.single_sign_on.models import SignInProvider
from app.single_sign_on.protocol import Metadata
from tests import factories
from tests.browser import Browser, browser_of
from tests.single_sign_on.conftest import sign_in


def way_there(screen: httpx.Response, issuer: str) -> str:
    """The address behind the button that leads to the provider."""
    [address] = [part.partition('"')[0] for part in screen.text.split('href="') if issuer in part]
    return unescape(address)


async def leave(browser: Browser) -> httpx.Response:
    answer = await browser.post("/logout")
    assert answer.status_code == 303
    return await browser.get(answer.headers["location"])


async def test_who_came_from_a_provider_may_sign_out_there_too_and_comes_back(
    anyone: Browser, session: AsyncSession, provider: SignInProvider, issuer: str
) -> None:
    await sign_in(anyone, provider, "leaver")

    screen = await leave(anyone)

    assert (await session.scalars(select(Session))).all() == []
    assert "Sign out at Lantern too" in screen.text
    address = way_there(screen, issuer)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["post_logout_redirect_uri"] == "http://localhost/login"
    assert asked["client_id"] == provider.client_id and asked["id_token_hint"].count(".") == 2
    async with httpx.AsyncClient(trust_env=False, timeout=30) as there:
        assert (await there.get(address)).status_code == 200
        form = {"redirect_uri": asked["post_logout_redirect_uri"]}
        gone = await there.post(f"{issuer}/oauth2/end_session/confirm", data=form)
    assert gone.headers["location"] == "http://localhost/login"


async def test_it_is_offered_after_a_second_step_as_well(
    anyone: Browser,
    session: AsyncSession,
    provider: SignInProvider,
    issuer: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def yes(*_given: object) -> bool:
        return True

    async def is_right(*_given: object) -> Second:
        return Second.CODE

    monkeypatch.setattr("app.auth.answers.has_second_factor", yes)
    monkeypatch.setattr("app.auth.second_routes.accepted", is_right)
    provider.suffices = False
    await session.commit()
    assert (await sign_in(anyone, provider, "two-step")).headers["location"] == "/login/second"
    assert (await anyone.post("/login/second", {"code": "123456"})).status_code == 303

    assert "id_token_hint" in way_there(await leave(anyone), issuer)


async def test_who_came_with_a_password_just_leaves(
    client: httpx.AsyncClient, session: AsyncSession, provider: SignInProvider
) -> None:
    browser = await browser_of(client, session, await factories.person(session, "alice"))

    answer = await browser.post("/logout")

    assert answer.headers["location"] == "/login"
    assert "bunko_sign_in" not in answer.headers.get("set-cookie", "")


async def test_a_stranger_is_offered_nothing(anyone: Browser, provider: SignInProvider) -> None:
    answer = await anyone.get(f"/login/with/{provider.id}/left")

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("endpoint", [None, "javascript:alert(1)", "ftp://elsewhere"])
async def test_without_a_way_there_signing_out_ends_at_the_sign_in_screen(
    anyone: Browser,
    provider: SignInProvider,
    issuer: str,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str | None,
) -> None:
    async def found(_provider: SignInProvider) -> Metadata:
        return Metadata(issuer, "", "", "", end_session_endpoint=endpoint)

    await sign_in(anyone, provider, "leaver")
    monkeypatch.setattr(way_out, "discover", found)

    screen = await leave(anyone)

    assert (screen.status_code, screen.headers["location"]) == (303, "/login")


async def test_a_token_too_long_for_a_cookie_stays_behind(
    anyone: Browser, provider: SignInProvider, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(way_out, "LONGEST_TOKEN", 10)
    await sign_in(anyone, provider, "leaver")

    asked = parse_qs(urlsplit(way_there(await leave(anyone), issuer)).query)

    assert "id_token_hint" not in asked and asked["client_id"] == [provider.client_id]


async def test_SEC52_the_token_is_kept_sealed(
    anyone: Browser, session: AsyncSession, provider: SignInProvider, issuer: str, app: Litestar
) -> None:
    await sign_in(anyone, provider, "sealed-canary")

    person = (await session.scalars(select(User).where(User.name == "sealed-canary"))).one()
    kept = await session.scalar(select(Session.origin).where(Session.user_id == person.id))

    assert kept and b"eyJ" not in kept and str(provider.id).encode() not in kept
