"""One process of the tree under `bunko serve`, forked from the launcher's main thread."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from app.errors import BunkoError
from app.foundation.embedded.processes import die_with_parent, has_ended, send

LAUNCHER_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
LONGEST_WORDS = 2_000  # bytes; what a pipe takes at once without blocking


class Child:
    """`work` runs in the forked process and returns when SIGTERM asks it to.

    An error of ours (`BunkoError`), or `sys.exit("a sentence")`, becomes the child's last words,
    which the launcher can repeat; any other error is printed with its trace.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.name = name
        self.work = work
        self.pid = 0
        self.pidfd = -1
        self.code = 0  # as os.waitstatus_to_exitcode: negative for a signal
        self.last_words = ""
        self.started = 0.0
        self._words = -1

    def start(self) -> None:
        """Forks. Signals wait meanwhile, so that the child never runs the launcher's handlers."""
        parent = os.getpid()
        self._words, theirs = os.pipe()
        flush_streams()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, LAUNCHER_SIGNALS)
        pid = os.fork()
        if pid == 0:
            self._become(parent, theirs, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(theirs)
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.started = time.monotonic()

    def is_alive(self) -> bool:
        return self.pid != 0 and not has_ended(self.pidfd)

    def tell(self, signum: int) -> None:
        if self.pid != 0:
            send(self.pid, signum)

    def reap(self) -> None:
        """Call it when `pidfd` is readable, or to wait for the end."""
        _, status = os.waitpid(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        os.set_blocking(self._words, False)
        try:
            self.last_words = os.read(self._words, LONGEST_WORDS).decode(errors="replace")
        except BlockingIOError:
            self.last_words = ""  # something it forked still holds the pipe
        os.close(self._words)
        os.close(self.pidfd)
        self.pid, self.pidfd, self._words = 0, -1, -1

    def how_it_ended(self) -> str:
        if self.last_words:
            return self.last_words
        if self.code < 0:
            return f"killed by {signal.Signals(-self.code).name}"
        return f"exit code {self.code}"

    def _become(self, parent: int, words: int, mask: set[signal.Signals | int]) -> NoReturn:
        """The rest of the child's life."""
        code = 1
        try:
            os.setpgid(0, 0)  # Ctrl-C reaches the launcher alone, which passes it on once
            signal.set_wakeup_fd(-1)
            for signum in LAUNCHER_SIGNALS:
                if signal.getsignal(signum) != signal.SIG_IGN:  # nohup stays nohup
                    signal.signal(signum, signal.SIG_DFL)
            die_with_parent(signal.SIGKILL, parent)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            code = self._work(words)
        finally:
            os._exit(code)

    def _work(self, words: int) -> int:
        code: int
        try:
            self.work()
            code = 0
        except SystemExit as leaving:
            code = _exit_code(leaving, words)
        except BunkoError as error:
            code = _say(words, str(error))
        except Exception:  # noqa: BLE001 - the last resort of a process
            traceback.print_exc()
            code = 1
        flush_streams()
        return code


def flush_streams() -> None:
    """So that nothing buffered is written twice after a fork, or lost at `_exit`."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue  # nobody listens any more


def _exit_code(leaving: SystemExit, words: int) -> int:
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code
    return _say(words, str(leaving.code))


def _say(words: int, sentence: str) -> int:
    os.write(words, sentence.encode(errors="replace")[:LONGEST_WORDS])
    return 1
