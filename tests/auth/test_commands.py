"""`bunko user …`, as somebody at a terminal types it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.accounts.service import LastOwner
from app.auth import commands, token_commands
from app.auth.models import BackupCode, Session
from app.auth.other_ways import SignInWays
from app.auth.setup import DONE_FILE
from app.cli import bunko
from app.errors import BunkoError
from app.foundation.web.settings import choose
from tests.auth.conftest import MakePerson
from tests.browser import Browser, browser_of

PASSPHRASE = "nine lamps over a quiet harbour"

type Typed = Callable[..., Awaitable[Result]]


@pytest.fixture
def user(database_url: str, tmp_path: Path, apart: None) -> Typed:
    environment = {"BUNKO_DATABASE_URL": database_url, "BUNKO_DATA_DIR": str(tmp_path)}

    async def type_in(*words: str, says: str = "") -> Result:
        run = CliRunner().invoke
        return await asyncio.to_thread(run, bunko, ["user", *words], input=says, env=environment)

    return type_in


async def signs_in(browser: Browser, name: str, password: str) -> bool:
    await browser.get("/login")
    answer = await browser.post("/login", {"name": name, "password": password})
    return answer.status_code == 303


async def count(session: AsyncSession, table: type[User | Session | BackupCode]) -> int:
    session.expire_all()
    return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_created_person_can_sign_in_as_a_reader(
    user: Typed, make_person: MakePerson, anyone: Browser, session: AsyncSession
) -> None:
    await make_person("bob")

    answer = await user("create", "Mira", "--password-stdin", says=f"{PASSPHRASE}\n")

    assert (answer.exit_code, answer.stdout) == (0, "Mira can sign in now.\n")
    mira = (await session.scalars(select(User).where(User.name == "Mira"))).one()
    assert mira.role is Role.READER
    assert await signs_in(anyone, "mira", PASSPHRASE)


async def test_an_owner_made_here_closes_the_setup(
    user: Typed, session: AsyncSession, tmp_path: Path
) -> None:
    words = ("create", "Olga", "--admin", "--email", "olga@example.org", "--password-stdin")
    answer = await user(*words, says=f"{PASSPHRASE}\n")

    assert answer.exit_code == 0
    olga = (await session.scalars(select(User))).one()
    assert (olga.role, olga.email) == (Role.OWNER, "olga@example.org")
    assert (tmp_path / DONE_FILE).exists()


async def test_the_password_is_asked_for_twice_and_not_shown(
    user: Typed, session: AsyncSession
) -> None:
    answer = await user("create", "Mira", says=f"{PASSPHRASE}\n{PASSPHRASE}\n")

    assert answer.exit_code == 0
    assert PASSPHRASE not in answer.output
    assert await count(session, User) == 1


@pytest.mark.parametrize("password", ["", "short", "password1234", "Mira Mira Mira"])
async def test_SEC06_a_weak_password_makes_nobody(
    user: Typed, session: AsyncSession, password: str
) -> None:
    answer = await user("create", "Mira", "--password-stdin", says=f"{password}\n")

    assert answer.exit_code == 1
    assert isinstance(answer.exception, BunkoError)
    assert await count(session, User) == 0


async def test_a_taken_name_is_refused(
    user: Typed, make_person: MakePerson, session: AsyncSession
) -> None:
    await make_person("Alice", role=Role.OWNER)

    answer = await user("create", "ALICE", "--password-stdin", says=f"{PASSPHRASE}\n")

    assert (answer.exit_code, str(answer.exception)) == (1, "Someone here has this name already.")
    assert await count(session, User) == 1


async def test_a_new_password_replaces_the_old_and_ends_every_session(
    user: Typed, make_person: MakePerson, anyone: Browser, session: AsyncSession
) -> None:
    alice = await make_person("alice")
    await browser_of(anyone.client, session, alice)

    answer = await user("reset-password", "alice", "--password-stdin", says=f"{PASSPHRASE}\n")

    assert (answer.exit_code, answer.stdout) == (0, "The password of alice is changed.\n")
    assert await count(session, Session) == 0
    assert not await signs_in(anyone, "alice", "seven lanterns by the river")
    assert await signs_in(anyone, "alice", PASSPHRASE)


async def test_a_disabled_person_is_out_until_enabled(
    user: Typed, make_person: MakePerson, anyone: Browser, session: AsyncSession
) -> None:
    alice = await make_person("alice")
    await browser_of(anyone.client, session, alice)

    disabled = await user("disable", "alice")

    assert (disabled.exit_code, disabled.stdout) == (0, "alice cannot sign in any more.\n")
    assert await count(session, Session) == 0
    assert not await signs_in(anyone, "alice", "seven lanterns by the river")
    enabled = await user("enable", "alice")
    assert (enabled.exit_code, enabled.stdout) == (0, "alice can sign in again.\n")
    assert await signs_in(anyone, "alice", "seven lanterns by the river")


async def test_the_last_owner_cannot_be_disabled(
    user: Typed, make_person: MakePerson, session: AsyncSession
) -> None:
    olga = await make_person("olga", role=Role.OWNER)

    answer = await user("disable", "olga")

    assert (answer.exit_code, type(answer.exception)) == (1, LastOwner)
    await session.refresh(olga)
    assert olga.disabled_at is None


async def test_everyone_is_listed_with_role_and_state(user: Typed, make_person: MakePerson) -> None:
    await make_person("olga", role=Role.OWNER)
    await make_person("bob")
    await user("disable", "bob")

    answer = await user("list")

    assert answer.stdout == "bob  reader  (disabled)\nolga  owner\n"


async def test_a_link_is_printed_with_which_somebody_chooses_a_password_once(
    user: Typed, make_person: MakePerson, anyone: Browser
) -> None:
    await make_person("alice")

    answer = await user("reset-password", "alice", "--link")

    assert answer.exit_code == 0 and answer.stdout.startswith("For half an hour, and once: http")
    path = "/recover/" + answer.stdout.strip().rpartition("/recover/")[2]
    form = {"password": PASSPHRASE, "password_again": PASSPHRASE}
    assert (await anyone.post(path, form)).status_code == 303
    assert (await anyone.post(path, form)).status_code == 404
    assert await signs_in(anyone, "alice", PASSPHRASE)


async def test_a_second_factor_is_forgotten_and_every_session_ends(
    user: Typed, make_person: MakePerson, anyone: Browser, session: AsyncSession
) -> None:
    alice = await make_person("alice")
    await browser_of(anyone.client, session, alice)
    session.add(BackupCode(user_id=alice.id, code_hash="a hash"))
    await session.commit()

    answer = await user("reset-two-factor", "alice")

    words = "alice signs in with the password alone now.\n"
    assert (answer.exit_code, answer.stdout) == (0, words)
    assert await count(session, Session) == await count(session, BackupCode) == 0


async def test_passwords_come_back_when_single_sign_on_leads_nobody_in(
    user: Typed, make_person: MakePerson, anyone: Browser, session: AsyncSession
) -> None:
    await make_person("olga", role=Role.OWNER)
    await choose(session, SignInWays(by_password=False))
    await session.commit()

    answer = await user("allow-passwords")

    assert (answer.exit_code, answer.stdout) == (0, "Passwords let people in again.\n")
    assert await signs_in(anyone, "olga", "seven lanterns by the river")


@pytest.mark.parametrize("group", [commands.user, token_commands.token])
def test_every_command_says_what_it_is_for(group: click.Group) -> None:
    for name in group.commands:
        answer = CliRunner().invoke(group, [name, "--help"])
        summary = answer.stdout.partition("\n\n")[2].strip().partition("\n")[0]
        assert answer.exit_code == 0 and len(summary) > 10, name


@pytest.mark.parametrize(
    "words", [("create",), ("create", "a", "b"), ("disable",), ("sing",), ("list", "--all")]
)
async def test_what_is_typed_wrongly_is_told_with_the_way_to_the_help(
    user: Typed, words: tuple[str, ...]
) -> None:
    answer = await user(*words)

    assert answer.exit_code == 2 and "--help" in answer.stderr


@pytest.mark.parametrize(
    "command", ["disable", "enable", "reset-password", "reset-two-factor", "reset-password --link"]
)
async def test_nobody_of_that_name_is_one_sentence(
    user: Typed, session: AsyncSession, command: str
) -> None:
    says = f"{PASSPHRASE}\n{PASSPHRASE}\n"

    answer = await user(*command.split(), "nobody", says=says)

    assert (answer.exit_code, str(answer.exception)) == (1, "There is nobody called “nobody”.")
