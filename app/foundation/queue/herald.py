"""Live screens hear that jobs changed: after the commit, and at most four times a second each.

What is told is a topic only; the screen asks again by the usual way, with the usual rights.
"""

import asyncio
import time

from app.foundation.valkey.live import Live

JOBS = "jobs"
CANCEL = "cancel jobs"
"""Workers listen to this one: somebody wants a running job to stop."""
PAUSE = 0.25


class Herald:
    """Changes of one topic that come quickly are told as one; the last is never left out."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self._told: dict[str, float] = {}
        self._pending: dict[str, asyncio.TimerHandle] = {}

    def tell_soon(self, topic: str) -> None:
        if topic in self._pending:
            return
        wait = self._told.get(topic, 0.0) + PAUSE - time.monotonic()
        if wait <= 0:
            self._tell(topic)
        else:
            loop = asyncio.get_running_loop()
            self._pending[topic] = loop.call_later(wait, self._tell, topic)

    def close(self) -> None:
        for timer in self._pending.values():
            timer.cancel()
        self._pending.clear()

    def _tell(self, topic: str) -> None:
        self._pending.pop(topic, None)
        moment = time.monotonic()
        if len(self._told) > 200:
            self._told = {key: at for key, at in self._told.items() if at > moment - PAUSE}
        self._told[topic] = moment
        self.live.tell_soon(topic)


_herald: Herald | None = None


def appoint(herald: Herald | None) -> None:
    """The herald of this process; None dismisses it."""
    global _herald
    if _herald is not None and herald is None:
        _herald.close()
    _herald = herald


def tell(*topics: str) -> None:
    """Of what was committed just now."""
    if _herald is not None:
        for topic in topics:
            _herald.tell_soon(topic)
