"""What passes by itself is told from what is a mistake of ours."""

import errno

import asyncpg
import pytest
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.foundation.db import create_engine
from app.foundation.db.outage import DATABASE_ERRORS, is_full_disk, is_outage


class Told(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


PASSES = {
    "a broken pipe": ConnectionResetError(),
    "no answer": TimeoutError(),
    "no connection free": PoolTimeout(),
    "the driver lost it": asyncpg.InterfaceError("connection is closed"),
    "operational": OperationalError("SELECT", {}, Exception()),
    "interface": InterfaceError("SELECT", {}, Exception()),
    "starting": DBAPIError("SELECT", {}, Told("57P03")),
    "stopping": DBAPIError("SELECT", {}, Told("57P01")),
    "too many": DBAPIError("SELECT", {}, Told("53300")),
    "lost": DBAPIError("SELECT", {}, Told("08006")),
    "bare and starting": asyncpg.CannotConnectNowError("starting up"),
    "invalidated": DBAPIError("SELECT", {}, Told("XX000"), connection_invalidated=True),
    "another statement after it was lost": PendingRollbackError("Can't reconnect", code="8s2b"),
}
STAYS = {
    "a duplicate": IntegrityError("INSERT", {}, Told("23505")),
    "a typing error": DBAPIError("SELEC", {}, Told("42601")),
    "a full disk": DBAPIError("INSERT", {}, Told("53100")),
    "a chapter that is not there": FileNotFoundError("c001.cbz"),
    "a disk that fails": OSError(5, "I/O error"),
    "a bug": KeyError("x"),
    "another statement after one that failed": PendingRollbackError("rolled back", code="7s2a"),
}


@pytest.mark.parametrize("error", PASSES.values(), ids=PASSES)
def test_SEC67_what_passes_is_an_outage(error):
    assert is_outage(error)


@pytest.mark.parametrize("error", STAYS.values(), ids=STAYS)
def test_SEC67_what_stays_is_none(error):
    assert not is_outage(error)


@pytest.mark.parametrize(
    "error",
    [STAYS["a full disk"], asyncpg.DiskFullError("no space"), OSError(errno.ENOSPC, "no space")],
)
def test_SEC66_a_full_disk_is_known_wherever_it_is_met(error):
    assert is_full_disk(error)


@pytest.mark.parametrize(
    "error", [error for name, error in STAYS.items() if name != "a full disk"], ids=str
)
def test_SEC66_no_other_trouble_is_a_full_disk(error):
    assert not is_full_disk(error)


async def test_SEC67_a_socket_that_is_not_there_is_an_outage_though_it_is_a_missing_file(tmp_path):
    engine = create_engine(f"postgresql+asyncpg://bunko@/bunko?host={tmp_path}")
    with pytest.raises(DATABASE_ERRORS) as caught:
        async with engine.connect():
            pass
    await engine.dispose()

    assert is_outage(caught.value)
