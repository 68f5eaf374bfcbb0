"""`bunko user …`."""

import sys
from collections.abc import Awaitable, Callable

import click
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.accounts.names import checked_email, checked_name
from app.accounts.service import People
from app.auth import letters  # noqa: F401  (so that they can be sent)
from app.auth.events import COMMAND_LINE, SecurityEvent, What, Words
from app.auth.hashing import hasher
from app.auth.other_ways import SignInWays
from app.auth.passwords import check_password
from app.auth.recovery import new_link
from app.auth.second_step import reset_second_factor
from app.auth.service import change_password
from app.auth.sessions import Sessions
from app.auth.setup import address, close_setup
from app.config import Settings, load
from app.events import publish
from app.foundation.embedded.session import in_transaction
from app.foundation.mail import open_post
from app.foundation.web.settings import choose

from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, one line."
)


@click.group()
def user() -> None:
    """Create people, reset passwords, disable."""


@user.command()
@click.argument("name")
@click.option("--email", help="Mail address, with which one may also sign in.")
@click.option("--admin", is_flag=True, help="Make an owner, who may do everything.")
@from_stdin
def create(name: str, email: str | None, admin: bool, password_stdin: bool) -> None:
    """Make a person NAME who can sign in."""
    settings = load()
    checked_name(name)
    checked_email(email)
    password = _ask_password(password_stdin, name, email)

    async def act(session: AsyncSession) -> None:
        password_hash = await hasher().hash(password)
        role = Role.OWNER if admin else Role.READER
        person = await People(session).create(name, password_hash, role=role, email=email)
        await _tell(session, What.USER_CREATED, person, role=role.value)

    in_database(settings, act)
    if admin:
        close_setup(settings)
    click.echo(f"{name} can sign in now.")


@user.command("reset-password")
@click.argument("name")
@click.option("--link", is_flag=True, help="Print a link with which NAME chooses it, once.")
@from_stdin
def reset_password(name: str, link: bool, password_stdin: bool) -> None:
    """Give NAME a new password; they are signed out everywhere, and may try again at once."""
    settings = load()
    if link:
        return _print_link(settings, name)
    password = _ask_password(password_stdin, name)

    async def act(session: AsyncSession) -> None:
        person = await People(session).named(name)
        check_password(password, person.name, person.email)
        await change_password(session, person, password)
        await _tell(session, What.PASSWORD_RESET, person)

    in_database(settings, act)
    click.echo(f"The password of {name} is changed.")


@user.command("reset-two-factor")
@click.argument("name")
def reset_two_factor(name: str) -> None:
    """Forget the app, backup codes and passkeys of NAME, who signs in with the password alone."""

    async def act(session: AsyncSession) -> None:
        person = await People(session).named(name)
        await reset_second_factor(session, person.id)
        await _tell(session, What.TWO_FACTOR_RESET, person)

    in_database(load(), act)
    click.echo(f"{name} signs in with the password alone now.")


@user.command()
@click.argument("name")
def disable(name: str) -> None:
    """Sign NAME out everywhere and let them in no more; their progress is kept."""

    async def act(session: AsyncSession) -> None:
        people = People(session)
        person = await people.named(name)
        await people.disable(person)
        await Sessions(session).end_all_of(person.id)
        await _tell(session, What.USER_DISABLED, person)

    in_database(load(), act)
    click.echo(f"{name} cannot sign in any more.")


@user.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME in again."""

    async def act(session: AsyncSession) -> None:
        people = People(session)
        person = await people.named(name)
        await people.enable(person)
        await _tell(session, What.USER_ENABLED, person)

    in_database(load(), act)
    click.echo(f"{name} can sign in again.")


@user.command("allow-passwords")
def allow_passwords() -> None:
    """Let people sign in with passwords again, should single sign-on lead nobody in."""

    async def act(session: AsyncSession) -> None:
        await choose(session, SignInWays(by_password=True))
        about: Words = {"section": "sign_in_ways"}
        await publish(session, SecurityEvent(What.SETTING_CHANGED, by=COMMAND_LINE, about=about))

    in_database(load(), act)
    click.echo("Passwords let people in again.")


@user.command("list")
def list_() -> None:
    """Everyone, with their role."""

    async def act(session: AsyncSession) -> None:
        for person in await People(session).all():
            state = "  (disabled)" if person.disabled_at else ""
            click.echo(f"{person.name}  {person.role.value}{state}")

    in_database(load(), act)


def _print_link(settings: Settings, name: str) -> None:
    async def act(session: AsyncSession) -> None:
        person = await People(session).named(name)
        path = await new_link(session, person)
        await _tell(session, What.RECOVERY_LINK_MADE, person)
        click.echo(f"For half an hour, and once: {address(settings)}{path}")

    in_database(settings, act)


async def _tell(session: AsyncSession, what: What, person: User, **about: str) -> None:
    await publish(session, SecurityEvent(what, person.id, COMMAND_LINE, {**about}))


def _ask_password(from_pipe: bool, *about: str | None) -> str:
    """From a pipe without its line end, which is no part of it; else asked for twice."""
    if from_pipe:
        password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    else:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    check_password(password, *about)
    return password


def in_database(settings: Settings, act: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """In one transaction; what it has to tell goes out by mail."""
    open_post(settings)
    in_transaction(settings, act)
