"""What can keep an embedded server from running, as sentences for the person at the terminal."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import BunkoError


class EmbeddedError(BunkoError):
    """An embedded server cannot run here; the text says why and what to change."""


class StartCancelled(EmbeddedError):
    """Somebody asked us to stop while we were still waiting for a server."""


def disk_full(place: Path) -> EmbeddedError:
    return EmbeddedError(f"The disk that holds {place} is full: free some space and start again.")


def not_ours(place: Path) -> EmbeddedError:
    return EmbeddedError(
        f"Bunko may not use {place}: give it to the user that runs Bunko, or set BUNKO_DATA_DIR."
    )


@contextmanager
def plain_words(place: Path) -> Iterator[None]:
    """Turns what the system says about `place`, or the path it names, into one sentence."""
    try:
        yield
    except subprocess.SubprocessError as error:
        raise EmbeddedError(
            "The system does not let Bunko start a server as another user: "
            "run Bunko as an ordinary user instead of root."
        ) from error
    except OSError as error:
        named = Path(os.fsdecode(error.filename)) if error.filename else place
        raise _sentence(error, named) from error


def _sentence(error: OSError, place: Path) -> EmbeddedError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(place)
    if error.errno in (errno.EACCES, errno.EPERM):
        return not_ours(place)
    if error.errno == errno.EROFS:
        return EmbeddedError(f"The file system that holds {place} is read-only.")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return EmbeddedError(f"{place} is not a folder: set BUNKO_DATA_DIR to one.")
    return EmbeddedError(f"Bunko cannot use {place}: {error.strerror or error}.")


def reason(log: str) -> str:
    """The line that says why, without its time stamp and level."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for mark in ("PANIC:", "FATAL:", "initdb: error:", "could not", "***", "# "):
        for line in reversed(lines):
            if mark in line:
                return line.partition(mark)[2].strip() if mark.endswith(":") else line
    return lines[-1] if lines else "it said nothing"
