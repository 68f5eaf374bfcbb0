"""`bunko scan`."""

import asyncio
from collections.abc import Sequence

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings, load
from app.errors import NotFound
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import create_engine, session_maker
from app.foundation.embedded.session import servers
from app.library.models import Library
from app.scanning.jobs import scan_library_later
from app.scanning.scanner import Scanner, ScanReport


@click.command()
@click.argument("name", required=False)
@click.option("--wait", is_flag=True, help="Scan now, here, with a progress bar.")
def scan(name: str | None, wait: bool) -> None:
    """Read in what changed in the library NAME, or in every library."""
    settings = load()
    with servers(settings) as connected:
        asyncio.run(_scan(connected, name, wait=wait))


async def _scan(settings: Settings, name: str | None, *, wait: bool) -> None:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url)
    try:
        libraries = await _libraries(engine, name)
        await (_scan_here if wait else _scan_later)(engine, libraries, settings)
    finally:
        await engine.dispose()


async def _libraries(engine: AsyncEngine, name: str | None) -> list[Library]:
    asked = select(Library).order_by(Library.sort_key)
    if name is not None:
        asked = asked.where(Library.name == name)
    async with session_maker(engine)() as session:
        found = list(await session.scalars(asked))
    if not found:
        raise NotFound(f"There is no library named {name}." if name else "There is no library.")
    return found


async def _scan_later(
    engine: AsyncEngine, libraries: Sequence[Library], settings: Settings
) -> None:
    async with session_maker(engine)() as session, session.begin():
        for library in libraries:
            await scan_library_later(session, library.id)
    click.echo("The worker will scan: " + ", ".join(library.name for library in libraries))


async def _scan_here(engine: AsyncEngine, libraries: Sequence[Library], settings: Settings) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    pool = SandboxPool(settings.scan_processes)
    scanner = Scanner(engine, pool, settings.scan_processes)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        for library in libraries:
            with Progress(*columns, console=Console(stderr=True)) as bar:
                task = bar.add_task(library.name, total=None)
                report = await scanner.scan(
                    library.id,
                    progress=lambda done, total, bar=bar, task=task: bar.update(  # type: ignore[misc]
                        task, completed=done, total=total
                    ),
                )
            click.echo(_sentence(library.name, report))
    finally:
        pool.close()


def _sentence(name: str, report: ScanReport) -> str:
    parts = [
        f"{number} {word}"
        for number, word in (
            (report.added, "new"),
            (report.updated, "changed"),
            (report.moved, "moved"),
            (report.missing, "missing"),
            (report.unchanged, "unchanged"),
            (report.problems, "problems"),
            (len(report.offline), "folders offline"),
        )
        if number
    ]
    return f"{name}: {', '.join(parts) or 'nothing there'}."
