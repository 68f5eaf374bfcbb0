"""Chapters whose files lie at their places are taken into the library, as many together as came
meanwhile: each alone would go through its whole series once more, while the others wait."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads import rows
from app.downloads.orders import Order
from app.downloads.placing import Chosen
from app.downloads.replacing import put_away_worse_later
from app.errors import Conflict
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.queue import LeaseLost, Run
from app.scanning.arrivals import Lying, examined, take_in
from app.scanning.rows import Entry

LIBRARY_TRIES, LIBRARY_PAUSE = 20, 0.1
FOR_OTHERS, LONGEST, PATIENCE = 0.2, 5.0, 9
"""Seconds in which others may come along: a moment, and while more are on their way nine times what it
took last, so that a long series, which takes long, is gone through less often."""


class _Arrival:
    def __init__(self, order: Order, entry: Entry, *, may_stray: bool) -> None:
        self.order = order
        self.entry = entry
        self.may_stray = may_stray
        self.is_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Intake:
    """For all chapters that one job has in hand. Those of one library share its lock."""

    def __init__(self, run: Run, pool: SandboxPool) -> None:
        self.run = run
        self.pool = pool
        self._waiting: defaultdict[UUID, list[_Arrival]] = defaultdict(list)
        self._at_work: dict[UUID, asyncio.Task[None]] = {}
        self._took: dict[UUID, float] = {}
        self._nobody_comes = asyncio.Event()

    async def take(self, order: Order, chosen: Chosen, *, may_stray: bool = False) -> None:
        """Raises TakenBack, BadFile, OSError or PathRefused, Conflict where a scan takes longer, and
        Moved where it would come into another series (unless it `may_stray`)."""
        shelf = chosen.shelf
        lying = Lying(root_id=shelf.id, root=shelf.path, path=chosen.path)
        entry = await examined(self.pool, lying)
        arrival = _Arrival(order, entry, may_stray=may_stray)
        self._waiting[order.library_id].append(arrival)
        if order.library_id not in self._at_work:
            task = asyncio.create_task(self._take_in(order.library_id), name="takes in chapters")
            self._at_work[order.library_id] = task
        await arrival.is_in

    def expect(self, more: bool) -> None:
        """Whether others may come along: where not, what waits is taken in at once."""
        if more:
            self._nobody_comes.clear()
        else:
            self._nobody_comes.set()

    async def close(self) -> None:
        """What is not taken in yet stays where it lies, and is found there."""
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_in(self, library_id: UUID) -> None:
        try:
            while self._waiting[library_id]:
                await self._wait_for_others(library_id)
                began = time.monotonic()
                await self._take_together(library_id, self._waiting.pop(library_id))
                self._took[library_id] = time.monotonic() - began
        finally:
            del self._at_work[library_id]

    async def _wait_for_others(self, library_id: UUID) -> None:
        await asyncio.sleep(FOR_OTHERS)
        longer = min(PATIENCE * self._took.get(library_id, 0.0), LONGEST) - FOR_OTHERS
        if longer > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nobody_comes.wait(), longer)

    async def _take_together(self, library_id: UUID, batch: Sequence[_Arrival]) -> None:
        """Where that fails each is tried alone: what is wrong with one is no harm to the others."""
        try:
            # What goes wrong is raised where each of them is waited for.
            [error] = await asyncio.gather(
                self._when_free(library_id, batch), return_exceptions=True
            )
        except asyncio.CancelledError:
            for one in batch:
                one.is_in.cancel()
            raise
        if error is None:
            return
        if len(batch) == 1 or isinstance(error, Conflict | LeaseLost):
            for one in batch:
                if not one.is_in.done():
                    one.is_in.set_exception(error)
        else:
            for one in batch:
                await self._take_together(library_id, [one])

    async def _when_free(self, library_id: UUID, batch: Sequence[_Arrival]) -> None:
        """Raises Conflict where a scan takes longer."""

        async def then(session: AsyncSession, chapter_ids: Sequence[UUID]) -> None:
            await self.run.hold(session)
            came = dict(zip((one.order.id for one in batch), chapter_ids, strict=True))
            # Where a scan took it in first, and where a person put it then, it stays.
            bound = [one.order.id for one in batch if not (one.may_stray or one.entry.file_id)]
            if await rows.strays(session, {row: came[row] for row in bound}):
                raise rows.Moved
            await rows.done(session, came)
            await put_away_worse_later(session, [one.order.release_id for one in batch])

        entries = [one.entry for one in batch]
        for attempt in range(1, LIBRARY_TRIES + 1):
            try:
                await take_in(self.run.engine, library_id, entries, then)
                break
            except Conflict:
                if attempt == LIBRARY_TRIES:
                    raise
                await asyncio.sleep(LIBRARY_PAUSE)
        for one in batch:
            if not one.is_in.done():
                one.is_in.set_result(None)
