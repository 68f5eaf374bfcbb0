"""One provider's downloads, several chapters at a time, until nothing is left or its time is up.

The rows are the truth. Whatever becomes of one is written together with a check that this worker
still holds the job, so a worker that slept too long changes nothing. A chapter ends in one of four
ways: done, waiting for a moment with a reason, failed with a reason, or taken back by a person.
"""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads import orders, queueing, rows
from app.downloads.bringing import Bringing, Means, Stage
from app.downloads.judging import End, judged
from app.downloads.models import TOPIC
from app.downloads.notices import tell_of_failure
from app.downloads.orders import Order
from app.downloads.rows import TakenBack
from app.errors import BunkoError
from app.foundation.db import now
from app.foundation.db.outage import is_outage
from app.foundation.queue import LeaseLost, NotNow, herald

SLICE = 150.0
"""Seconds after which somebody else may have the place of this job."""
LOOK_EVERY = 1.0
MOST_IN_HAND = 64
LONGEST_NAP = 60.0


class Runner:
    """`share` is how many chapters at once fall to this provider."""

    def __init__(self, means: Means, share: int) -> None:
        self.means = means
        self.run = means.run
        self.provider_id = means.provider_id
        self.share = share
        self.at_work: dict[asyncio.Task[None], Bringing] = {}
        self.news = asyncio.Event()
        """One came a stage further, or ended: there may be room for another."""
        self.told_at = 0.0
        self.looks_again_at = 0.0
        self.rests_for = 0.0
        self.reason = ""

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
                self.means.intake.expect(more=self._is_any_on_its_way)
                await self._look_after()
        finally:
            await self._leave()
        self.run.check()
        await self._come_again()

    async def _begin_more(self) -> None:
        free = self._free_places()
        if free <= 0 or time.monotonic() < self.looks_again_at:
            return
        async with self.run.transaction() as session:
            taken = await orders.claim(session, self.provider_id, free)
        if len(taken) < free:
            self.looks_again_at = time.monotonic() + LOOK_EVERY
        for order in taken:
            bringing = Bringing(order, self.means, has_room=self.news.set)
            task = asyncio.create_task(self._attempt(bringing), name=f"download {order.id}")
            task.add_done_callback(lambda _: self.news.set())
            self.at_work[task] = bringing
        if taken:
            herald.tell(TOPIC)

    def _free_places(self) -> int:
        """Those that are looked at, or put together, ask nothing of the provider; what only waits to
        be taken in costs next to nothing."""
        stages = [one.stage for one in self.at_work.values()]
        lying = stages.count(Stage.LYING)
        return min(
            self.share - stages.count(Stage.ASKING),
            4 * self.share - (len(stages) - lying),
            MOST_IN_HAND - len(stages),
        )

    @property
    def _is_any_on_its_way(self) -> bool:
        """Or all that are in hand wait to be taken in, and none is left to begin with."""
        return any(one.stage < Stage.LYING for one in self.at_work.values())

    async def _look_after(self) -> None:
        """Until there is room for another, or it is time to say how far they are."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), LOOK_EVERY)
        self.news.clear()
        for task in [task for task in self.at_work if task.done()]:
            self.at_work.pop(task)
            if not task.cancelled():  # else a person took it back, which is nothing to the others
                task.result()
        if time.monotonic() - self.told_at >= LOOK_EVERY:
            await self._tell()
            self.told_at = time.monotonic()

    async def _tell(self) -> None:
        """How far they are; and hear which of them a person took back."""
        in_hand = {one.order.id: task for task, one in self.at_work.items()}
        steps = {
            one.order.id: step for one in self.at_work.values() if (step := one.news()) is not None
        }
        async with self.run.transaction() as session:
            lost = await rows.note(session, steps, in_hand)
        for task, one in self.at_work.items():
            if one.order.id in lost and one.stage < Stage.SEALED:
                task.cancel()
        if steps:
            herald.tell(TOPIC)

    async def _leave(self) -> None:
        """What is in hand stops here; its pages stay, and it is the next to go on."""
        self.means.intake.expect(more=False)
        for task, one in self.at_work.items():
            if one.stage < Stage.SEALED:
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

    async def _attempt(self, one: Bringing) -> None:
        """One chapter, to one of its four ends."""
        try:
            await one.bring()
        except (asyncio.CancelledError, TakenBack) as error:
            if not await self._stopped(one):
                await asyncio.to_thread(one.folder.throw_away)
            if isinstance(error, asyncio.CancelledError):
                raise
        except LeaseLost:
            raise
        except (BunkoError, OSError) as error:
            if is_outage(error):
                raise  # of the database, and no fault of this chapter or of a disk
            if await self._ended(one, error) is End.FAILED:
                await asyncio.to_thread(one.folder.throw_away)
        else:
            await asyncio.to_thread(one.folder.throw_away)
        herald.tell(TOPIC)

    async def _stopped(self, one: Bringing) -> bool:
        """Whether it goes on one day: it was paused, or this worker leaves."""
        async with self.run.transaction() as session:
            await self._note(session, one)
            return await rows.give_back(session, one.order.id)

    async def _ended(self, one: Bringing, error: BunkoError | OSError) -> End:
        order = one.order
        verdict = judged(error, order.attempts)
        if verdict.rest:
            self.rests_for, self.reason = max(self.rests_for, verdict.rest), verdict.reason
        async with self.run.transaction() as session:
            await self._note(session, one)
            with suppress(TakenBack):
                if verdict.end is End.FAILED:
                    await self._fail(session, order, verdict.reason)
                else:
                    run_at = now() + timedelta(seconds=verdict.wait)
                    counts = verdict.counts
                    await rows.wait(session, order.id, verdict.reason, run_at, counts=counts)
        return verdict.end

    async def _note(self, session: AsyncSession, one: Bringing) -> None:
        """The last that is to be said of how far it came."""
        if step := one.news():
            await rows.note(session, {one.order.id: step}, ())

    async def _fail(self, session: AsyncSession, order: Order, reason: str) -> None:
        other = await queueing.same_elsewhere(session, order)
        if other is None:
            await rows.fail(session, order.id, reason)
            await tell_of_failure(session, order, reason)
        else:
            await rows.fail(session, order.id, other.after(reason))
            await queueing.queue_instead(session, other, order)
