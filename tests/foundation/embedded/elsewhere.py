"""Another process for a test, forked rather than started anew: it may become a user who could
not even open our Python."""

import json
import os
import select
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.foundation.embedded import binaries
from app.foundation.embedded.processes import all_pids, has_ended, own_proc_files, send
from app.foundation.embedded.server import EmbeddedServer
from tests.patience import Patience

DEADLINE = 60.0
NOBODY = 65534


class Line:
    """The child's end: says facts, and waits until it is told to go on."""

    def __init__(self, out: int, into: int) -> None:
        self.out, self.into = out, into

    def say(self, **facts: Any) -> None:
        os.write(self.out, json.dumps(facts).encode() + b"\n")

    def wait(self) -> None:
        os.read(self.into, 1)


class Elsewhere:
    def __init__(self, work: Callable[[Line], int | None], uid: int | None = None) -> None:
        self._hears, says = os.pipe()
        waits, self._tells = os.pipe()
        self._heard = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._hears)
            os.close(self._tells)
            run(work, Line(says, waits), uid)
        os.close(says)
        os.close(waits)
        self.pidfd = os.pidfd_open(self.pid)
        self.code: int | None = None

    def hear(self, within: float = DEADLINE) -> dict[str, Any]:
        """The next fact."""
        patience = Patience(within)
        while b"\n" not in self._heard:
            ready, _, _ = select.select([self._hears], [], [], 0.1)
            if not ready:
                assert not patience.is_over, f"process {self.pid} said nothing within {within} s"
                continue
            more = os.read(self._hears, 65536)
            assert more, f"process {self.pid} ended without a word"
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return json.loads(line)

    def go_on(self) -> None:
        os.write(self._tells, b".")

    def signal(self, signum: int) -> None:
        send(self.pid, signum)

    def join(self, within: float = DEADLINE) -> int:
        """The exit code, negative for a signal."""
        if self.code is None:
            assert has_ended(self.pidfd, within), f"process {self.pid} did not end"
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code

    def kill(self) -> None:
        if self.code is None:
            self.signal(signal.SIGKILL)
            self.join()
        for fd in (self.pidfd, self._hears, self._tells):
            os.close(fd)


def run(work: Callable[[Line], int | None], line: Line, uid: int | None) -> None:
    code = 99
    try:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_DFL)
        if uid is not None:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            own_proc_files()  # as after an exec by that user
        code = work(line) or 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def keep(server: EmbeddedServer, line: Line) -> None:
    """Starts or adopts, and brings it back whenever it ends, until the test's end."""
    while True:
        url = server.start()
        line.say(url=url, owner=server.is_owner, pid=server.pid)
        assert has_ended(server.fileno(), 60)


def until(fact: Callable[[], Any], what: str, within: float = DEADLINE) -> Any:
    deadline = time.monotonic() + within
    while not (found := fact()):
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.01)
    return found


def sql(run_dir: Path, statement: str, user: str = "bunko") -> str:
    done = psql(run_dir, statement, user)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def keep_seven(run_dir: Path) -> None:
    sql(run_dir, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS n")


def psql(run_dir: Path, statement: str, user: str = "bunko") -> subprocess.CompletedProcess[str]:
    program = binaries.postgres_bin() / "psql"
    return subprocess.run(
        [program, "-h", run_dir, "-U", user, "-d", "bunko", "-XAtqc", statement],
        capture_output=True,
        text=True,
        check=False,
    )


def processes_of(folder: Path) -> list[int]:
    """Every process that works in `folder` or below, or names it in its command line."""
    found = []
    for pid in all_pids():
        try:
            cwd = os.readlink(f"/proc/{pid}/cwd")
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        inside = cwd == str(folder) or cwd.startswith(f"{folder}/")
        if pid != os.getpid() and (inside or os.fsencode(folder) in words):
            found.append(pid)
    return found


def sockets_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_socket()]
