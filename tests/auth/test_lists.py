"""Lists of people and of what lets them in: the same few questions however long they are."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth import sessions, tablets
from app.auth.models import OneTimeToken, Session, Tablet, TabletPerson
from app.auth.sessions import Sessions
from app.foundation.db import new_id, now
from app.foundation.web.client import Client
from app.foundation.web.paging import ROWS
from app.invitations.service import KIND
from tests import factories
from tests.browser import Browser, browser_of
from tests.reading.counting import statements

MANY = 2 * ROWS + 3
HERE = Client("127.0.0.1", "http", "localhost")


@pytest.fixture
async def owner(session: AsyncSession) -> User:
    return await factories.admin(session)


@pytest.fixture
async def browser(client: httpx.AsyncClient, session: AsyncSession, owner: User) -> Browser:
    return await browser_of(client, session, owner)


async def add_people(session: AsyncSession, number: int, **more: Any) -> None:
    names = [f"reader {at:05}" for at in range(number)]
    rows = [
        {"id": new_id(), "name": name, "name_key": name, "password_hash": "!", "role": Role.READER}
        for name in names
    ]
    await session.execute(insert(User), [{**row, **more} for row in rows])


async def add_sessions(session: AsyncSession, owner: User, number: int) -> None:
    rows = [
        Session(user_id=owner.id, secret_hash=bytes([at] * 9), scheme="http", stays=True,
                device=f"device {at}", network="10.0.0.1", expires_at=now() + timedelta(days=1))
        for at in range(number)
    ]  # fmt: skip
    session.add_all(rows)


async def add_tablets(session: AsyncSession, owner: User, number: int) -> None:
    child = await factories.person(session, "child")
    for at in range(number):
        tablet = Tablet(
            id=new_id(), secret_hash=bytes([at] * 9), scheme="http", name=f"tablet {at}",
            trusted_by=owner.id,
        )  # fmt: skip
        session.add(tablet)
        await session.flush()
        session.add(TabletPerson(tablet_id=tablet.id, user_id=child.id))


async def add_invitations(session: AsyncSession, owner: User, number: int) -> None:
    rows = [
        OneTimeToken(kind=KIND, secret_hash=bytes([at] * 9), user_id=owner.id,
                     expires_at=now() + timedelta(days=1), data={"note": f"for {at}"})
        for at in range(number)
    ]  # fmt: skip
    session.add_all(rows)


async def add_anybody(session: AsyncSession, _owner: User, number: int) -> None:
    await add_people(session, number)


@pytest.mark.parametrize(
    ("path", "add"),
    [
        ("/admin/users", add_anybody),
        ("/account/sessions", add_sessions),
        ("/admin/tablets", add_tablets),
        ("/admin/invitations", add_invitations),
    ],
)
async def test_a_long_list_asks_no_more_than_an_empty_one(
    app: Litestar, session: AsyncSession, browser: Browser, owner: User, path: str, add: Any
) -> None:
    await browser.get(path)
    with statements(app.state.engine) as few:
        await browser.get(path)
    await add(session, owner, 30)
    await session.commit()

    with statements(app.state.engine) as many:
        answer = await browser.get(path)

    assert answer.status_code == 200
    assert 0 < len(many) == len(few) <= 6


async def test_everybody_is_listed_once_from_screen_to_screen_those_who_wait_first(
    session: AsyncSession, browser: Browser
) -> None:
    await add_people(session, MANY)
    await factories.person(session, "zoe", asked_at=now(), disabled_at=now())
    href, seen = "/admin/users", []

    while href:
        screen = (await browser.get(href)).text
        rows = screen.partition("<tbody>")[2].split("<strong>")[1:]
        seen.append([row.partition("<")[0] for row in rows])
        before, found, _rest = screen.partition('" rel="next"')
        href = before.rpartition('href="')[2] if found else ""

    assert seen[0][0] == "zoe" and [len(one) for one in seen] == [ROWS + 1, ROWS, 4]
    names = [name for one in seen for name in one]
    assert len(names) == len(set(names)) == MANY + 2


async def test_sessions_of_one_person_have_an_end(
    session: AsyncSession, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST", 3)
    made = [(await Sessions(session).begin(owner, HERE, "", stays=True))[1].id for _ in range(5)]

    kept = await session.scalars(select(Session.id).order_by(Session.id))

    assert list(kept) == made[-3:]


async def test_who_was_chosen_for_a_tablet_stays_in_a_list_too_long_to_show(
    session: AsyncSession, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tablets, "MOST_PEOPLE", 5)
    await add_people(session, 20)
    last = await session.scalar(select(User.id).order_by(User.name_key.desc()).limit(1))
    assert last is not None

    shown = await tablets.Tablets(session).who_can_be_chosen([last])

    assert len(shown) == 5 and shown[-1].id == last
    assert await session.scalar(select(func.count()).select_from(User)) == 21
