"""Strangers who make themselves an account, where that door is open."""

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.accounts.registration import Registration
from app.auth.throttle import Throttles, network
from app.foundation.web.settings import choose
from app.library.models import Access
from tests import factories
from tests.browser import Browser, browser_of
from tests.invitations.conftest import PASSWORD

STRANGER = {"name": "mira", "password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
async def owner(session: AsyncSession) -> User:
    return await factories.admin(session)


@pytest.fixture
async def stranger(client: httpx.AsyncClient, session: AsyncSession, owner: User) -> Browser:
    return await browser_of(client, session, None)


async def open_it(session: AsyncSession, **rules: object) -> None:
    await choose(session, Registration(is_open=True, **rules))  # type: ignore[arg-type]
    await session.commit()


async def test_it_is_closed_until_an_owner_opens_it(stranger: Browser) -> None:
    answers = [await stranger.get("/register"), await stranger.post("/register", STRANGER)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "/register" not in (await stranger.get("/login")).text


async def test_an_owner_opens_it_and_says_what_people_get(
    stranger: Browser, session: AsyncSession, owner: User
) -> None:
    shelf = await factories.library(session)
    browser = await browser_of(stranger.client, session, owner)
    form = {"is_open": "1", "libraries": str(shelf.id), "age_limit": "12"}

    answer = await browser.post("/admin/registration", form)
    assert answer.status_code == 303
    await browser.post("/logout")
    stranger = await browser_of(stranger.client, session, None)
    assert 'href="/register"' in (await stranger.get("/login")).text
    came = await stranger.post("/register", STRANGER)

    assert came.headers["location"] == "/"
    mira = (await session.scalars(select(User).where(User.name == "mira"))).one()
    assert (mira.role, mira.age_limit, mira.disabled_at) == (Role.READER, 12, None)
    given = await session.scalars(select(Access.library_id).where(Access.user_id == mira.id))
    assert list(given) == [shelf.id]


async def test_who_waits_cannot_sign_in_before_an_owner_lets_them_in(
    stranger: Browser, session: AsyncSession, owner: User
) -> None:
    await open_it(session)
    sign_in = {"name": "mira", "password": PASSWORD}

    came = await stranger.post("/register", STRANGER)
    early = await stranger.post("/login", sign_in)
    wrong = await stranger.post("/login", {**sign_in, "password": "x" * 20})
    mira = (await session.scalars(select(User).where(User.name == "mira"))).one()
    browser = await browser_of(stranger.client, session, owner)
    listed = await browser.get("/admin/users")
    let_in = await browser.post(f"/admin/users/{mira.id}/disable/remove")
    await browser.post("/logout")
    stranger = await browser_of(stranger.client, session, None)
    later = await stranger.post("/login", sign_in)

    assert came.headers["location"] == "/login"
    assert (early.status_code, wrong.status_code) == (422, 422)
    assert "waits to be let in" in listed.text
    assert (let_in.status_code, later.status_code) == (303, 303)


async def test_who_is_turned_away_is_gone_and_nobody_else_can_be(
    stranger: Browser, session: AsyncSession, owner: User
) -> None:
    await open_it(session)
    await stranger.post("/register", STRANGER)
    mira = (await session.scalars(select(User).where(User.name == "mira"))).one()
    alice = await factories.alice(session)
    browser = await browser_of(stranger.client, session, owner)

    answers = [
        await browser.post(f"/admin/users/{one.id}/turn-away") for one in (mira, mira, alice)
    ]

    assert [answer.status_code for answer in answers] == [303, 404, 404]
    names = set(await session.scalars(select(User.name)))
    assert names == {"admin", "alice"}


async def test_SEC9_one_network_cannot_register_without_end(
    app: Litestar, stranger: Browser, session: AsyncSession
) -> None:
    await open_it(session)
    throttles = Throttles(app.state.session_maker_class)
    while not await throttles.take(network("127.0.0.1", "register")):
        pass

    answer = await stranger.post("/register", STRANGER)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_no_more_wait_than_an_owner_can_look_through(
    stranger: Browser, session: AsyncSession
) -> None:
    await open_it(session)
    for number in range(50):
        await factories.person(session, f"waits {number}", asked_at=factories.DAWN)

    answer = await stranger.post("/register", STRANGER)

    assert answer.status_code == 503


async def test_a_name_that_is_taken_is_told_with_everything_else(
    stranger: Browser, session: AsyncSession
) -> None:
    await open_it(session)

    answer = await stranger.post("/register", {**STRANGER, "name": "ADMIN", "password": "short"})

    assert answer.status_code == 422
    assert "has this name already" in answer.text and "at least 12" in answer.text
