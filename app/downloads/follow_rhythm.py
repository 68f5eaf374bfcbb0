"""How often a series is asked for news. Pure.

Eight times between two chapters, as far as apart they usually come, so that a chapter waits an
eighth of that at most: a weekly series is asked for every 21 hours. One that has been silent is
asked for more and more rarely: a sixteenth of its silence. Never more often than every hour, never
more rarely than every week; what is over is asked for once a week.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

OFTENEST, RAREST = timedelta(hours=1), timedelta(days=7)
UNKNOWN = timedelta(days=1)
"""Of a series of which nothing is known yet."""
ONE_BATCH = timedelta(hours=12)
"""Chapters that come together are one moment of the rhythm."""
REMEMBERED = 12
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=15), timedelta(days=1)
MOST_DOUBLINGS = 10


def check_every(moments: Iterable[datetime], at: datetime, *, is_over: bool = False) -> timedelta:
    """`moments` are when its chapters came, in any order."""
    if is_over:
        return RAREST
    times = _batches(moment for moment in moments if moment <= at)
    if not times:
        return UNKNOWN
    silence = at - times[-1]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    usual = timedelta(seconds=median(gaps)) if gaps else UNKNOWN * 8
    wish = max(usual / 8, silence / 16, OFTENEST)
    return min(wish, RAREST)


def pause_after(failures: int) -> timedelta:
    """Twice as long after each failure in a row."""
    doublings = min(max(failures, 1) - 1, MOST_DOUBLINGS)
    pause: timedelta = FIRST_PAUSE * 2**doublings
    return min(pause, LONGEST_PAUSE)


def _batches(moments: Iterable[datetime]) -> list[datetime]:
    found: list[datetime] = []
    for moment in sorted(moments):
        if found and moment - found[-1] < ONE_BATCH:
            found[-1] = moment
        else:
            found.append(moment)
    return found[-REMEMBERED:]
