"""Keys for programs: made once on a screen or at a terminal, and sent in headers."""

import re
from base64 import b64encode
from datetime import timedelta
from hashlib import md5, sha256

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.app_passwords import MOST, AppPasswords
from app.auth.models import AppPassword, Session
from app.auth.random_keys import APP_PASSWORD, LETTERS, is_key, new_key
from app.errors import Conflict, NotAllowed
from app.foundation.db import now
from app.foundation.web.policies import Scope
from tests import factories
from tests.auth.conftest import PASSWORD, MakePerson
from tests.browser import Browser, another_browser

SCREEN = "/account/app-passwords"


@pytest.fixture
async def alice(make_person: MakePerson) -> User:
    return await make_person("alice", email="alice@example.org")


def basic(name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


async def cover(client: httpx.AsyncClient, session: AsyncSession, person: User) -> str:
    """The address of something that keys may see."""
    shelf = await factories.library(session)
    await factories.let_in(session, person, shelf)
    series = await factories.series(session, shelf)
    return f"/series/{series.id}/cover"


# ---- The secret itself ----


def test_a_key_has_128_bits_a_beginning_of_its_own_and_a_checksum() -> None:
    keys = {new_key(APP_PASSWORD) for _ in range(200)}

    assert len(keys) == 200
    assert len(LETTERS) ** 26 >= 2**128
    assert all(re.fullmatch(r"bunko_[a-z2-9]{32}", key) for key in keys)
    assert all(is_key(key, APP_PASSWORD) for key in keys)


def test_one_wrong_letter_anywhere_is_seen_without_a_look_up() -> None:
    key = new_key(APP_PASSWORD)

    for at in range(len(APP_PASSWORD), len(key)):
        other = "a" if key[at] != "a" else "b"
        assert not is_key(key[:at] + other + key[at + 1 :], APP_PASSWORD)


async def test_only_hashes_are_kept_also_of_what_koreader_sends(
    session: AsyncSession, alice: User
) -> None:
    secret = await factories.key(session, alice, Scope.READ)

    row = (await session.scalars(select(AppPassword))).one()
    assert row.secret_hash == sha256(secret.encode()).digest()
    hexed = md5(secret.encode()).hexdigest()
    assert row.md5_hash == sha256(hexed.encode()).digest()


# ---- The screens ----


async def test_a_key_is_made_shown_once_and_opens_what_it_was_made_for(
    app: Litestar, browser: Browser, session: AsyncSession, alice: User
) -> None:
    path = await cover(browser.client, session, alice)
    form = {"name": "Mihon on my phone", "scopes": ["read", "download"], "lives": "90"}

    made = await browser.post(SCREEN, form)

    assert made.status_code == 200
    assert made.headers["cache-control"] == "private, no-store"
    secret = re.findall(r"bunko_[a-z2-9]{32}", made.text)[0]
    listed = (await browser.get(SCREEN)).text
    assert "Mihon on my phone" in listed and "Read, Download" in listed
    assert secret not in listed
    row = (await session.scalars(select(AppPassword))).one()
    assert row.expires_at is not None and timedelta(89) < row.expires_at - now() < timedelta(91)
    async with another_browser(app, session, None) as program:
        assert (await program.get(path, headers=basic("alice", secret))).status_code == 200
        assert (await program.get(path, headers={"x-api-key": secret})).status_code == 200


async def test_what_is_missing_is_told_beside_its_field(browser: Browser) -> None:
    answer = await browser.post(SCREEN, {"name": "", "lives": "7"})

    assert answer.status_code == 422
    assert "Fill this in." in answer.text and "f-lives-wrong" in answer.text


async def test_a_key_that_may_do_nothing_is_not_made(browser: Browser) -> None:
    answer = await browser.post(SCREEN, {"name": "Nothing"})

    assert answer.status_code == 422
    assert "Choose what it may be used for." in answer.text and 'value="Nothing"' in answer.text


async def test_the_same_form_sent_twice_makes_one(browser: Browser, session: AsyncSession) -> None:
    form = {"name": "Phone", "scopes": "read"}
    await browser.post(SCREEN, form)

    again = await browser.post(SCREEN, form)

    assert again.status_code == 422
    assert "of this name already" in again.text
    assert len((await session.scalars(select(AppPassword))).all()) == 1


async def test_only_owners_are_offered_and_given_the_scope_that_administers(
    browser: Browser, session: AsyncSession, alice: User
) -> None:
    offered = (await browser.get(f"{SCREEN}/new")).text
    forced = await browser.post(SCREEN, {"name": "x", "scopes": ["read", "admin"]})

    assert "Administer" not in offered
    assert forced.status_code == 422
    with pytest.raises(NotAllowed):
        await AppPasswords(session).make(alice, "x", [Scope.ADMIN])


async def test_nobody_has_more_than_fifty(session: AsyncSession, alice: User) -> None:
    for number in range(MOST):
        await factories.key(session, alice, Scope.READ, name=str(number))

    with pytest.raises(Conflict):
        await AppPasswords(session).make(alice, "one more", [Scope.READ])


async def test_a_key_is_revoked_with_the_next_request_and_only_by_its_person(
    app: Litestar, browser: Browser, session: AsyncSession, alice: User, make_person: MakePerson
) -> None:
    path = await cover(browser.client, session, alice)
    secret = await factories.key(session, alice)
    row = (await session.scalars(select(AppPassword))).one()
    headers = {"x-api-key": secret}
    async with another_browser(app, session, await make_person("bob")) as bob:
        assert (await bob.post(f"{SCREEN}/{row.id}/remove")).status_code == 404
    async with another_browser(app, session, None) as program:
        assert (await program.get(path, headers=headers)).status_code == 200

        answer = await browser.post(f"{SCREEN}/{row.id}/remove")

        assert answer.status_code == 303
        assert (await program.get(path, headers=headers)).status_code == 401


# ---- What a key opens ----


@pytest.fixture
async def path(client: httpx.AsyncClient, session: AsyncSession, alice: User) -> str:
    return await cover(client, session, alice)


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.org"])
async def test_basic_names_its_person_as_the_sign_in_does(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, path: str, name: str
) -> None:
    secret = await factories.key(session, alice)

    assert (await client.get(path, headers=basic(name, secret))).status_code == 200
    assert (await client.get(path, headers=basic("keeper", secret))).status_code == 401


async def test_SEC19_the_password_of_the_account_opens_nothing_in_a_header(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, path: str
) -> None:
    ways = [
        basic("alice", PASSWORD),
        {"x-api-key": PASSWORD},
        {"authorization": f"Bearer {PASSWORD}"},
    ]
    for headers in ways:
        answer = await client.get(path, headers=headers)
        assert answer.status_code == 401
        assert "www-authenticate" not in answer.headers


async def test_SEC19_right_and_wrong_passwords_of_an_account_cannot_be_told_apart(
    client: httpx.AsyncClient, alice: User, path: str
) -> None:
    answers = [
        await client.get(path, headers=basic(name, password))
        for name, password in [("alice", PASSWORD), ("alice", "x"), ("nobody", PASSWORD)]
    ]

    assert len({answer.status_code for answer in answers}) == 1
    without = [re.sub(r"[A-Z2-9]{5}-[A-Z2-9]{5}|\d\d:\d\d:\d\d", "", a.text) for a in answers]
    assert len(set(without)) == 1


async def test_SEC09_wrong_keys_make_their_network_wait_and_good_ones_still_open(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, path: str
) -> None:
    good = await factories.key(session, alice)
    for _ in range(30):
        await client.get(path, headers=basic("alice", PASSWORD))

    answer = await client.get(path, headers=basic("alice", new_key(APP_PASSWORD)))

    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    assert (await client.get(path, headers=basic("alice", good))).status_code == 200


async def test_an_expired_key_and_one_of_somebody_disabled_open_nothing(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, path: str
) -> None:
    secret = await factories.key(session, alice)
    headers = {"x-api-key": secret}

    await session.execute(update(AppPassword).values(expires_at=now() - timedelta(seconds=1)))
    await session.commit()
    expired = await client.get(path, headers=headers)
    await session.execute(update(AppPassword).values(expires_at=None))
    await session.execute(update(User).where(User.id == alice.id).values(disabled_at=now()))
    await session.commit()
    disabled = await client.get(path, headers=headers)

    assert (expired.status_code, disabled.status_code) == (401, 401)


async def test_SEC02_a_key_beside_the_session_of_somebody_else_is_refused(
    browser: Browser, session: AsyncSession, path: str, make_person: MakePerson
) -> None:
    bobs = await factories.key(session, await make_person("bob"))

    answer = await browser.get(path, headers={"x-api-key": bobs})

    assert answer.status_code == 400


async def test_SEC02_two_keys_of_two_people_are_refused(
    client: httpx.AsyncClient,
    session: AsyncSession,
    alice: User,
    path: str,
    make_person: MakePerson,
) -> None:
    mine = await factories.key(session, alice)
    bobs = await factories.key(session, await make_person("bob"))

    answer = await client.get(path, headers={**basic("alice", mine), "x-api-key": bobs})

    assert answer.status_code == 400


async def test_SEC02_of_one_persons_credentials_the_header_counts_with_its_smaller_scope(
    browser: Browser, session: AsyncSession, alice: User, path: str
) -> None:
    downloads = await factories.key(session, alice, Scope.DOWNLOAD)
    reads = await factories.key(session, alice, Scope.READ, name="Other")

    assert (await browser.get(path)).status_code == 200
    assert (await browser.get(path, headers={"x-api-key": downloads})).status_code == 403
    both = {**basic("alice", reads), "x-api-key": downloads}
    assert (await browser.get(path, headers=both)).status_code == 403
    assert (await browser.get("/account", headers={"x-api-key": reads})).status_code == 403


async def test_SEC02_a_bad_key_beside_a_good_session_is_refused(
    browser: Browser, path: str
) -> None:
    answer = await browser.get(path, headers={"x-api-key": new_key(APP_PASSWORD)})

    assert answer.status_code == 401


async def test_a_password_that_a_proxy_asked_for_is_passed_over(
    app: Litestar, browser: Browser, session: AsyncSession, path: str
) -> None:
    """Browsers send it along with every request, cookie or not."""
    proxys = basic("household", "of the proxy")

    assert (await browser.get(path, headers=proxys)).status_code == 200
    assert (await browser.get("/account", headers=proxys)).status_code == 200
    async with another_browser(app, session, None) as stranger:
        answer = await stranger.get("/account", headers=proxys)
        assert answer.headers["location"].startswith("/login")


async def test_a_key_needs_no_form_token_and_has_no_power_of_a_cookie(
    client: httpx.AsyncClient, session: AsyncSession, alice: User
) -> None:
    headers = {"x-api-key": await factories.key(session, alice)}

    answer = await client.post("/account", data={"name": "Mallory"}, headers=headers)

    assert answer.status_code == 403
    await session.refresh(alice)
    assert alice.name == "alice"


async def test_a_wrong_key_spares_no_form_token(client: httpx.AsyncClient, alice: User) -> None:
    for headers in ({"x-api-key": "x"}, {"authorization": "Bearer x"}, basic("alice", PASSWORD)):
        answer = await client.post(
            "/login", data={"name": "alice", "password": PASSWORD}, headers=headers
        )
        assert answer.status_code == 403 and "set-cookie" not in answer.headers


async def test_SEC20_a_key_in_the_address_is_nobodys(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, path: str
) -> None:
    secret = await factories.key(session, alice)

    for name in ("key", "api_key", "apikey", "token", "access_token", "X-API-Key"):
        answer = await client.get(f"{path}?{name}={secret}")
        assert answer.status_code == 303


async def test_the_last_use_is_noted_once_a_day(
    client: httpx.AsyncClient, session: AsyncSession, alice: User, path: str
) -> None:
    headers = {"x-api-key": await factories.key(session, alice, Scope.DOWNLOAD)}

    assert (await client.get(path, headers=headers)).status_code == 403

    row = (await session.scalars(select(AppPassword))).one()
    await session.refresh(row)
    assert row.used_on == now().date()
    assert (await session.scalars(select(Session))).all() == []


async def test_a_demoted_owner_administers_nothing_by_an_old_key(
    session: AsyncSession, make_person: MakePerson
) -> None:
    boss = await make_person("boss", Role.OWNER)
    await factories.key(session, boss, Scope.ADMIN)
    await make_person("other", Role.OWNER)

    boss.role = Role.READER
    await session.commit()

    with pytest.raises(NotAllowed):
        await AppPasswords(session).make(boss, "again", [Scope.ADMIN])
