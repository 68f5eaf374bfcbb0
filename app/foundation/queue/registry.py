"""What kinds of work there are.

    @job(timeout=minutes(30), retries=3)
    async def scan_library(run: Run, library_id: UUID) -> None: ...

A job must be safe to run twice: a worker may be killed after the effect and before the tick.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Concatenate

import msgspec

from app.foundation.queue.herald import JOBS
from app.foundation.queue.run import Run

type JobFunction = Callable[Concatenate[Run, ...], Awaitable[None]]

DEFAULT_PRIORITY = 0
SOON, LOW = 10, -10


@dataclass(frozen=True)
class JobKind:
    name: str
    function: JobFunction
    timeout: float
    """Seconds one attempt may take."""
    retries: int
    priority: int
    every: float | None
    """Seconds between two runs by the timetable; None for work that is only asked for."""
    topic: str | None
    """Live screens of `TOPIC KEY` are told how it goes, beside those of `jobs`."""
    argument_types: dict[str, Any]

    def arguments(self, args: dict[str, Any]) -> dict[str, Any]:
        """The stored JSON as the types the function declares; anything else is refused."""
        return checked_arguments(self.name, self.argument_types, args)


KINDS: dict[str, JobKind] = {}


def job(
    *,
    timeout: float,
    retries: int = 3,
    priority: int = DEFAULT_PRIORITY,
    every: float | None = None,
    topic: str | None = None,
) -> Callable[[JobFunction], JobKind]:
    """Make a function a kind of work, named like the function."""

    def register(function: JobFunction) -> JobKind:
        name = function.__name__
        types = {
            argument: kind
            for argument, kind in function.__annotations__.items()
            if argument not in ("return", "run")
        }
        kind = JobKind(name, function, timeout, retries, priority, every, topic, types)
        if name in KINDS and KINDS[name].function.__module__ != function.__module__:
            raise RuntimeError(f"two jobs are named {name}")
        return KINDS.setdefault(name, kind)

    return register


def checked_arguments(name: str, types: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    if set(args) - set(types):
        raise msgspec.ValidationError(f"unknown arguments for {name}")
    return {
        argument: msgspec.convert(args[argument], kind, strict=False)
        for argument, kind in types.items()
        if argument in args
    }


def topics_of(kind: str, key: str | None) -> tuple[str, ...]:
    """What live screens listen to that show a job of this kind and key."""
    known = KINDS.get(kind)
    return (JOBS, f"{known.topic} {key}") if known and known.topic and key else (JOBS,)


def minutes(number: float) -> float:
    return number * 60


def hours(number: float) -> float:
    return number * 3600
