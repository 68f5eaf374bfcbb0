"""Sensitive acts ask again who is there (requirement 14)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.auth import guard
from app.auth.models import Session
from app.foundation.db import now
from app.foundation.web import Policy
from tests.browser import HTMX, Browser, browser_of
from tests.security.routes import Known, filled, routes_of
from tests.security.test_routes import _world
from tests.security.world import row_digests

SENSITIVE = (
    "/admin/users",
    "/admin/settings",
    "/account/two-factor",
    "/account/passkeys",
    "/account/email",
)
"""Every write below these asks for proof, or stands here and says why not."""
NOT_SENSITIVE = {
    # Gives back the codes that were sent to it.
    "POST /account/two-factor/codes/file",
}
ASKS_BY_ITSELF = "POST /account/password"
JSON = {"accept": "application/json"}


def _sensitive(app: Litestar) -> Iterator[Known]:
    for route in routes_of(app):
        if route.method != "OPTIONS" and route.handler.opt.get("proof"):
            yield route


@pytest.fixture
async def values(session: AsyncSession) -> dict[str, Any]:
    return await _world(session)


@pytest.fixture
async def unproved(
    client: httpx.AsyncClient, session: AsyncSession, values: dict[str, Any]
) -> Browser:
    """An owner who typed their password eleven minutes ago."""
    browser = await browser_of(client, session, values["owner"])
    await grow_old(session)
    return browser


async def grow_old(session: AsyncSession, minutes: int = 11) -> None:
    await session.execute(update(Session).values(proved_at=now() - timedelta(minutes=minutes)))
    await session.commit()


def test_SEC14_what_is_sensitive_asks_for_proof(app: Litestar) -> None:
    asking = {route.line for route in _sensitive(app)}
    writes = {
        route.line
        for route in routes_of(app)
        if route.method not in ("GET", "OPTIONS") and route.path.startswith(SENSITIVE)
    }

    assert writes - asking == NOT_SENSITIVE
    assert "POST /account" in asking
    assert len(asking) > 8


def test_SEC14_nothing_that_is_open_to_strangers_asks_for_proof(app: Litestar) -> None:
    assert [route.line for route in _sensitive(app) if route.policy is Policy.PUBLIC] == []


async def test_SEC14_whoever_proved_nothing_lately_is_asked_before_every_sensitive_act(
    app: Litestar, unproved: Browser, values: dict[str, Any], engine: AsyncEngine
) -> None:
    before = await row_digests(engine)

    for route in _sensitive(app):
        path = filled(route.path, values)
        for headers in ({}, HTMX, JSON):
            if route.method == "GET":
                answer = await unproved.get(path, headers=dict(headers))
            else:
                answer = await unproved.post(path, {"name": "x"}, headers=dict(headers))
            status = 303 if headers == {} else 403
            assert answer.status_code == status, (route.line, headers)
            target = answer.headers.get("location") or answer.headers.get("hx-redirect", "")
            assert target.startswith("/account/prove?next=/") or headers == JSON, route.line

    assert await row_digests(engine) == before


async def test_SEC14_ten_minutes_are_enough_and_eleven_too_many(
    unproved: Browser, session: AsyncSession
) -> None:
    await grow_old(session, 9)
    assert (await unproved.get("/admin/users/new")).status_code == 200

    await grow_old(session, 11)
    answer = await unproved.get("/admin/users/new?from=list")

    assert answer.headers["location"] == "/account/prove?next=/admin/users/new%3Ffrom%3Dlist"
    assert (await unproved.get("/admin/users")).status_code == 200


@pytest.mark.parametrize("broken", ["is_proved", "_require_proof"])
async def test_SEC04_a_check_of_proof_that_breaks_lets_nobody_in(
    unproved: Browser, session: AsyncSession, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def breaks(*_given: Any) -> bool:
        raise RuntimeError

    await grow_old(session, 0)
    monkeypatch.setattr(guard, broken, breaks)

    assert (await unproved.get("/admin/users/new")).status_code == 500


async def test_SEC14_a_new_password_is_taken_only_together_with_the_old_one(
    client: httpx.AsyncClient, session: AsyncSession, values: dict[str, Any]
) -> None:
    browser = await browser_of(client, session, values["owner"])
    before = values["owner"].password_hash
    new = "nine herons over the marsh"

    answer = await browser.post(ASKS_BY_ITSELF[5:], {"password": new, "password_again": new})

    assert answer.status_code == 422
    stored = await session.scalar(select(type(values["owner"]).password_hash).limit(1))
    assert stored == before
