"""A forgotten password: by a letter, by a link that an owner hands over, by the command line."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.models import OneTimeToken, Session
from app.auth.recovery import new_link
from app.auth.sessions import hash_secret
from app.foundation.db import now
from app.foundation.queue.models import Job
from tests import factories
from tests.auth.conftest import PASSWORD, MakePerson
from tests.auth.second import give_app
from tests.auth.test_sign_in import sign_in, without_what_varies
from tests.browser import Browser, another_browser, browser_of
from tests.mail_server import Post, words_of

BETTER = "nine herons over the marsh"
TWICE = {"password": BETTER, "password_again": BETTER}


@pytest.fixture
async def alice(make_person: MakePerson) -> User:
    return await make_person("alice", email="alice@example.org")


async def ask(browser: Browser, name: str = "alice") -> httpx.Response:
    return await browser.post("/recover", {"name": name})


async def test_SEC12_a_letter_leads_to_a_new_password(
    anyone: Browser, app: Litestar, session: AsyncSession, alice: User, post: Post
) -> None:
    async with another_browser(app, session, alice) as hers:
        await ask(anyone, "alice@example.org")
        path = await post.last_path()
        form = await anyone.get(path)
        answer = await anyone.post(path, TWICE)

        assert "For alice." in form.text
        assert answer.headers["location"] == "/login"
        assert (await hers.get("/account")).status_code == 303, "every sign-in has ended"
    assert "bunko_session" not in answer.cookies, "the link itself signs nobody in"
    assert (await sign_in(anyone, "alice", PASSWORD)).status_code == 422
    assert (await sign_in(anyone, "alice", BETTER)).status_code == 303


async def test_SEC12_a_new_password_leaves_the_second_factor(
    anyone: Browser, app: Litestar, session: AsyncSession, alice: User
) -> None:
    await give_app(app, session, alice)
    path = await new_link(session, alice)
    await session.commit()

    await anyone.post(path, TWICE)
    asked = await sign_in(anyone, "alice", BETTER)

    assert asked.headers["location"] == "/login/second"
    assert (await anyone.get("/account")).status_code == 303


async def test_SEC12_the_answer_is_the_same_whoever_is_meant(
    anyone: Browser, session: AsyncSession, make_person: MakePerson, alice: User, post: Post
) -> None:
    await make_person("dora")  # gets no mail
    await make_person("bob", email="bob@example.org", disabled_at=now())
    answers = []
    for name in ("alice", "nobody", "dora", "bob"):
        answer = await ask(anyone, name)
        shown = await anyone.get("/login")
        answers.append((answer.status_code, answer.headers["location"], shown.text))
    wishes = await session.scalar(select(func.count()).select_from(Job))

    letters = await post.letters()

    told = {(status, location, without_what_varies(text, "")) for status, location, text in answers}
    assert len({(status, location) for status, location, _ in told}) == 1
    assert all("a letter with a link is on its way" in text for *_, text in answers)
    assert wishes == 4, "the same work for each of them"
    assert [letter["to"] for letter in letters] == ["alice <alice@example.org>"]


async def test_SEC12_a_link_works_once_for_half_an_hour_and_only_the_newest_does(
    anyone: Browser, session: AsyncSession, alice: User, post: Post
) -> None:
    await ask(anyone)
    first = await post.last_path()
    await ask(anyone)
    second = await post.last_path()
    assert (await anyone.get(first)).status_code == 404
    [row] = (await session.scalars(select(OneTimeToken))).all()
    assert row.secret_hash == hash_secret(second.rpartition("/")[2])
    assert row.expires_at is not None
    assert row.expires_at - row.created_at < timedelta(minutes=31)

    answers = await asyncio.gather(*(anyone.post(second, TWICE) for _ in range(4)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(303) == 1
    assert set(statuses) <= {303, 404, 429}


async def test_SEC12_a_link_that_ran_out_says_what_to_do(
    anyone: Browser, session: AsyncSession, alice: User
) -> None:
    path = await new_link(session, alice)
    await session.execute(update(OneTimeToken).values(expires_at=now()))
    await session.commit()

    for answer in (await anyone.get(path), await anyone.post(path, TWICE)):
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
        assert 'href="/recover"' in answer.text


@pytest.mark.parametrize("secret", ["x", "%00", "x" * 5000, "ä", "null", "..%2f", "{{7*7}}"])
async def test_SEC12_made_up_links_get_the_same_screen(
    anyone: Browser, alice: User, secret: str
) -> None:
    answer = await anyone.get(f"/recover/{secret}")

    assert answer.status_code in (400, 404)


async def test_SEC12_a_link_of_another_kind_changes_no_password(
    anyone: Browser, session: AsyncSession, alice: User
) -> None:
    path = await new_link(session, alice)
    await session.execute(update(OneTimeToken).values(kind="address"))
    await session.commit()

    assert (await anyone.post(path, TWICE)).status_code == 404


async def test_SEC20_looking_at_a_link_spends_nothing_and_a_weak_password_neither(
    anyone: Browser, session: AsyncSession, alice: User
) -> None:
    path = await new_link(session, alice)
    await session.commit()

    for _look in range(2):
        assert (await anyone.get(path)).status_code == 200
    weak = await anyone.post(path, {"password": "alice alice alice", "password_again": "other"})

    assert weak.status_code == 422
    assert "too close to your name" in weak.text and "not the same as above" in weak.text
    assert (await anyone.post(path, TWICE)).status_code == 303


async def test_SEC52_the_secret_of_a_link_stands_in_no_log_and_in_no_job(
    anyone: Browser,
    session: AsyncSession,
    alice: User,
    post: Post,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await ask(anyone)
    path = await post.last_path()
    await anyone.get(path)
    await anyone.post(path, TWICE)

    secret = path.rpartition("/")[2]
    jobs = (await session.scalars(select(Job))).all()
    said = capsys.readouterr()
    assert secret not in said.err + said.out
    assert "path=/recover/{token}" in said.err
    assert secret not in str([(job.args, job.key, job.note, job.error) for job in jobs])


async def test_SEC09_letters_are_throttled_by_name_without_saying_so(
    anyone: Browser, alice: User, post: Post
) -> None:
    answers = []
    for _try in range(6):
        answers.append(await ask(anyone))
        await post.letters()

    assert {answer.status_code for answer in answers} == {303}
    assert len(post.server.letters) < len(answers)


async def test_SEC09_a_network_that_asks_for_everybody_has_to_wait(
    anyone: Browser, alice: User, post: Post
) -> None:
    statuses = [(await ask(anyone, f"name{n}")).status_code for n in range(32)]

    assert statuses[0] == 303
    assert statuses[-1] == 429


async def test_a_link_that_was_mailed_confirms_the_address_and_a_handed_one_does_not(
    anyone: Browser, session: AsyncSession, alice: User, post: Post
) -> None:
    handed = await new_link(session, alice)
    await session.commit()
    await anyone.post(handed, TWICE)
    await session.refresh(alice)
    assert alice.email_verified_at is None

    await ask(anyone)
    await anyone.post(await post.last_path(), TWICE)

    await session.refresh(alice)
    assert alice.email_verified_at is not None


async def test_the_letter_says_who_asked_and_stays_text(
    anyone: Browser, session: AsyncSession, make_person: MakePerson, post: Post
) -> None:
    evil = "<b>eve</b>"
    await make_person(evil, email="eve@example.org")

    await anyone.post("/recover", {"name": evil}, headers={"user-agent": "<script>x/1"})
    [letter] = await post.letters()

    assert "<b>" not in words_of(letter, "html") and "<script" not in words_of(letter, "html")
    assert "Hello <b>eve</b>," in words_of(letter)
    assert "127.0.0.1" in words_of(letter)


async def test_without_a_mail_server_the_screen_says_whom_to_ask(
    anyone: Browser, session: AsyncSession, alice: User
) -> None:
    screen = await anyone.get("/recover")
    answer = await ask(anyone)

    assert "An owner can make a link" in screen.text
    assert (
        "<form"
        not in screen.text.partition("<h1>")[2].partition("</main>")[0].partition("alone-foot")[0]
    )
    assert answer.status_code == 409
    assert (await session.scalars(select(Job))).all() == []


async def test_an_owner_hands_over_a_link_that_is_shown_once(
    client: httpx.AsyncClient, app: Litestar, session: AsyncSession, alice: User
) -> None:
    owner = await browser_of(client, session, await factories.admin(session))

    shown = await owner.post(f"/admin/users/{alice.id}/recovery")

    path = shown.text.partition('value="http://localhost')[2].partition('"')[0]
    assert shown.headers["cache-control"] == "private, no-store"
    assert path.startswith("/recover/")
    assert path not in (await owner.get(f"/admin/users/{alice.id}")).text
    async with another_browser(app, session, None) as hers:
        assert (await hers.post(path, TWICE)).status_code == 303
        assert (await sign_in(hers, "alice", BETTER)).status_code == 303


async def test_nobody_makes_a_link_for_themselves_or_for_the_disabled(
    client: httpx.AsyncClient, session: AsyncSession, make_person: MakePerson
) -> None:
    me = await factories.admin(session)
    bob = await make_person("bob", disabled_at=now())
    owner = await browser_of(client, session, me)

    for one in (me, bob):
        assert (await owner.post(f"/admin/users/{one.id}/recovery")).status_code == 409
    assert (await session.scalars(select(OneTimeToken))).all() == []


async def test_SEC14_making_a_link_needs_a_fresh_proof(
    client: httpx.AsyncClient, session: AsyncSession, make_person: MakePerson, alice: User
) -> None:
    owner = await browser_of(client, session, await make_person("root", Role.OWNER))
    await session.execute(update(Session).values(proved_at=now() - timedelta(minutes=11)))
    await session.commit()

    answer = await owner.post(f"/admin/users/{alice.id}/recovery")

    assert answer.headers["location"].startswith("/account/prove")


async def test_a_link_of_somebody_who_was_disabled_meanwhile_does_nothing(
    anyone: Browser, session: AsyncSession, alice: User
) -> None:
    path = await new_link(session, alice)
    alice.disabled_at = now()
    await session.merge(alice)
    await session.commit()

    assert (await anyone.get(path)).status_code == 404
    assert (await anyone.post(path, TWICE)).status_code == 404
