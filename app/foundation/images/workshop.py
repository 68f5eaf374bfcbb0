"""Who may have a picture made now: a few at a time, the asked for before the made ahead.

    made = await workshop.make(name, work, Lane.ASKED)

`work` is called once for everybody who asks by the same name in the meantime. Belongs to one event
loop.
"""

import asyncio
from collections.abc import Callable, Coroutine
from enum import IntEnum
from functools import partial
from typing import Any

from app.errors import Unavailable

RETRY_SECONDS = 2


class Lane(IntEnum):
    """A page somebody waits for comes first, then covers, then what may be asked for soon."""

    ASKED = 0
    COVER = 1
    AHEAD = 2


MOST_WAITING = {Lane.ASKED: 32, Lane.COVER: 128, Lane.AHEAD: 8}


class Busy(Unavailable):
    """The lane is full: what is asked for now would wait too long."""

    def __init__(self) -> None:
        super().__init__("Too many pictures are asked for at the moment. Try again in a moment.")


class _Order[R]:
    def __init__(self, work: Callable[[], Coroutine[Any, Any, R]], lane: Lane) -> None:
        self.work = work
        self.lane = lane
        self.made: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.askers = 0
        self.begun: asyncio.Task[R] | None = None


class Workshop:
    """At most `places` at once; of those, one is always kept free of what is only made ahead."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._orders: dict[str, _Order[Any]] = {}

    async def make[R](self, name: str, work: Callable[[], Coroutine[Any, Any, R]], lane: Lane) -> R:
        """What `work` gives. Nobody's leaving stops what was begun; what nobody waits for any more
        is not begun. An error reaches all who wait."""
        order: _Order[R] = self._orders.get(name) or self._accepted(name, work, lane)
        order.lane = min(order.lane, lane)
        order.askers += 1
        self._begin()
        try:
            return await asyncio.shield(order.made)
        finally:
            order.askers -= 1
            if order.askers == 0 and order.begun is None:
                self._orders.pop(name, None)
                order.made.cancel()

    def waiting(self, lane: Lane) -> int:
        return sum(order.begun is None and order.lane == lane for order in self._orders.values())

    async def close(self) -> None:
        begun = [order.begun for order in self._orders.values() if order.begun is not None]
        for order in list(self._orders.values()):
            order.made.cancel()
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)

    def _accepted[R](
        self, name: str, work: Callable[[], Coroutine[Any, Any, R]], lane: Lane
    ) -> _Order[R]:
        if self.waiting(lane) >= MOST_WAITING[lane]:
            raise Busy
        self._orders[name] = order = _Order(work, lane)
        return order

    def _begin(self) -> None:
        """Takes from the first lane that has any, the oldest first, while there is a place."""
        for lane in Lane:
            for name, order in list(self._orders.items()):
                if order.begun is None and order.lane == lane and self._has_place(lane):
                    order.begun = asyncio.create_task(order.work())
                    order.begun.add_done_callback(partial(self._fulfilled, name, order))

    def _has_place(self, lane: Lane) -> bool:
        begun = [order.lane for order in self._orders.values() if order.begun is not None]
        if lane == Lane.AHEAD and begun.count(Lane.AHEAD) >= max(1, self._places - 1):
            return False
        return len(begun) < self._places

    def _fulfilled[R](self, name: str, order: _Order[R], task: asyncio.Task[R]) -> None:
        del self._orders[name]
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or order.made.done():
            order.made.cancel()
        elif error is not None:
            order.made.set_exception(error)
            # Every asker may have left: then nobody else looks at the error.
            order.made.exception()
        else:
            order.made.set_result(task.result())
        self._begin()
