"""Signing in with a provider that is a real process, and all the ways in which that goes wrong."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import Role, User
from app.auth.models import Session
from app.auth.other_ways import SignInWays
from app.foundation.db import now
from app.foundation.web.settings import choose
from app.library.models import Access
from app.single_sign_on.models import LinkedIdentity, SignInProvider
from app.single_sign_on.protocol import was_asked_just_now
from tests import factories
from tests.browser import Browser, another_browser, browser_of
from tests.single_sign_on.conftest import (
    SECRET,
    agree,
    away,
    known_there,
    local,
    make_provider,
    sign_in,
)


async def number_of(session: AsyncSession, kind: Any) -> int:
    return await session.scalar(select(func.count()).select_from(kind)) or 0


async def test_somebody_new_comes_in_and_is_known_the_next_time(
    app: Litestar, anyone: Browser, session: AsyncSession, provider: SignInProvider, issuer: str
) -> None:
    shelf = await factories.library(session)
    provider.libraries = {"given": [str(shelf.id)]}
    await session.commit()
    known_there(issuer, "u-1", preferred_username="Jun", email="jun@example.org")

    assert "Lantern" in (await anyone.get("/login?next=/account")).text
    answer = await sign_in(anyone, provider, "u-1")

    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "Jun" in (await anyone.get("/account")).text
    async with another_browser(app, session, None) as other:
        await sign_in(other, provider, "u-1")
        assert "Jun" in (await other.get("/account")).text
    made = (await session.scalars(select(User).where(User.name == "Jun"))).one()
    assert made.role is Role.READER
    assert [row.library_id for row in await session.scalars(select(Access))] == [shelf.id]
    assert await number_of(session, LinkedIdentity) == 1


async def test_what_goes_out_is_a_code_request_with_pkce_state_and_nonce(
    anyone: Browser, provider: SignInProvider, issuer: str
) -> None:
    first, second = [parse_qs(urlsplit(await away(anyone, provider)).query) for _ in range(2)]

    assert first["response_type"] == ["code"] and first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [f"http://localhost/login/with/{provider.id}/callback"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name] and len(first[name][0]) >= 43
    cookie = anyone.client.cookies["bunko_sign_in"]
    assert first["nonce"][0] not in cookie and first["state"][0] not in cookie


async def test_a_name_or_mail_address_alone_makes_nobody_somebody(
    anyone: Browser, session: AsyncSession, provider: SignInProvider, issuer: str
) -> None:
    await factories.person(session, "victim", email="victim@example.org")
    known_there(issuer, "u-2", preferred_username="victim", email="victim@example.org")

    await sign_in(anyone, provider, "u-2")

    screen = (await anyone.get("/account")).text
    assert "victim 2" in screen
    assert await number_of(session, User) == 3


async def test_without_an_account_nobody_comes_in_unless_owners_want_that(
    anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    provider.makes_people = False
    await session.commit()

    answer = await sign_in(anyone, provider, "u-3")

    assert answer.status_code == 409 and "Nobody here is linked" in answer.text
    assert await number_of(session, Session) == 0


async def test_an_account_is_linked_used_and_unlinked(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, provider: SignInProvider
) -> None:
    alice = await factories.person(session, "alice", password_hash="a hash")
    browser = await browser_of(client, session, alice)
    answer = await browser.get(f"/account/identities/link/{provider.id}")
    back = await agree(answer.headers["location"], "alice-there")

    assert (await browser.get(local(back))).headers["location"] == "/account/identities"
    async with another_browser(app, session, None) as other:
        await sign_in(other, provider, "alice-there")
        assert "alice" in (await other.get("/account")).text
    identity = (await session.scalars(select(LinkedIdentity))).one()
    assert identity.user_id == alice.id
    assert "Lantern" in (await browser.get("/account/identities")).text
    gone = await browser.post(f"/account/identities/{identity.id}/remove")
    assert gone.status_code == 303
    assert await number_of(session, LinkedIdentity) == 0


async def test_what_is_linked_to_somebody_is_linked_to_nobody_else(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, provider: SignInProvider
) -> None:
    for name, status in (("alice", 303), ("bob", 409)):
        person = await factories.person(session, name)
        async with another_browser(app, session, person) as browser:
            answer = await browser.get(f"/account/identities/link/{provider.id}")
            back = await agree(answer.headers["location"], "shared")
            assert (await browser.get(local(back))).status_code == status


async def test_the_last_way_in_is_not_unlinked(
    anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    await sign_in(anyone, provider, "u-4")
    identity = (await session.scalars(select(LinkedIdentity))).one()

    answer = await anyone.post(f"/account/identities/{identity.id}/remove")

    assert answer.status_code == 409 and "only way" in answer.text


async def test_SEC14_who_has_no_password_shows_who_they_are_at_the_provider_again(
    anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    await sign_in(anyone, provider, "u-5")
    long_ago = now() - timedelta(hours=1)
    await session.execute(update(Session).values(proved_at=long_ago))
    await session.commit()
    [identity] = (await session.scalars(select(LinkedIdentity))).all()
    screen = await anyone.get("/account/prove?next=/account/identities")

    there = await anyone.get(f"/login/with/{provider.id}?next=/account/identities")

    assert "Sign in again with Lantern" in screen.text
    assert 'name="password"' not in screen.text
    asked = dict(parse_qsl(urlsplit(there.headers["location"]).query))
    assert asked["prompt"] == "login" and asked["max_age"] == "600"
    back = await anyone.get(local(await agree(there.headers["location"], "u-5")))
    assert back.headers["location"] == "/account/identities"
    proved_at = await session.scalar(
        select(Session.proved_at).where(
            Session.user_id == identity.user_id, Session.proved_at > long_ago
        )
    )
    assert proved_at is not None


@pytest.mark.parametrize("asked_at", [None, 0, "now", True])
def test_a_provider_that_remembers_instead_of_asking_proves_nothing(asked_at: object) -> None:
    claims = {} if asked_at is None else {"auth_time": asked_at}

    assert not was_asked_just_now(claims)


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["m"], Role.MANAGER), (["o", "m"], Role.OWNER), (["x"], Role.READER), ("m", Role.MANAGER)],
)
async def test_a_claim_gives_the_role_at_every_sign_in(
    anyone: Browser,
    session: AsyncSession,
    provider: SignInProvider,
    issuer: str,
    groups: Any,
    role: Role,
) -> None:
    provider.role_claim, provider.manager_value, provider.owner_value = "groups", "m", "o"
    await session.commit()
    subject = f"role-{role.value}-{len(groups)}"
    known_there(issuer, subject, name="Rin", groups=["nothing"])
    await sign_in(anyone, provider, subject)

    known_there(issuer, subject, name="Rin", groups=groups)
    await sign_in(anyone, provider, subject)

    query = select(User).where(User.name == "Rin").execution_options(populate_existing=True)
    assert (await session.scalars(query)).one().role is role


async def test_who_is_disabled_stays_out(
    anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    await sign_in(anyone, provider, "u-5")
    row = (await session.scalars(select(LinkedIdentity))).one()
    person = await session.get_one(User, row.user_id)
    person.disabled_at = factories.DAWN
    await session.commit()

    assert (await sign_in(anyone, provider, "u-5")).status_code == 422


@pytest.mark.parametrize(("suffices", "address"), [(True, "/account"), (False, "/login/second")])
async def test_a_second_factor_is_asked_for_unless_the_word_of_the_provider_is_enough(
    anyone: Browser,
    session: AsyncSession,
    provider: SignInProvider,
    monkeypatch: pytest.MonkeyPatch,
    suffices: bool,
    address: str,
) -> None:
    async def has_one(*_given: Any) -> bool:
        return True

    monkeypatch.setattr("app.auth.answers.has_second_factor", has_one)
    provider.suffices = suffices
    await session.commit()

    answer = await sign_in(anyone, provider, "two-factor")

    assert answer.headers["location"] == address
    assert await number_of(session, Session) == (1 if suffices else 0)


# ---- Attacks -------------------------------------------------------------------


async def test_a_stolen_code_is_worth_nothing_in_another_browser(
    app: Litestar, anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    """Neither with the state it came with, nor with the thief's own: PKCE and nonce are not his."""
    back = local(await agree(await away(anyone, provider), "victim"))
    code = parse_qs(urlsplit(back).query)["code"][0]

    async with another_browser(app, session, None) as thief:
        assert (await thief.get(back)).status_code == 422
        state = parse_qs(urlsplit(await away(thief, provider)).query)["state"][0]
        path = f"/login/with/{provider.id}/callback?code={code}&state={state}"
        assert (await thief.get(path)).status_code in (422, 503)
        assert (await thief.get("/account")).status_code == 303
    assert await number_of(session, Session) == 0


async def test_a_code_works_once(
    anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    back = local(await agree(await away(anyone, provider), "u-6"))
    cookie = anyone.client.cookies["bunko_sign_in"]
    assert (await anyone.get(back)).status_code == 303

    anyone.client.cookies.clear()
    assert (await anyone.get(back)).status_code == 422
    headers = {"cookie": f"bunko_sign_in={cookie}"}
    assert (await anyone.client.get(back, headers=headers)).status_code in (422, 503)


@pytest.mark.parametrize(
    "change", ["state=x", "state=", "code=", "error=access_denied", "iss=https://evil"]
)
async def test_what_comes_back_changed_lets_nobody_in(
    anyone: Browser, session: AsyncSession, provider: SignInProvider, change: str
) -> None:
    back = urlsplit(local(await agree(await away(anyone, provider), "u-7")))
    query = {name: values[0] for name, values in parse_qs(back.query).items()}
    name, _, value = change.partition("=")
    if name == "error":
        query.pop("code")
    query[name] = value

    answer = await anyone.get(back.path, params=query)

    words = "sent you back" if name == "error" else "did not work"
    assert answer.status_code == 422 and words in answer.text
    assert 'href="/login?next=/account"' in answer.text
    assert await number_of(session, Session) == 0


async def test_one_provider_cannot_answer_for_another(
    anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    """The mix-up attack: what began with one provider does not end at the way back of the other."""
    other = await make_provider(session, "https://other.example.org", name="Other")
    back = urlsplit(local(await agree(await away(anyone, provider), "u-8")))

    answer = await anyone.get(f"/login/with/{other.id}/callback?{back.query}")

    assert answer.status_code == 422
    assert await number_of(session, Session) == 0


async def test_somebody_elses_sign_in_is_not_put_under_anybody(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, provider: SignInProvider
) -> None:
    """A link that an attacker prepared links and signs in nobody: their state is not in this browser."""
    victim = await browser_of(client, session, await factories.person(session, "victim"))
    async with another_browser(app, session, None) as attacker:
        back = local(await agree(await away(attacker, provider), "attacker"))

    assert (await victim.get(back)).status_code == 422
    assert "victim" in (await victim.get("/account")).text
    assert await number_of(session, LinkedIdentity) == 0


async def test_a_provider_that_is_off_or_unknown_is_not_there(
    anyone: Browser, session: AsyncSession, provider: SignInProvider
) -> None:
    provider.is_on = False
    await session.commit()

    assert "Lantern" not in (await anyone.get("/login")).text
    assert (await anyone.get(f"/login/with/{provider.id}")).status_code == 404


async def test_SEC30_the_way_leads_to_the_provider_and_then_only_to_ourselves(
    anyone: Browser, provider: SignInProvider, issuer: str
) -> None:
    there = await away(anyone, provider, "?next=https://evil.example.org")
    assert there.startswith(f"{issuer}/")

    answer = await anyone.get(local(await agree(there, "u-9")))

    assert answer.headers["location"] == "/"


# ---- Owners --------------------------------------------------------------------


async def test_SEC52_the_secret_is_kept_encrypted_and_shown_nowhere(
    client: httpx.AsyncClient, session: AsyncSession, engine: AsyncEngine, issuer: str
) -> None:
    owner = await browser_of(client, session, await factories.admin(session))
    form = {"name": "Lantern", "issuer": issuer, "client_id": "bunko", "client_secret": SECRET}
    form |= {"scopes": "openid", "allows_private": "1", "is_on": "1"}

    answer = await owner.post("/admin/sign-in/new", form)

    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    kept = await owner.post(path, {**form, "client_secret": "", "name": "Renamed"})
    assert kept.status_code == 303
    for screen in (path, "/admin/sign-in", "/admin/audit"):
        assert SECRET not in (await owner.get(screen)).text
    async with engine.connect() as connection:
        for table in ("sign_in_provider", "audit_line"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows and SECRET not in str(rows)
    provider = (await session.scalars(select(SignInProvider))).one()
    assert provider.secret is not None and len(provider.secret) > len(SECRET)
    assert (await owner.post(f"{path}/remove")).status_code == 303
    assert await number_of(session, SignInProvider) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://auth.example.org"},
        {"issuer": "ftp://auth.example.org"},
        {"issuer": "https://user:pw@auth.example.org"},
        {"issuer": "https://auth.example.org?x=1"},
        {"issuer": ""},
        {"scopes": "profile"},
        {"client_id": ""},
    ],
)
async def test_a_bad_provider_is_refused_beside_the_field(
    client: httpx.AsyncClient, session: AsyncSession, wrong: dict[str, str]
) -> None:
    owner = await browser_of(client, session, await factories.admin(session))
    form = {"name": "L", "issuer": "https://auth.example.org", "client_id": "b", "scopes": "openid"}

    answer = await owner.post("/admin/sign-in/new", {**form, **wrong})

    assert answer.status_code == 422
    assert f'id="f-{next(iter(wrong))}-wrong"' in answer.text


async def test_passwords_are_switched_off_only_where_an_owner_comes_in_otherwise(
    app: Litestar,
    client: httpx.AsyncClient,
    session: AsyncSession,
    provider: SignInProvider,
    issuer: str,
) -> None:
    admin = (await session.scalars(select(User).where(User.name == "admin"))).one()
    owner = await browser_of(client, session, admin)
    refused = await owner.post("/admin/settings/sign_in_ways", {})
    assert refused.status_code == 422

    answer = await owner.get(f"/account/identities/link/{provider.id}")
    await owner.get(local(await agree(answer.headers["location"], "admin-there")))
    assert (await owner.post("/admin/settings/sign_in_ways", {})).status_code == 303

    async with another_browser(app, session, None) as nobody:
        screen = (await nobody.get("/login")).text
        assert 'name="password"' not in screen and "Lantern" in screen
        form = {"name": "admin", "password": "whatever it may be"}
        assert (await nobody.post("/login", form)).status_code == 403
        assert (await nobody.get("/recover")).status_code == 403
        assert "/recover" not in screen
        await _refuses_to_leave_nobody(owner, provider, issuer)
        await choose(session, SignInWays(by_password=True))
        await session.commit()
        assert 'name="password"' in (await nobody.get("/login")).text


async def _refuses_to_leave_nobody(owner: Browser, provider: SignInProvider, issuer: str) -> None:
    """While passwords are off, what leads the last owner in stays."""
    [unlink] = [
        part.partition('"')[0]
        for part in (await owner.get("/account/identities")).text.split('action="')
        if "/remove" in part.partition('"')[0]
    ]
    form = {"name": "L", "issuer": issuer, "client_id": "bunko", "scopes": "openid"}
    off = {**form, "allows_private": "1"}

    assert (await owner.post(unlink)).status_code == 409
    assert (await owner.post(f"/admin/sign-in/{provider.id}/remove")).status_code == 409
    answer = await owner.post(f"/admin/sign-in/{provider.id}", off)
    assert answer.status_code == 422 and 'id="f-is_on-wrong"' in answer.text
    assert (await owner.post(f"/admin/sign-in/{provider.id}", {**off, "is_on": "1"})).is_redirect
