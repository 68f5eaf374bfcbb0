"""Scripts of other sites get an answer from `/api/` alone, and only where an owner named them."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.foundation.db.setting_store import load
from app.foundation.web.cross_origin import CrossOriginRules, is_origin
from app.foundation.web.settings import choose
from tests import factories
from tests.browser import browser_of

APP = "https://app.example.org"
ASKS = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
OTHERS = [
    "https://evil.example.org",
    "http://app.example.org",
    "https://app.example.org:8443",
    "https://app.example.org.evil.com",
    "https://APP.example.org",
    "null",
    "*",
    f"{APP}/",
    f"{APP} https://b",
]


async def allow(session: AsyncSession, *origins: str) -> None:
    await choose(session, CrossOriginRules(origins="\n".join(origins)))
    await session.commit()


def grants(answer: httpx.Response) -> dict[str, str]:
    return {
        name: value for name, value in answer.headers.items() if name.startswith("access-control-")
    }


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/login", "/healthz", "/"])
async def test_SEC30_nobody_is_allowed_until_an_owner_says_so(
    client: httpx.AsyncClient, path: str
) -> None:
    for method, more in (("GET", {}), ("OPTIONS", ASKS)):
        answer = await client.request(method, path, headers={"origin": APP, **more})
        assert grants(answer) == {}, method


async def test_SEC30_a_named_origin_may_ask_the_api_and_nothing_else(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await allow(session, APP)

    asked = await client.options("/api/v1/nothing", headers={"origin": APP, **ASKS})
    got = await client.get("/api/v1/nothing", headers={"origin": APP})

    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == APP
    assert "authorization" in asked.headers["access-control-allow-headers"]
    assert got.headers["access-control-allow-origin"] == APP
    for answer in (asked, got):
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" in answer.headers["vary"].lower()
    for path in ("/login", "/account", "/healthz", "/apifoo", "/API/v1/me", "//api/v1/me"):
        raw = httpx.URL("http://localhost", raw_path=path.encode())
        for method, more in (("GET", {}), ("OPTIONS", ASKS)):
            answer = await client.request(method, raw, headers={"origin": APP, **more})
            assert grants(answer) == {}, path


@pytest.mark.parametrize("origin", OTHERS)
async def test_SEC30_only_the_exact_origin_counts(
    client: httpx.AsyncClient, session: AsyncSession, origin: str
) -> None:
    await allow(session, APP)

    for method, more in (("GET", {}), ("OPTIONS", ASKS)):
        answer = await client.request(method, "/api/v1/nothing", headers={"origin": origin, **more})
        assert grants(answer) == {}
        assert "origin" in answer.headers.get("vary", "").lower()


async def test_SEC30_owners_name_exact_origins_only(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    owner = await browser_of(client, session, await factories.person(session, "o", Role.OWNER))

    for wrong in ("*", "https://*.example.org", "example.org", f"{APP}/path", "ftp://x", "null"):
        answer = await owner.post("/admin/settings/cross_origin", {"origins": f"{APP}\n{wrong}"})
        assert answer.status_code == 422, wrong
        assert wrong in answer.text or "*" in wrong
    good = await owner.post("/admin/settings/cross_origin", {"origins": f"{APP}\nhttp://[::1]:80"})
    assert good.status_code == 422, "a usual port is never written"
    good = await owner.post("/admin/settings/cross_origin", {"origins": APP})
    assert good.status_code == 303
    assert (await load(session, CrossOriginRules)).origins == APP


def test_an_origin_is_written_as_browsers_write_it() -> None:
    assert is_origin("http://localhost:3000") and is_origin("https://[::1]:8443")
    assert not is_origin("https://Example.org") and not is_origin("https://a@b")
