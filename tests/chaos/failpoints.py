"""`bunko serve` that can be held at a named point of a scan.

    python -m tests.chaos.failpoints FOLDER bunko serve …

A worker that comes to the point whose name stands in `FOLDER/wanted` takes that file away and
stops itself, as SIGSTOP does; it goes on with SIGCONT, if it is alive.
"""

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

POINTS = (
    "begun",
    "walked",
    "analysed",
    "batch written",
    "batch committed",
    "settling",
    "settled",
    "scanned",
)
COMMIT_FILES = 25

type Step = Callable[..., Awaitable[Any]]


class Failpoints:
    def __init__(self, folder: Path) -> None:
        self.wanted = folder / "wanted"

    def pass_by(self, name: str) -> None:
        if self.wanted.exists() and self.wanted.read_text() == name:
            self.wanted.unlink()
            os.kill(os.getpid(), signal.SIGSTOP)

    def around(self, owner: Any, step: str, *, before: str = "", after: str = "") -> None:
        real: Step = getattr(owner, step)

        @functools.wraps(real)
        async def passing(*args: Any, **more: Any) -> Any:
            self.pass_by(before)
            answer = await real(*args, **more)
            await asyncio.sleep(0)
            self.pass_by(after)
            return answer

        setattr(owner, step, passing)


def build_in(folder: Path) -> None:
    from app.scanning import losses, scanner
    from app.scanning.importer import Importer

    points = Failpoints(folder)
    scanner.COMMIT_FILES = COMMIT_FILES
    points.around(scanner._Scan, "prepare", after="walked")
    points.around(Importer, "take", before="analysed", after="batch committed")
    points.around(scanner._Scan, "_announce", after="batch written")
    points.around(scanner._Scan, "_settle", before="settling")
    points.around(losses, "count_library", after="settled")
    points.around(scanner.Scanner, "scan", before="begun", after="scanned")


if __name__ == "__main__":
    from app.cli import main

    build_in(Path(sys.argv[1]))
    sys.argv = sys.argv[2:]
    main()
