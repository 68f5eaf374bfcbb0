"""What is sent beside the work, without anybody who waits for an answer: a few at a time, and dropped
where its host is sick, so that it neither slows nor fails what it is about."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context

from app.foundation.http.errors import OutboundError, Resting
from app.foundation.logger import get_logger

AT_ONCE, MOST_WAITING = 3, 200
A_MOMENT = 2.0
"""Seconds that what was not sent yet still has at the end."""
TOLD_EVERY = 60.0
"""Seconds: of a host that is sick for hours a thousand lines say no more than one."""

log = get_logger("bunko.http")


class Beside:
    def __init__(self) -> None:
        self.dropped = 0
        self._told_at = float("-inf")
        self._waiting: deque[Callable[[], Awaitable[object]]] = deque()
        self._senders: set[asyncio.Task[None]] = set()

    def send(self, ask: Callable[[], Awaitable[object]]) -> None:
        """When its turn comes. What it raises besides OutboundError is a mistake of ours."""
        if len(self._waiting) >= MOST_WAITING:
            self._drop(1, "too many are waiting")
            return
        self._waiting.append(ask)
        if sum(not one.done() for one in self._senders) < AT_ONCE:
            # Of no context: what is counted or said for whoever asked is not about this.
            sender = asyncio.create_task(self._send_all(), context=Context())
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)

    async def settle(self, seconds: float = A_MOMENT) -> None:
        """All is sent afterwards, or dropped."""
        if not self._senders:
            return
        _sent, left = await asyncio.wait(self._senders, timeout=seconds)
        for sender in left:
            sender.cancel()
        self._drop_waiting(len(left), "there was no time left")
        await asyncio.gather(*left, return_exceptions=True)

    async def _send_all(self) -> None:
        while self._waiting:
            ask = self._waiting.popleft()
            try:
                await ask()
            except Resting as error:
                self._drop_waiting(1, str(error))
            except OutboundError as error:
                self._drop(1, str(error))

    def _drop_waiting(self, more: int, why: str) -> None:
        number = len(self._waiting) + more
        self._waiting.clear()
        self._drop(number, why)

    def _drop(self, number: int, why: str) -> None:
        self.dropped += number
        if number and time.monotonic() - self._told_at > TOLD_EVERY:
            self._told_at = time.monotonic()
            log.info("something beside the work is not sent", count=self.dropped, reason=why)
