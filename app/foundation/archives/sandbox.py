"""Runs an importable function on an untrusted file, in another process with limits (SEC39).

The function, `def analyse(fd: int, argument: T) -> R`, is named as "module:function". It gets an
open descriptor (never a path) and one argument, and answers with anything msgspec can encode.
Strings with surrogate escapes cannot be encoded: send page entries as `page_table.encode` bytes.

Children start on demand, serve many tasks, and leave after `idle_seconds`. A crash, a limit or a
time-out ends that child only; the task it was at is tried once more alone in a fresh child, and if
it fails again it alone becomes a SandboxFailure, whatever batch it came in.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from app.foundation.archives.errors import BadFile
from app.foundation.archives.sandbox_keeper import ChildKeeper
from app.foundation.archives.sandbox_parent import ChildDied, Task
from app.foundation.archives.sandbox_wire import MOST_TASKS, Limits, Outcome

__all__ = ["SandboxFailure", "SandboxPool"]


class SandboxFailure(BadFile):
    """Why the task failed, in one plain sentence (`reason`); `detail` is for the log only.

    `is_of_disk`: reading failed, and nothing is known of the file."""

    def __init__(self, reason: str, detail: str = "", *, is_of_disk: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.is_of_disk = is_of_disk


class SandboxPool:
    """At most `processes` children at once. Thread-safe; may be made before a fork, used after it.

    `memory_mb` is address space in MiB over what the bare child needs; `cpu_seconds` (whole seconds)
    and `wall_seconds` are per task. With `niceness` children leave the processor to others first.
    """

    def __init__(
        self,
        processes: int = 2,
        memory_mb: int = 200,
        cpu_seconds: int = 10,
        wall_seconds: float = 20.0,
        *,
        idle_seconds: float = 30.0,
        niceness: int = 0,
    ) -> None:
        self._wall_seconds = wall_seconds
        self._slots = threading.BoundedSemaphore(processes)
        self._keeper = ChildKeeper(Limits(memory_mb, cpu_seconds, niceness), idle_seconds)
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="sandbox")

    def run_sync[R](self, target: str, fd: int | None, argument: object, *, answer: type[R]) -> R:
        """One task's answer, or SandboxFailure raised. The caller keeps and closes `fd`."""
        outcome = self.run_batch_sync(target, [(fd, argument)], answer=answer)[0]
        if isinstance(outcome, SandboxFailure):
            raise outcome
        return outcome

    def run_batch_sync[R](
        self, target: str, items: Sequence[tuple[int | None, object]], *, answer: type[R]
    ) -> list[R | SandboxFailure]:
        """The answers in the order of the items; failures stand in the place of their answer."""
        tasks = [Task(fd, msgspec.Raw(msgspec.msgpack.encode(arg))) for fd, arg in items]
        outcomes: list[Outcome] = []
        with self._slots:
            for start in range(0, len(tasks), MOST_TASKS):
                outcomes += self._run(target, tasks[start : start + MOST_TASKS])
        decoder: msgspec.msgpack.Decoder[R] = msgspec.msgpack.Decoder(answer)
        return [_understood(outcome, decoder.decode) for outcome in outcomes]

    async def run[R](self, target: str, fd: int | None, argument: object, *, answer: type[R]) -> R:
        """`run_sync` in one of the pool's own threads, so that waiting tasks block no page."""
        outcome = (await self.run_batch(target, [(fd, argument)], answer=answer))[0]
        if isinstance(outcome, SandboxFailure):
            raise outcome
        return outcome

    async def run_batch[R](
        self, target: str, items: Sequence[tuple[int | None, object]], *, answer: type[R]
    ) -> list[R | SandboxFailure]:
        """`run_batch_sync` in one of the pool's own threads.

        Cancelled while it waits for a child, it leaves at once; while a child works, only when that
        has let go of the files: a descriptor closed too early could become another file's.
        """
        job = self._threads.submit(self.run_batch_sync, target, items, answer=answer)
        waiting = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            job.cancel()
            await _ended(waiting)
            raise

    def pids(self) -> list[int]:
        """The process ids of the children that live now, for measuring."""
        return self._keeper.pids()

    def close(self) -> None:
        """Ends every child. Tasks under way fail."""
        self._keeper.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, target: str, tasks: list[Task]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        while len(outcomes) < len(tasks):
            rest = tasks[len(outcomes) :]
            answered, death = self._try(target, rest)
            outcomes += answered
            if death is not None:
                outcomes.append(self._try_alone(target, tasks[len(outcomes)], death))
        return outcomes

    def _try_alone(self, target: str, task: Task, death: ChildDied) -> Outcome:
        # Of the leavings of other tasks, perhaps, or somebody killed it: once is no proof. Nor is
        # it with a child that waited idly, as that may be dead as well.
        if not death.is_timeout:
            answered, again = self._try(target, [task], fresh=True)
            if answered:
                return answered[0]
            death = again or death
        return Outcome(reason=death.reason, detail=death.detail)

    def _try(
        self, target: str, tasks: list[Task], *, fresh: bool = False
    ) -> tuple[list[Outcome], ChildDied | None]:
        child = self._keeper.take(fresh=fresh)
        answered: list[Outcome] = []
        try:
            answered.extend(child.run(target, tasks, self._wall_seconds))
        except ChildDied as death:
            self._keeper.bury(child)
            return answered, death
        except BaseException:
            self._keeper.bury(child)
            raise
        self._keeper.give_back(child)
        return answered, None


async def _ended[R](work: asyncio.Future[R]) -> None:
    while not work.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([work])
    if not work.cancelled():
        # Nobody is left to hear of it.
        work.exception()


def _understood[R](outcome: Outcome, decode: Callable[[bytes], R]) -> R | SandboxFailure:
    if outcome.answer is None:
        return SandboxFailure(outcome.reason, outcome.detail, is_of_disk=outcome.is_of_disk)
    try:
        return decode(outcome.answer)
    except msgspec.MsgspecError as error:
        return SandboxFailure("The file could not be read.", f"unexpected answer: {error}")
