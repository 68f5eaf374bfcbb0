"""Who came in and who tried to; and what their person hears of it."""

from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role, User
from app.auth.events import By, SecurityEvent, What
from app.auth.history import KEPT, forget_old
from app.auth.models import SignIn
from app.auth.notices import NOTICES
from app.events import publish
from app.foundation.db import now
from tests import factories
from tests.auth.conftest import PASSWORD, MakePerson
from tests.auth.test_sign_in import sign_in
from tests.browser import Browser, another_browser, browser_of
from tests.mail_server import Post, links_of, words_of

BETTER = "nine herons over the marsh"
FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
async def alice(make_person: MakePerson) -> User:
    return await make_person("alice", email="alice@example.org")


async def lines(session: AsyncSession) -> list[SignIn]:
    query = select(SignIn).order_by(SignIn.id).execution_options(populate_existing=True)
    return list((await session.scalars(query)).all())


async def test_who_came_in_and_who_tried_is_written_down(
    anyone: Browser, session: AsyncSession, alice: User
) -> None:
    for password in ("wrong", "wrong again", PASSWORD):
        await sign_in(anyone, "alice", password)
    await anyone.post("/logout")
    await sign_in(anyone, "nobody", "whatever")

    refused, good = await lines(session)
    assert (refused.is_good, refused.tries, refused.way) == (False, 2, "password")
    assert (good.is_good, good.tries, good.way, good.is_new) == (True, 1, "password", False)
    assert {refused.network, good.network} == {"127.0.0.1"}


async def test_a_person_sees_their_own_and_nobody_elses(
    anyone: Browser, app: Litestar, session: AsyncSession, make_person: MakePerson, alice: User
) -> None:
    await make_person("bob")
    await sign_in(anyone, "alice", "wrong")
    await anyone.post("/login", {"name": "alice", "password": PASSWORD}, headers=FIREFOX)

    screen = (await anyone.get("/account/sign-ins")).text
    async with another_browser(app, session, None) as his:
        await sign_in(his, "bob")
        other = (await his.get("/account/sign-ins")).text

    assert "Firefox on Linux" in screen and "refused" in screen
    assert "Firefox on Linux" not in other and "refused" not in other


async def test_the_list_goes_on_in_pages_with_a_fixed_number_of_queries(
    client: httpx.AsyncClient,
    engine: AsyncEngine,
    app: Litestar,
    session: AsyncSession,
    alice: User,
) -> None:
    begin = now()
    session.add_all(
        SignIn(user_id=alice.id, at=begin - timedelta(minutes=n), way="password", is_good=True,
               device=f"device {n}", network="10.0.0.1")
        for n in range(100)
    )  # fmt: skip
    await session.commit()
    browser = await browser_of(client, session, alice)
    asked: list[str] = []
    event.listen(
        app.state.engine.sync_engine, "before_cursor_execute", lambda *a: asked.append(a[2])
    )

    first = (await browser.get("/account/sign-ins")).text
    number = len(asked)
    more = first.partition('class="btn btn-big" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = (await browser.get(more, htmx=True)).text

    assert "device 47" in first and "device 48" not in first
    assert "device 48" in second and "device 95" in second and "device 96" not in second
    assert "<html" not in second
    assert number <= 6


async def test_a_new_device_is_told_by_mail_with_the_way_to_end_it(
    anyone: Browser, app: Litestar, session: AsyncSession, alice: User, post: Post
) -> None:
    await sign_in(anyone, "alice")
    assert await post.letters() == [], "the first of all is not new"
    await anyone.post("/logout")
    await sign_in(anyone, "alice")
    assert await post.letters() == [], "this browser was here before"

    async with another_browser(app, session, None) as other:
        await other.post("/login", {"name": "alice", "password": PASSWORD}, headers=FIREFOX)
    [letter] = await post.letters()

    assert letter["subject"] == "A new device signed in to Bunko"
    assert "Device: Firefox on Linux" in words_of(letter)
    assert links_of(letter) == ["https://manga.example.org/account/sessions"]
    assert "new device" not in (await anyone.get("/")).text


async def test_without_mail_a_new_device_is_told_on_the_next_screen_elsewhere(
    anyone: Browser, app: Litestar, session: AsyncSession, alice: User
) -> None:
    await sign_in(anyone, "alice")
    async with another_browser(app, session, None) as other:
        await sign_in(other, "alice")
        assert "with a new device" not in (await other.get("/account")).text
        await other.post("/account/sign-ins/seen")
        assert "with a new device" in (await anyone.get("/account")).text

        await anyone.post("/account/sign-ins/seen")

        assert "with a new device" not in (await anyone.get("/account")).text
        assert "new device" in (await anyone.get("/account/sign-ins")).text


@pytest.mark.parametrize("cookie", ["", "x" * 3000, "ä", "anything"])
async def test_a_cookie_of_a_browser_that_makes_no_sense_is_as_good_as_none(
    anyone: Browser, session: AsyncSession, alice: User, cookie: str
) -> None:
    await sign_in(anyone, "alice")
    anyone.client.cookies.clear()
    header = {"cookie": f"bunko_browser={cookie}".encode()}
    token = {"x-csrf-token": ""}
    await anyone.get("/login", headers=header)
    answer = await sign_in(anyone, "alice")

    assert answer.status_code == 303 and token
    assert (await lines(session))[-1].is_new


async def test_what_is_older_than_half_a_year_is_forgotten(
    anyone: Browser, session: AsyncSession, alice: User
) -> None:
    await sign_in(anyone, "alice", "wrong")
    await sign_in(anyone, "alice")
    await session.execute(
        update(SignIn).where(SignIn.is_good.is_(False)).values(at=now() - KEPT - timedelta(days=1))
    )

    assert await forget_old(session, 100) == 1
    assert [line.is_good for line in await lines(session)] == [True]


async def test_SEC14_what_changes_an_account_is_told_to_its_person(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, post: Post
) -> None:
    hers = await browser_of(client, session, alice)
    change = {"password_now": PASSWORD, "password": BETTER, "password_again": BETTER}
    await hers.post("/account/password", change)
    await post.letters()
    owner = await browser_of(client, session, await factories.person(session, "root", Role.OWNER))
    at = f"/admin/users/{alice.id}"
    await owner.post(f"{at}/password", {"password": PASSWORD, "password_again": PASSWORD})
    await owner.post(f"{at}/recovery")
    await post.letters()
    await owner.post(at, {"name": "alice", "email": "new@example.org", "role": "manager"})

    letters = await post.letters()

    assert sorted((str(letter["subject"]), str(letter["to"])) for letter in letters) == [
        ("Somebody made a link for your Bunko password", "alice <alice@example.org>"),
        ("You have another role in Bunko", "alice <new@example.org>"),
        ("Your Bunko password was changed", "alice <alice@example.org>"),
        ("Your Bunko password was set by somebody else", "alice <alice@example.org>"),
        ("Your mail address for Bunko was changed", "alice <alice@example.org>"),
    ]
    assert all(PASSWORD not in words_of(letter) for letter in letters)


def test_SEC14_whatever_changes_how_one_comes_in_is_told_by_mail() -> None:
    prefixes = ("password.", "two_factor.", "backup_codes.", "passkey.", "identity.", "email.ch")
    changes = {what for what in What if what.value.startswith(prefixes)}

    assert changes | {What.APP_PASSWORD_MADE, What.ROLE_CHANGED, What.RECOVERED} <= set(NOTICES)


@pytest.mark.parametrize("what", list(NOTICES))
async def test_SEC44_every_notice_keeps_what_others_wrote_as_text(
    session: AsyncSession, alice: User, post: Post, what: What
) -> None:
    evil = "<script>alert(1)</script>"
    about = {"was": "old@example.org"} if what is What.EMAIL_CHANGED else {}
    await publish(session, SecurityEvent(what, alice.id, By(alice.id, evil, evil), {**about}))
    await session.commit()

    [letter] = await post.letters()

    assert "<script" not in words_of(letter, "html")
    assert evil in words_of(letter)
    assert letter["to"].addresses[0].addr_spec == (about.get("was") or "alice@example.org")
