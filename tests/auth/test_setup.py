import asyncio
import stat
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Preference, Role, Theme, User
from app.auth.models import OneTimeToken
from app.auth.setup import DONE_FILE, TOKEN_FILE, SetupIsClosed, setup_link
from app.config import Settings
from tests.auth.conftest import PASSWORD, MakePerson
from tests.browser import Browser


async def code_of(settings: Settings, session: AsyncSession) -> str:
    link = await setup_link(settings, session)
    assert link is not None
    return parse_qs(urlsplit(link).query)["code"][0]


def form(code: str, name: str = "admin", password: str = PASSWORD) -> dict[str, str]:
    return {"code": code, "name": name, "password": password, "password_again": password}


async def owners(session: AsyncSession) -> int:
    found = await session.scalar(select(func.count()).where(User.role == Role.OWNER))
    return found or 0


async def test_SEC13_the_link_leads_to_a_form_and_the_form_makes_the_owner(
    anyone: Browser, fresh: Settings, session: AsyncSession
) -> None:
    code = await code_of(fresh, session)
    assert (await anyone.get("/")).headers["location"] == "/setup"
    assert (await anyone.get("/login")).headers["location"] == "/setup"
    screen = await anyone.get(f"/setup?code={code}")
    assert screen.status_code == 200
    assert f'name="code" value="{code}"' in screen.text
    assert await owners(session) == 0

    answer = await anyone.post("/setup", form(code))

    assert answer.headers["location"] == "/admin/libraries/new"
    assert (await anyone.get("/account")).status_code == 200
    assert await owners(session) == 1


async def test_the_look_chosen_before_there_was_anybody_is_the_owners(
    anyone: Browser, fresh: Settings, session: AsyncSession
) -> None:
    await anyone.post("/looks", {"theme": "dark", "language": "de", "next": "/setup"})

    await anyone.post("/setup", form(await code_of(fresh, session)))

    chosen = (await session.scalars(select(Preference))).one()
    assert (chosen.theme, chosen.language) == (Theme.DARK, "de")


async def test_SEC13_the_code_lies_in_a_file_for_the_owner_of_the_process_only(
    fresh: Settings, session: AsyncSession
) -> None:
    code = await code_of(fresh, session)

    file = fresh.data_dir / TOKEN_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().strip() == code
    stored = (await session.scalars(select(OneTimeToken))).one()
    assert code.encode() not in stored.secret_hash
    assert await code_of(fresh, session) == code, "a later start prints the same link"


async def test_SEC13_a_wrong_code_makes_nobody(
    anyone: Browser, fresh: Settings, session: AsyncSession
) -> None:
    await code_of(fresh, session)

    answer = await anyone.post("/setup", form("not the code"))

    assert answer.status_code == 422
    assert "not the setup code" in answer.text
    assert await owners(session) == 0


async def test_SEC13_fifty_at_once_make_one_owner(
    anyone: Browser, fresh: Settings, session: AsyncSession
) -> None:
    code = await code_of(fresh, session)
    forms = [form(code, f"admin{number}") for number in range(50)]

    answers = await asyncio.gather(*(anyone.post("/setup", one) for one in forms))

    statuses = [answer.status_code for answer in answers]
    assert await owners(session) == 1
    assert statuses.count(303) == 1
    assert not [status for status in statuses if status >= 500]


async def test_SEC13_setup_is_gone_when_there_is_an_owner(
    anyone: Browser, fresh: Settings, session: AsyncSession
) -> None:
    code = await code_of(fresh, session)
    await anyone.post("/setup", form(code))
    anyone.client.cookies.clear()

    assert (await anyone.get(f"/setup?code={code}")).status_code == 404
    assert (await anyone.post("/setup", form(code, "eve"))).status_code == 404
    assert await setup_link(fresh, session) is None
    assert not (fresh.data_dir / TOKEN_FILE).exists()


async def test_SEC13_an_empty_database_never_opens_setup_again(
    anyone: Browser, fresh: Settings, session: AsyncSession
) -> None:
    code = await code_of(fresh, session)
    (fresh.data_dir / DONE_FILE).write_text("")

    for answer in (await anyone.get("/setup"), await anyone.post("/setup", form(code))):
        assert answer.status_code == 409
        assert "Restore a backup" in answer.text
    with pytest.raises(SetupIsClosed):
        await setup_link(fresh, session)
    assert await owners(session) == 0


async def test_SEC13_an_owner_made_before_closes_setup_at_the_next_start(
    fresh: Settings, session: AsyncSession, make_person: MakePerson
) -> None:
    await make_person("admin", Role.OWNER)

    assert await setup_link(fresh, session) is None

    assert (fresh.data_dir / DONE_FILE).exists()


async def test_every_mistake_of_the_first_form_is_shown_at_once(
    anyone: Browser, fresh: Settings, session: AsyncSession
) -> None:
    code = await code_of(fresh, session)

    answer = await anyone.post(
        "/setup",
        {"code": code, "name": "a@b", "password": "short", "password_again": "shorter"},
    )

    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 3
    assert "short" not in answer.text.replace("shorter", "")
