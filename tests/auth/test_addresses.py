"""A mail address counts once it was confirmed; the one before is told."""

from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.models import Session
from app.foundation.db import now
from tests.auth.conftest import MakePerson
from tests.browser import Browser, another_browser
from tests.mail_server import Post

NEW = "new@example.org"


@pytest.fixture
async def alice(make_person: MakePerson) -> User:
    return await make_person("alice", email="alice@example.org", email_verified_at=now())


async def change(browser: Browser, email: str = NEW) -> httpx.Response:
    return await browser.post("/account/email", {"email": email})


async def test_a_new_address_counts_once_its_link_was_followed_anywhere(
    browser: Browser, app: Litestar, session: AsyncSession, alice: User, post: Post
) -> None:
    await change(browser)
    await session.refresh(alice)
    assert (alice.email, alice.new_email) == ("alice@example.org", NEW)
    assert "waits to be confirmed" in (await browser.get("/account")).text

    path = await post.last_path()
    assert post.server.recipients == [NEW]
    async with another_browser(app, session, None) as phone:
        asked = await phone.get(path)
        assert NEW in asked.text
        answer = await phone.post(path)

    assert answer.headers["location"] == "/login"
    await session.refresh(alice)
    assert (alice.email, alice.new_email) == (NEW, None)
    assert alice.email_verified_at is not None


async def test_looking_at_the_link_confirms_nothing(
    browser: Browser, session: AsyncSession, alice: User, post: Post
) -> None:
    await change(browser)
    path = await post.last_path()

    await browser.get(path)

    await session.refresh(alice)
    assert alice.new_email == NEW


async def test_a_link_works_once_and_not_for_an_address_that_was_given_up(
    browser: Browser, session: AsyncSession, alice: User, post: Post
) -> None:
    await change(browser)
    first = await post.last_path()
    await browser.post("/account/email/new/remove")
    assert (await browser.post(first)).status_code == 404
    await change(browser, "third@example.org")
    assert (await browser.post(first)).status_code == 404
    second = await post.last_path()

    assert (await browser.post(second)).headers["location"] == "/account"
    assert (await browser.post(second)).status_code == 404
    await session.refresh(alice)
    assert alice.email == "third@example.org"


async def test_an_address_that_somebody_took_meanwhile_is_refused(
    browser: Browser, session: AsyncSession, alice: User, make_person: MakePerson, post: Post
) -> None:
    await change(browser)
    path = await post.last_path()
    await make_person("bob", email=NEW.upper())

    answer = await browser.post(path)

    assert answer.status_code == 422
    assert "has this mail address already" in answer.text


async def test_an_old_address_can_be_confirmed_too(
    browser: Browser, session: AsyncSession, alice: User, post: Post
) -> None:
    await session.execute(update(User).values(email_verified_at=None))
    await session.commit()
    assert "not confirmed" in (await browser.get("/account/email")).text

    await browser.post("/account/email/confirm")
    await browser.post(await post.last_path())

    assert "confirmed" in (await browser.get("/account")).text
    await session.refresh(alice)
    assert alice.email_verified_at is not None


async def test_without_a_mail_server_an_address_counts_at_once_and_is_not_confirmed(
    browser: Browser, session: AsyncSession, alice: User
) -> None:
    assert "cannot be confirmed" in (await browser.get("/account/email")).text

    await change(browser)

    await session.refresh(alice)
    assert (alice.email, alice.new_email, alice.email_verified_at) == (NEW, None, None)


async def test_an_address_can_be_given_up(
    browser: Browser, session: AsyncSession, alice: User, post: Post
) -> None:
    await change(browser, "")

    await session.refresh(alice)
    assert alice.email is None


@pytest.mark.parametrize(
    ("email", "said"),
    [("nonsense", "Write a mail address"), ("BOB@example.org", "has this mail address already")],
)
async def test_what_is_no_address_or_somebody_elses_is_said_beside_the_field(
    browser: Browser, make_person: MakePerson, post: Post, email: str, said: str
) -> None:
    await make_person("bob", email="bob@example.org")

    answer = await change(browser, email)

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{email}"' in answer.text


async def test_SEC14_changing_the_address_needs_a_fresh_proof(
    browser: Browser, session: AsyncSession, alice: User
) -> None:
    await session.execute(update(Session).values(proved_at=now() - timedelta(minutes=11)))
    await session.commit()

    answer = await change(browser)

    assert answer.headers["location"].startswith("/account/prove")
    await session.refresh(alice)
    assert alice.email == "alice@example.org"


async def test_SEC09_nobody_fills_a_mailbox_by_way_of_us(
    browser: Browser, alice: User, post: Post
) -> None:
    statuses = [(await change(browser, f"{n}@example.org")).status_code for n in range(6)]

    assert statuses[0] == 303
    assert statuses[-1] == 429
