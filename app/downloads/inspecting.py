"""Pages that came are written down and looked at in the sandbox, as many together as came meanwhile:
one after another, the way there and back would cost more than the look itself."""

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from app.downloads.looking import LOOK, Look
from app.downloads.partial import PartialList, Piece
from app.errors import BunkoError
from app.foundation.archives.sandbox import SandboxFailure, SandboxPool

MOST_TOGETHER = 16
MOST_HELD = 16_000_000
"""Bytes that wait to be looked at; then nothing more is fetched for a moment."""


class BadPages(BunkoError):
    """What came is no whole page; it may be better later."""


class _Page:
    def __init__(self, here: PartialList, number: int, data: bytes) -> None:
        self.here = here
        self.number = number
        self.data = data
        self.size = len(data)
        self.has_begun = False
        self.piece: asyncio.Future[Piece] = asyncio.get_running_loop().create_future()


class _Written(msgspec.Struct, frozen=True):
    page: _Page
    path: Path
    fd: int


class Inspector:
    """For all chapters that one job has in hand. `at_once` is how many batches are looked at side by
    side."""

    def __init__(self, pool: SandboxPool, at_once: int) -> None:
        self.pool = pool
        self.at_once = at_once
        self._waiting: deque[_Page] = deque()
        self._held = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._at_work: set[asyncio.Task[None]] = set()

    async def room(self) -> None:
        """Returns once what came before has been looked at, or most of it."""
        await self._has_room.wait()

    async def piece(self, here: PartialList, number: int, data: bytes) -> Piece:
        """Kept, and named by what is in it. Raises BadPages or OSError.

        Cancelled while it is looked at, it leaves only when nothing is written there any more."""
        page = _Page(here, number, data)
        self._take_up(page)
        try:
            return await asyncio.shield(page.piece)
        except asyncio.CancelledError:
            if page.has_begun:
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([page.piece])
            if not page.piece.cancel():
                page.piece.exception()  # nobody is left to hear of it
            raise

    def _take_up(self, page: _Page) -> None:
        self._waiting.append(page)
        self._hold(page.size)
        if len(self._at_work) < self.at_once:
            task = asyncio.create_task(self._look_through(), name="looks at pages")
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def _look_through(self) -> None:
        while batch := self._next():
            try:
                await self._look(batch)
            except OSError as error:
                for page in batch:
                    if not page.piece.done():
                        page.piece.set_exception(error)
            except BaseException:
                for page in batch:
                    page.piece.cancel()
                raise
            finally:
                self._hold(-sum(page.size for page in batch))

    def _next(self) -> list[_Page]:
        batch: list[_Page] = []
        while self._waiting and len(batch) < MOST_TOGETHER:
            page = self._waiting.popleft()
            if page.piece.cancelled():
                self._hold(-page.size)
            else:
                page.has_begun = True
                batch.append(page)
        return batch

    async def _look(self, batch: Sequence[_Page]) -> None:
        written = await asyncio.to_thread(_write, batch)
        try:
            asked = [(one.fd, one.page.size) for one in written]
            looks = await self.pool.run_batch(LOOK, asked, answer=Look)
        finally:
            for one in written:
                os.close(one.fd)
        for one, found in zip(written, await asyncio.to_thread(_kept, written, looks), strict=True):
            _settle(one.page, found)

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held < MOST_HELD:
            self._has_room.set()
        else:
            self._has_room.clear()


def _write(batch: Sequence[_Page]) -> list[_Written]:
    """Blocking."""
    written: list[_Written] = []
    try:
        for page in batch:
            path = page.here.write(page.number, page.data)
            page.data = b""
            written.append(_Written(page, path, os.open(path, os.O_RDONLY | os.O_CLOEXEC)))
    except BaseException:
        for one in written:
            os.close(one.fd)
        raise
    return written


def _kept(
    written: Sequence[_Written], looks: Sequence[Look | SandboxFailure]
) -> list[Piece | BadPages | OSError]:
    """Blocking. A page that cannot be kept is no harm to the others."""
    return [_one_kept(one, look) for one, look in zip(written, looks, strict=True)]


def _one_kept(one: _Written, look: Look | SandboxFailure) -> Piece | BadPages | OSError:
    page = one.page
    if isinstance(look, SandboxFailure):
        return BadPages(look.reason)
    if look.picture is None:
        return BadPages(look.why_not)
    try:
        return page.here.keep(page.number, one.path, page.size, look.picture)
    except OSError as error:
        return error


def _settle(page: _Page, found: Piece | BadPages | OSError) -> None:
    if page.piece.done():
        return
    if isinstance(found, Piece):
        page.piece.set_result(found)
    else:
        page.piece.set_exception(found)
