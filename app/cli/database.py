"""`bunko db …`."""

import click

from app.config import load
from app.errors import ConfigError
from app.foundation.db import migrate
from app.foundation.db.version import newest
from app.foundation.embedded.session import servers


@click.group()
def db() -> None:
    """Upgrade, downgrade or check the database."""


@db.command()
def upgrade() -> None:
    """Bring the tables to this version of Bunko."""
    with servers(load(), upgraded=False) as settings:
        migrate.upgrade(settings.database_url)
        click.echo(f"The database is at revision {newest()}.")


@db.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION, or `base` for none at all: what is newer is lost."""
    with servers(load(), upgraded=False) as settings:
        migrate.downgrade(settings.database_url, revision)
        click.echo(f"The database is at revision {revision}.")


@db.command()
def current() -> None:
    """The revision the database is at, and the newest."""
    with servers(load(), upgraded=False) as settings:
        found = migrate.current(settings.database_url)
        click.echo(f"{found or 'empty'} (newest: {newest()})")


@db.command()
def check() -> None:
    """Whether models and migrations say the same; uses a database of its own when none is set."""
    settings = load()
    with servers(settings, upgraded=True, scratch=settings.database_url is None) as settings:
        found = migrate.differences(settings.database_url)
    for difference in found:
        click.echo(str(difference))
    if found:
        raise ConfigError(f"The migrations lack {len(found)} change(s) of the models.")
    click.echo("Models and migrations agree.")
