"""The process tree of `bunko serve`: Postgres, Valkey, web and worker under one launcher.

The launcher has no thread and no event loop: it imports, freezes the collector, forks, and then
sleeps in poll(2) on the pidfds of all it started. Its children therefore share its memory, and
their "die with the parent" wish, which follows the forking *thread*, is tied to its main thread.
"""

import gc
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from app.errors import BunkoError
from app.foundation.embedded.child import LAUNCHER_SIGNALS, Child
from app.foundation.embedded.errors import EmbeddedError, StartCancelled
from app.foundation.embedded.postgres import EmbeddedPostgres
from app.foundation.embedded.processes import adopt_orphans, children_of, send
from app.foundation.embedded.server import EmbeddedServer
from app.foundation.embedded.valkey import EmbeddedValkey

DATABASE_URL = "BUNKO_DATABASE_URL"
VALKEY_URL = "BUNKO_VALKEY_URL"
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
GRACE = 10.0  # seconds from SIGTERM to SIGKILL
QUICK = 5.0  # a life shorter than this counts as a failed start
TRIES = 5  # failed starts in a row before the whole tree gives up
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 30.0
SECOND_THOUGHT = 1.0  # a stop signal this much later than the first means: now

log = logging.getLogger(__name__)


class ServeFailed(BunkoError):
    """A part of the tree does not stay up; the text names it and says why."""


class Restarts:
    """When something that ended may be started again: at once, then with growing pauses."""

    def __init__(self) -> None:
        self.failures = 0
        self.due: float | None = None

    def plan(self, started: float) -> float:
        """Notes an end; answers the pause before the next start, in seconds."""
        now = time.monotonic()
        self.failures = self.failures + 1 if now - started < QUICK else 0
        pause = 0.0
        if self.failures:
            pause = min(FIRST_PAUSE * 2 ** (self.failures - 1), LONGEST_PAUSE)
        self.due = now + pause
        return pause

    def is_due(self) -> bool:
        return self.due is not None and time.monotonic() >= self.due


class Supervisor:
    """`run()` once, from the main thread of a process that has no other thread.

    A URL that is given is used as it is; for each that is missing the server is embedded in
    `data_dir`. Children find both in os.environ (BUNKO_DATABASE_URL, BUNKO_VALKEY_URL).
    `warm` makes here, before any fork, what children shall share; it may neither start a thread
    nor open a connection. `first` runs to its end in a process of its own before the others
    start: migrations.
    """

    def __init__(
        self,
        data_dir: Path,
        children: Mapping[str, Callable[[], None]],
        *,
        database_url: str | None = None,
        valkey_url: str | None = None,
        warm: Callable[[], None] | None = None,
        first: Callable[[], None] | None = None,
        grace: float = GRACE,
    ) -> None:
        self.grace = grace
        self._warm = warm
        self._urls = {DATABASE_URL: database_url, VALKEY_URL: valkey_url}
        self._servers: dict[str, EmbeddedServer] = {}
        if not database_url:
            self._servers[DATABASE_URL] = EmbeddedPostgres(data_dir, data_dir / "run")
        if not valkey_url:
            self._servers[VALKEY_URL] = EmbeddedValkey(data_dir, data_dir / "run")
        self._first = Child("start-up", first) if first else None
        self._children = [Child(name, work) for name, work in children.items()]
        parts: list[Child | EmbeddedServer] = [*self._children, *self._servers.values()]
        self._restarts = {part: Restarts() for part in parts}
        self._born: dict[EmbeddedServer, float] = {}
        self._stop_asked = 0.0
        self._hurry = False
        self._wake = -1

    def run(self) -> int:
        """0 after a signal asked us to stop. Raises `BunkoError` when something cannot run."""
        with self._signals():
            try:
                self._start_servers()
                if self._warm is not None:
                    self._warm()
                gc.collect()
                gc.freeze()
                self._run_first()
                for child in self._children:
                    if not self._stopping:
                        child.start()
                while not self._stopping:
                    self._wait_for_news()
            except StartCancelled:
                return 0
            finally:
                self._stop()
        return 0

    @property
    def _stopping(self) -> bool:
        return self._stop_asked > 0

    def _start_servers(self) -> None:
        adopt_orphans()
        for name, server in self._servers.items():
            server.cancelled = lambda: self._stopping
            self._urls[name] = server.start()
            self._born[server] = time.monotonic()
        os.environ.update({name: url for name, url in self._urls.items() if url})

    def _run_first(self) -> None:
        if self._first is None or self._stopping:
            return
        self._first.start()
        while self._first.is_alive() and not self._stopping:
            self._sleep([self._first.pidfd], None)
        if not self._first.is_alive():
            self._first.reap()
            if self._first.code != 0:
                raise ServeFailed(self._first.how_it_ended())

    def _wait_for_news(self) -> None:
        watched: dict[int, Child | EmbeddedServer] = {}
        for child in self._children:
            if child.pid:
                watched[child.pidfd] = child
        for server in self._servers.values():
            if server.fileno() >= 0 and self._restarts[server].due is None:
                watched[server.fileno()] = server
        for fd in self._sleep(list(watched), self._next_due()):
            self._note_end(watched[fd])
        reap_strangers(self._ours())
        self._start_what_is_due()

    def _next_due(self) -> float | None:
        times = [plan.due for plan in self._restarts.values() if plan.due is not None]
        return min(times, default=None)

    def _note_end(self, part: Child | EmbeddedServer) -> None:
        if isinstance(part, Child):
            part.reap()
            self._plan(part, part.started, part.how_it_ended())
            if part.code >= 0 and self._restarts[part].failures >= TRIES:
                raise ServeFailed(f"{part.name} does not stay up: {part.how_it_ended()}")
        else:
            self._plan(part, self._born[part], "the server ended")

    def _plan(self, part: Child | EmbeddedServer, started: float, why: str) -> None:
        pause = self._restarts[part].plan(started)
        log.warning("%s ended (%s); starting it again in %.1f s", part.name, why, pause)

    def _start_what_is_due(self) -> None:
        for part, plan in self._restarts.items():
            if plan.is_due() and not self._stopping:
                plan.due = None
                if isinstance(part, Child):
                    part.start()
                else:
                    self._bring_back(part)

    def _bring_back(self, server: EmbeddedServer) -> None:
        self._born[server] = time.monotonic()
        try:
            server.start()
        except StartCancelled:
            return
        except EmbeddedError as error:  # a full disk may have room again in a while
            self._plan(server, self._born[server], str(error))
        else:
            log.warning("%s is back", server.name)

    def _stop(self) -> None:
        """Asks all children to leave, then ends what is left; a second signal skips the wait."""
        children = [child for child in (self._first, *self._children) if child and child.pid]
        for child in children:
            child.tell(signal.SIGTERM)
        deadline = time.monotonic() + self.grace
        while not self._hurry and time.monotonic() < deadline:
            alive = [child.pidfd for child in children if child.is_alive()]
            if not alive:
                break
            self._sleep(alive, deadline)
        for child in children:
            child.tell(signal.SIGKILL)
            child.reap()
        self._end_strangers()
        for server in reversed(self._servers.values()):
            server.stop()

    def _end_strangers(self) -> None:
        """What our children started and left behind was handed to us by the kernel."""
        ours = self._ours()
        while strangers := [pid for pid in children_of(os.getpid()) if pid not in ours]:
            for pid in strangers:
                send(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _ours(self) -> set[int]:
        return {child.pid for child in self._children} | {s.pid for s in self._servers.values()}

    def _sleep(self, pidfds: list[int], until: float | None) -> list[int]:
        """Waits for an end, a signal or the time; answers the pidfds whose process has ended."""
        poll = select.poll()
        for fd in (self._wake, *pidfds):
            poll.register(fd, select.POLLIN)
        timeout = None if until is None else max(0.0, until - time.monotonic()) * 1000 + 1
        ended = [fd for fd, _ in poll.poll(timeout)]
        if self._wake in ended:
            os.read(self._wake, 4096)
            ended.remove(self._wake)
        return ended

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """A signal writes one byte into a pipe, so that poll(2) can wait for it, too."""
        self._wake, theirs = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(theirs, False)
        old_wakeup = signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
        heard = [each for each in LAUNCHER_SIGNALS if signal.getsignal(each) != signal.SIG_IGN]
        old = {signum: signal.signal(signum, self._on_signal) for signum in heard}
        try:
            yield
        finally:
            for signum, handler in old.items():
                signal.signal(signum, handler)
            signal.set_wakeup_fd(old_wakeup)
            os.close(self._wake)
            os.close(theirs)

    def _on_signal(self, signum: int, _frame: FrameType | None) -> None:
        if signum in STOP_SIGNALS:
            now = time.monotonic()
            self._stop_asked = self._stop_asked or now
            self._hurry = now - self._stop_asked > SECOND_THOUGHT


def reap_strangers(ours: set[int]) -> None:
    """Reaps ended processes that the kernel handed to us; ours are reaped where they are known."""
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    with suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, flags)) and ended.si_pid not in ours:
            os.waitpid(ended.si_pid, 0)
