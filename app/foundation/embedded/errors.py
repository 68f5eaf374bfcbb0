"""What can keep an embedded server from running, as sentences for the person at the terminal."""

import errno
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
    """Turns what the file system says about `place` into one sentence."""
    try:
        yield
    except OSError as error:
        raise _sentence(error, place) from error


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
