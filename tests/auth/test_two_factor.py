"""Setting up what is shown besides the password."""

import re

import pyotp
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.events import SecurityEvent, What
from app.auth.models import Authenticator, BackupCode, Second, Session
from app.events import _listeners, on
from tests.auth.second import give_app, give_codes
from tests.browser import Browser, another_browser

OVERVIEW = "/account/two-factor"
APP = "/account/two-factor/app"


async def seed_on(browser: Browser) -> str:
    shown = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", (await browser.get(APP)).text)
    assert shown
    return shown[1].replace(" ", "")


def codes_on(text: str) -> list[str]:
    return re.findall(r"<li>([2-9a-z]{5}-[2-9a-z]{5}-[2-9a-z]{5})</li>", text)


async def test_an_app_counts_only_after_it_has_shown_a_right_code(
    browser: Browser, session: AsyncSession
) -> None:
    assert (await browser.get(APP)).headers["location"] == OVERVIEW
    assert (await browser.post(APP)).headers["location"] == APP
    seed = await seed_on(browser)
    picture = await browser.get(f"{APP}/qr.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["cache-control"] == "private, no-store"
    assert b"style=" not in picture.content and b"<svg" in picture.content

    wrong = await browser.post(f"{APP}/confirm", {"code": "12345"})
    assert wrong.status_code == 422 and "is not right" in wrong.text
    assert await session.scalar(select(Authenticator.seed)) is None
    right = await browser.post(f"{APP}/confirm", {"code": pyotp.TOTP(seed).now()})

    assert right.status_code == 200
    assert len(codes_on(right.text)) == 10
    assert right.headers["cache-control"] == "private, no-store"
    row = (await session.scalars(select(Session))).one()
    assert row.second is Second.CODE
    assert "10 codes left" in (await browser.get(OVERVIEW)).text
    assert (await browser.get(APP)).headers["location"] == OVERVIEW


async def test_SEC24_the_first_second_factor_renews_this_session_and_ends_the_others(
    browser: Browser, app: Litestar, session: AsyncSession, alice: User
) -> None:
    before = browser.client.cookies["bunko_session"]
    async with another_browser(app, session, alice) as other:
        await browser.post(APP)
        code = pyotp.TOTP(await seed_on(browser)).now()
        await browser.post(f"{APP}/confirm", {"code": code})

        assert browser.client.cookies["bunko_session"] != before
        assert (await browser.get("/account")).status_code == 200
        assert (await other.get("/account")).status_code == 303


async def test_the_screen_with_the_codes_has_forms_that_work(browser: Browser) -> None:
    await browser.post(APP)
    code = pyotp.TOTP(await seed_on(browser)).now()
    shown = await browser.post(f"{APP}/confirm", {"code": code})
    tokens = re.findall(r'name="csrf_token" value="([^"]+)"', shown.text)
    codes = codes_on(shown.text)

    answer = await browser.client.post(
        f"{OVERVIEW}/codes/file", data={"csrf_token": tokens[-1], "codes": codes}
    )

    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert all(code in answer.text for code in codes)


async def test_another_app_takes_the_place_of_the_first_when_it_shows_a_code(
    browser: Browser, app: Litestar, session: AsyncSession, alice: User
) -> None:
    await give_app(app, session, alice)
    codes = await give_codes(session, alice)
    before = await session.scalar(select(Authenticator.seed))

    await browser.post(APP)
    seed = await seed_on(browser)
    assert await session.scalar(select(Authenticator.seed)) == before
    answer = await browser.post(f"{APP}/confirm", {"code": pyotp.TOTP(seed).now()})

    assert answer.headers["location"] == OVERVIEW
    assert await session.scalar(select(Authenticator.seed)) != before
    assert await session.scalar(select(func.count()).select_from(BackupCode)) == len(codes)


async def test_turning_it_off_asks_first_and_takes_the_codes_along(
    browser: Browser, app: Litestar, session: AsyncSession, alice: User
) -> None:
    await give_app(app, session, alice)
    await give_codes(session, alice)
    assert "Whoever learns your password" in (await browser.get(f"{APP}/remove")).text

    answer = await browser.post(f"{APP}/remove")

    assert answer.headers["location"] == OVERVIEW
    for table in (Authenticator, BackupCode):
        assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_SEC16_new_codes_end_the_old_ones_and_are_shown_once(
    browser: Browser, app: Litestar, session: AsyncSession, alice: User
) -> None:
    await give_app(app, session, alice)
    old = await give_codes(session, alice)
    assert "10 codes that are left work no more" in (await browser.get(f"{OVERVIEW}/codes")).text

    new = codes_on((await browser.post(f"{OVERVIEW}/codes")).text)

    assert len(new) == 10 and not set(new) & set(old)
    assert await session.scalar(select(func.count()).select_from(BackupCode)) == 10
    for path in (OVERVIEW, f"{OVERVIEW}/codes"):
        text = (await browser.get(path)).text
        assert not any(code in text for code in new)


async def test_a_file_of_codes_holds_codes_and_nothing_else(browser: Browser) -> None:
    for sent in ("", "<script>", "not-a-code"):
        answer = await browser.post(f"{OVERVIEW}/codes/file", {"codes": sent})
        assert answer.status_code == 422


async def test_what_happened_is_told_and_no_secret_with_it(
    browser: Browser, session: AsyncSession, alice: User
) -> None:
    told: list[SecurityEvent] = []

    async def listen(_session: AsyncSession, fact: SecurityEvent) -> None:
        told.append(fact)

    on(SecurityEvent)(listen)
    try:
        await browser.post(APP)
        seed = await seed_on(browser)
        await browser.post(f"{APP}/confirm", {"code": pyotp.TOTP(seed).now()})
        await browser.post(f"{OVERVIEW}/codes")
        await browser.post(f"{APP}/remove")
    finally:
        _listeners[SecurityEvent].remove(listen)

    assert [event.what for event in told] == [
        What.TWO_FACTOR_ON,
        What.BACKUP_CODES_MADE,
        What.TWO_FACTOR_OFF,
    ]
    assert all(event.subject == alice.id and seed not in str(event) for event in told)
