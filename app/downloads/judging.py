"""What becomes of a chapter that did not come: it waits for a moment, or it failed. Pure."""

import errno
import random
from enum import StrEnum

import msgspec

from app.downloads.fetching import BadChapter
from app.downloads.placing import NoPlace
from app.errors import BunkoError, Conflict, DomainError
from app.foundation.archives.errors import BadFile
from app.foundation.archives.paths import PathRefused
from app.foundation.http import LeftMeanwhile, Resting
from app.providers.errors import Blocked

MOST_TRIES = 8
FIRST_WAIT, LONGEST_WAIT = 20.0, 6 * 3600.0
FOR_THE_DISK = 60.0
FOR_THE_SCAN = 5.0
AFTER_A_REFUSAL = 900.0
AFTER_A_CHANGE = 1.0
NO_ROOM = "The disk of Bunko's data is full."
DISK_FAILED = "The disk of Bunko's data gave an error."
FULL = (errno.ENOSPC, errno.EDQUOT)


class End(StrEnum):
    WAITING = "waiting"
    FAILED = "failed"


class Verdict(msgspec.Struct, frozen=True):
    """`wait` in seconds. `counts`: whether it was an attempt. `rest`: seconds in which this provider
    is asked nothing at all."""

    end: End
    reason: str
    wait: float = 0.0
    counts: bool = False
    rest: float = 0.0


def judged(error: BunkoError | OSError, attempts: int) -> Verdict:
    """`attempts` were made before this one."""
    reason = error.said if isinstance(error, BunkoError) else str(error)
    if isinstance(error, Resting):
        return Verdict(End.WAITING, reason, error.wait, rest=error.wait)
    if isinstance(error, LeftMeanwhile):
        # The provider was set up anew; the next run of the job asks by what it is now.
        return Verdict(End.WAITING, reason, AFTER_A_CHANGE, rest=AFTER_A_CHANGE)
    if isinstance(error, Blocked):
        return Verdict(End.WAITING, reason, AFTER_A_REFUSAL, rest=AFTER_A_REFUSAL)
    if isinstance(error, NoPlace):
        return Verdict(End.WAITING, reason, FOR_THE_DISK)
    if isinstance(error, OSError):
        sentence = NO_ROOM if error.errno in FULL else DISK_FAILED
        return Verdict(End.WAITING, sentence, FOR_THE_DISK)
    if isinstance(error, Conflict):
        return Verdict(End.WAITING, reason, FOR_THE_SCAN)
    if _is_final(error) or attempts + 1 >= MOST_TRIES:
        return Verdict(End.FAILED, reason, counts=True)
    return Verdict(End.WAITING, reason, back_off(attempts), counts=True)


def back_off(attempts: int) -> float:
    """Grows, and is uneven."""
    return min(FIRST_WAIT * 3.0**attempts, LONGEST_WAIT) * random.uniform(0.8, 1.2)


def _is_final(error: BunkoError) -> bool:
    if isinstance(error, BadFile | PathRefused):
        return False
    return isinstance(error, BadChapter | DomainError) or not getattr(error, "is_passing", True)
