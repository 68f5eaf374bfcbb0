"""Somebody lost what they had to show: an owner, or whoever runs the server, lets them in again."""

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.events import SecurityEvent, What
from app.auth.models import Authenticator, BackupCode, SignInChallenge
from app.events import _listeners, on
from tests.auth.conftest import MakePerson
from tests.auth.second import code_now, give_app, give_codes, password_step, wrong_code
from tests.auth.test_commands import Typed, user  # noqa: F401 - a fixture
from tests.browser import Browser, another_browser, browser_of


@pytest.fixture
async def alice(app: Litestar, session: AsyncSession, make_person: MakePerson) -> User:
    person = await make_person("alice")
    await give_app(app, session, person)
    await give_codes(session, person)
    return person


@pytest.fixture
async def owner(client: httpx.AsyncClient, session: AsyncSession, alice: User) -> Browser:
    keeper = (await session.scalars(select(User).where(User.role == Role.OWNER))).one()
    return await browser_of(client, session, keeper)


async def nothing_is_left(session: AsyncSession) -> bool:
    tables = (Authenticator, BackupCode, SignInChallenge)
    counts = [await session.scalar(select(func.count()).select_from(one)) for one in tables]
    return counts == [0, 0, 0]


async def test_an_owner_resets_and_the_password_alone_lets_in_again(
    app: Litestar, owner: Browser, session: AsyncSession, alice: User
) -> None:
    told: list[SecurityEvent] = []

    async def listen(_session: AsyncSession, fact: SecurityEvent) -> None:
        told.append(fact)

    path = f"/admin/users/{alice.id}/two-factor"
    async with (
        another_browser(app, session, alice) as hers,
        another_browser(app, session, None) as locked_out,
    ):
        await password_step(locked_out)
        for _try in range(5):
            await locked_out.post("/login/second", {"code": wrong_code()})
        assert (
            "works no more" in (await owner.get(path)).text
            or "work no more" in (await owner.get(path)).text
        )
        on(SecurityEvent)(listen)
        try:
            answer = await owner.post(path)
        finally:
            _listeners[SecurityEvent].remove(listen)

        assert answer.headers["location"] == f"/admin/users/{alice.id}"
        assert [(event.what, event.subject) for event in told] == [
            (What.TWO_FACTOR_RESET, alice.id)
        ]
        assert await nothing_is_left(session)
        assert (await hers.get("/account")).status_code == 303
        late = await locked_out.post("/login/second", {"code": code_now()})
        assert late.headers["location"] == "/login"
        assert (await password_step(locked_out)).headers["location"] == "/"


async def test_who_has_nothing_to_reset_is_said_so(owner: Browser, make_person: MakePerson) -> None:
    bob = await make_person("bob")

    answer = await owner.get(f"/admin/users/{bob.id}/two-factor")

    assert answer.headers["location"] == f"/admin/users/{bob.id}"
    assert "with the password alone" in (await owner.get(f"/admin/users/{bob.id}")).text


async def test_an_owner_does_not_reset_themselves(
    owner: Browser, app: Litestar, session: AsyncSession
) -> None:
    keeper = (await session.scalars(select(User).where(User.role == Role.OWNER))).one()

    assert (await owner.post(f"/admin/users/{keeper.id}/two-factor")).status_code == 409


async def test_the_command_line_resets_too(
    user: Typed,  # noqa: F811
    session: AsyncSession,
    alice: User,
) -> None:
    answer = await user("reset-two-factor", "alice")

    assert (answer.exit_code, answer.stdout) == (0, "alice signs in with the password alone now.\n")
    assert await nothing_is_left(session)
