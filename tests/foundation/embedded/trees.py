"""A launcher with children small enough to look through."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.errors import BunkoError
from app.foundation.embedded.supervisor import DATABASE_URL, VALKEY_URL, Supervisor
from tests.foundation.embedded.elsewhere import Elsewhere, Line, psql

Begin = Callable[..., Elsewhere]
NOTHING = {"database_url": "postgresql://d", "valkey_url": "unix://v"}


def beat(line: Line, name: str) -> Callable[[], None]:
    """Says who it is, then lives until SIGTERM."""

    def work() -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        line.say(
            name=name,
            pid=os.getpid(),
            parent=os.getppid(),
            threads=len(os.listdir("/proc/self/task")),
            database=os.environ.get(DATABASE_URL),
            valkey=os.environ.get(VALKEY_URL),
        )
        while True:
            time.sleep(0.2)  # pause(2) would miss for ever what comes the moment before it

    return work


def tree(data: Path, *names: str, **options: object) -> Callable[[Line], int]:
    """A launcher with a child of each name; its error becomes a fact, as the CLI would print it."""

    def work(line: Line) -> int:
        children = {name: beat(line, name) for name in names}
        children |= {n: w(line) for n, w in options.pop("more", {}).items()}  # type: ignore[attr-defined]
        try:
            return Supervisor(data, children, **options).run()  # type: ignore[arg-type]
        except BunkoError as error:
            line.say(sentence=str(error))
            return 1

    return work


def hear_of(launcher: Elsewhere, *names: str) -> dict[str, dict[str, object]]:
    facts = [launcher.hear() for _ in names]
    assert sorted(fact["name"] for fact in facts) == sorted(names)
    return {fact["name"]: fact for fact in facts}


def postmaster(data: Path) -> int:
    """0 while there is none."""
    return first_number(data / "pg" / "postmaster.pid")


def valkey_pid(data: Path) -> int:
    return first_number(data / "valkey.pid")


def first_number(file: Path) -> int:
    try:
        return int(file.read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return 0


def answers(data: Path, statement: str) -> Callable[[], str]:
    return lambda: psql(data / "run", statement).stdout.strip()


def lives(pid: object) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
