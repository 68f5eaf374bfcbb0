"""From the link an owner makes to the person who came in by it."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.events import SecurityEvent, What
from app.auth.models import OneTimeToken
from app.events import _listeners
from app.foundation.db import now
from app.invitations.service import Invitations, Terms
from app.library.models import Access, Library
from tests import factories
from tests.browser import Browser, another_browser, browser_of
from tests.invitations.conftest import PASSWORD

NEWCOMER = {"name": "mira", "password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
async def owner(session: AsyncSession) -> User:
    return await factories.admin(session)


@pytest.fixture
async def browser(client: httpx.AsyncClient, session: AsyncSession, owner: User) -> Browser:
    return await browser_of(client, session, owner)


async def link_for(session: AsyncSession, owner: User, **terms: object) -> str:
    made = Terms(**terms)  # type: ignore[arg-type]
    secret, _ = await Invitations(session).invite(made, by=owner, lives=timedelta(days=1))
    await session.commit()
    return f"/invitation/{secret}"


async def follow(app: Litestar, session: AsyncSession, link: str, **more: str) -> httpx.Response:
    async with another_browser(app, session, None) as stranger:
        return await stranger.post(link, {**NEWCOMER, **more})


async def test_who_follows_a_link_comes_in_with_what_it_gives(
    app: Litestar, browser: Browser, session: AsyncSession
) -> None:
    given, kept = await factories.library(session), await factories.library(session, "Kept")
    form = {"role": "reader", "libraries": str(given.id), "age_limit": "12", "lives": "week"}

    made = await browser.post("/admin/invitations/new", {**form, "email": "mira@example.org"})
    link = made.text.partition(">http://localhost")[2].partition("<")[0]
    async with another_browser(app, session, None) as stranger:
        screen = await stranger.get(link)
        answer = await stranger.post(link, {**NEWCOMER, "email": "mira@example.org"})
        home = await stranger.get("/")

    assert made.status_code == 200
    assert "mira@example.org" in screen.text
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert home.status_code == 200
    mira = await session.scalar(select(User).where(User.name == "mira"))
    assert mira is not None
    assert (mira.role, mira.age_limit, mira.email) == (Role.READER, 12, "mira@example.org")
    libraries = await session.scalars(select(Access.library_id).where(Access.user_id == mira.id))
    assert list(libraries) == [given.id] and kept.id != given.id


async def test_SEC36_of_twenty_who_follow_one_link_one_comes_in(
    app: Litestar, session: AsyncSession, owner: User
) -> None:
    link = await link_for(session, owner)

    answers = await asyncio.gather(
        *(follow(app, session, link, name=f"guest {30 + n}") for n in range(20))
    )

    assert sorted(answer.status_code for answer in answers) == [303] + 19 * [404]
    assert len(list(await session.scalars(select(User)))) == 2


async def test_SEC20_expired_used_foreign_and_malformed_links_get_one_screen(
    app: Litestar, session: AsyncSession, owner: User
) -> None:
    expired, used, taken = [await link_for(session, owner) for _ in range(3)]
    await follow(app, session, used)
    invitations = Invitations(session)
    open_ones = await invitations.open_ones()
    await invitations.take_back(open_ones[0].id)
    row = await session.get_one(OneTimeToken, open_ones[1].id)
    row.expires_at = now() - timedelta(seconds=1)
    await session.commit()
    odd = ["/invitation/" + word for word in ("x", "%C3%A4", "a" * 500, "%00", "'--")]

    seen = set()
    async with another_browser(app, session, None) as stranger:
        for link in (expired, used, taken, *odd):
            shown, sent = await stranger.get(link), await stranger.post(link, NEWCOMER)
            seen |= {(shown.status_code, sent.status_code)}
            assert "This invitation does not work" in shown.text

    assert seen == {(404, 404)}


@pytest.mark.parametrize("change", [{"role": Role.READER}, {"disabled_at": now()}])
async def test_a_link_of_somebody_who_is_no_owner_any_more_is_good_for_nothing(
    app: Litestar, session: AsyncSession, owner: User, change: dict[str, object]
) -> None:
    link = await link_for(session, owner, role=Role.OWNER)
    await session.execute(update(User).where(User.id == owner.id).values(change))
    await session.commit()

    answer = await follow(app, session, link)

    assert answer.status_code == 404
    assert await Invitations(session).open_ones() == []


async def test_every_mistake_is_told_at_once_and_the_link_stays_good(
    app: Litestar, session: AsyncSession, owner: User
) -> None:
    link = await link_for(session, owner)

    wrong = await follow(app, session, link, name="аlice", password="short", password_again="other")
    right = await follow(app, session, link)

    assert wrong.status_code == 422
    for words in ("one script", "at least 12", "not the same"):
        assert words in wrong.text
    assert right.status_code == 303


async def test_somebody_signed_in_is_told_to_sign_out_first(
    browser: Browser, session: AsyncSession, owner: User
) -> None:
    link = await link_for(session, owner)

    shown, sent = await browser.get(link), await browser.post(link, NEWCOMER)

    assert "sign out first" in shown.text
    assert sent.status_code == 409
    assert len(await Invitations(session).open_ones()) == 1


async def test_an_invitation_is_taken_back_once(
    browser: Browser, session: AsyncSession, owner: User
) -> None:
    await link_for(session, owner, note="For Mira")
    [invitation] = await Invitations(session).open_ones()
    path = f"/admin/invitations/{invitation.id}/remove"

    listed = await browser.get("/admin/invitations")
    first, again = await browser.post(path), await browser.post(path)

    assert "For Mira" in listed.text
    assert (first.status_code, again.status_code) == (303, 404)
    assert "No invitation is open" in (await browser.get("/admin/invitations")).text


async def test_the_link_is_shown_once_and_told_to_nobody(
    browser: Browser, session: AsyncSession, owner: User
) -> None:
    told: list[SecurityEvent] = []

    async def listen(_session: AsyncSession, fact: SecurityEvent) -> None:
        told.append(fact)

    _listeners[SecurityEvent].append(listen)
    made = await browser.post("/admin/invitations/new", {"role": "manager"})
    _listeners[SecurityEvent].remove(listen)
    secret = made.text.partition("/invitation/")[2].partition("<")[0]

    assert [fact.what for fact in told] == [What.INVITED]
    assert secret and secret not in str(told)
    assert secret not in (await browser.get("/admin/invitations")).text
    assert made.headers["cache-control"] == "private, no-store"


async def test_a_library_that_is_gone_meanwhile_is_passed_over(
    app: Litestar, session: AsyncSession, owner: User
) -> None:
    library = await factories.library(session)
    link = await link_for(session, owner, libraries=[library.id])
    await session.delete(await session.get_one(Library, library.id))
    await session.commit()

    answer = await follow(app, session, link)

    assert answer.status_code == 303
