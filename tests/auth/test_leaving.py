"""People are deleted: by an owner, or by themselves."""

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.events import SecurityEvent, What
from app.auth.models import Session
from app.collections.models import Collection, ReadingList
from app.events import _listeners
from app.foundation.db import new_id
from app.reading.models import Progress
from tests import factories
from tests.browser import Browser, another_browser, browser_of


@pytest.fixture
async def owner(session: AsyncSession) -> User:
    return await factories.admin(session)


@pytest.fixture
async def browser(client: httpx.AsyncClient, session: AsyncSession, owner: User) -> Browser:
    return await browser_of(client, session, owner)


async def everything_of(session: AsyncSession, person: User) -> list[Any]:
    """A shared list, one of their own, and a collection; and progress."""
    shelf = await factories.library(session)
    chapter = await factories.chapter(session, await factories.series(session, shelf))
    mine = {"owner_id": person.id, "sort_key": "x"}
    rows = [
        ReadingList(id=new_id(), name="Shared", is_shared=True, **mine),
        ReadingList(id=new_id(), name="Own", **mine),
        Collection(id=new_id(), name="Best", sort_key="best", created_by=person.id),
        Progress(user_id=person.id, chapter_id=chapter.id, page=1, page_count=3),
    ]
    session.add_all(rows)
    await session.commit()
    return rows


async def is_there(session: AsyncSession, person: User) -> bool:
    found = await session.scalar(select(User.id).where(User.id == person.id))
    return found is not None


async def test_an_owner_deletes_somebody_with_all_that_is_theirs(
    app: Litestar, browser: Browser, session: AsyncSession, alice: User
) -> None:
    await everything_of(session, alice)
    told: list[SecurityEvent] = []

    async def listen(_session: AsyncSession, fact: SecurityEvent) -> None:
        told.append(fact)

    _listeners[SecurityEvent].append(listen)
    async with another_browser(app, session, alice) as hers:
        asked = await browser.get(f"/admin/users/{alice.id}/delete")
        answer = await browser.post(f"/admin/users/{alice.id}/delete", {"name": "alice"})
        after = await hers.get("/")
    _listeners[SecurityEvent].remove(listen)

    assert "Delete alice?" in asked.text
    assert answer.headers["location"] == "/admin/users"
    assert after.headers["location"].startswith("/login")
    assert not await is_there(session, alice)
    for table in (Progress, ReadingList, Session):
        owner_of = getattr(table, "user_id", None) or ReadingList.owner_id
        assert not (await session.scalars(select(table).where(owner_of == alice.id))).all()
    assert (await session.scalars(select(Collection.created_by))).all() == [None]
    [fact] = [fact for fact in told if fact.what is What.PERSON_DELETED]
    assert (fact.subject, fact.about["name"]) == (alice.id, "alice")


async def test_what_others_use_is_handed_on(
    browser: Browser, session: AsyncSession, alice: User, owner: User
) -> None:
    await everything_of(session, alice)

    form = {"name": "alice", "data": "hand_on", "heir": str(owner.id)}
    await browser.post(f"/admin/users/{alice.id}/delete", form)

    lists = await session.execute(select(ReadingList.name, ReadingList.owner_id))
    assert [tuple(row) for row in lists] == [("Shared", owner.id)]
    assert (await session.scalars(select(Collection.created_by))).all() == [owner.id]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "Alice"}, "Type the name exactly"),
        ({}, "Fill this in"),
        ({"name": "alice", "data": "hand_on"}, "Choose who gets them"),
        ({"name": "alice", "data": "hand_on", "heir": str(new_id())}, "Choose who gets them"),
    ],
)
async def test_nothing_is_deleted_by_half_an_answer(
    browser: Browser, session: AsyncSession, alice: User, form: dict[str, str], words: str
) -> None:
    answer = await browser.post(f"/admin/users/{alice.id}/delete", form)

    assert answer.status_code == 422
    assert words in answer.text
    assert await is_there(session, alice)


async def test_a_person_deletes_themselves(
    client: httpx.AsyncClient, session: AsyncSession, alice: User
) -> None:
    hers = await browser_of(client, session, alice)

    answer = await hers.post("/account/delete", {"name": "alice"})
    after = await hers.get("/login")

    assert answer.headers["location"] == "/login"
    assert "Your account is deleted." in after.text
    assert not await is_there(session, alice)


async def test_whoever_leaves_may_hand_on_to_owners_only(
    client: httpx.AsyncClient, session: AsyncSession, alice: User
) -> None:
    bob = await factories.bob(session)
    hers = await browser_of(client, session, alice)

    screen = await hers.get("/account/delete")
    answer = await hers.post(
        "/account/delete", {"name": "alice", "data": "hand_on", "heir": str(bob.id)}
    )

    assert "keeper" in screen.text and "bob" not in screen.text
    assert answer.status_code == 422


async def test_SEC36_the_last_owner_cannot_be_deleted_not_even_by_themselves(
    browser: Browser, session: AsyncSession, owner: User
) -> None:
    own = await browser.post("/account/delete", {"name": "admin"})
    by_admin = await browser.post(f"/admin/users/{owner.id}/delete", {"name": "admin"})
    await factories.person(session, "second", Role.OWNER)
    beside = await browser.post("/account/delete", {"name": "admin"})

    assert (own.status_code, by_admin.status_code, beside.status_code) == (409, 409, 303)


async def test_who_is_deleted_twice_is_not_there(
    browser: Browser, session: AsyncSession, alice: User
) -> None:
    path = f"/admin/users/{alice.id}/delete"

    answers = [await browser.post(path, {"name": "alice"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 404]
