"""One function says who is asking (requirement 2)."""

import re
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.browser import browser_of

APP = Path(__file__).parents[2] / "app"
HEADERS = [
    {"authorization": "Basic Ym9iOmJvYiByZWFkcyBhdCBuaWdodA=="},
    {"authorization": "Bearer abc"},
    {"x-api-key": "abc"},
    {"x-forwarded-user": "admin"},
    {"remote-user": "admin"},
]


def test_SEC2_one_place_says_who_is_asking() -> None:
    places = {
        str(path.relative_to(APP))
        for path in APP.rglob("*.py")
        if re.search(r"""scope\[["']user["']\]\s*=\s*(?![\s=])(?!None)""", path.read_text())
    }

    assert places == {"auth/principal.py"}


@pytest.mark.parametrize("headers", HEADERS)
async def test_SEC2_no_header_names_a_person(
    client: httpx.AsyncClient, session: AsyncSession, headers: dict[str, str]
) -> None:
    await factories.admin(session)
    await factories.bob(session)

    answer = await client.get("/account", headers=headers)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("headers", HEADERS)
async def test_SEC2_a_header_beside_a_session_makes_nobody_else_of_it(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession, headers: dict[str, str]
) -> None:
    await factories.bob(session)
    alice = await browser_of(client, session, await factories.alice(session))

    text = (await alice.get("/account", headers=headers)).text

    assert "alice" in text and "bob" not in text
