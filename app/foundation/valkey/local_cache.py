"""Answers a process may trust for a moment, without asking Postgres or Valkey again."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import ClassVar
from weakref import WeakSet


class LocalCache[Key: Hashable, Value]:
    """At most `size` values, none older than `seconds`. One thread (the event loop) only."""

    _all: ClassVar[WeakSet["LocalCache[Hashable, object]"]] = WeakSet()

    def __init__(
        self, *, seconds: float, size: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self.size = size
        self.clock = clock
        self._values: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        LocalCache._all.add(self)  # type: ignore[arg-type]

    def get(self, key: Key) -> Value | None:
        found = self._values.get(key)
        if found is None:
            return None
        kept_until, value = found
        if kept_until < self.clock():
            del self._values[key]
            return None
        return value

    def put(self, key: Key, value: Value) -> Value:
        self._values[key] = (self.clock() + self.seconds, value)
        self._values.move_to_end(key)
        while len(self._values) > self.size:
            self._values.popitem(last=False)
        return value

    def drop(self, key: Key) -> None:
        self._values.pop(key, None)

    def clear(self) -> None:
        self._values.clear()

    @classmethod
    def clear_all(cls) -> None:
        """Forget everything everywhere: what it was made from changed wholesale."""
        for cache in cls._all:
            cache.clear()
