"""`bunko token …`: app passwords for scripts, and the keys behind access tokens."""

from datetime import timedelta

import click
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.service import People
from app.auth.access_tokens import LIFETIME, rotate
from app.auth.app_passwords import LONGEST_NAME, AppPasswords
from app.auth.commands import in_database
from app.auth.events import COMMAND_LINE, SecurityEvent, What, Words
from app.config import load
from app.errors import Invalid
from app.events import publish
from app.foundation.db import day_of
from app.foundation.web.i18n import _
from app.foundation.web.policies import Scope


@click.group()
def token() -> None:
    """Make, list and revoke keys for programs."""


@token.command()
@click.argument("user")
@click.option("--name", required=True, help="What it is for: it is revoked by this name.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; repeat it for several. Without it: read.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="It ends by itself after so many days.")
def create(user: str, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make an app password of USER and print it, this once."""
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise Invalid(_("A name has 1 to %(most)s characters.", most=LONGEST_NAME))
    chosen = [Scope(scope) for scope in scopes] or [Scope.READ]
    made: list[str] = []

    async def act(session: AsyncSession) -> None:
        person = await People(session).named(user)
        lives = timedelta(days=days) if days else None
        secret, row = await AppPasswords(session).make(person, name, chosen, lives=lives)
        about: Words = {"name": row.name, "scopes": " ".join(chosen)}
        event = SecurityEvent(What.APP_PASSWORD_MADE, person.id, COMMAND_LINE, about)
        await publish(session, event)
        made.append(secret)

    in_database(load(), act)
    click.echo(made[0])


@token.command("list")
@click.argument("user")
def list_(user: str) -> None:
    """The app passwords of USER, never the secrets."""

    async def act(session: AsyncSession) -> None:
        person = await People(session).named(user)
        for row in await AppPasswords(session).of(person):
            used = f"used {row.used_on}" if row.used_on else "never used"
            ends = f"until {day_of(row.expires_at)}" if row.expires_at else "until revoked"
            click.echo(f"{row.name}  {' '.join(row.scopes)}  {used}  {ends}")

    in_database(load(), act)


@token.command()
@click.argument("user")
@click.argument("name")
def revoke(user: str, name: str) -> None:
    """End the app password NAME of USER, and the tokens that were made with it."""

    async def act(session: AsyncSession) -> None:
        person = await People(session).named(user)
        await AppPasswords(session).revoke_named(person, name)
        event = SecurityEvent(What.APP_PASSWORD_REVOKED, person.id, COMMAND_LINE, {"name": name})
        await publish(session, event)

    in_database(load(), act)
    click.echo(f"{name} opens nothing any more.")


@token.command("rotate-keys")
@click.option("--at-once", is_flag=True, help="Also refuse the access tokens that are out there.")
def rotate_keys(at_once: bool) -> None:
    """Sign access tokens with a new key from now on; programs notice nothing."""

    async def act(session: AsyncSession) -> None:
        await rotate(session, at_once=at_once)
        about: Words = {"at_once": at_once}
        await publish(session, SecurityEvent(What.TOKEN_KEYS_ROTATED, None, COMMAND_LINE, about))

    in_database(load(), act)
    minutes = int(LIFETIME.total_seconds() // 60)
    click.echo(
        "Tokens of the old key are refused."
        if at_once
        else f"Tokens of the old key end by themselves within {minutes} minutes."
    )
