"""`bunko demo DIR`."""

from pathlib import Path

import click

from app.errors import DomainError


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def demo(directory: Path) -> None:
    """Draw a small sample library into DIR, to try Bunko with.

    DIR must be empty, new, or a sample library drawn earlier.
    """
    from app.demo.draw import ALL_SERIES, draw_library

    try:
        draw_library(directory, _say)
    except DomainError as error:
        raise click.ClickException(error.message) from error
    except OSError as error:
        raise click.ClickException(f"{directory} cannot be written: {error.strerror}.") from error
    click.echo(f"Drew {len(ALL_SERIES)} series into {directory}.")


def _say(done: int, total: int, name: str) -> None:
    click.echo(f"[{done:>2}/{total}] {name}")
