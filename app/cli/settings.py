"""`bunko config`."""

import click

from app.config import load

SECRET = {"secret_key", "database_url", "valkey_url", "smtp_url", "metrics_token"}
WHEN_EMPTY = {"library_roots": "home folder and mounts"}


@click.command()
def config() -> None:
    """Show the settings in force. Secrets and URLs that may hold passwords only show as set."""
    settings = load()
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if name in SECRET:
            value = "set" if value else "not set"
        elif isinstance(value, tuple):
            value = ", ".join(map(str, value)) or WHEN_EMPTY.get(name, "none")
        click.echo(f"BUNKO_{name.upper():<20} {'not set' if value is None else value}")
