"""What a job holds while it runs: its progress, its right to commit, the wish to stop it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.config import Settings
from app.errors import BunkoError
from app.foundation.queue import herald

FENCE = text("SELECT 1 FROM job WHERE id = :id AND fence = :fence AND state = 'running' FOR SHARE")
REPORT = text(
    "UPDATE job SET done = :done, total = coalesce(:total, total), note = coalesce(:note, note)"
    " WHERE id = :id AND fence = :fence AND state = 'running'"
    " RETURNING cancel_requested_at IS NOT NULL"
)


class LeaseLost(BunkoError):
    """Another worker was given this job: whatever we were about to keep is dropped."""


class Cancelled(BunkoError):
    """A person asked for the job to stop."""


class NotNow(BunkoError):
    """Something else has to end first: the job waits `wait` seconds, and no attempt is counted."""

    def __init__(self, message: str, wait: float = 10.0) -> None:
        super().__init__(message)
        self.wait = wait


class InVain(BunkoError):
    """Another try would end the same way: the job fails at once."""


class Run:
    """One attempt at one job. `fence` is what makes a paused worker's late effect harmless."""

    def __init__(
        self,
        *,
        job_id: UUID,
        kind: str,
        fence: int,
        attempt: int,
        topics: tuple[str, ...] = (),
        session_maker: async_sessionmaker[AsyncSession],
        settings: Settings,
    ) -> None:
        self.job_id = job_id
        self.kind = kind
        self.fence = fence
        self.attempt = attempt
        self.topics = topics
        self.session_maker = session_maker
        self.settings = settings
        self.claimed = asyncio.get_running_loop().time()
        self.began: float | None = None
        """On the loop's clock; None while it waits for a place."""
        self._stop = asyncio.Event()

    @property
    def engine(self) -> AsyncEngine:
        """For work that needs connections of its own, such as COPY and advisory locks."""
        bound: AsyncEngine = self.session_maker.kw["bind"]
        return bound

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    def cancel(self) -> None:
        self._stop.set()

    def check(self) -> None:
        """Call between two steps of long work: raises Cancelled once somebody asked to stop."""
        if self.cancelled:
            raise Cancelled("The job was cancelled.")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose commit counts only while this attempt is the one that holds the job."""
        async with self.session_maker() as session:
            yield session
            await self.hold(session)
            await session.commit()

    async def hold(self, session: AsyncSession) -> None:
        """Raise LeaseLost unless the job is still ours; it stays ours until this commits."""
        if await session.scalar(FENCE, self._row) is None:
            raise LeaseLost(f"{self.kind} went on elsewhere")

    async def report(self, done: int, total: int | None = None, note: str | None = None) -> None:
        """Show progress: `done` of `total`, and one plain sentence."""
        async with self.session_maker() as session:
            wants_stop = await session.scalar(
                REPORT, {**self._row, "done": done, "total": total, "note": note}
            )
            await session.commit()
        if wants_stop:
            self.cancel()
        herald.tell(*self.topics)

    @property
    def _row(self) -> dict[str, Any]:
        return {"id": self.job_id, "fence": self.fence}
