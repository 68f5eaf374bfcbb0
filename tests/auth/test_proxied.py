"""A proxy says who somebody is: believed from our proxies alone, where an owner wants that."""

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth import proxied
from app.auth.events import What
from app.auth.models import Session
from app.auth.proxied import ProxySignIn
from app.foundation.web.client import Clients
from app.foundation.web.settings import choose
from app.monitoring.models import AuditLine
from tests import factories
from tests.browser import Browser

NAME = {"remote-user": "alice"}
PROXY = "127.0.0.1"


@pytest.fixture
async def trusted(app: Litestar) -> AsyncIterator[None]:
    """The tests' own address is that of a trusted proxy."""
    door = app.asgi_handler
    before = door.clients  # type: ignore[attr-defined]
    door.clients = Clients([f"{PROXY}/32"])  # type: ignore[attr-defined]
    yield
    door.clients = before  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def nobody_was_told() -> None:
    proxied._told.clear()


async def switch_on(session: AsyncSession, **rules: object) -> None:
    await choose(session, ProxySignIn(is_on=True, **rules))  # type: ignore[arg-type]
    await session.commit()


async def go_on(browser: Browser, headers: Mapping[str, str | bytes] = NAME) -> httpx.Response:
    await browser.get("/login", headers=dict(headers))
    return await browser.post("/login/proxy", {"next": "/account"}, headers=dict(headers))


async def sessions(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Session)) or 0


@pytest.fixture
async def anyone(client: httpx.AsyncClient, app: Litestar, session: AsyncSession) -> Browser:
    await factories.admin(session)
    await factories.alice(session)
    return Browser(client, app, None)


async def test_SEC10_the_name_counts_from_a_trusted_proxy(
    anyone: Browser, session: AsyncSession, trusted: None
) -> None:
    await switch_on(session)

    assert "Go on as alice" in (await anyone.get("/login", headers=dict(NAME))).text
    answer = await go_on(anyone)

    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "alice" in (await anyone.get("/account", headers=dict(NAME))).text


async def test_SEC10_nothing_is_believed_until_an_owner_says_so(
    anyone: Browser, session: AsyncSession, trusted: None
) -> None:
    assert "Go on as" not in (await anyone.get("/login", headers=dict(NAME))).text
    assert (await go_on(anyone)).status_code == 403
    assert await sessions(session) == 0


async def test_SEC10_a_name_from_elsewhere_is_ignored_and_told_once(
    anyone: Browser, session: AsyncSession
) -> None:
    await switch_on(session, makes_people=True)

    for _ in range(3):
        assert "Go on as" not in (await anyone.get("/login", headers=dict(NAME))).text
        assert (await go_on(anyone)).status_code == 403

    assert await sessions(session) == 0
    lines = await session.scalars(select(AuditLine.what))
    assert list(lines) == [What.HEADER_FORGED]


@pytest.mark.parametrize(
    "headers",
    [
        [("remote-user", "alice"), ("remote-user", "admin")],
        [("remote-user", "")],
        [("remote-user", "x" * 500)],
        [("remote_user", "alice")],
        [("x-forwarded-user", "alice")],
        [("remote-user", "nobody here")],
    ],
)
async def test_SEC10_what_is_no_single_name_lets_nobody_in(
    anyone: Browser, session: AsyncSession, trusted: None, headers: list[tuple[str, str]]
) -> None:
    await switch_on(session)
    await anyone.get("/login")

    form = {"csrf_token": anyone.token(), "next": "/"}
    answer = await anyone.client.post("/login/proxy", data=form, headers=headers)

    assert answer.status_code == 403
    assert await sessions(session) == 0


async def test_whom_nobody_knows_becomes_a_reader_where_owners_want_that(
    anyone: Browser, session: AsyncSession, trusted: None
) -> None:
    await switch_on(session, makes_people=True, header="X-Name")

    answer = await go_on(anyone, {"x-name": "Jürgen".encode()})

    assert answer.status_code == 303
    made = (await session.scalars(select(User).where(User.name == "Jürgen"))).one()
    assert (made.role, made.password_hash) == (Role.READER, "!")


async def test_who_is_disabled_stays_out(
    anyone: Browser, session: AsyncSession, trusted: None
) -> None:
    await switch_on(session)
    alice = (await session.scalars(select(User).where(User.name == "alice"))).one()
    alice.disabled_at = factories.DAWN
    await session.commit()

    assert (await go_on(anyone)).status_code == 403


async def test_SEC2_a_session_ends_where_the_proxy_names_somebody_else(
    anyone: Browser, session: AsyncSession, trusted: None
) -> None:
    await switch_on(session)
    await go_on(anyone)

    assert (await anyone.get("/account", headers=dict(NAME))).status_code == 200
    other = await anyone.get("/account", headers={"remote-user": "admin"})
    assert other.headers["location"].startswith("/login")
