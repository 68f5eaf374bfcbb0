"""The settings screen, with a section as a room would bring it."""

from collections.abc import Iterator

import httpx
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.auth.events import SecurityEvent, What
from app.events import _listeners, on
from app.foundation.db.setting_store import load, setting
from app.foundation.web import settings
from app.foundation.web.forms import Form
from app.foundation.web.i18n import lazy_gettext
from app.foundation.web.settings import Section, choose, chosen
from tests import factories
from tests.browser import Browser, browser_of


@setting("test_of_the_screen")
class Lamp(msgspec.Struct, frozen=True, kw_only=True):
    is_lit: bool = False
    watts: int = 5


async def _not_too_bright(session: AsyncSession, form: Form[Lamp]) -> None:
    if form.value is not None and form.value.watts > 100:
        form.wrong("watts", "That blinds.")


@pytest.fixture(autouse=True)
def section() -> Iterator[None]:
    settings.register_section(
        Section(
            key="lamp",
            title=lazy_gettext("Reading"),
            about=lazy_gettext("Reading"),
            kind=Lamp,
            template="components/time.html",
            check=_not_too_bright,
        )
    )
    yield
    del settings._sections["lamp"]
    settings._kept.clear()


@pytest.fixture
async def browser(client: httpx.AsyncClient, session: AsyncSession) -> Browser:
    return await browser_of(client, session, await factories.person(session, "ann", Role.OWNER))


async def test_an_owner_changes_a_setting_and_it_is_told(
    browser: Browser, session: AsyncSession
) -> None:
    told: list[SecurityEvent] = []

    async def listen(_session: AsyncSession, fact: SecurityEvent) -> None:
        told.append(fact)

    on(SecurityEvent)(listen)
    try:
        assert "/admin/settings/lamp" in (await browser.get("/admin/settings")).text
        answer = await browser.post("/admin/settings/lamp", {"is_lit": "1", "watts": "40"})
    finally:
        _listeners[SecurityEvent].remove(listen)

    assert answer.headers["location"] == "/admin/settings/lamp"
    assert await load(session, Lamp) == Lamp(is_lit=True, watts=40)
    assert [(event.what, event.about) for event in told] == [
        (What.SETTING_CHANGED, {"section": "lamp"})
    ]


async def test_a_rule_of_the_room_is_said_beside_the_field(
    browser: Browser, session: AsyncSession
) -> None:
    answer = await browser.post("/admin/settings/lamp", {"watts": "500"})

    assert answer.status_code == 422
    assert "That blinds." in answer.text
    assert await load(session, Lamp) == Lamp()


async def test_a_choice_is_believed_until_it_is_changed(session: AsyncSession) -> None:
    assert not (await chosen(session, Lamp)).is_lit

    await choose(session, Lamp(is_lit=True))
    await session.commit()

    assert (await chosen(session, Lamp)).is_lit


async def test_there_is_nothing_behind_an_unknown_name(browser: Browser) -> None:
    assert (await browser.get("/admin/settings/nonsense")).status_code == 404
