"""The bell between those who ask for work and those who do it: SAQ on Valkey.

A ring says "look into the table", nothing more: never which row, never with what arguments.
Losing rings loses time only, since workers look by themselves every few seconds. One ring per
kind waits at most, however many rows do, so Valkey stays small.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import app.foundation.valkey.as_redis  # noqa: F401

# isort: split
import saq
import valkey.asyncio
from saq.queue.redis import RedisQueue
from saq.types import PartialTimersDict
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from valkey.exceptions import ValkeyError

from app.foundation.queue import herald

QUEUE = "bunko"
LOOK = "look"
AWAY = (ValkeyError, OSError, TimeoutError)
PATIENCE = 1.0
TIMERS: PartialTimersDict = {"schedule": 60, "abort": 60, "sweep": 10, "worker_info": 30}
log = logging.getLogger(__name__)


class ValkeyQueue(RedisQueue):
    """SAQ's queue on valkey-py. An absent Valkey makes it wait, not spin."""

    def __init__(self, url: str) -> None:
        client: valkey.asyncio.Valkey = valkey.asyncio.Valkey.from_url(url)
        super().__init__(client, name=QUEUE)  # by duck typing

    async def dequeue(
        self,
        timeout: float = 0.0,  # noqa: ASYNC109  (SAQ's own signature)
        poll_interval: float = 0.0,
    ) -> saq.Job | None:
        try:
            return await super().dequeue(timeout, poll_interval)
        except AWAY:
            await asyncio.sleep(PATIENCE)
            return None


class Bell:
    """Rings for those who ask. Rings of one kind that come together are one."""

    def __init__(self, url: str) -> None:
        self.queue = ValkeyQueue(url)
        self._ringing: dict[str, asyncio.Task[None]] = {}

    def ring_soon(self, kind: str) -> None:
        """Ring without making the caller wait."""
        if kind not in self._ringing:
            task = asyncio.get_running_loop().create_task(self.ring(kind))
            self._ringing[kind] = task
            task.add_done_callback(lambda _: self._ringing.pop(kind, None))

    async def ring(self, kind: str) -> None:
        # A ring that is being answered this very moment may have looked before our row was
        # committed, and hides a new one until SAQ has put it away: then a second bell rings.
        again = f"{kind} again"
        try:
            for wait, key in ((0.0, kind), (0.02, kind), (0.0, again), (0.1, again)):
                await asyncio.sleep(wait)
                if await self.queue.enqueue(LOOK, key=key, timeout=10, retries=1, ttl=-1):
                    return
        except AWAY as error:
            log.warning("Valkey is away, workers will notice by themselves: %s", error)

    async def close(self) -> None:
        await asyncio.gather(*self._ringing.values(), return_exceptions=True)
        await self.queue.disconnect()


_bell: Bell | None = None


def hang(bell: Bell | None) -> None:
    """The bell of this process; None takes it down."""
    global _bell
    _bell = bell


def ring_after_commit(session: AsyncSession, kind: str) -> None:
    """Wake a worker once the rows written in this session are really there."""
    _after_commit(session, "ring", kind)


def tell_after_commit(session: AsyncSession, *topics: str) -> None:
    """Tell live screens once what was written in this session can be read."""
    _after_commit(session, "tell", *topics)


def _after_commit(session: AsyncSession, what: str, *words: str) -> None:
    # Not `once=True`: a second listener of that kind on the same session is silently left out.
    if not event.contains(session.sync_session, "after_commit", _committed):
        event.listen(session.sync_session, "after_commit", _committed)
    kept: set[str] = session.info.setdefault(what, set())
    kept.update(words)


def _committed(sync_session: Any) -> None:
    for kind in sync_session.info.pop("ring", ()):
        if _bell is not None:
            _bell.ring_soon(kind)
    herald.tell(*sync_session.info.pop("tell", ()))


def listener(url: str, on_ring: Callable[[], Awaitable[None]]) -> saq.Worker[Any]:
    """A SAQ worker that hears the bell; it takes over no signals."""

    async def look(_: Any) -> None:
        await on_ring()

    worker: saq.Worker[Any] = saq.Worker(
        ValkeyQueue(url),
        functions=[(LOOK, look)],
        concurrency=1,
        timers=TIMERS,
    )
    worker.SIGNALS = []
    # What it has to say is about rings, which may be lost.
    logging.getLogger("saq").setLevel(logging.CRITICAL)
    return worker
