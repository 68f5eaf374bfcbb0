"""What becomes of a chapter that did not come, and how much may come at once."""

import errno
import time

import pytest
import valkey.asyncio

from app.downloads.fetching import BadChapter, BadPages
from app.downloads.judging import (
    AFTER_A_CHANGE,
    AFTER_A_REFUSAL,
    DISK_FAILED,
    FOR_THE_DISK,
    FOR_THE_SCAN,
    LONGEST_WAIT,
    MOST_TRIES,
    NO_ROOM,
    End,
    Verdict,
    back_off,
    judged,
)
from app.downloads.metering import KEY, Metered
from app.downloads.placing import NoPlace
from app.downloads.rows import Moved
from app.errors import BunkoError, Conflict, NotFound
from app.foundation.archives.errors import BadFile
from app.foundation.archives.paths import PathRefused
from app.foundation.http import LeftMeanwhile, Resting
from app.foundation.http.errors import TooLarge
from app.providers.errors import Blocked, NotThere


def test_a_failure_is_tried_again_with_growing_pauses_until_it_is_final() -> None:
    verdicts = [judged(BadPages("It is damaged."), attempts) for attempts in range(MOST_TRIES)]

    assert [one.end for one in verdicts] == [End.WAITING] * (MOST_TRIES - 1) + [End.FAILED]
    assert back_off(0) < 30 and back_off(4) > back_off(1)
    assert back_off(50) <= LONGEST_WAIT * 1.2


@pytest.mark.parametrize(
    ("error", "wait", "rest"),
    [
        (Resting("kumo.example", 30), 30, 30),
        (LeftMeanwhile(), AFTER_A_CHANGE, AFTER_A_CHANGE),
        (Blocked("It wants no more of us."), AFTER_A_REFUSAL, AFTER_A_REFUSAL),
        (NoPlace("The disk is full."), FOR_THE_DISK, 0),
        (OSError(errno.ENOSPC, "No space left"), FOR_THE_DISK, 0),
        (OSError(errno.EIO, "Input/output error"), FOR_THE_DISK, 0),
        (Conflict("It is being scanned."), FOR_THE_SCAN, 0),
    ],
)
def test_what_waits_for_others_counts_no_attempt(
    error: BunkoError | OSError, wait: float, rest: float
) -> None:
    verdict = judged(error, MOST_TRIES)

    assert (verdict.end, verdict.counts) == (End.WAITING, False)
    assert (verdict.wait, verdict.rest) == (wait, rest)


@pytest.mark.parametrize(
    "error",
    [
        BadChapter("It is larger than any chapter."),
        NotThere("It has no such chapter."),
        NotFound("There is no such library."),
        TooLarge("kumo.example", 1000),
    ],
)
def test_what_would_end_the_same_way_fails_at_once(error: BunkoError) -> None:
    assert judged(error, 0) == Verdict(End.FAILED, error.said, counts=True)


@pytest.mark.parametrize("error", [BadFile("It is damaged."), PathRefused(), Moved()])
def test_a_file_that_is_not_what_was_put_there_is_made_again(error: BunkoError) -> None:
    verdict = judged(error, 0)

    assert (verdict.end, verdict.counts, verdict.rest) == (End.WAITING, True, 0)
    assert 0 < verdict.wait < 30


def test_a_full_disk_is_told_from_a_broken_one() -> None:
    full, broken = (judged(OSError(number, ""), 0) for number in (errno.EDQUOT, errno.EIO))

    assert (full.reason, broken.reason) == (NO_ROOM, DISK_FAILED)


async def test_all_workers_together_keep_to_the_bandwidth(valkey_url: str) -> None:
    client = valkey.asyncio.Valkey.from_url(valkey_url)
    await client.delete(KEY)
    one, other = Metered(client, 1_000_000), Metered(client, 1_000_000)
    began = time.monotonic()

    for meter in (one, other, one):
        await meter.turn()
        await meter.took(100_000)
    await other.turn()

    assert 0.29 < time.monotonic() - began < 20
    await client.delete(KEY)
    await client.aclose()


async def test_alone_a_worker_takes_a_quarter() -> None:
    nobody = valkey.asyncio.Valkey.from_url("valkey://127.0.0.1:1", socket_timeout=0.2)
    meter = Metered(nobody, 1_000_000)
    began = time.monotonic()

    await meter.took(50_000)
    await meter.turn()

    assert time.monotonic() - began > 0.19
    await nobody.aclose()
