"""What an embedded Postgres and an embedded Valkey have in common: who starts, who adopts.

Two lock files lie beside the server's folder. `….lock` is held by a process of ours while it
looks around and starts, so of several at once one owns and the others adopt. `….running` is
locked by the server itself (it inherits the descriptor): as long as any process of that server
lives the lock is held, whatever its pid file says, even from another container.

Whoever started the server owns it and stops it. Everybody watches it through a pidfd
(`fileno()`); when that becomes readable the server has ended and `start()` brings it back,
ours again or by adopting the one that somebody else was faster to start.
"""

import fcntl
import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from app.foundation.embedded import identity, rundir
from app.foundation.embedded.errors import (
    EmbeddedError,
    StartCancelled,
    disk_full,
    plain_words,
    reason,
)
from app.foundation.embedded.identity import Identity
from app.foundation.embedded.processes import (
    clean_environment,
    has_ended,
    kill_workers_in,
    send,
    try_lock,
)

STEP = 0.01  # seconds between two looks while a server starts or leaves
START_PATIENCE = 120.0  # crash recovery on a slow card takes a while
BUSY_PATIENCE = 15.0  # for the rest of a dead server to go away
ORPHAN_PATIENCE = 0.2  # what a killed server's children get to notice it themselves
LOG_LIMIT = 1_000_000  # bytes; a longer log makes room when the server starts


@dataclass(frozen=True)
class Running:
    pid: int
    run_dir: Path
    ready: bool


class EmbeddedServer(ABC):
    name: ClassVar[str]  # as people write it
    folder_name: ClassVar[str]  # inside DATA
    programs: ClassVar[Sequence[str]]  # as the kernel names them
    death_signal: ClassVar[int]  # a clean, quick stop
    stop_steps: ClassVar[Sequence[tuple[int, float]]]  # signal, seconds to obey it

    def __init__(self, data_dir: Path, run_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.folder = self.data_dir / self.folder_name
        self.log_file = self.data_dir / f"{self.folder_name}.log"
        self.cancelled: Callable[[], bool] = lambda: False
        self._wanted_run_dir = run_dir.absolute()
        self._run_dir: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starter = 0
        self._pid = 0
        self._pidfd = -1

    def start(self) -> str:
        """The URL of the running server, started or adopted. Also brings back one that ended."""
        if not self.is_running():
            self._forget()
            self._make_data_dir()
            with self._starting():
                found = self._find()
                if found is None or not self._adopt(found):
                    self._launch()
        return self.url

    def stop(self) -> None:
        """Ends the server if we own it; an adopted one goes on. Harmless to call again."""
        process = self._process
        if process is not None and self._starter == os.getpid():
            self._end(process)
            self._clean_up()
        self._forget()

    def is_running(self) -> bool:
        return self._pidfd >= 0 and not has_ended(self._pidfd)

    def fileno(self) -> int:
        """A pidfd: readable when the server has ended. -1 when there is none."""
        return self._pidfd

    @property
    def is_owner(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        return self._pid

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    def run_dir(self) -> Path:
        """Where the sockets are; one that we adopted stays the same if we take over."""
        if self._run_dir is None:
            self._run_dir = rundir.choose(self._wanted_run_dir)
        return self._run_dir

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def _look(self) -> Running | None:
        """The living server in our folder, ready or not."""

    @abstractmethod
    def _prepare(self, who: Identity) -> None:
        """Makes the folder what the server needs."""

    @abstractmethod
    def _command(self) -> list[str | Path]: ...

    @abstractmethod
    def _forget_stale(self) -> None:
        """Removes what a server that is surely gone left behind and the next would trip over."""

    def _make_data_dir(self) -> None:
        if "\n" in str(self.data_dir):
            raise EmbeddedError("BUNKO_DATA_DIR holds a line break: choose another folder.")
        with plain_words(self.data_dir):
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def _starting(self) -> Iterator[None]:
        with self._open_lock("lock") as handle:
            self._wait(lambda: try_lock(handle), "is being started by another process")
            yield

    @contextmanager
    def _open_lock(self, kind: str) -> Iterator[int]:
        path = self.data_dir / f"{self.folder_name}.{kind}"
        with plain_words(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield handle
        finally:
            os.close(handle)

    def _find(self) -> Running | None:
        """A ready server to adopt, or None when surely none is left in our folder."""
        found: Running | None = None
        look_for_orphans = time.monotonic() + ORPHAN_PATIENCE
        give_up = time.monotonic() + BUSY_PATIENCE

        def settled() -> bool:
            nonlocal found, look_for_orphans
            found = self._look()
            if found is not None:
                return found.ready
            if self._is_free():
                return True
            now = time.monotonic()
            if now > look_for_orphans:
                kill_workers_in(self.folder, self.programs)
                look_for_orphans = now + 1.0
            if now > give_up:
                raise EmbeddedError(f"{self.folder} is in use by a {self.name} we cannot reach.")
            return False

        self._wait(settled, f"in {self.folder} does not get ready")
        if found is None:
            self._forget_stale()
        return found

    def _adopt(self, found: Running) -> bool:
        """False when it ended before we could watch it."""
        try:
            self._watch(found.pid)
        except ProcessLookupError:
            return False
        self._run_dir = found.run_dir
        return True

    def _is_free(self) -> bool:
        with self._open_lock("running") as handle:
            return try_lock(handle)

    def _launch(self) -> None:
        who = identity.choose(self.data_dir, self.folder)
        rundir.make(self.run_dir, who.uid, who.gid)
        with plain_words(self.data_dir):
            self._prepare(who)
            log_start = self._spawn(who)
        try:
            self._wait(lambda: self._came_up(log_start), "does not get ready")
        except EmbeddedError:
            self.stop()
            raise

    def _spawn(self, who: Identity) -> int:
        """Starts the process; answers where its part of the log begins."""
        with self._open_lock("running") as running, self._open_log() as log:
            fcntl.flock(running, fcntl.LOCK_EX)
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=clean_environment(),
                preexec_fn=who.before_exec(self.death_signal),
                start_new_session=True,  # Ctrl-C in the terminal is for us, not for the server
                umask=0o077,
                pass_fds=(running,),
            )
            self._starter = os.getpid()
            self._watch(self._process.pid)
            return os.fstat(log).st_size

    @contextmanager
    def _open_log(self) -> Iterator[int]:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        handle = os.open(self.log_file, flags, 0o600)
        try:
            if os.fstat(handle).st_size > LOG_LIMIT:
                os.ftruncate(handle, 0)
            yield handle
        finally:
            os.close(handle)

    def _came_up(self, log_start: int) -> bool:
        if self._process is None or has_ended(self._pidfd):
            raise self._explain(log_start)
        found = self._look()
        return found is not None and found.ready and found.pid == self._pid

    def _explain(self, log_start: int) -> EmbeddedError:
        """The reason, out of what the server wrote in its log before it gave up."""
        with self.log_file.open("rb") as log:
            log.seek(log_start)
            text = log.read(100_000).decode(errors="replace")
        if "No space left on device" in text:
            return disk_full(self.folder)
        return EmbeddedError(f"{self.name} did not start: {reason(text)} (see {self.log_file}).")

    def _watch(self, pid: int) -> None:
        self._pid = pid
        self._pidfd = os.pidfd_open(pid)

    def _forget(self) -> None:
        if self._process is not None and self._starter == os.getpid():
            self._process.poll()  # reaps it
        self._process = None
        self._pid = 0
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        for signum, patience in self.stop_steps:
            if process.poll() is None:
                send(process.pid, signum)
                has_ended(self._pidfd, patience)
        process.poll()

    def _clean_up(self) -> None:
        """Only where nobody else is already starting the next one."""
        with suppress(EmbeddedError), self._open_lock("lock") as handle:
            if try_lock(handle) and self._look() is None and self._is_free():
                self._forget_stale()
                rundir.remove_if_empty(self.run_dir, self._wanted_run_dir)

    def _wait(self, fact: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not fact():
            if self.cancelled():
                raise StartCancelled(f"{self.name} was not needed any more.")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} {otherwise}.")
            time.sleep(STEP)
