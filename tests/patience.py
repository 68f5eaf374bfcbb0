"""Deadlines that are as long as they say where the machine is ours.

Where others take the processors meanwhile, the time they took does not count: a worker that stands
back for pages (nice) gets nothing at all beside a few busy programs.
"""

import time

import psutil


class Patience:
    """Ends after `seconds` in which the processors were idle or ours."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._began = self._looked = time.monotonic()
        self._others = _others()

    @property
    def is_over(self) -> bool:
        now = time.monotonic()
        if now - self._began < self.seconds or now - self._looked < 0.5:
            return False
        self._looked = now
        taken = max(0.0, _others() - self._others) / psutil.cpu_count()
        return now - self._began - taken > self.seconds


def _others() -> float:
    """Processor seconds, all in all, of what is not this process or beneath it."""
    times = psutil.cpu_times()
    ours = psutil.Process()
    spent = sum(map(_spent, [ours, *ours.children(recursive=True)]))
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice - spent)


def _spent(process: psutil.Process) -> float:
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.NoSuchProcess:
        return 0.0
