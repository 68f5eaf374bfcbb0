"""Signing in with a password and a code."""

import asyncio
from datetime import timedelta

import pytest
from litestar import Litestar
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.accounts.models import User
from app.auth import second_routes
from app.auth.backup_codes import LETTERS, BackupCodes, as_kept, make_codes
from app.auth.models import (
    Authenticator,
    BackupCode,
    Second,
    Session,
    SignInChallenge,
    Throttle,
    Way,
)
from app.auth.sessions import Sessions
from app.foundation.db import now, session_maker
from app.foundation.web import Policy
from tests.auth.conftest import MakePerson
from tests.auth.second import (
    SEED,
    authenticators,
    code_at,
    code_now,
    give_app,
    give_codes,
    password_step,
    wrong_code,
)
from tests.browser import Browser, another_browser, keep_cookie
from tests.security.routes import filled, routes_of
from tests.security.test_routes import _world

SECOND = "/login/second"


@pytest.fixture
async def alice(app: Litestar, session: AsyncSession, make_person: MakePerson) -> User:
    person = await make_person("alice")
    await give_app(app, session, person)
    return person


async def number_of_sessions(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Session)) or 0


async def test_a_code_from_the_app_signs_in_after_the_password(
    anyone: Browser, alice: User, session: AsyncSession
) -> None:
    asked = await password_step(anyone, next="/account", stay="1")
    assert asked.headers["location"] == SECOND
    assert 'autocomplete="one-time-code"' in (await anyone.get(SECOND)).text

    code = code_now()
    answer = await anyone.post(SECOND, {"code": f"{code[:3]} {code[3:]}"})

    assert answer.headers["location"] == "/account"
    assert (await anyone.get("/account")).status_code == 200
    row = (await session.scalars(select(Session))).one()
    assert (row.way, row.second, row.stays) == (Way.PASSWORD, Second.CODE, True)
    assert await session.scalar(select(func.count()).select_from(SignInChallenge)) == 0


async def test_a_backup_code_signs_in_once_and_says_how_many_are_left(
    anyone: Browser, alice: User, session: AsyncSession
) -> None:
    codes = await give_codes(session, alice)
    await password_step(anyone)

    answer = await anyone.post(SECOND, {"code": f" {codes[3].upper()} "})

    assert answer.headers["location"] == "/"
    assert "9 backup codes left" in (await anyone.get("/account")).text
    await anyone.post("/logout")
    await password_step(anyone)
    assert (await anyone.post(SECOND, {"code": codes[3]})).status_code == 422


async def test_a_wrong_code_is_told_beside_the_field(anyone: Browser, alice: User) -> None:
    await password_step(anyone)

    for typed in (wrong_code(), "", "letters", "٣٣٣٣٣٣", "x" * 61):
        answer = await anyone.post(SECOND, {"code": typed})
        assert answer.status_code in (422, 429), typed
        assert 'aria-invalid="true"' in answer.text or answer.status_code == 429


async def test_without_a_challenge_the_second_step_leads_back_to_the_first(
    anyone: Browser, alice: User, session: AsyncSession
) -> None:
    assert (await anyone.get(SECOND)).headers["location"] == "/login"
    await password_step(anyone)
    await session.execute(update(SignInChallenge).values(expires_at=now() - timedelta(seconds=1)))
    await session.commit()

    answer = await anyone.post(SECOND, {"code": code_now()})

    assert answer.headers["location"] == "/login"
    assert await number_of_sessions(session) == 0


@pytest.mark.parametrize("end", ["disable", "password"])
async def test_a_challenge_ends_with_the_rights_of_its_person(
    anyone: Browser, alice: User, session: AsyncSession, end: str
) -> None:
    await password_step(anyone)
    if end == "disable":
        await session.execute(update(User).where(User.id == alice.id).values(disabled_at=now()))
    else:
        await Sessions(session).end_all_of(alice.id)
    await session.commit()

    assert (await anyone.post(SECOND, {"code": code_now()})).headers["location"] == "/login"


async def test_SEC15_a_code_works_once_and_none_before_it(
    app: Litestar, anyone: Browser, alice: User, session: AsyncSession
) -> None:
    code = code_now()
    await password_step(anyone)
    assert (await anyone.post(SECOND, {"code": code})).status_code == 303

    async with another_browser(app, session, None) as thief:
        await password_step(thief)
        assert (await thief.post(SECOND, {"code": code})).status_code == 422
        assert (await thief.post(SECOND, {"code": code_now(-1)})).status_code == 422


async def test_SEC15_a_code_may_be_one_step_early_or_late_and_no_more(
    app: Litestar, alice: User, session: AsyncSession
) -> None:
    at = 1_800_000_015.0
    for steps, good in [(-2, False), (2, False), (-1, True), (0, True), (1, True)]:
        found = authenticators(app, session, at)
        assert await found.accepts(alice.id, code_at(at, steps)) is good, steps


async def test_SEC15_of_many_who_send_one_code_at_once_one_comes_in(
    app: Litestar, engine: AsyncEngine, alice: User
) -> None:
    at = 1_800_000_015.0
    code = code_at(at)

    async def try_it() -> bool:
        async with session_maker(engine)() as own, own.begin():
            return await authenticators(app, own, at).accepts(alice.id, code)

    assert sum(await asyncio.gather(*(try_it() for _ in range(20)))) == 1


async def test_SEC15_the_seed_is_kept_sealed_and_opens_in_its_own_row_alone(
    app: Litestar, alice: User, session: AsyncSession, make_person: MakePerson
) -> None:
    row = (await session.scalars(select(Authenticator))).one()
    assert row.seed is not None and SEED.encode() not in row.seed
    bob = await make_person("bob")
    session.add(Authenticator(user_id=bob.id, seed=row.seed, enabled_at=now()))
    await session.commit()

    at = 1_800_000_015.0
    code = code_at(at)
    assert await authenticators(app, session, at).accepts(bob.id, code) is False
    assert await authenticators(app, session, at).accepts(alice.id, code) is True


async def test_SEC16_ten_codes_of_more_than_64_bits_are_kept_as_slow_hashes(
    alice: User, session: AsyncSession
) -> None:
    codes = await give_codes(session, alice)

    kept = (await session.scalars(select(BackupCode.code_hash))).all()
    assert len(set(codes)) == len(set(kept)) == 10
    assert all(len(LETTERS) ** len(as_kept(code) or "") > 2**64 for code in codes)
    assert all(one.startswith("$argon2id$") for one in kept)


async def test_SEC16_of_fifty_who_send_one_code_at_once_one_comes_in(
    engine: AsyncEngine, alice: User, session: AsyncSession
) -> None:
    codes = await give_codes(session, alice)

    async def try_it() -> bool:
        async with session_maker(engine)() as own, own.begin():
            return await BackupCodes(own).spend(alice.id, codes[0])

    assert sum(await asyncio.gather(*(try_it() for _ in range(50)))) == 1
    assert await BackupCodes(session).left(alice.id) == 9


async def test_SEC16_a_code_of_somebody_else_is_worth_nothing(
    alice: User, session: AsyncSession, make_person: MakePerson
) -> None:
    codes = await give_codes(session, alice)
    bob = await make_person("bob")
    await give_codes(session, bob)

    assert await BackupCodes(session).spend(bob.id, codes[0]) is False
    assert (await make_codes())[0] != codes


async def test_SEC17_the_sixth_try_fails_though_it_is_right_and_waits_a_quarter_of_an_hour(
    app: Litestar, anyone: Browser, alice: User, session: AsyncSession
) -> None:
    await password_step(anyone)
    for _try in range(5):
        assert (await anyone.post(SECOND, {"code": wrong_code()})).status_code == 422

    sixth = await anyone.post(SECOND, {"code": code_now()})

    assert sixth.status_code == 429
    assert 14 * 60 < int(sixth.headers["retry-after"]) <= 15 * 60
    async with another_browser(app, session, None) as elsewhere:
        await password_step(elsewhere)
        assert (await elsewhere.post(SECOND, {"code": code_now()})).status_code == 429
    assert await number_of_sessions(session) == 0

    past = now() - timedelta(minutes=16)
    await session.execute(
        update(Throttle)
        .where(Throttle.key.like("second:%"))
        .values(blocked_until=past, updated_at=past)
    )
    await session.commit()
    assert (await anyone.post(SECOND, {"code": code_now()})).status_code == 303


async def test_SEC17_a_try_that_breaks_was_a_try(
    anyone: Browser, alice: User, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_given: object) -> None:
        raise RuntimeError

    await password_step(anyone)
    monkeypatch.setattr(second_routes, "accepted", breaks)
    for _try in range(5):
        assert (await anyone.post(SECOND, {"code": code_now()})).status_code == 500
    monkeypatch.undo()

    # What counts stands in the database alone, so a restart forgets nothing either.
    kept = await session.scalar(select(Throttle.failures).where(Throttle.key.like("second:%")))
    assert kept == 5
    assert (await anyone.post(SECOND, {"code": code_now()})).status_code == 429


async def test_SEC17_codes_at_once_are_each_counted(
    anyone: Browser, alice: User, session: AsyncSession
) -> None:
    await password_step(anyone)

    tries = [anyone.post(SECOND, {"code": wrong_code()}) for _ in range(12)]
    answers = await asyncio.gather(*tries)

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(422) == 5
    assert statuses.count(429) == 7


async def test_SEC18_a_challenge_opens_no_other_route(
    app: Litestar, anyone: Browser, alice: User, session: AsyncSession
) -> None:
    await password_step(anyone)
    secret = anyone.client.cookies["bunko_second"]
    assert "bunko_session" not in anyone.client.cookies
    values = await _world_beside(session)

    for as_session in (False, True):
        if as_session:
            keep_cookie(anyone.client, "bunko_session", secret)
        for route in routes_of(app):
            if route.policy not in (Policy.PUBLIC, Policy.SETUP) and route.method != "OPTIONS":
                answer = await anyone.client.request(route.method, filled(route.path, values))
                assert answer.status_code in (303, 401, 403), route.line
                if answer.status_code == 303:
                    assert answer.headers["location"].startswith("/login"), route.line


async def _world_beside(session: AsyncSession) -> dict[str, object]:
    """One of everything for paths; alice is there already."""
    await session.execute(update(User).where(User.name_key == "alice").values(name_key="alice one"))
    await session.commit()
    return await _world(session)


async def test_SEC24_a_new_session_begins_with_the_second_factor(
    anyone: Browser, alice: User, session: AsyncSession
) -> None:
    keep_cookie(anyone.client, "bunko_session", "chosen-by-an-attacker")
    await anyone.post("/login", {"name": "alice", "password": "seven lanterns by the river"})
    challenge = anyone.client.cookies["bunko_second"]
    assert await number_of_sessions(session) == 0

    answer = await anyone.post(SECOND, {"code": code_now()})

    assert answer.cookies["bunko_session"] not in (challenge, "chosen-by-an-attacker")
    assert await number_of_sessions(session) == 1
