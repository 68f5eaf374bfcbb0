"""The `bunko` command. A sub-command's module is imported only when it is called."""

import importlib
import os
import sys

import click

from app.errors import BunkoError

COMMANDS = {
    "serve": ("app.cli.processes", "Run everything, embedded unless the URLs are set."),
    "web": ("app.cli.processes", "Run one web process of a scaled installation."),
    "worker": ("app.cli.processes", "Run one worker process of a scaled installation."),
    "db": ("app.cli.database", "Upgrade, downgrade or check the database."),
    "user": ("app.auth.commands", "Create people, reset passwords, disable."),
    "token": ("app.auth.token_commands", "Make, list and revoke keys for programs."),
    "library": ("app.library.commands", "Add, list and remove libraries."),
    "scan": ("app.scanning.commands", "Look for new, changed and missing files."),
    "provider": ("app.providers.commands", "Set up, test, pause and remove providers."),
    "search": ("app.providers.commands", "Ask a provider for series."),
    "follow": ("app.downloads.follow_commands", "Follow a series of a provider into a library."),
    "downloads": ("app.cli.downloads", "What is on its way into the library."),
    "demo": ("app.demo.command", "Draw a small sample library."),
    "doctor": ("app.cli.doctor", "Check that everything agrees, and mend it."),
    "config": ("app.cli.settings", "Show the settings in force, secrets hidden."),
}


# What these do to accounts, libraries and providers is kept in the audit log; who is told of it; and
# what goes on where a provider is well again.
AUDIT, NOTICES = "app.monitoring.audit", "app.notifications.providers"
DOWNLOADS = "app.downloads.jobs"
LISTENERS = {"user": (AUDIT,), "library": (AUDIT,), "provider": (AUDIT, NOTICES, DOWNLOADS)}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        for listener in LISTENERS.get(cmd_name, ()):
            importlib.import_module(listener)
        command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)
        _take_data_option(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list without importing what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


def _take_data_option(command: click.Command) -> None:
    """Every command says `--data DIR` as `serve` does, in place of BUNKO_DATA_DIR."""
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _take_data_option(child)
    elif not any("--data" in option.opts for option in command.params):
        command.params.append(
            click.Option(
                ["--data"],
                expose_value=False,
                is_eager=True,
                type=click.Path(file_okay=False),
                callback=_use_data,
                help="Folder for everything Bunko keeps.",
            )
        )


def _use_data(_: click.Context, __: click.Parameter, folder: str | None) -> None:
    if folder is not None:
        os.environ["BUNKO_DATA_DIR"] = folder


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bunko", prog_name="bunko")
def bunko() -> None:
    """A self-hosted manga library: read, manage and download manga in any browser."""


def main() -> None:
    """Exit codes: 0 done, 1 one sentence on stderr says why not, 2 the call itself was wrong."""
    try:
        bunko()
    except BunkoError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"{error.strerror or error}{where}.", file=sys.stderr)
        sys.exit(1)
