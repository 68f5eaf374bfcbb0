"""`bunko doctor`: looks at everything that must hold, and mends it on request."""

import asyncio
from collections.abc import AsyncIterator

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings, load
from app.downloads.doctor import checks as download_checks
from app.downloads.releases_doctor import checks as release_checks
from app.foundation.db import create_engine
from app.foundation.db.checks import Check, Patient
from app.foundation.embedded.session import servers
from app.foundation.queue.doctor import checks as queue_checks
from app.library.doctor import checks as library_checks
from app.metadata.doctor import checks as metadata_checks
from app.reading.doctor import checks as reading_checks
from app.scanning.doctor import checks as scanning_checks

# In this order they are mended: what is put back on disk first is not missing afterwards.
CHECKS: tuple[Check, ...] = (
    *(*queue_checks, *library_checks, *scanning_checks, *metadata_checks, *reading_checks),
    *(*release_checks, *download_checks),
)
ROUNDS = 4
"""Mending one thing may show another: a file to be read again is read by the next scan."""
LONG_STATEMENT_MS = 600_000


class Finding(msgspec.Struct, frozen=True):
    """Something that does not hold: how often, and up to ten examples in plain words."""

    check: str
    sentence: str
    count: int
    examples: tuple[str, ...]


async def examine(engine: AsyncEngine, settings: Settings) -> list[Finding]:
    """Everything that is wrong with this installation. Changes nothing."""
    patient = Patient(engine, settings)
    return [finding for check in CHECKS async for finding in _finding(check, patient)]


async def repair(engine: AsyncEngine, settings: Settings) -> list[str]:
    """Mends what can be mended; a sentence for everything that was done."""
    patient = Patient(engine, settings)
    did: list[str] = []
    for _ in range(ROUNDS):
        wrong = False
        for check in CHECKS:
            async for finding in _finding(check, patient):
                wrong = True
                did.append(f"{finding.sentence} {await check.mend(patient)}")
        if not wrong:
            break
    return did


async def _finding(check: Check, patient: Patient) -> AsyncIterator[Finding]:
    found = await check.look(patient)
    if found.count:
        sentence = f"{check.wrong[0].upper()}{check.wrong[1:]}: {found.count}."
        yield Finding(check.name, sentence, found.count, found.examples)


@click.command()
@click.option("--repair", "mends", is_flag=True, help="Mend what is found.")
def doctor(mends: bool) -> None:
    """Check that files, library, reading and jobs agree. Changes nothing without --repair."""
    with servers(load()) as settings:
        findings = asyncio.run(_run(settings, mends=mends))
    if findings:
        for finding in findings:
            click.echo(f"{finding.sentence}  [{finding.check}]")
            for example in finding.examples:
                click.echo(f"    {example}")
            if finding.count > len(finding.examples):
                click.echo(f"    and {finding.count - len(finding.examples)} more")
        if not mends:
            click.echo("Mend it with: bunko doctor --repair")
        raise SystemExit(1)
    click.echo(f"All {len(CHECKS)} checks hold.")


async def _run(settings: Settings, *, mends: bool) -> list[Finding]:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url, statement_ms=LONG_STATEMENT_MS)
    try:
        if mends:
            for sentence in await repair(engine, settings):
                click.echo(sentence)
        return await examine(engine, settings)
    finally:
        await engine.dispose()
