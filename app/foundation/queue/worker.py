"""Takes jobs from the table and runs them; several of these may share one table.

Woken by the bell, it also looks every few seconds by itself. A ticker renews the leases of
what runs and notices who was cancelled or lost; a reconciler frees the jobs of dead workers.
"""

import asyncio
import logging
import os
import random
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings
from app.errors import BunkoError
from app.foundation.db import session_maker
from app.foundation.db.outage import DATABASE_ERRORS, is_full_disk, is_outage
from app.foundation.queue import herald
from app.foundation.queue.claims import Claim, Claims
from app.foundation.queue.models import JobState
from app.foundation.queue.registry import KINDS, JobKind, topics_of
from app.foundation.queue.run import Cancelled, InVain, LeaseLost, NotNow, Run
from app.foundation.queue.timetable import Timetable

log = logging.getLogger(__name__)
QUICK = 0.1
"""Seconds. While jobs end within this, more of them are claimed at once than can run at once: a
claim is a commit, and a commit waits for the disk."""
MOST_CLAIMED = 64
MOST_UNCOUNTED = 50
"""How often one job may be begun anew without being to blame: enough for any outage, and an end
for a job that brings the database down each time."""

NO_ROOM = "The disk is full. It goes on by itself once there is room."


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. Tests of long outages shorten these, never their assertions."""

    lease: float = 30.0
    tick: float = 5.0
    look: float = 5.0
    reconcile: float = 15.0
    grace: float = 5.0
    """Well within what `bunko serve` gives its children (10), so that a job that is not through by
    then is given back instead of dying with its worker."""
    backoff: float = 5.0
    longest_backoff: float = 900.0
    clock: float = 15.0
    """Between two looks at the timetable."""
    outage: float = 1.0
    """Between two tries while the database is away."""
    no_room: float = 20.0
    """Between two tries while the disk is full: somebody has to make room first."""


class Worker:
    def __init__(
        self, engine: AsyncEngine, settings: Settings, timing: Timing | None = None
    ) -> None:
        self.settings = settings
        self.timing = timing or Timing()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.claims = Claims(engine, self.name, self.timing.lease)
        self.sessions = session_maker(engine)
        self.timetable = Timetable(self.sessions)
        self._rung = asyncio.Event()
        self._waved = asyncio.Event()
        self._stopping = asyncio.Event()
        self._running: dict[asyncio.Task[None], Run] = {}
        """By task: a worker that was held up too long may claim anew what it still runs."""
        self._places = asyncio.Semaphore(settings.worker_concurrency)
        self._appetite = settings.worker_concurrency

    async def ring(self) -> None:
        """Look into the table now."""
        self._rung.set()

    def look_up_soon(self) -> None:
        """Somebody wants a running job to stop."""
        self._waved.set()

    def stop(self) -> None:
        """Claim nothing more; what runs gets the grace period, then goes back to the table."""
        self._stopping.set()
        self._rung.set()

    async def run(self) -> None:
        """Work until `stop()`."""
        upkeep = [
            asyncio.create_task(self._repeat(self.timing.tick, self._look_up, self._waved)),
            asyncio.create_task(self._repeat(self.timing.reconcile, self._reconcile)),
            asyncio.create_task(self._repeat(self.timing.clock, self.timetable.turn)),
        ]
        try:
            while not self._stopping.is_set():
                self._rung.clear()
                if not await self._take():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._rung.wait(), self.timing.look)
        finally:
            await self._leave()
            for task in upkeep:
                task.cancel()
            await asyncio.gather(*upkeep, return_exceptions=True)

    async def _take(self) -> bool:
        """Whether to look again at once: there may be more, and there is room for it."""
        slots = self._appetite - len(self._running)
        if slots <= 0 or self._places.locked():
            return False
        try:
            taken = await self.claims.take(slots)
        except DATABASE_ERRORS as error:
            log.warning("The table of jobs cannot be read, trying again: %s", error)
            await asyncio.sleep(self.timing.outage)
            return not self._stopping.is_set()
        for claim in taken:
            self._begin(claim)
        return len(taken) == slots and len(self._running) < self._appetite

    def _begin(self, claim: Claim) -> None:
        run = Run(
            job_id=claim.id,
            kind=claim.kind,
            fence=claim.fence,
            attempt=claim.attempts,
            topics=topics_of(claim.kind, claim.key),
            session_maker=self.sessions,
            settings=self.settings,
        )
        task = asyncio.create_task(self._attempt(claim, run), name=f"{claim.kind} {claim.id}")
        self._running[task] = run
        herald.tell(*run.topics)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        # Those that ended with it free their places in the next moment: one look for all.
        asyncio.get_running_loop().call_later(0.001, self._rung.set)

    async def _attempt(self, claim: Claim, run: Run) -> None:
        kind = KINDS.get(claim.kind)
        try:
            if kind is None:
                await self._end(claim, JobState.FAILED, "No such work is known.")
            else:
                await self._do(kind, claim, run)
                await self._end(claim, JobState.DONE)
        except LeaseLost:
            log.warning("%s was taken over by another worker", claim.kind)
        except Cancelled:
            await self._end(claim, JobState.CANCELLED)
        except asyncio.CancelledError:
            # The ticker found the job lost, or the worker leaves: back to the table, uncounted.
            await self._again(claim, None, 0)
        except NotNow as error:
            await self._again(claim, str(error), error.wait)
        except InVain as error:
            await self._end(claim, JobState.FAILED, str(error))
        except BunkoError as error:
            await self._fail(claim, str(error))
        except Exception as error:  # noqa: BLE001  (the job runner: no job may stop the others)
            await self._break(claim, error)
        herald.tell(*run.topics)

    async def _do(self, kind: JobKind, claim: Claim, run: Run) -> None:
        clock = asyncio.get_running_loop().time
        try:
            async with self._places:
                run.began = clock()
                async with asyncio.timeout(kind.timeout) as patience:
                    await kind.function(run, **kind.arguments(claim.args))
        except TimeoutError as error:
            if not patience.expired():
                raise
            raise BunkoError(f"It took longer than {kind.timeout:.0f} seconds.") from error
        finally:
            is_quick = run.began is not None and clock() - run.began < QUICK
            self._appetite = (
                min(self._appetite + 2, MOST_CLAIMED)
                if is_quick
                else self.settings.worker_concurrency
            )

    async def _break(self, claim: Claim, error: Exception) -> None:
        if is_full_disk(error):
            log.warning("%s waits for room on the disk: %s", claim.kind, error)
            await self._again(claim, NO_ROOM, self.timing.no_room)
        elif is_outage(error) and claim.fence - claim.attempts < MOST_UNCOUNTED:
            log.warning("%s waits for the database: %s", claim.kind, error)
            await self._again(claim, "The database was away for a moment.", self.timing.outage)
        else:
            log.error("The job %s failed", claim.kind, exc_info=error)
            await self._fail(claim, f"Unexpected {type(error).__name__}; the log has the details.")

    async def _fail(self, claim: Claim, reason: str) -> None:
        if claim.attempts >= claim.max_attempts:
            await self._end(claim, JobState.FAILED, reason)
        else:
            wait = min(self.timing.backoff * 2 ** (claim.attempts - 1), self.timing.longest_backoff)
            wait *= random.uniform(0.8, 1.2)
            await self._settle(lambda: self.claims.again(claim, reason, wait, spent=True))

    async def _end(self, claim: Claim, state: JobState, reason: str | None = None) -> None:
        await self._settle(lambda: self.claims.end(claim, state, reason))

    async def _again(self, claim: Claim, reason: str | None, wait: float) -> None:
        await self._settle(lambda: self.claims.again(claim, reason, wait, spent=False))

    async def _settle(self, change: Callable[[], Awaitable[None]]) -> None:
        """Write how it ended, if need be once the database is back. After the lease the
        reconciler of whichever worker decides."""
        until = asyncio.get_running_loop().time() + self.timing.lease
        while True:
            try:
                return await change()
            except DATABASE_ERRORS as error:
                if self._stopping.is_set() or asyncio.get_running_loop().time() > until:
                    log.warning("The end of a job could not be written down: %s", error)
                    return
            await asyncio.sleep(self.timing.outage)

    async def _look_up(self) -> None:
        """Renew the leases of what runs; hear who shall stop and who was lost."""
        if not self._running:
            return
        kept = await self.claims.keep([run.job_id for run in self._running.values()])
        for task, run in list(self._running.items()):
            fence, cancelled = kept.get(run.job_id, (None, False))
            if fence != run.fence or self._waits_in_vain(run):
                task.cancel()  # lost; or given back, for a worker that has a place for it
            elif cancelled:
                run.cancel()

    def _waits_in_vain(self, run: Run) -> bool:
        """Claimed because the jobs before it were quick, and now there is no place for it."""
        waited = asyncio.get_running_loop().time() - run.claimed
        return run.began is None and waited > self.timing.tick

    async def _reconcile(self) -> None:
        for freed in await self.claims.reclaim():
            log.warning("A worker vanished from a %s; it is %s now", freed.kind, freed.state)
            herald.tell(*topics_of(freed.kind, freed.key))
            self._rung.set()

    async def _repeat(
        self,
        seconds: float,
        act: Callable[[], Awaitable[None]],
        waved: asyncio.Event | None = None,
    ) -> None:
        never = asyncio.Event()
        while True:
            wait = seconds
            try:
                await act()
            except DATABASE_ERRORS as error:
                log.warning("Upkeep of jobs has to wait: %s", error)
                wait = min(wait, self.timing.outage)
            with suppress(TimeoutError):
                await asyncio.wait_for((waved or never).wait(), wait)
                (waved or never).clear()

    async def _leave(self) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=self.timing.grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
