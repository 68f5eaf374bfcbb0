"""`bunko serve` that can be held at a named point of a download, and is less patient than at home.

    python -m tests.chaos.download_points FOLDER bunko serve …

See `failpoints`, whose way of holding a worker this is.
"""

import functools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chaos.failpoints import Failpoints

POINTS = (
    "queued",
    "pages listed",
    "page kept",
    "verifying",
    "placing",
    "placed",
    "importing",
    "imported",
)
WITHOUT_A_FILE = POINTS[:4]
"""At these nothing lies in the library yet."""
TO_STOP = 0.1
"""A signal takes a moment to stop the other threads of a process."""


def build_in(folder: Path) -> None:
    from app.downloads import orders, placing, rows
    from app.downloads.fetching import Fetching
    from app.downloads.inspecting import Inspector
    from app.foundation.archives.publishing import whole_archive

    points = Failpoints(folder)
    points.around(orders, "claim", before="queued")
    points.around(Fetching, "_fetch_missing", before="pages listed")
    points.around(Inspector, "piece", after="page kept")
    points.around(rows, "verifying", after="verifying")
    points.around(rows, "done", before="importing", after="imported")
    place = placing.place

    def held_before_its_name(pages: int) -> Callable[[int], None]:
        verify = whole_archive(pages)

        def verified(fd: int) -> None:
            verify(fd)
            points.pass_by("placing")
            time.sleep(TO_STOP)

        return verified

    @functools.wraps(place)
    def placed(*given: Any, **more: Any) -> Any:
        there = place(*given, **more)
        points.pass_by("placed")
        time.sleep(TO_STOP)
        return there

    vars(placing).update(whole_archive=held_before_its_name, place=placed)


def lose_patience() -> None:
    """Waits are shorter than at home, so that a night is long enough."""
    import httpx

    from app.downloads import jobs, judging
    from app.foundation.http import client
    from app.providers.drivers import mangadex

    judging.FIRST_WAIT, judging.FOR_THE_DISK = 3.0, 5.0
    jobs.FOR_A_PLACE = 1.0
    client.QUIET = httpx.Timeout(connect=2.0, read=2.0, write=2.0, pool=None)
    mangadex.PAGE_SECONDS = 5.0


if __name__ == "__main__":
    from app.cli import main

    build_in(Path(sys.argv[1]))
    lose_patience()
    sys.argv = sys.argv[2:]
    main()
