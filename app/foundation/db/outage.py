"""Whether it was the database that went away, or a disk that is full, which passes, or a mistake of
ours, which stays."""

import errno
import traceback

import asyncpg
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

DATABASE_ERRORS = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
"""Everything a statement can end with. SQLAlchemy does not wrap what fails while connecting."""

CONNECTING = "asyncpg.connect_utils"
PASSING = ("08", "57P", "53300")
"""SQLSTATE of a lost connection, a server that stops or starts, and too many connections
(PostgreSQL manual, appendix A)."""
DISK_FULL = "53100"
LOST = "8s2b"
"""SQLAlchemy's code for a further statement on a connection that was lost in its transaction."""


def is_outage(error: BaseException) -> bool:
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return True
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    if isinstance(error, PendingRollbackError) and error.code == LOST:
        return True
    if isinstance(error, asyncpg.InterfaceError) or _came_while_connecting(error):
        return True
    return _sqlstate(error).startswith(PASSING) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def is_full_disk(error: BaseException) -> bool:
    """The disk of the database, or one of ours."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _sqlstate(error) == DISK_FULL


def _sqlstate(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) or ""


def _came_while_connecting(error: BaseException) -> bool:
    """A socket that is not there is a FileNotFoundError, as is a chapter; where it was met tells."""
    if not isinstance(error, OSError):
        return False
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__") == CONNECTING for frame, _line in frames)
