"""One provider's downloads, several chapters at a time, until nothing is left or its time is up.

The rows are the truth. Whatever becomes of one is written together with a check that this worker
still holds the job, so a worker that slept too long changes nothing. A chapter ends in one of four
ways: done, waiting for a moment with a reason, failed with a reason, or taken back by a person.
"""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads import placing, queueing, rows
from app.downloads.binding import PageLost
from app.downloads.fetching import BadPages, Fetching, ListChanged
from app.downloads.judging import End, judged
from app.downloads.metering import Meter
from app.downloads.models import TOPIC
from app.downloads.notices import tell_of_failure
from app.downloads.partial import PartialFolder, Piece
from app.downloads.replacing import replace_worse
from app.downloads.rows import Order, Shelf, Step, TakenBack
from app.downloads.settings import DownloadRules
from app.errors import BunkoError, Conflict
from app.foundation.archives.errors import BadFile
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import now
from app.foundation.http import OutboundError, Resting
from app.foundation.queue import LeaseLost, NotNow, Run, herald
from app.library.trash import READ_ONLY
from app.providers.base import Capability, Driver
from app.providers.errors import ProviderError
from app.providers.service import record
from app.scanning.single import Lying, Then, take_in

SLICE = 150.0
"""Seconds after which somebody else may have the place of this job."""
LOOK_EVERY = 0.5
LIBRARY_TRIES, LIBRARY_PAUSE = 20, 0.1
LONGEST_NAP = 60.0
BEGUN_ANEW = 3
"""How often a chapter is begun anew at once because its pages changed."""


class Runner:
    """`share` is how many chapters at once fall to this provider."""

    def __init__(
        self,
        run: Run,
        provider_id: UUID,
        driver: Driver,
        *,
        rules: DownloadRules,
        share: int,
        meter: Meter,
        pool: SandboxPool,
    ) -> None:
        self.run = run
        self.provider_id = provider_id
        self.driver = driver
        self.rules = rules
        self.share = share
        self.meter = meter
        self.pool = pool
        self.pages = asyncio.Semaphore(rules.pages_at_once)
        self.steps: dict[UUID, Step] = {}
        """What there is to be written of those in hand."""
        self.at_work: dict[asyncio.Task[None], Order] = {}
        self.sealed: set[UUID] = set()
        """Those that all pages are there of: they are not stopped halfway."""
        self.rests_for = 0.0
        self.reason = ""
        self._libraries: dict[UUID, asyncio.Lock] = {}

    async def work(self) -> None:
        """Raises NotNow where more is left for later."""
        until = time.monotonic() + SLICE
        async with self.run.transaction() as session:
            await rows.give_back_all(session, self.provider_id)
        try:
            while time.monotonic() < until and not self.run.cancelled:
                if not self.rests_for:
                    await self._begin_more()
                if not self.at_work:
                    break
                await self._look_after()
        finally:
            await self._leave()
        self.run.check()
        await self._come_again()

    async def _begin_more(self) -> None:
        if (free := self.share - len(self.at_work)) <= 0:
            return
        async with self.run.transaction() as session:
            orders = await rows.claim(session, self.provider_id, free)
        for order in orders:
            task = asyncio.create_task(self._attempt(order), name=f"download {order.id}")
            self.at_work[task] = order
        if orders:
            herald.tell(TOPIC)

    async def _look_after(self) -> None:
        """Until one has ended, or it is time to say how far they are."""
        ended, _ = await asyncio.wait(
            self.at_work, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED
        )
        for task in ended:
            self.at_work.pop(task)
            task.result()
        await self._tell()

    async def _tell(self) -> None:
        """How far they are; and hear which of them a person took back."""
        in_hand = {order.id: task for task, order in self.at_work.items()}
        steps = {one: step for one, step in self.steps.items() if one in in_hand}
        self.steps.clear()
        async with self.run.transaction() as session:
            lost = await rows.note(session, steps, in_hand)
        for download_id in lost - self.sealed:
            in_hand[download_id].cancel()
        if steps:
            herald.tell(TOPIC)

    async def _leave(self) -> None:
        """What is in hand stops here; its pages stay, and it is the next to go on."""
        for task, order in self.at_work.items():
            if order.id not in self.sealed:
                task.cancel()
        ended = await asyncio.gather(*self.at_work, return_exceptions=True)
        self.at_work.clear()
        for error in ended:
            if isinstance(error, Exception):
                raise error
        async with self.run.transaction() as session:
            await rows.give_back_all(session, self.provider_id)
        herald.tell(TOPIC)

    async def _come_again(self) -> None:
        async with self.run.session_maker() as session:
            moment = await rows.next_moment(session, self.provider_id)
        if moment is None:
            return
        wait = max((moment - now()).total_seconds(), self.rests_for, 0.0)
        raise NotNow(self.reason or "More of it waits.", wait=min(wait, LONGEST_NAP))

    async def _attempt(self, order: Order) -> None:
        """One chapter, to one of its four ends."""
        folder = PartialFolder(self.run.settings.data_dir, order.id)
        try:
            await self._bring(order, folder)
        except (asyncio.CancelledError, TakenBack) as error:
            if not await self._stopped(order):
                await asyncio.to_thread(folder.throw_away)
            if isinstance(error, asyncio.CancelledError):
                raise
        except LeaseLost:
            raise
        except (BunkoError, OSError) as error:
            if await self._ended(order, error) is End.FAILED:
                await asyncio.to_thread(folder.throw_away)
        else:
            await asyncio.to_thread(folder.throw_away)
        finally:
            self.sealed.discard(order.id)
        herald.tell(TOPIC)

    async def _stopped(self, order: Order) -> bool:
        """Whether it goes on one day: it was paused, or this worker leaves."""
        async with self.run.transaction() as session:
            await self._note(session, order)
            return await rows.give_back(session, order.id)

    async def _ended(self, order: Order, error: BunkoError | OSError) -> End:
        verdict = judged(error, order.attempts)
        if verdict.rest:
            self.rests_for, self.reason = max(self.rests_for, verdict.rest), verdict.reason
        async with self.run.transaction() as session:
            await self._note(session, order)
            with suppress(TakenBack):
                if verdict.end is End.FAILED:
                    await self._fail(session, order, verdict.reason)
                else:
                    run_at = now() + timedelta(seconds=verdict.wait)
                    counts = verdict.counts
                    await rows.wait(session, order.id, verdict.reason, run_at, counts=counts)
        return verdict.end

    async def _note(self, session: AsyncSession, order: Order) -> None:
        """The last that is to be said of how far it came."""
        if step := self.steps.pop(order.id, None):
            await rows.note(session, {order.id: step}, ())

    async def _fail(self, session: AsyncSession, order: Order, reason: str) -> None:
        other = await queueing.same_elsewhere(session, order)
        if other is None:
            await rows.fail(session, order.id, reason)
            await tell_of_failure(session, order, reason)
        else:
            await rows.fail(session, order.id, other.after(reason))
            await queueing.queue_instead(session, other, order)

    async def _bring(self, order: Order, folder: PartialFolder) -> None:
        if order.is_read_only:
            raise placing.NoPlace(READ_ONLY)
        async with self.run.session_maker() as session:
            shelves = await rows.shelves_of(session, order)
        chosen = await asyncio.to_thread(placing.find_whole, order, shelves)
        if chosen is None:
            least = self.rules.free_megabytes
            await asyncio.to_thread(
                placing.check_room, [self.run.settings.data_dir], shelves, least
            )
            chosen = await self._make(order, folder, shelves)
        self.sealed.add(order.id)
        await self._take_in(order, chosen)
        await replace_worse(self.run, order.release_id)

    async def _make(
        self, order: Order, folder: PartialFolder, shelves: list[Shelf]
    ) -> placing.Chosen:
        """Fetched and put at its place; begun anew where its pages changed meanwhile."""
        for _attempt in range(BEGUN_ANEW - 1):
            try:
                return await self._make_once(order, folder, shelves)
            except (ListChanged, PageLost, FileExistsError):
                self.sealed.discard(order.id)
        return await self._make_once(order, folder, shelves)

    async def _make_once(
        self, order: Order, folder: PartialFolder, shelves: list[Shelf]
    ) -> placing.Chosen:
        pieces = await self._fetched(order, folder)
        chosen = await asyncio.to_thread(placing.choose, order, shelves, self.rules.template)
        self.sealed.add(order.id)
        async with self.run.transaction() as session:
            await self._note(session, order)
            await rows.verifying(session, order.id, chosen.path)
        herald.tell(TOPIC)
        await asyncio.to_thread(placing.place, chosen, order, pieces)
        return chosen

    async def _fetched(self, order: Order, folder: PartialFolder) -> list[Piece]:
        fetching = Fetching(
            self.driver,
            order,
            folder,
            places=self.pages,
            meter=self.meter,
            pool=self.pool,
            changed=lambda step: self.steps.__setitem__(order.id, step),
        )
        began = time.monotonic()
        try:
            pieces = await fetching.all_pages()
        except Resting:
            raise
        except (OutboundError, ProviderError, BadPages) as error:
            await self._record(began, error.said)
            raise
        await self._record(began, None)
        return pieces

    async def _record(self, began: float, reason: str | None) -> None:
        ms = (time.monotonic() - began) * 1000
        async with self.run.transaction() as session:
            await record(session, self.provider_id, Capability.PAGES, reason is None, ms, reason)

    async def _take_in(self, order: Order, chosen: placing.Chosen) -> None:
        lying = Lying(
            library_id=order.library_id,
            root_id=chosen.shelf.id,
            root=chosen.shelf.path,
            path=chosen.path,
        )

        async def then(session: AsyncSession, chapter_id: UUID) -> None:
            await self.run.hold(session)
            await rows.done(session, order, chapter_id)

        # One after another of each library: they share its lock.
        async with self._libraries.setdefault(order.library_id, asyncio.Lock()):
            try:
                await self._when_free(lying, then)
            except (TakenBack, BadFile):
                await asyncio.to_thread(placing.take_away, chosen)
                raise

    async def _when_free(self, lying: Lying, then: Then) -> None:
        """Raises Conflict where a scan takes longer."""
        for _attempt in range(LIBRARY_TRIES - 1):
            try:
                return await take_in(self.run.engine, self.pool, lying, then)
            except Conflict:
                await asyncio.sleep(LIBRARY_PAUSE)
        await take_in(self.run.engine, self.pool, lying, then)
