"""The folder of the sockets: only its owner may enter it, which is all the authentication there is.

Normally DATA/run. A unix socket's path holds at most 107 bytes (unix(7)), and Postgres reads
commas and quotes as list syntax; then a short folder under the runtime or temporary folder is
used, named after a hash of DATA/run so that every process finds the same one.
"""

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from app.foundation.embedded.errors import EmbeddedError, plain_words

LONGEST_SOCKET = "/.s.PGSQL.5432"
LONGEST_PATH = 100  # bytes, socket name included: some room below the kernel's 107
UNSAFE = frozenset(",'\"\\:%#?")  # list syntax of Postgres, ports and escapes in URLs


def choose(wanted: Path) -> Path:
    """`wanted` where a socket can live in it, else the short folder that stands for it."""
    wanted = wanted.absolute()
    if _fits(wanted):
        return wanted
    name = hashlib.blake2b(os.fsencode(wanted), digest_size=8).hexdigest()
    short = _short_base() / f"bunko-{os.geteuid()}-{name}"
    if not _fits(short):
        short = Path("/tmp") / short.name  # noqa: S108 - checked for squatting in `make`
    return short


def make(folder: Path, uid: int, gid: int) -> None:
    """Makes `folder`, open only to `uid` (the user the server runs as).

    A folder under /tmp may be squatted: one that somebody else made, or a link, is refused.
    """
    with plain_words(folder):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        handle = _open(folder)
        try:
            _check_and_close_off(handle, folder, uid, gid)
        finally:
            os.close(handle)


def remove_if_empty(folder: Path, wanted: Path) -> None:
    """Removes the short folder after the last server; DATA/run itself may stay."""
    if folder != wanted.absolute():
        try:
            folder.rmdir()
        except OSError:
            return  # another server still has its socket there, or it is gone already


def _fits(folder: Path) -> bool:
    text = str(folder)
    printable = text.isprintable() and UNSAFE.isdisjoint(text)
    return printable and len(os.fsencode(text)) + len(LONGEST_SOCKET) <= LONGEST_PATH


def _short_base() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.path.isabs(runtime) and os.access(runtime, os.W_OK | os.X_OK):  # noqa: PTH117
        return Path(runtime)
    return Path(tempfile.gettempdir()).absolute()


def _open(folder: Path) -> int:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except NotADirectoryError as error:
        raise EmbeddedError(f"{folder} is not a folder of ours: remove it.") from error
    except PermissionError as error:
        raise _squatted(folder) from error


def _check_and_close_off(handle: int, folder: Path, uid: int, gid: int) -> None:
    found = os.fstat(handle)
    if found.st_uid not in {os.geteuid(), uid}:
        raise _squatted(folder)
    if found.st_uid != uid:
        os.fchown(handle, uid, gid)
    if stat.S_IMODE(found.st_mode) != 0o700:
        os.fchmod(handle, 0o700)


def _squatted(folder: Path) -> EmbeddedError:
    return EmbeddedError(f"{folder} belongs to another user: remove it, or set BUNKO_DATA_DIR.")
