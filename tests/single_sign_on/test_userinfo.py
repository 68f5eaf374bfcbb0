"""Providers that say little in the ID token and the rest in their userinfo."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.models import Session
from app.single_sign_on import protocol
from app.single_sign_on.models import SignInProvider
from app.single_sign_on.protocol import Refused
from tests.browser import Browser
from tests.single_sign_on.conftest import known_there, make_provider, sign_in


async def test_name_and_role_are_taken_from_there(
    anyone: Browser, session: AsyncSession, provider: SignInProvider, issuer: str
) -> None:
    provider.role_claim, provider.manager_value = "groups", "librarians"
    await session.commit()
    known_there(issuer, "lean-1", preferred_username="Suzu", groups=["librarians"])

    answer = await sign_in(anyone, provider, "lean-1")

    assert answer.status_code == 303
    suzu = (await session.scalars(select(User).where(User.name == "Suzu"))).one()
    assert suzu.role is Role.MANAGER


async def test_what_it_tells_of_somebody_else_lets_nobody_in(
    anyone: Browser, session: AsyncSession, provider: SignInProvider, issuer: str
) -> None:
    known_there(issuer, "lean-swapped", preferred_username="Suzu")

    answer = await sign_in(anyone, provider, "lean-swapped")

    assert answer.status_code == 422 and "did not work" in answer.text
    assert (await session.scalars(select(Session))).all() == []


async def test_a_token_that_says_enough_counts_alone(
    anyone: Browser, provider: SignInProvider, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_given: object) -> dict[str, object]:
        raise Refused

    monkeypatch.setattr(protocol, "_with_userinfo", never)
    known_there(issuer, "u-20", preferred_username="Mio")

    assert (await sign_in(anyone, provider, "u-20")).status_code == 303


async def test_a_provider_that_is_away_is_a_plain_screen_with_the_way_back(
    anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    provider.issuer = "http://127.0.0.1:9"
    await session.commit()

    answer = await anyone.get(f"/login/with/{provider.id}?next=/account")

    assert answer.status_code == 503 and "Not signed in" in answer.text
    assert 'href="/login?next=/account"' in answer.text


async def test_two_providers_stand_beside_each_other_and_tell_people_apart(
    anyone: Browser, session: AsyncSession, provider: SignInProvider, issuer: str
) -> None:
    """The same subject of another issuer is another person."""
    other = await make_provider(session, issuer.replace("127.0.0.1", "localhost"), name="Beacon")
    screen = (await anyone.get("/login")).text
    assert "Sign in with Lantern" in screen and "Sign in with Beacon" in screen
    known_there(issuer, "both", preferred_username="Kei")

    for one in (provider, other):
        assert (await sign_in(anyone, one, "both")).status_code == 303
        await anyone.post("/logout")

    names = (await session.scalars(select(User.name).where(User.name.startswith("Kei")))).all()
    assert sorted(names) == ["Kei", "Kei 2"]
