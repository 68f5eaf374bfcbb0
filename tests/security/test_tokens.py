"""Access tokens and refresh tokens: made by us within the quarter of an hour, or nothing at all
(requirements 21, 22)."""

import asyncio
import re
from datetime import timedelta
from functools import cache
from string import ascii_letters, digits
from typing import Any

import httpx
import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from litestar import Litestar
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth import access_tokens
from app.auth.access_tokens import AUDIENCE, CLAIMS, ISSUER, TYPE, TokenKeys, opened, rotate
from app.auth.models import AppPassword, RefreshToken, TokenFamily
from app.auth.random_keys import REFRESH_TOKEN, new_key
from app.auth.refresh_tokens import MOST
from app.foundation.db import new_id, now
from app.foundation.security.secrets import Keys
from app.foundation.security.signing import to_base64
from app.foundation.web.policies import Scope
from tests import factories
from tests.browser import another_browser
from tests.conftest import SECRET_KEY

ME = "/api/v1/me"
KEYS = Keys(SECRET_KEY)
KID = TokenKeys().current
KEY = KEYS.sub(f"access token {KID}")
HEAD = {"typ": TYPE, "kid": KID}


def claims(**more: Any) -> dict[str, Any]:
    moment = int(now().timestamp())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(new_id()),
        "sid": str(new_id()),
        "jti": "x",
        "iat": moment,
        "exp": moment + 900,
    }
    return {name: value for name, value in {**good, **more}.items() if value is not ...}


def token(
    head: dict[str, Any] | None = None, key: Any = KEY, alg: str = "HS256", **more: Any
) -> str:
    headers = {**HEAD, **(head or {})}
    headers = {name: value for name, value in headers.items() if value is not ...}
    return jwt.encode(claims(**more), key, alg, headers=headers)


def unsigned(alg: str) -> str:
    head = jwt.utils.base64url_encode(b'{"alg":"%s","typ":"at+jwt","kid":"bunko-1"}' % alg.encode())
    body = token().split(".")[1]
    return f"{head.decode()}.{body}."


MOMENT = int(now().timestamp())
FORGED: dict[str, Any] = {
    "no algorithm": lambda: unsigned("none"),
    "no algorithm, shouted": lambda: unsigned("NONE"),
    "no signature": lambda: token().rpartition(".")[0] + ".",
    "another algorithm with our key": lambda: token(alg="HS512"),
    "a key of another purpose": lambda: token(key=KEYS.sub("csrf")),
    "the master secret": lambda: token(key=SECRET_KEY),
    "an empty key": lambda: token(key=b" "),
    "an unknown key name": lambda: token({"kid": "bunko-2"}),
    "a path for a key name": lambda: token({"kid": "../../../../dev/null"}),
    "a number for a key name": lambda: token({"kid": "1"}),
    "no key name": lambda: token({"kid": ...}),
    "an empty key name": lambda: token({"kid": ""}),
    "another type": lambda: token({"typ": "JWT"}),
    "no type": lambda: token({"typ": None}),
    "something critical": lambda: token({"crit": ["exp"]}),
    "unencoded": lambda: token({"b64": True}),
    "a key of its own": lambda: token({"jwk": {"kty": "oct", "k": "eA"}}),
    "a set of keys elsewhere": lambda: token({"jku": "https://evil.example/keys"}),
    "a certificate elsewhere": lambda: token({"x5u": "https://evil.example/cert"}),
    "a certificate": lambda: token({"x5c": ["eA"]}),
    "another audience": lambda: token(aud="bunko-web"),
    "several audiences": lambda: token(aud=[AUDIENCE, "other"]),
    "another issuer": lambda: token(iss="evil"),
    "expired": lambda: token(iat=MOMENT - 1000, exp=MOMENT - 100),
    "of the future": lambda: token(iat=MOMENT + 3000, exp=MOMENT + 3600),
    "not yet": lambda: token(nbf=MOMENT + 3000),
    "a long life": lambda: token(exp=MOMENT + 90_000),
    "a backward life": lambda: token(iat=MOMENT, exp=MOMENT),
    "a broken time": lambda: token(iat=MOMENT + 0.5),
    "true for a time": lambda: token(iat=True),
    "no time at all": lambda: token(exp="later"),
    "a family that is none": lambda: token(sid="x"),
    "a list for a family": lambda: token(sid=["x"]),
    "a person that is none": lambda: token(sub="alice"),
    "a family that never was": token,
    "much too long": lambda: token(jti="x" * 5000),
    "three dots": lambda: "...",
    "two dots": lambda: "..",
    "encrypted": lambda: "a.b.c.d.e",
    "not letters": lambda: "é.é.é",
    **{f"no {name}": lambda name=name: token(**{name: ...}) for name in CLAIMS},
}


@pytest.fixture
async def alice(session: AsyncSession) -> User:
    await factories.admin(session)
    return await factories.alice(session)


@pytest.fixture
async def secret(session: AsyncSession, alice: User) -> str:
    return await factories.key(session, alice, Scope.READ, Scope.DOWNLOAD)


async def sign_in(client: httpx.AsyncClient, key: str, **body: Any) -> dict[str, Any]:
    headers = {"x-api-key": key}
    answer = await client.post("/api/v1/auth/token", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refresh(client: httpx.AsyncClient, given: str) -> httpx.Response:
    return await client.post("/api/v1/auth/refresh", json={"refresh_token": given})


async def opens(client: httpx.AsyncClient, access_token: str) -> bool:
    answer = await client.get(ME, headers=bearer(access_token))
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def bearer(access_token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {access_token}"}


async def test_SEC21_a_token_is_given_for_an_app_password_and_opens_what_it_may(
    client: httpx.AsyncClient, secret: str
) -> None:
    tokens = await sign_in(client, secret)

    answer = await client.get(ME, headers=bearer(tokens["access_token"]))
    assert answer.json()["name"] == "alice"
    assert answer.json()["scopes"] == ["read", "download"]
    told = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert set(told) == set(CLAIMS) and told["exp"] - told["iat"] == 900


async def test_SEC21_every_forged_token_gets_the_same_401(
    client: httpx.AsyncClient, session: AsyncSession, secret: str, alice: User
) -> None:
    answers = set()
    for name, made in FORGED.items():
        # Counted tries would turn the answer into 429.
        await session.execute(text("DELETE FROM throttle"))
        await session.commit()
        value = made().encode("latin-1")
        answer = await client.get(ME, headers={"authorization": b"Bearer " + value})
        assert answer.status_code == 401, name
        answers.add(re.sub(r"[A-Z2-9]{5}-[A-Z2-9]{5}", "", answer.text))

    assert len(answers) == 1


def test_SEC21_the_pattern_of_the_forgeries_is_a_good_token() -> None:
    """Without this the table above might be refused for something else."""
    assert opened(KEYS, TokenKeys(), token()) is not None


LENGTH = len(token())


@cache
def genuine() -> str:
    """Made when it is first needed: the suite may take longer than a token lives."""
    return token()


@given(st.integers(0, LENGTH - 1), st.characters(codec="ascii"))
@example(LENGTH - 1, "B")
def test_SEC21_no_letter_of_a_token_can_be_another(at: int, letter: str) -> None:
    changed = genuine()[:at] + letter + genuine()[at + 1 :]

    assert (opened(KEYS, TokenKeys(), changed) is not None) == (changed == genuine())


@given(
    st.dictionaries(
        st.sampled_from([*CLAIMS, "nbf", "scope"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.integers()),
        min_size=1,
    )
)
def test_SEC21_odd_claims_are_refused_and_never_break(odd: dict[str, Any]) -> None:
    body = {**claims(), **odd}
    made = jwt.api_jws.encode(jwt.api_jwt.json.dumps(body).encode(), KEY, "HS256", headers=HEAD)

    if set(odd) - {"scope", "nbf", "jti"}:
        assert opened(KEYS, TokenKeys(), made) is None
    else:
        opened(KEYS, TokenKeys(), made)


async def test_SEC21_keys_rotate_with_two_believed_at_a_time(
    client: httpx.AsyncClient, session: AsyncSession, secret: str
) -> None:
    tokens = [(await sign_in(client, secret))["access_token"]]
    for _ in range(2):
        await rotate(session, at_once=False)
        await session.commit()
        tokens.append((await sign_in(client, secret))["access_token"])

    assert [await opens(client, one) for one in tokens] == [False, True, True]
    await rotate(session, at_once=True)
    await session.commit()
    assert not any([await opens(client, one) for one in tokens])


async def test_SEC21_a_token_of_somebody_else_in_our_family_opens_nothing(
    client: httpx.AsyncClient, session: AsyncSession, app: Litestar, secret: str
) -> None:
    await sign_in(client, secret)
    family = (await session.scalars(select(TokenFamily))).one()
    whose = access_tokens.Family(family.id, new_id())

    forged = await access_tokens.sign(session, app.state.secrets, whose)

    assert not await opens(client, forged)


@pytest.mark.parametrize("end", ["revoked", "disabled", "expired", "signed out", "removed"])
async def test_SEC23_a_token_opens_nothing_any_more_with_the_next_request(
    client: httpx.AsyncClient, session: AsyncSession, secret: str, alice: User, end: str
) -> None:
    tokens = await sign_in(client, secret)
    assert await opens(client, tokens["access_token"])

    if end == "revoked":
        await session.execute(text("DELETE FROM app_password"))
    elif end == "disabled":
        await session.execute(update(User).where(User.id == alice.id).values(disabled_at=now()))
    elif end == "expired":
        await session.execute(update(AppPassword).values(expires_at=now()))
    elif end == "removed":
        await session.execute(text("DELETE FROM user_account WHERE name = 'alice'"))
    else:
        body = {"refresh_token": tokens["refresh_token"]}
        assert (await client.post("/api/v1/auth/revoke", json=body)).status_code == 204
    await session.commit()

    assert not await opens(client, tokens["access_token"])
    assert (await refresh(client, tokens["refresh_token"])).status_code == 401


async def test_SEC22_a_refresh_token_works_once_and_gives_the_next(
    client: httpx.AsyncClient, secret: str
) -> None:
    first = await sign_in(client, secret)

    second = (await refresh(client, first["refresh_token"])).json()
    third = (await refresh(client, second["refresh_token"])).json()

    assert await opens(client, third["access_token"])
    assert len({one["refresh_token"] for one in (first, second, third)}) == 3
    assert third["scopes"] == ["read", "download"]


async def test_SEC22_one_that_comes_again_ends_the_family(
    client: httpx.AsyncClient, session: AsyncSession, secret: str
) -> None:
    stolen = await sign_in(client, secret)
    thief = (await refresh(client, stolen["refresh_token"])).json()
    await session.execute(update(RefreshToken).values(spent_at=now() - timedelta(seconds=11)))
    await session.commit()

    again = await refresh(client, stolen["refresh_token"])

    assert again.status_code == 401
    assert (await session.scalars(select(TokenFamily))).all() == []
    assert not await opens(client, thief["access_token"])
    assert (await refresh(client, thief["refresh_token"])).status_code == 401


async def test_SEC22_parallel_refreshes_yield_one_child(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, secret: str
) -> None:
    first = await sign_in(client, secret)

    answers = await asyncio.gather(*(refresh(client, first["refresh_token"]) for _ in range(8)))

    good = [answer for answer in answers if answer.status_code == 200]
    assert len(good) == 1 and {answer.status_code for answer in answers} == {200, 401}
    assert await opens(client, good[0].json()["access_token"])
    assert len((await session.scalars(select(RefreshToken))).all()) == 2


async def test_SEC22_refresh_tokens_are_kept_as_hashes_and_end_by_themselves(
    client: httpx.AsyncClient, session: AsyncSession, secret: str
) -> None:
    tokens = await sign_in(client, secret)
    row = (await session.scalars(select(RefreshToken))).one()
    assert tokens["refresh_token"].encode() not in row.secret_hash
    assert row.expires_at <= now() + timedelta(days=30)

    await session.execute(update(RefreshToken).values(expires_at=now()))
    await session.commit()

    assert (await refresh(client, tokens["refresh_token"])).status_code == 401


async def test_SEC09_wrong_refresh_tokens_make_their_network_wait(
    client: httpx.AsyncClient, alice: User
) -> None:
    for _ in range(30):
        assert (await refresh(client, new_key(REFRESH_TOKEN))).status_code == 401

    answer = await refresh(client, "x")

    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


async def test_a_program_gets_no_more_than_its_app_password_may(
    client: httpx.AsyncClient, secret: str
) -> None:
    less = await sign_in(client, secret, scopes=["read"])
    headers = {"x-api-key": secret}

    for body, status in [({"scopes": ["admin"]}, 403), ({"scopes": []}, 422), ({"x": 1}, 422)]:
        answer = await client.post("/api/v1/auth/token", json=body, headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
    assert less["scopes"] == ["read"]


async def test_neither_a_session_nor_a_token_is_exchanged(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, secret: str, alice: User
) -> None:
    tokens = await sign_in(client, secret)
    headers = bearer(tokens["access_token"])
    again = await client.post("/api/v1/auth/token", json={}, headers=headers)
    async with another_browser(app, session, alice) as browser:
        headers = {"x-csrf-token": browser.token()}
        by_cookie = await browser.client.post("/api/v1/auth/token", json={}, headers=headers)

    assert (again.status_code, by_cookie.status_code) == (403, 403)


async def test_an_app_password_has_ten_programs_and_the_oldest_makes_room(
    client: httpx.AsyncClient, session: AsyncSession, secret: str
) -> None:
    first = await sign_in(client, secret)
    for _ in range(MOST):
        await sign_in(client, secret)

    assert len((await session.scalars(select(TokenFamily))).all()) == MOST
    assert not await opens(client, first["access_token"])


def test_a_signature_has_one_way_of_being_written() -> None:
    head, body, signature = genuine().split(".")
    raw = jwt.utils.base64url_decode(signature)
    assert to_base64(raw) == signature

    twins = {signature[:-1] + letter for letter in ascii_letters + digits + "-_"} - {signature}
    same = [one for one in twins if jwt.utils.base64url_decode(one) == raw]

    assert len(same) == 3  # the last letter has two bits to spare
    assert [opened(KEYS, TokenKeys(), f"{head}.{body}.{one}") for one in same] == [None] * 3
