"""A request writes once: with its answer or not at all."""

from typing import Any

import pytest
from litestar import Request, Response, get
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict
from app.foundation.db.models import Setting
from app.foundation.web import Policy, SignInFirst, done
from tests.foundation.web.conftest import Make, browser

PUBLIC = {"policy": Policy.PUBLIC}


@get("/write/{status:int}", opt=PUBLIC, sync_to_thread=False)
def write(session: AsyncSession, status: int) -> Response[str]:
    session.add(Setting(key="written", value=status))
    return Response("", status_code=status, media_type="text/plain")


@get("/done", opt=PUBLIC, sync_to_thread=False)
def write_and_go_on(request: Request[Any, Any, Any], session: AsyncSession) -> Response[Any]:
    session.add(Setting(key="written", value=1))
    return done(request, then="/elsewhere")


@get("/refuse", opt=PUBLIC, sync_to_thread=False)
def write_and_refuse(session: AsyncSession) -> str:
    session.add(Setting(key="written", value=1))
    raise Conflict("No.")


@get("/sign-in", opt=PUBLIC)
async def write_and_ask_to_sign_in(session: AsyncSession) -> str:
    session.add(Setting(key="written", value=1))
    await session.flush()
    raise SignInFirst


@get("/late", opt=PUBLIC)
async def fail_at_commit(request: Request[Any, Any, Any], session: AsyncSession) -> Response[Any]:
    # Complains only when the transaction ends, as a deferred constraint does.
    await session.execute(
        text("CREATE TEMP TABLE late (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    )
    await session.execute(text("INSERT INTO late VALUES (1), (1)"))
    session.add(Setting(key="written", value=1))
    await session.flush()
    return done(request, then="/elsewhere")


PROBES = [write, write_and_go_on, write_and_refuse, write_and_ask_to_sign_in, fail_at_commit]


@pytest.mark.parametrize(
    ("path", "status", "kept"),
    [
        ("/write/200", 200, True),
        ("/write/303", 303, True),
        ("/done", 303, True),
        ("/write/422", 422, False),
        ("/write/500", 500, False),
        ("/refuse", 409, False),
        ("/sign-in", 303, False),
    ],
)
async def test_a_write_is_kept_by_success_and_redirect_and_by_nothing_else(
    make_app: Make,
    database_url: str,
    session: AsyncSession,
    path: str,
    status: int,
    kept: bool,
) -> None:
    app = make_app(PROBES, database_url=database_url)
    try:
        async with browser(app) as client:
            answer = await client.get(path)
    finally:
        await app.state.engine.dispose()

    assert answer.status_code == status
    assert (await session.scalar(select(Setting.key)) is not None) is kept


async def test_a_commit_that_fails_is_an_error_screen_and_never_a_success(
    make_app: Make, database_url: str, session: AsyncSession, capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(PROBES, database_url=database_url)
    try:
        async with browser(app) as client:
            answer = await client.get("/late")
    finally:
        await app.state.engine.dispose()

    assert answer.status_code == 500
    assert "Something went wrong in Bunko" in answer.text
    assert await session.scalar(select(Setting.key)) is None
    assert IntegrityError.__name__ in "".join(capsys.readouterr())
