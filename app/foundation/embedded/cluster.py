"""A new Postgres cluster, made aside and then renamed, so that half of one never counts."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from app.foundation.embedded import binaries
from app.foundation.embedded.errors import EmbeddedError, disk_full, reason
from app.foundation.embedded.identity import Identity
from app.foundation.embedded.processes import clean_environment

DATABASE = "bunko"
BUILTIN_LOCALE_SINCE = 17  # release notes of PostgreSQL 17: the builtin provider

# The application's own role is no superuser: what reaches the database through it cannot
# read files or start programs.
FIRST_SQL = (
    f"CREATE ROLE {DATABASE} LOGIN CREATEDB;\nCREATE DATABASE {DATABASE} OWNER {DATABASE};\n"
)


def make_cluster(folder: Path, who: Identity, *, durable: bool) -> None:
    programs = binaries.postgres_bin()
    aside = folder.with_name(f"{folder.name}.initdb")
    if aside.exists():
        shutil.rmtree(aside)  # an earlier attempt was interrupted
    who.own(aside)
    major = binaries.postgres_major(programs)
    segments = [] if durable else ["--wal-segsize=1"]  # 15 MB less to write for each test run
    options = [*_options(major), *segments]
    _run([programs / "initdb", "-D", aside, "--no-sync", *options], who, aside)
    single: list[str | Path] = [programs / "postgres", "--single", "-D", aside, "-F", "template1"]
    _run(single, who, aside, FIRST_SQL)
    if durable:
        _run([programs / "initdb", "-D", aside, "--sync-only"], who, aside)
    aside.rename(folder)
    _sync(folder.parent)


def check_version(folder: Path) -> None:
    made_by = int((folder / "PG_VERSION").read_text().partition(".")[0])
    programs = binaries.postgres_bin()
    ours = binaries.postgres_major(programs)
    if made_by != ours:
        raise EmbeddedError(
            f"The database in {folder} was made by Postgres {made_by}, but {programs} holds "
            f"Postgres {ours}: set BUNKO_PG_BIN to the programs of Postgres {made_by}."
        )


def _options(major: int) -> list[str]:
    """C sorts by bytes everywhere; the character types of UTF-8 keep trigrams of CJK alive."""
    shared = ["-U", "postgres", "-E", "UTF8", "--auth-local=trust", "--auth-host=reject"]
    if major >= BUILTIN_LOCALE_SINCE:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        locale = ["--locale=C"]
    return [*shared, *locale, "--lc-ctype=C.UTF-8", "--no-instructions"]


def _run(command: Sequence[str | Path], who: Identity, aside: Path, stdin: str = "") -> None:
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=clean_environment(),
        preexec_fn=who.before_exec(signal.SIGKILL),
        start_new_session=True,
        umask=0o077,
    )
    if done.returncode != 0 or "ERROR:" in done.stderr:
        shutil.rmtree(aside, ignore_errors=True)
        if "No space left on device" in done.stderr:
            raise disk_full(aside.parent)
        raise EmbeddedError(f"Postgres cannot make its database: {reason(done.stderr)}.")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
