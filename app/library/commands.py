"""`bunko library …`."""

from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.auth.events import COMMAND_LINE, SecurityEvent, What
from app.config import load
from app.events import publish
from app.foundation.embedded.session import in_transaction
from app.library.folders import checked_folder
from app.library.models import Library
from app.library.service import AllLibraries


@click.group()
def library() -> None:
    """Add, list and remove libraries. Files on disk are never touched."""


@library.command()
@click.argument("name")
@click.argument("folders", nargs=-1, required=True, metavar="PATH...")
def add(name: str, folders: tuple[str, ...]) -> None:
    """Make a library NAME of one or more folders."""
    settings = load()
    checked = [checked_folder(_absolute(folder), settings, anywhere=True) for folder in folders]

    async def act(session: AsyncSession) -> None:
        await AllLibraries(session).create(name, checked)
        await _tell(session, What.LIBRARY_ADDED, name)

    in_transaction(settings, act)
    click.echo(f"Added {name}. Read it in with: bunko scan {name!r} --wait")


@library.command("list")
def list_() -> None:
    """Every library with its folders."""

    async def act(session: AsyncSession) -> None:
        rows = await session.scalars(
            select(Library).options(selectinload(Library.roots)).order_by(Library.sort_key)
        )
        for row in rows:
            click.echo(f"{row.name}  {row.series_total} series, {row.chapter_total} chapters")
            for root in row.roots:
                state = f"  (offline: {root.offline_reason})" if root.offline_since else ""
                click.echo(f"  {root.display_name}{state}")

    in_transaction(load(), act)


@library.command()
@click.argument("name")
@click.confirmation_option(
    prompt="Remove this library with everyone's progress in it? Files stay on disk."
)
def remove(name: str) -> None:
    """Forget the library NAME. Files stay on disk."""

    async def act(session: AsyncSession) -> None:
        libraries = AllLibraries(session)
        await libraries.remove(await libraries.named(name))
        await _tell(session, What.LIBRARY_REMOVED, name)

    in_transaction(load(), act)
    click.echo(f"Removed {name}. Its files were not touched.")


async def _tell(session: AsyncSession, what: What, name: str) -> None:
    await publish(session, SecurityEvent(what, by=COMMAND_LINE, about={"library": name}))


def _absolute(folder: str) -> str:
    return str(Path(folder).expanduser().absolute())
