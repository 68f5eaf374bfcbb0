"""Hands files to the sandbox by open descriptor, a batch at a time, and takes the answers."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

import msgspec

from app.foundation.archives.paths import PathRefused, open_beneath
from app.foundation.archives.sandbox import SandboxFailure, SandboxPool
from app.metadata.folders import Place
from app.scanning.analyzer import (
    ANALYSE_FILE,
    ANALYSE_SIDECAR,
    Analysis,
    Request,
    SidecarAnalysis,
)
from app.scanning.problems import IO_ERROR, REFUSED, UNREADABLE, reason_of
from app.scanning.walker import Found

BATCH = 200
"""Files per task: as many descriptors are open for each batch under way."""
AHEAD = 2
"""Batches waiting beyond those that the processes are at."""


class Wanted(msgspec.Struct, frozen=True):
    """A file to be analysed. `root_fd` is its open root."""

    root_id: UUID
    root_fd: int
    found: Found
    place: Place
    file_id: UUID | None = None


class Examination:
    def __init__(self, pool: SandboxPool, processes: int) -> None:
        self.pool = pool
        self.window = processes + AHEAD

    async def analyses(
        self, wanted: Sequence[Wanted]
    ) -> AsyncGenerator[list[tuple[Wanted, Analysis]]]:
        """In the order wanted, a batch at a time; the next ones are worked on meanwhile."""
        batches = iter([wanted[at : at + BATCH] for at in range(0, len(wanted), BATCH)])
        window: deque[asyncio.Task[list[tuple[Wanted, Analysis]]]] = deque()
        try:
            while True:
                while len(window) < self.window and (batch := next(batches, None)):
                    window.append(asyncio.create_task(self._analyse(batch)))
                if not window:
                    return
                # Shielded: who gives up waiting must not close descriptors under the sandbox.
                yield await asyncio.shield(window[0])
                window.popleft()
        finally:
            # Descriptors stay open until the sandbox has let go of them.
            await asyncio.gather(*window, return_exceptions=True)

    async def sidecars(self, wanted: Sequence[Wanted]) -> list[tuple[Wanted, SidecarAnalysis]]:
        answers: list[tuple[Wanted, SidecarAnalysis]] = []
        for at in range(0, len(wanted), BATCH):
            answers += await asyncio.shield(self._read_sidecars(wanted[at : at + BATCH]))
        return answers

    async def _read_sidecars(self, batch: Sequence[Wanted]) -> list[tuple[Wanted, SidecarAnalysis]]:
        fds = await asyncio.to_thread(_open_all, batch)
        try:
            items = [(_descriptor(fd), _name(item)) for fd, item in zip(fds, batch, strict=True)]
            found = await self.pool.run_batch(ANALYSE_SIDECAR, items, answer=SidecarAnalysis)
        finally:
            _close_all(fds)
        return [(item, _sidecar(one)) for item, one in zip(batch, found, strict=True)]

    async def _analyse(self, batch: Sequence[Wanted]) -> list[tuple[Wanted, Analysis]]:
        fds = await asyncio.to_thread(_open_all, batch)
        try:
            opened = [
                (fd, item) for fd, item in zip(fds, batch, strict=True) if isinstance(fd, int)
            ]
            answers = iter(
                await self.pool.run_batch(
                    ANALYSE_FILE,
                    [(fd, _request(item)) for fd, item in opened],
                    answer=Analysis,
                )
            )
        finally:
            _close_all(fds)
        return [
            (item, _analysis(next(answers)) if isinstance(fd, int) else fd)
            for fd, item in zip(fds, batch, strict=True)
        ]


def _open_all(batch: Sequence[Wanted]) -> list[int | Analysis]:
    return [_open(item) for item in batch]


def _open(item: Wanted) -> int | Analysis:
    try:
        return open_beneath(item.root_fd, item.found.path)
    except PathRefused:
        return Analysis(UNREADABLE, "It vanished while the library was read.")
    except OSError as error:
        return Analysis(UNREADABLE, reason_of(error))


def _close_all(fds: Sequence[int | Analysis]) -> None:
    for fd in fds:
        if isinstance(fd, int):
            os.close(fd)


def _request(item: Wanted) -> Request:
    return Request(item.found.path.rpartition(b"/")[2], item.place.name, item.place.part)


def _name(item: Wanted) -> str:
    return item.found.path.rpartition(b"/")[2].decode("ascii").lower()


def _descriptor(opened: int | Analysis) -> int | None:
    return opened if isinstance(opened, int) else None


def _sidecar(answer: SidecarAnalysis | SandboxFailure) -> SidecarAnalysis:
    return SidecarAnalysis(reason=answer.reason) if isinstance(answer, SandboxFailure) else answer


def _analysis(answer: Analysis | SandboxFailure) -> Analysis:
    if isinstance(answer, SandboxFailure):
        return Analysis(REFUSED, answer.reason or IO_ERROR)
    return answer
