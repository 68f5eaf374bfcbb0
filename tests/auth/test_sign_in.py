import re
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.auth import hashing
from app.auth.models import Session, Throttle
from app.auth.sessions import hash_secret
from app.foundation.db import now
from tests.auth.conftest import PASSWORD, MakePerson
from tests.browser import Browser, another_browser, browser_of, keep_cookie
from tests.reading.counting import statements


async def sign_in(
    browser: Browser, name: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    await browser.get("/login")
    return await browser.post("/login", {"name": name, "password": password, **more})


def without_what_varies(text: str, name: str) -> str:
    """A screen without its masked form token, its reference and the name that was typed."""
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", text)
    return text.replace(f'value="{name}"', 'value="…"')


async def test_a_person_signs_in_by_name_or_mail_address_in_any_case(
    anyone: Browser, make_person: MakePerson
) -> None:
    await make_person("Alice", email="alice@example.org")

    for typed in ("alice", " ALICE ", "Alice@Example.org"):
        answer = await sign_in(anyone, typed, next="/account")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account"), typed
        assert (await anyone.get("/account")).status_code == 200


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    anyone: Browser, make_person: MakePerson, session: AsyncSession
) -> None:
    await make_person()
    await sign_in(anyone, "alice")
    secret = anyone.client.cookies["bunko_session"]

    answer = await anyone.post("/logout")

    assert answer.status_code == 303
    assert await session.scalar(select(func.count()).select_from(Session)) == 0
    keep_cookie(anyone.client, "bunko_session", secret)
    assert (await anyone.get("/account")).headers["location"] == "/login?next=/account"


async def test_a_form_with_empty_fields_names_each_and_keeps_what_was_typed(
    anyone: Browser, make_person: MakePerson
) -> None:
    await make_person()

    answer = await sign_in(anyone, "", "")

    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2


@pytest.mark.parametrize("htmx", [False, True])
async def test_sign_out_is_answered_plainly_and_to_htmx(
    client: httpx.AsyncClient, session: AsyncSession, make_person: MakePerson, htmx: bool
) -> None:
    browser = await browser_of(client, session, await make_person())

    answer = await browser.post("/logout", htmx=htmx)

    target = answer.headers["hx-redirect" if htmx else "location"]
    assert (answer.status_code, target) == (200 if htmx else 303, "/login")


@pytest.mark.parametrize(
    "evil", ["https://evil.example", "//evil.example", "/\\evil.example", "/\tx//e", "javascript:x"]
)
async def test_SEC30_sign_in_leads_to_no_other_site(
    anyone: Browser, make_person: MakePerson, evil: str
) -> None:
    await make_person()

    answer = await sign_in(anyone, "alice", next=evil)

    assert answer.headers["location"] == "/"


async def test_SEC07_a_password_is_hashed_anew_when_the_cost_has_risen(
    anyone: Browser,
    make_person: MakePerson,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice = await make_person()
    before = alice.password_hash
    dearer = hashing.Hasher(hashing.Cost(time=2, memory_kib=16))
    monkeypatch.setattr(hashing, "_hasher", dearer)

    await sign_in(anyone, "alice")

    await session.refresh(alice)
    assert alice.password_hash != before
    assert "m=16,t=2" in alice.password_hash


async def test_SEC07_where_too_many_wait_nothing_is_looked_up(
    app: Litestar, anyone: Browser, make_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers need the connections."""
    await make_person()
    await anyone.get("/login")
    monkeypatch.setattr(hashing, "LONGEST_QUEUE", -hashing.IN_FLIGHT)

    with statements(app.state.engine) as said:
        answer = await anyone.post("/login", {"name": "alice", "password": PASSWORD})

    assert answer.status_code == 503
    assert not [one for one in said if "throttle" in one or "FROM user_account" in one]


async def test_SEC08_wrong_unknown_disabled_and_locked_look_alike_and_cost_one_check(
    anyone: Browser,
    make_person: MakePerson,
    session: AsyncSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_person("alice")
    await make_person("dora", disabled_at=now())
    await make_person("lock")
    for _try in range(5):
        await sign_in(anyone, "lock", "wrong password again")
    checks = []
    verify = hashing.Hasher._verify
    monkeypatch.setattr(hashing.Hasher, "_verify", lambda *a: (checks.append(a[1]), verify(*a))[1])

    answers = {}
    for name, password in [
        ("alice", "not her password"),
        ("nobody", PASSWORD),
        ("dora", PASSWORD),
        ("lock", PASSWORD),
    ]:
        before = len(checks)
        answers[name] = await sign_in(anyone, name, password)
        assert len(checks) - before == 1, name

    assert {answer.status_code for answer in answers.values()} == {422}
    bodies = {without_what_varies(a.text, name) for name, a in answers.items()}
    assert len(bodies) == 1
    assert "bunko_session" not in anyone.client.cookies


async def test_SEC09_tries_are_counted_per_account_and_forgotten_after_a_good_one(
    anyone: Browser, make_person: MakePerson, session: AsyncSession
) -> None:
    await make_person()
    for _try in range(4):
        assert "retry-after" not in (await sign_in(anyone, "alice", "wrong")).headers

    assert (await sign_in(anyone, "alice")).status_code == 303

    here = await session.scalars(select(Throttle.key).where(Throttle.key.like("account:%:%")))
    assert here.all() == []


async def test_SEC09_a_locked_account_opens_again_by_waiting_never_later_than_15_minutes(
    anyone: Browser, make_person: MakePerson, session: AsyncSession, client: httpx.AsyncClient
) -> None:
    await make_person("admin", Role.OWNER)
    for _try in range(6):
        answer = await sign_in(anyone, "admin", "wrong")
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60
    assert (await sign_in(anyone, "admin")).status_code == 422

    for row in await session.scalars(select(Throttle)):
        if row.blocked_until is not None:
            row.blocked_until -= timedelta(minutes=15)
    await session.commit()

    assert (await sign_in(anyone, "admin")).status_code == 303


async def test_SEC09_a_network_that_tries_many_names_is_told_to_wait(
    anyone: Browser, make_person: MakePerson
) -> None:
    await make_person()

    answers = [await sign_in(anyone, f"name{number}", "wrong") for number in range(31)]

    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_SEC24_sign_in_never_keeps_an_id_that_the_browser_brought(
    anyone: Browser, make_person: MakePerson, session: AsyncSession
) -> None:
    await make_person()
    keep_cookie(anyone.client, "bunko_session", "chosen-by-an-attacker")

    answer = await anyone.post("/login", {"name": "alice", "password": PASSWORD})

    secret = answer.cookies["bunko_session"]
    assert answer.status_code == 303
    assert len(secret) >= 43
    hashes = (await session.scalars(select(Session.secret_hash))).all()
    assert hashes == [hash_secret(secret)]


async def test_SEC24_a_second_sign_in_replaces_the_session_of_the_first(
    anyone: Browser, make_person: MakePerson, session: AsyncSession
) -> None:
    await make_person()
    await sign_in(anyone, "alice")
    first = anyone.client.cookies["bunko_session"]

    await anyone.post("/login", {"name": "alice", "password": PASSWORD})

    second = anyone.client.cookies["bunko_session"]
    assert second != first
    assert await session.scalar(select(func.count()).select_from(Session)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"used_at": timedelta(days=-14, minutes=-1)},
        {"expires_at": timedelta(minutes=-1)},
    ],
)
async def test_SEC24_idle_and_old_sessions_end(
    client: httpx.AsyncClient,
    session: AsyncSession,
    make_person: MakePerson,
    change: dict[str, timedelta],
) -> None:
    browser = await browser_of(client, session, await make_person("admin", Role.OWNER))
    assert (await browser.get("/account")).status_code == 200
    row = (await session.scalars(select(Session))).one()
    for name, distance in change.items():
        setattr(row, name, now() + distance)
    await session.commit()

    assert (await browser.get("/account")).headers["location"] == "/login?next=/account"


async def test_SEC24_use_is_noted_at_most_every_few_minutes(
    client: httpx.AsyncClient, session: AsyncSession, make_person: MakePerson
) -> None:
    browser = await browser_of(client, session, await make_person())
    row = (await session.scalars(select(Session))).one()
    moment = row.used_at
    await browser.get("/account")
    await session.refresh(row)
    assert row.used_at == moment

    row.used_at = moment - timedelta(minutes=6)
    await session.commit()
    await browser.get("/account")

    await session.refresh(row)
    assert row.used_at > moment - timedelta(minutes=1)


async def test_SEC25_the_cookie_is_bound_to_its_scheme(
    app: Litestar, session: AsyncSession, make_person: MakePerson, anyone: Browser
) -> None:
    alice = await make_person()
    await sign_in(anyone, "alice", stay="1")
    plain = anyone.client.cookies["bunko_session"]

    async with another_browser(app, session, None, "https://localhost") as secure:
        await secure.get("/login")
        answer = await secure.post("/login", {"name": "alice", "password": PASSWORD})
        cookie = next(
            line
            for line in answer.headers.get_list("set-cookie")
            if line.startswith("__Host-bunko_session=")
        ).lower()
        for word in ("secure", "httponly", "samesite=lax", "path=/"):
            assert word in cookie
        assert "domain" not in cookie
        assert "max-age" not in cookie

        secure.client.cookies.clear()
        keep_cookie(secure.client, "bunko_session", plain)
        keep_cookie(secure.client, "__Host-bunko_session", plain)
        assert (await secure.get("/account")).status_code == 303
    assert alice.disabled_at is None


async def test_SEC26_sign_in_needs_the_token_of_its_own_form(
    client: httpx.AsyncClient, make_person: MakePerson
) -> None:
    await make_person()
    await client.get("/login")

    answer = await client.post("/login", data={"name": "alice", "password": PASSWORD})

    assert answer.status_code == 403
    assert "bunko_session" not in client.cookies


async def test_SEC27_looking_at_the_screens_of_an_account_writes_nothing(
    client: httpx.AsyncClient, session: AsyncSession, make_person: MakePerson
) -> None:
    admin = await make_person("admin", Role.OWNER)
    browser = await browser_of(client, session, admin)
    rows = select(Session.id, Session.used_at, Session.expires_at)
    before = (await session.execute(rows)).all()

    paths = ["/account", "/account/password", "/account/sessions", "/admin/users"]
    paths += ["/admin/users/new", f"/admin/users/{admin.id}", f"/admin/users/{admin.id}/disable"]
    for path in paths:
        assert (await browser.get(path)).status_code == 200, path

    assert (await session.execute(rows)).all() == before


async def test_SEC23_a_disabled_person_is_out_with_the_next_request(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, make_person: MakePerson
) -> None:
    alice = await make_person("alice")
    browser = await browser_of(client, session, alice)
    assert (await browser.get("/account")).status_code == 200

    async with another_browser(app, session, await make_person("admin", Role.OWNER)) as owner:
        await owner.post(f"/admin/users/{alice.id}/disable")

    assert (await browser.get("/account")).headers["location"] == "/login?next=/account"
