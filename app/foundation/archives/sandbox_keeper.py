"""Keeps the children of one pool: starts them on demand, dismisses them when they idle.

One thread does both. The kernel's parent-death signal follows the thread that started a child, so
it must not be a passing one; it ends when the last child has left.
"""

import threading
import time
from concurrent.futures import Future

from app.foundation.archives.sandbox_parent import ChildProcess
from app.foundation.archives.sandbox_wire import Limits


class ChildKeeper:
    def __init__(self, limits: Limits, idle_seconds: float) -> None:
        self._limits = limits
        self._idle_seconds = idle_seconds
        self._changed = threading.Condition()
        self._idle: list[tuple[float, ChildProcess]] = []
        self._alive: set[ChildProcess] = set()
        self._orders: list[Future[ChildProcess]] = []
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def take(self, *, fresh: bool = False) -> ChildProcess:
        """An idle child, or (or if `fresh`) a new one; the taker gives it back or buries it."""
        with self._changed:
            if self._is_closed:
                raise RuntimeError("the sandbox pool is closed")
            if self._idle:
                idle = self._idle.pop()[1]
                if not fresh:
                    return idle
                idle.end()  # its place is the fresh one's
                self._alive.discard(idle)
            order: Future[ChildProcess] = Future()
            self._orders.append(order)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._keep, name="sandbox-keeper", daemon=True
                )
                self._thread.start()
            self._changed.notify()
        return order.result()

    def give_back(self, child: ChildProcess) -> None:
        with self._changed:
            if not self._is_closed:
                self._idle.append((time.monotonic(), child))
                self._changed.notify()
                return
        self.bury(child)

    def bury(self, child: ChildProcess) -> None:
        child.end()
        with self._changed:
            self._alive.discard(child)
            self._changed.notify()

    def pids(self) -> list[int]:
        with self._changed:
            return [child.pid for child in self._alive]

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            idle = [child for _, child in self._idle]
            self._idle.clear()
            # Whoever runs a task on one of these buries it on seeing it die.
            for child in self._alive:
                child.kill()
            thread = self._thread
        for child in idle:
            self.bury(child)
        if thread is not None:
            thread.join()

    def _keep(self) -> None:
        with self._changed:
            while self._orders or self._alive:
                while self._orders:
                    self._fulfil(self._orders.pop())
                self._dismiss()
                if not self._orders and self._alive:
                    self._changed.wait(self._next_leaving())
            self._thread = None

    def _fulfil(self, order: Future[ChildProcess]) -> None:
        try:
            child = ChildProcess(self._limits)
        except OSError as error:
            order.set_exception(error)
        else:
            self._alive.add(child)
            order.set_result(child)

    def _dismiss(self) -> None:
        oldest = time.monotonic() - self._idle_seconds
        leaving = [child for since, child in self._idle if since <= oldest]
        self._idle = [(since, child) for since, child in self._idle if since > oldest]
        for child in leaving:
            child.end()
            self._alive.discard(child)

    def _next_leaving(self) -> float | None:
        if not self._idle:
            return None
        return max(0.0, self._idle[0][0] + self._idle_seconds - time.monotonic())
