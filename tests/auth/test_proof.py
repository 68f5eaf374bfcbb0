"""`/account/prove`: who sits there, asked again."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.models import Session
from app.foundation.db import now
from tests.auth.conftest import PASSWORD, MakePerson
from tests.browser import HTMX, Browser, browser_of, keep_cookie


@pytest.fixture
async def keeper(make_person: MakePerson) -> User:
    return await make_person("keeper", Role.OWNER)


@pytest.fixture
async def browser(client: httpx.AsyncClient, session: AsyncSession, keeper: User) -> Browser:
    """Signed in for eleven minutes."""
    browser = await browser_of(client, session, keeper)
    await session.execute(update(Session).values(proved_at=now() - timedelta(minutes=11)))
    await session.commit()
    return browser


async def test_the_password_leads_on_to_where_they_were_going(browser: Browser) -> None:
    asked = await browser.get("/admin/users/new")
    screen = await browser.get(asked.headers["location"])
    assert "Confirm that it is you" in screen.text

    answer = await browser.post(
        "/account/prove", {"password": PASSWORD, "next": "/admin/users/new"}
    )

    assert answer.headers["location"] == "/admin/users/new"
    assert (await browser.get("/admin/users/new")).status_code == 200
    assert (await browser.get("/account/prove?next=/account")).headers["location"] == "/account"


async def test_a_form_that_was_sent_too_late_is_asked_for_again(browser: Browser) -> None:
    headers = {"referer": "http://localhost/account"}
    late = await browser.post("/account", {"name": "Keeper of keys"}, headers=headers)
    assert late.headers["location"] == "/account/prove?next=/account&again=1"
    assert "was not saved" in (await browser.get(late.headers["location"])).text

    proof = {"password": PASSWORD, "next": "/account", "again": "1"}
    assert (await browser.post("/account/prove", proof)).headers["location"] == "/account"

    assert "send it again now" in (await browser.get("/account")).text
    answer = await browser.post("/account", {"name": "Keeper of keys"})
    assert answer.headers["location"] == "/account"
    assert "Keeper of keys" in (await browser.get("/account")).text


@pytest.mark.parametrize(
    ("headers", "target"),
    [
        ({}, "/admin/users/new"),
        ({"referer": "http://localhost/admin/users/new?a=b"}, "/admin/users/new%3Fa%3Db"),
        ({"referer": "http://evil.example/admin/users"}, "/"),
        ({"referer": "http://localhost//evil.example/"}, "/"),
        ({**HTMX, "hx-current-url": "http://localhost/admin/users/new"}, "/admin/users/new"),
    ],
)
async def test_SEC30_the_way_back_is_a_screen_of_ours(
    browser: Browser, headers: dict[str, str], target: str
) -> None:
    method = browser.post if headers else browser.get
    answer = await method("/admin/users/new" if not headers else "/admin/users", headers=headers)
    door = answer.headers.get("location") or answer.headers["hx-redirect"]
    shown = (await browser.get(door)).text

    then = target.replace("%3F", "?").replace("%3D", "=")
    if target == "/":
        assert 'name="next" value="/' in shown and "evil" not in shown
    else:
        assert f'name="next" value="{then}"' in shown


async def test_SEC24_proof_gives_a_new_session_id_to_the_same_sign_in(
    browser: Browser, session: AsyncSession
) -> None:
    before = browser.client.cookies["bunko_session"]
    row = (await session.scalars(select(Session))).one()
    began = row.created_at

    await browser.post("/account/prove", {"password": PASSWORD})

    after = browser.client.cookies["bunko_session"]
    assert after != before
    await session.refresh(row)
    assert row.created_at == began
    browser.client.cookies.clear()
    keep_cookie(browser.client, "bunko_session", before)
    assert (await browser.get("/account")).headers["location"].startswith("/login")


async def test_SEC14_a_wrong_password_proves_nothing_and_is_throttled(
    browser: Browser, session: AsyncSession
) -> None:
    statuses = [
        (await browser.post("/account/prove", {"password": f"guess {n}"})).status_code
        for n in range(7)
    ]

    assert statuses[0] == 422
    assert statuses[-1] == 429
    assert (await browser.get("/admin/users/new")).status_code == 303
