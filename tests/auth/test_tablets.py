"""A family tablet: who reads is chosen by name, and what that opens ends there."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from litestar import Litestar
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.hashing import hasher
from app.auth.models import Session, SignIn, Tablet
from app.auth.tablets import WeakPin, check_pin, pin_limit
from app.foundation.db import new_id
from tests import factories
from tests.auth.conftest import PASSWORD, MakePerson
from tests.browser import Browser, another_browser

PIN = "2580"


@pytest.fixture
async def owner(make_person: MakePerson) -> User:
    return await make_person("olga", Role.OWNER)


@pytest.fixture
async def mira(make_person: MakePerson, owner: User) -> User:
    return await make_person("mira")


@pytest.fixture
async def ben(make_person: MakePerson, owner: User) -> User:
    return await make_person("ben", pin_hash=await hasher().hash(PIN))


@pytest.fixture
async def tablet(
    app: Litestar, session: AsyncSession, owner: User, mira: User, ben: User
) -> AsyncIterator[Browser]:
    """A browser that the owner just made a family tablet of these two."""
    async with another_browser(app, session, owner) as browser:
        form = {"name": "Kitchen", "people": [str(mira.id), str(ben.id)]}
        answer = await browser.post("/admin/tablets/new", form)
        assert answer.headers["location"] == "/tablet"
        yield browser


def session_cookie(browser: Browser) -> str | None:
    return browser.client.cookies.get("bunko_session")


async def test_whoever_makes_a_tablet_is_signed_out_of_it(
    tablet: Browser, session: AsyncSession, owner: User
) -> None:
    faces = await tablet.get("/tablet")

    assert (await tablet.get("/")).headers["location"].startswith("/login")
    assert not (await session.scalars(select(Session))).all()
    assert "mira" in faces.text and "ben" in faces.text and "olga" not in faces.text
    cookie = next(one for one in tablet.client.cookies.jar if one.name == "bunko_tablet")
    assert cookie.has_nonstandard_attr("HttpOnly")


async def test_SEC24_each_choice_is_a_new_session_and_ends_the_one_before(
    tablet: Browser, session: AsyncSession, mira: User, ben: User
) -> None:
    await tablet.post(f"/tablet/{mira.id}")
    first = session_cookie(tablet)
    assert (await tablet.get("/")).status_code == 200
    await tablet.post(f"/tablet/{mira.id}")
    second = session_cookie(tablet)
    await tablet.post(f"/tablet/{ben.id}", {"pin": PIN})
    third = session_cookie(tablet)

    assert len({first, second, third}) == 3
    [row] = (await session.scalars(select(Session))).all()
    assert row.user_id == ben.id and row.tablet_id is not None


async def test_each_choice_stands_in_the_history_of_its_person(
    tablet: Browser, session: AsyncSession, mira: User
) -> None:
    for _time in range(2):
        await tablet.post(f"/tablet/{mira.id}")

    rows = (await session.scalars(select(SignIn).where(SignIn.user_id == mira.id))).all()
    assert [(row.way, row.is_good, row.is_new) for row in rows] == [("tablet", True, False)] * 2


async def test_a_pin_is_asked_for_and_nothing_else_opens(
    tablet: Browser, session: AsyncSession, ben: User
) -> None:
    asked = await tablet.get(f"/tablet/{ben.id}")
    wrong = [await tablet.post(f"/tablet/{ben.id}", form) for form in ({}, {"pin": "1379"})]

    assert "PIN" in asked.text
    assert [answer.status_code for answer in wrong] == [422, 422]
    assert "This is not the PIN" in wrong[1].text and "1379" not in wrong[1].text
    assert (await tablet.get("/")).headers["location"].startswith("/login")


async def test_SEC9_wrong_pins_are_counted_and_the_right_one_waits_too(
    tablet: Browser, ben: User
) -> None:
    path = f"/tablet/{ben.id}"
    wrong = [await tablet.post(path, {"pin": f"135{n}"}) for n in range(5)]

    right = await tablet.post(path, {"pin": PIN})
    by_password = await tablet.post("/login", {"name": "ben", "password": PASSWORD})

    assert [answer.status_code for answer in wrong] == [422] * 5
    assert right.status_code == 422
    assert 0 < int(right.headers["retry-after"]) <= 120
    assert by_password.status_code == 303


def test_SEC9_a_pin_of_four_digits_outlasts_months_of_tries() -> None:
    limit = pin_limit(new_id())

    day, tries, passed = timedelta(days=1), 0, timedelta()
    while passed < day:
        tries += 1
        passed += limit.wait_after(tries)

    assert tries < 40
    assert 10_000 / 2 / tries > 120


async def test_a_chosen_session_opens_no_account_screen_without_the_password(
    tablet: Browser, mira: User
) -> None:
    await tablet.post(f"/tablet/{mira.id}")
    kept = ["", "/password", "/sessions", "/pin", "/export", "/export/file", "/delete"]

    answers = [await tablet.get("/account" + path) for path in kept]
    change = await tablet.post("/account", {"name": "mine now"})
    open_ones = [await tablet.get("/account" + path) for path in ("/looks", "/reading")]
    proved = await tablet.post("/account/prove", {"password": PASSWORD, "next": "/account"})
    after = await tablet.get("/account")

    assert {answer.status_code for answer in (*answers, change)} == {303}
    for answer in (*answers, change):
        assert answer.headers["location"].startswith("/account/prove")
    assert [answer.status_code for answer in open_ones] == [200, 200]
    assert (proved.status_code, after.status_code) == (303, 200)


async def test_the_list_of_sessions_says_which_were_chosen(
    app: Litestar, session: AsyncSession, tablet: Browser, mira: User
) -> None:
    await tablet.post(f"/tablet/{mira.id}")

    async with another_browser(app, session, mira) as hers:
        listed = await hers.get("/account/sessions")

    assert "Chosen on the family tablet “Kitchen”" in listed.text


async def test_trust_is_taken_back_from_anywhere_and_ends_who_reads_there(
    app: Litestar, session: AsyncSession, tablet: Browser, owner: User, mira: User
) -> None:
    await tablet.post(f"/tablet/{mira.id}")
    row = (await session.scalars(select(Tablet))).one()

    async with another_browser(app, session, owner) as elsewhere:
        listed = await elsewhere.get("/admin/tablets")
        answer = await elsewhere.post(f"/admin/tablets/{row.id}/remove")

    assert "Kitchen" in listed.text and "ben, mira" in listed.text
    assert answer.status_code == 303
    assert (await tablet.get("/")).headers["location"].startswith("/login")
    faces = await tablet.get("/tablet")
    assert (faces.status_code, "trusted no more" in faces.text) == (404, True)
    assert (await tablet.post(f"/tablet/{mira.id}")).status_code == 404


async def test_who_appears_no_more_is_signed_out_of_it(
    app: Litestar, session: AsyncSession, tablet: Browser, owner: User, mira: User, ben: User
) -> None:
    await tablet.post(f"/tablet/{mira.id}")
    row = (await session.scalars(select(Tablet))).one()

    async with another_browser(app, session, owner) as elsewhere:
        form = {"name": "Kitchen", "people": str(ben.id)}
        await elsewhere.post(f"/admin/tablets/{row.id}", form)

    assert (await tablet.get("/")).status_code == 303
    assert (await tablet.post(f"/tablet/{mira.id}")).status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OWNER])
async def test_nobody_who_runs_this_bunko_is_ever_chosen(
    session: AsyncSession, tablet: Browser, mira: User, role: Role
) -> None:
    await session.execute(update(User).where(User.id == mira.id).values(role=role))
    await session.commit()

    assert "mira" not in (await tablet.get("/tablet")).text
    assert (await tablet.post(f"/tablet/{mira.id}")).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE user_account SET role = 'reader' WHERE name = 'olga'",
        "UPDATE user_account SET disabled_at = now() WHERE name = 'olga'",
        "UPDATE family_tablet SET used_at = used_at - interval '91 days'",
        "UPDATE family_tablet SET scheme = 'https'",
        "UPDATE family_tablet SET secret_hash = 'x'",
    ],
)
async def test_trust_ends_with_whoever_gave_it_and_with_time(
    session: AsyncSession, tablet: Browser, mira: User, change: str
) -> None:
    await factories.person(session, "second owner", Role.OWNER)
    await session.execute(text(change))
    await session.commit()

    assert (await tablet.get("/tablet")).status_code == 404
    assert (await tablet.post(f"/tablet/{mira.id}")).status_code == 404


async def test_a_browser_that_is_no_tablet_chooses_nobody(
    app: Litestar, session: AsyncSession, tablet: Browser, mira: User
) -> None:
    async with another_browser(app, session, None) as stranger:
        answers = [await stranger.get("/tablet"), await stranger.post(f"/tablet/{mira.id}")]

    assert [answer.status_code for answer in answers] == [404, 404]


class TestPin:
    @pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "1111", "1234", "98765", "٢٥٨٠"])
    def test_a_pin_is_digits_that_are_not_tried_first(self, pin: str) -> None:
        with pytest.raises(WeakPin):
            check_pin(pin)

    async def test_a_person_sets_and_removes_their_own(
        self, app: Litestar, session: AsyncSession, mira: User
    ) -> None:
        async with another_browser(app, session, mira) as hers:
            weak = await hers.post("/account/pin", {"pin": "1234", "pin_again": "4321"})
            good = await hers.post("/account/pin", {"pin": PIN, "pin_again": PIN})
            await session.refresh(mira)
            kept = mira.pin_hash
            await hers.post("/account/pin/remove")

        assert weak.status_code == 422
        assert "tried first" in weak.text and "not the same" in weak.text
        assert good.status_code == 303
        assert kept is not None and kept.startswith("$argon2id$")
        await session.refresh(mira)
        assert mira.pin_hash is None

    async def test_a_new_pin_ends_who_came_in_without_it(
        self, app: Litestar, session: AsyncSession, tablet: Browser, mira: User
    ) -> None:
        await tablet.post(f"/tablet/{mira.id}")

        async with another_browser(app, session, mira) as hers:
            await hers.post("/account/pin", {"pin": PIN, "pin_again": PIN})

        assert (await tablet.get("/")).status_code == 303

    async def test_an_owner_removes_a_forgotten_one(
        self, app: Litestar, session: AsyncSession, owner: User, ben: User
    ) -> None:
        async with another_browser(app, session, owner) as browser:
            answer = await browser.post(f"/admin/users/{ben.id}/pin/remove")

        assert answer.status_code == 303
        await session.refresh(ben)
        assert ben.pin_hash is None


async def test_leaving_leads_back_to_the_faces(tablet: Browser, mira: User) -> None:
    await tablet.post(f"/tablet/{mira.id}")
    home = await tablet.get("/")
    answer = await tablet.post("/logout")

    assert 'href="/tablet"' in home.text
    assert answer.headers["location"] == "/tablet"
    assert 'href="/tablet"' in (await tablet.get("/login")).text


async def test_a_tablet_needs_at_least_one_reader(
    app: Litestar, session: AsyncSession, owner: User, mira: User
) -> None:
    async with another_browser(app, session, owner) as browser:
        answer = await browser.post("/admin/tablets/new", {"name": "Kitchen"})

    assert answer.status_code == 422
    assert "Choose at least one person." in answer.text
    assert mira.name in answer.text
