"""`bunko token …`, as somebody at a terminal types it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.auth.access_tokens import TokenKeys
from app.auth.models import AppPassword
from app.cli import bunko
from app.errors import BunkoError
from app.foundation.db import now
from app.foundation.db.setting_store import load
from tests.auth.conftest import MakePerson

ME = "/api/v1/me"

type Typed = Callable[..., Awaitable[Result]]


@pytest.fixture
def token(database_url: str, tmp_path: Path, apart: None) -> Typed:
    environment = {"BUNKO_DATABASE_URL": database_url, "BUNKO_DATA_DIR": str(tmp_path)}

    async def type_in(*words: str) -> Result:
        run = CliRunner().invoke
        return await asyncio.to_thread(run, bunko, ["token", *words], env=environment)

    return type_in


async def test_a_key_is_printed_alone_and_opens_what_was_asked_for(
    token: Typed, client: httpx.AsyncClient, session: AsyncSession, alice: User
) -> None:
    scopes = ("--scope", "read", "--scope", "download")
    answer = await token("create", "alice", "--name", "Backup", *scopes, "--days", "30")

    assert answer.exit_code == 0
    assert re.fullmatch(r"bunko_[a-z2-9]{32}\n", answer.stdout)
    me = await client.get(ME, headers={"x-api-key": answer.stdout.strip()})
    assert (me.json()["name"], me.json()["scopes"]) == ("alice", ["read", "download"])
    row = (await session.scalars(select(AppPassword))).one()
    assert row.expires_at is not None and row.expires_at - now() <= timedelta(days=30)


async def test_without_a_scope_it_reads(
    token: Typed, client: httpx.AsyncClient, alice: User
) -> None:
    answer = await token("create", "alice", "--name", "Backup")

    me = await client.get(ME, headers={"x-api-key": answer.stdout.strip()})
    assert me.json()["scopes"] == ["read"]


@pytest.mark.parametrize(
    "words",
    [
        ("create", "nobody", "--name", "x"),
        ("create", "alice", "--name", " "),
        ("create", "alice", "--name", "x" * 61),
        ("create", "alice", "--name", "x", "--scope", "admin"),
        ("revoke", "alice", "nothing"),
        ("list", "nobody"),
    ],
)
async def test_what_cannot_be_done_ends_with_a_sentence(
    token: Typed, session: AsyncSession, alice: User, words: tuple[str, ...]
) -> None:
    answer = await token(*words)

    assert answer.exit_code == 1 and isinstance(answer.exception, BunkoError)
    assert (await session.scalars(select(AppPassword))).all() == []


async def test_only_an_owners_key_administers(
    token: Typed, client: httpx.AsyncClient, make_person: MakePerson
) -> None:
    await make_person("boss", Role.OWNER)

    answer = await token("create", "boss", "--name", "Ops", "--scope", "admin")

    users = await client.get("/api/v1/users", headers={"x-api-key": answer.stdout.strip()})
    assert [one["name"] for one in users.json()["items"]] == ["boss"]


async def test_keys_are_listed_without_their_secrets_and_revoked_by_name(
    token: Typed, client: httpx.AsyncClient, alice: User
) -> None:
    key = (await token("create", "alice", "--name", "Backup")).stdout.strip()

    listed = (await token("list", "alice")).stdout
    revoked = await token("revoke", "alice", "Backup")

    assert listed == "Backup  read  never used  until revoked\n"
    assert revoked.stdout == "Backup opens nothing any more.\n"
    assert (await client.get(ME, headers={"x-api-key": key})).status_code == 401


async def test_the_key_behind_tokens_is_changed(token: Typed, session: AsyncSession) -> None:
    first = await load(session, TokenKeys)
    assert (await token("rotate-keys")).exit_code == 0
    second = await load(session, TokenKeys)
    assert (await token("rotate-keys", "--at-once")).exit_code == 0
    third = await load(session, TokenKeys)

    assert len({first.current, second.current, third.current}) == 3
    assert (second.previous, third.previous) == (first.current, "")
