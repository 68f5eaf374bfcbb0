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
from uuid import UUID

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings
from app.errors import BunkoError
from app.foundation.db import session_maker
from app.foundation.queue.claims import Claim, Claims
from app.foundation.queue.models import JobState
from app.foundation.queue.registry import KINDS
from app.foundation.queue.run import Cancelled, LeaseLost, Run

log = logging.getLogger(__name__)
DATABASE_AWAY = (SQLAlchemyError, OSError, TimeoutError)


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds. Tests of long outages shorten these, never their assertions."""

    lease: float = 30.0
    tick: float = 10.0
    look: float = 5.0
    reconcile: float = 15.0
    grace: float = 20.0
    backoff: float = 5.0
    longest_backoff: float = 900.0


class Worker:
    def __init__(
        self, engine: AsyncEngine, settings: Settings, timing: Timing | None = None
    ) -> None:
        self.settings = settings
        self.timing = timing or Timing()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.claims = Claims(engine, self.name, self.timing.lease)
        self.sessions = session_maker(engine)
        self._rung = asyncio.Event()
        self._stopping = asyncio.Event()
        self._running: dict[UUID, tuple[Run, asyncio.Task[None]]] = {}

    async def ring(self) -> None:
        """Look into the table now."""
        self._rung.set()

    def stop(self) -> None:
        """Claim nothing more; what runs gets the grace period, then goes back to the table."""
        self._stopping.set()
        self._rung.set()

    async def run(self) -> None:
        """Work until `stop()`."""
        upkeep = [
            asyncio.create_task(self._repeat(self.timing.tick, self._tick)),
            asyncio.create_task(self._repeat(self.timing.reconcile, self._reconcile)),
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
        slots = self.settings.worker_concurrency - len(self._running)
        if slots <= 0:
            return False
        try:
            taken = await self.claims.take(slots)
        except DATABASE_AWAY as error:
            log.warning("The table of jobs cannot be read, trying again: %s", error)
            await asyncio.sleep(1)
            return False
        for claim in taken:
            self._begin(claim)
        return len(taken) == slots and len(self._running) < self.settings.worker_concurrency

    def _begin(self, claim: Claim) -> None:
        run = Run(
            job_id=claim.id,
            kind=claim.kind,
            fence=claim.fence,
            attempt=claim.attempts,
            session_maker=self.sessions,
            settings=self.settings,
        )
        task = asyncio.create_task(self._attempt(claim, run), name=f"{claim.kind} {claim.id}")
        self._running[claim.id] = (run, task)
        task.add_done_callback(lambda _: self._ended(claim.id))

    def _ended(self, job_id: UUID) -> None:
        del self._running[job_id]
        self._rung.set()

    async def _attempt(self, claim: Claim, run: Run) -> None:
        kind = KINDS.get(claim.kind)
        if kind is None:
            await self._settle(self.claims.end(claim, JobState.FAILED, "No such work is known."))
            return
        try:
            async with asyncio.timeout(kind.timeout):
                await kind.function(run, **kind.arguments(claim.args))
            await self._settle(self.claims.end(claim, JobState.DONE))
        except LeaseLost:
            log.warning("%s was taken over by another worker", claim.kind)
        except Cancelled:
            await self._settle(self.claims.end(claim, JobState.CANCELLED))
        except asyncio.CancelledError:
            # The ticker found the job lost, or the worker leaves: back to the table, uncounted.
            await self._settle(self.claims.again(claim, None, 0, spent=False))
        except TimeoutError:
            await self._fail(claim, f"It took longer than {kind.timeout:.0f} seconds.")
        except BunkoError as error:
            await self._fail(claim, str(error))
        except Exception as error:  # the job runner: no job may stop the others
            log.exception("The job %s failed", claim.kind)
            await self._fail(claim, f"Unexpected {type(error).__name__}; the log has the details.")

    async def _fail(self, claim: Claim, reason: str) -> None:
        if claim.attempts >= claim.max_attempts:
            await self._settle(self.claims.end(claim, JobState.FAILED, reason))
        else:
            wait = min(self.timing.backoff * 2 ** (claim.attempts - 1), self.timing.longest_backoff)
            wait *= random.uniform(0.8, 1.2)
            await self._settle(self.claims.again(claim, reason, wait, spent=True))

    async def _settle(self, change: Awaitable[None]) -> None:
        """Write how it ended. If that fails the lease runs out and the reconciler decides."""
        try:
            await change
        except DATABASE_AWAY as error:
            log.warning("The end of a job could not be written down: %s", error)

    async def _tick(self) -> None:
        if not self._running:
            return
        kept = await self.claims.keep(list(self._running))
        for job_id, (run, task) in list(self._running.items()):
            fence, cancelled = kept.get(job_id, (None, False))
            if fence != run.fence:
                task.cancel()
            elif cancelled:
                run.cancel()

    async def _reconcile(self) -> None:
        for kind, state in await self.claims.reclaim():
            log.warning("A worker vanished from a %s; it is %s now", kind, state)
            self._rung.set()

    async def _repeat(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await act()
            except DATABASE_AWAY as error:
                log.warning("Upkeep of jobs has to wait: %s", error)

    async def _leave(self) -> None:
        tasks = [task for _, task in self._running.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self.timing.grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
