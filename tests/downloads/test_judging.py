"""What becomes of a chapter that did not come, and how much may come at once."""

import errno
import time

import valkey.asyncio

from app.downloads.fetching import BadPages
from app.downloads.judging import LONGEST_WAIT, MOST_TRIES, End, back_off, judged
from app.downloads.metering import KEY, Metered
from app.downloads.placing import NoPlace
from app.foundation.http import Resting
from app.providers.errors import NotThere


def test_a_failure_is_tried_again_with_growing_pauses_until_it_is_final() -> None:
    verdicts = [judged(BadPages("It is damaged."), attempts) for attempts in range(MOST_TRIES)]

    assert [one.end for one in verdicts] == [End.WAITING] * (MOST_TRIES - 1) + [End.FAILED]
    assert back_off(0) < 30 and back_off(4) > back_off(1)
    assert back_off(50) <= LONGEST_WAIT * 1.2


def test_what_is_not_there_fails_at_once_and_what_waits_for_others_counts_no_attempt() -> None:
    gone = judged(NotThere("It has no such chapter."), 0)
    resting = judged(Resting("kumo.example", 30), 7)
    full = judged(NoPlace("The disk is full."), 7)
    data = judged(OSError(errno.ENOSPC, "No space left"), 7)

    assert gone.end is End.FAILED
    assert (resting.end, resting.counts, resting.rest) == (End.WAITING, False, 30)
    assert [(one.end, one.counts) for one in (full, data)] == [(End.WAITING, False)] * 2


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
