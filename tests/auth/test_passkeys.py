"""Passkeys, with a device in software that can also lie."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.models import BackupCode, OneTimeToken, Passkey, Second, Session, Way
from app.auth.passkeys import RelyingParty, relying_party
from app.foundation.db import now
from app.foundation.web.client import Client
from tests.auth.conftest import MakePerson
from tests.auth.second import give_app, password_step
from tests.auth.soft_key import SoftKey, to_text
from tests.browser import Browser, another_browser

OWN = "/account/passkeys"
OVERVIEW = "/account/two-factor"


@pytest.fixture
async def key(browser: Browser) -> SoftKey:
    """A passkey of alice's, in whose browser nobody is signed in afterwards."""
    made = await add(browser, SoftKey())
    await browser.post("/logout")
    browser.client.cookies.clear()
    return made


async def asked(browser: Browser, path: str) -> dict[str, Any]:
    answer = await browser.post(f"{path}/options")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


async def add(browser: Browser, key: SoftKey, **lies: Any) -> SoftKey:
    credential = key.create(await asked(browser, OWN), **lies)
    await browser.post(OWN, {"credential": credential, "name": "My phone"})
    return key


async def use(browser: Browser, key: SoftKey, path: str, **lies: Any) -> httpx.Response:
    credential = key.sign(await asked(browser, path), **lies)
    return await browser.post(path, {"credential": credential, "next": "/account"})


async def number_of(session: AsyncSession, table: Any) -> int:
    return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_passkey_is_added_named_and_listed_and_backup_codes_come_with_the_first(
    browser: Browser, session: AsyncSession
) -> None:
    before = browser.client.cookies["bunko_session"]

    await add(browser, SoftKey())

    one = (await session.scalars(select(Passkey))).one()
    assert (one.name, one.transports) == ("My phone", ["internal"])
    assert await number_of(session, BackupCode) == 10
    assert browser.client.cookies["bunko_session"] != before
    assert (await session.scalars(select(Session.second))).one() is Second.PASSKEY
    screen = (await browser.get(OVERVIEW)).text
    assert "My phone" in screen and f"{OWN}/{one.id}" in screen
    assert len((await asked(browser, OWN))["excludeCredentials"]) == 1


async def test_a_passkey_signs_in_without_name_password_or_code(
    app: Litestar, browser: Browser, key: SoftKey, alice: User, session: AsyncSession
) -> None:
    await give_app(app, session, alice)
    await browser.get("/login")

    answer = await use(browser, key, "/login/passkey")

    assert answer.headers["location"] == "/account"
    assert "alice" in (await browser.get("/account")).text
    row = (await session.scalars(select(Session))).one()
    assert row.way is Way.PASSKEY and row.is_two_factor
    used_at = await session.scalar(select(Passkey.used_at))
    assert used_at is not None


async def test_a_passkey_is_the_second_factor_after_the_password(
    browser: Browser, key: SoftKey, session: AsyncSession
) -> None:
    assert (await password_step(browser)).headers["location"] == "/login/second"
    assert "/login/second/passkey" in (await browser.get("/login/second")).text

    answer = await use(browser, key, "/login/second/passkey")

    assert answer.headers["location"] == "/"
    assert (await session.scalars(select(Session.second))).one() is Second.PASSKEY


async def test_SEC14_a_passkey_proves_who_sits_there(
    browser: Browser, key: SoftKey, session: AsyncSession
) -> None:
    await browser.get("/login")
    await use(browser, key, "/login/passkey")
    await session.execute(update(Session).values(proved_at=now() - timedelta(minutes=11)))
    await session.commit()
    door = (await browser.post(f"{OVERVIEW}/app")).headers["location"]
    assert "/account/prove/passkey" in (await browser.get(door)).text

    answer = await use(browser, key, "/account/prove/passkey")

    assert answer.headers["location"] == "/account"
    assert (await browser.post(f"{OVERVIEW}/app")).headers["location"] == f"{OVERVIEW}/app"


LIES: dict[str, dict[str, Any]] = {
    "another site": {"origin": "http://bunko.example"},
    "another port": {"origin": "http://localhost:9999"},
    "another host": {"rp_id": "evil.example"},
    "a challenge of its own": {"challenge": to_text(b"1" * 32)},
    "another ceremony": {"kind": "webauthn.create"},
    "nobody touched it": {"is_verified": False},
    "somebody else": {"user_handle": b"0" * 16},
}


@pytest.mark.parametrize("lie", LIES)
async def test_SEC18_a_device_that_lies_comes_in_by_no_door(
    browser: Browser, key: SoftKey, session: AsyncSession, lie: str
) -> None:
    await password_step(browser)
    for path in ("/login/passkey", "/login/second/passkey"):
        answer = await use(browser, key, path, **LIES[lie])
        assert answer.headers["location"].startswith("/login"), path
        assert "bunko_session" not in browser.client.cookies
    assert "was not accepted" in (await browser.get("/login")).text
    assert await number_of(session, Session) == 0


async def test_what_was_signed_once_is_worth_nothing_again(
    browser: Browser, app: Litestar, key: SoftKey, session: AsyncSession
) -> None:
    await browser.get("/login")
    credential = key.sign(await asked(browser, "/login/passkey"))
    assert (await browser.post("/login/passkey", {"credential": credential})).headers[
        "location"
    ] == "/"

    async with another_browser(app, session, None) as thief:
        await thief.get("/login")
        answer = await thief.post("/login/passkey", {"credential": credential})
        assert answer.headers["location"].startswith("/login")


async def test_a_challenge_is_spent_also_by_a_try_that_failed(
    browser: Browser, key: SoftKey, session: AsyncSession
) -> None:
    await browser.get("/login")
    options = await asked(browser, "/login/passkey")
    await browser.post("/login/passkey", {"credential": key.sign(options, origin="http://x")})

    answer = await browser.post("/login/passkey", {"credential": key.sign(options)})

    assert answer.headers["location"].startswith("/login")
    assert await number_of(session, Session) == 0


@pytest.mark.parametrize("trouble", ["expired", "of another door", "counts backwards", "tampered"])
async def test_a_signature_that_does_not_fit_is_refused(
    browser: Browser, key: SoftKey, session: AsyncSession, trouble: str
) -> None:
    await password_step(browser)
    door = "/login/second/passkey" if trouble == "of another door" else "/login/passkey"
    options = await asked(browser, door)
    credential = key.sign(options, **({"count": 0} if trouble == "counts backwards" else {}))
    if trouble == "expired":
        await session.execute(update(OneTimeToken).values(expires_at=now() - timedelta(seconds=1)))
    elif trouble == "counts backwards":
        await session.execute(update(Passkey).values(sign_count=7))
    elif trouble == "tampered":
        sent = json.loads(credential)
        sent["response"]["signature"] = to_text(b"0" * 70)
        credential = json.dumps(sent)
    await session.commit()

    answer = await browser.post("/login/passkey", {"credential": credential})

    assert answer.headers["location"].startswith("/login")
    assert await number_of(session, Session) == 0


@pytest.mark.parametrize(
    "sent",
    ["", "x", "{}", "[]", '{"response":{}}', '{"response":7,"rawId":1}', "9" * 30_000, "[" * 900],
)
async def test_nonsense_is_refused_like_everything_else(
    browser: Browser, key: SoftKey, session: AsyncSession, sent: str
) -> None:
    await password_step(browser)
    for path in ("/login/passkey", "/login/second/passkey"):
        answer = await browser.post(path, {"credential": sent})
        assert answer.headers["location"].startswith("/login"), path
    assert await number_of(session, Session) == 0


async def test_somebody_who_was_shut_out_comes_in_by_no_passkey(
    browser: Browser, key: SoftKey, session: AsyncSession
) -> None:
    await session.execute(update(User).where(User.name == "alice").values(disabled_at=now()))
    await session.commit()
    await browser.get("/login")

    answer = await use(browser, key, "/login/passkey")

    assert answer.headers["location"].startswith("/login")


async def test_a_passkey_of_somebody_else_is_no_second_factor(
    app: Litestar, browser: Browser, key: SoftKey, session: AsyncSession, make_person: MakePerson
) -> None:
    async with another_browser(app, session, await make_person("bob")) as bobs:
        of_bob = await add(bobs, SoftKey())
    await password_step(browser)

    answer = await use(browser, of_bob, "/login/second/passkey")

    assert answer.headers["location"] == "/login/second"
    assert "bunko_session" not in browser.client.cookies


async def test_a_passkey_is_renamed_and_removed_and_the_codes_go_with_the_last(
    browser: Browser, session: AsyncSession
) -> None:
    await add(browser, SoftKey())
    one = (await session.scalars(select(Passkey))).one()
    assert 'value="My phone"' in (await browser.get(f"{OWN}/{one.id}")).text

    await browser.post(f"{OWN}/{one.id}", {"name": "Old phone"})
    assert "Old phone" in (await browser.get(OVERVIEW)).text
    assert (await browser.post(f"{OWN}/{one.id}", {"name": ""})).status_code == 422
    await browser.post(f"{OWN}/{one.id}/remove")

    assert await number_of(session, Passkey) == await number_of(session, BackupCode) == 0


async def test_passkeys_are_offered_only_where_browsers_have_them(
    app: Litestar, session: AsyncSession, alice: User
) -> None:
    async with another_browser(app, session, None, "http://192.168.1.5") as plain:
        assert "data-passkey" not in (await plain.get("/login")).text
        assert (await plain.post("/login/passkey/options")).status_code == 404


@pytest.mark.parametrize(
    ("public_url", "origin", "party"),
    [
        (None, "http://localhost:8000", ("localhost", "http://localhost:8000")),
        (None, "http://192.168.1.5:8000", None),
        (None, "http://bunko.lan", None),
        (
            "https://bunko.example",
            "https://bunko.example",
            ("bunko.example", "https://bunko.example"),
        ),
        (
            "https://Bunko.example:443/",
            "https://bunko.example",
            ("bunko.example", "https://bunko.example"),
        ),
        (
            "https://bunko.example:8443",
            "https://bunko.example:8443",
            ("bunko.example", "https://bunko.example:8443"),
        ),
        ("http://bunko.example", "http://bunko.example", None),
    ],
)
def test_devices_know_us_by_the_host_of_our_public_address(
    public_url: str | None, origin: str, party: tuple[str, str] | None
) -> None:
    scheme, _, host = origin.partition("://")

    found = relying_party(public_url, Client("127.0.0.1", scheme, host))

    assert found == (RelyingParty(*party) if party else None)
