"""The pages of one chapter, from its provider into its partial folder: each looked at, none twice."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import timedelta

from app.downloads.inspecting import BadPages, Inspector
from app.downloads.metering import Meter
from app.downloads.orders import Order
from app.downloads.partial import PartialFolder, PartialList, Piece
from app.downloads.rows import Step
from app.downloads.whole_file import take_apart
from app.errors import BunkoError
from app.foundation.archives.errors import BadFile
from app.foundation.db import now
from app.foundation.http import LeftMeanwhile, OutboundError, Resting
from app.providers.answers import answered
from app.providers.base import Driver, PageList, WholeFile
from app.providers.errors import Expired, ProviderError

TRIES = 3
"""Of one page, one after another; after that the chapter waits."""
FIRST_PAUSE = 0.5
MOST_PAGES = 5_000
MOST_BYTES = 2_000_000_000
"""Of a chapter."""
FEWEST_ALIKE = 3
MARGIN = timedelta(seconds=5)
SMOOTHED = 3.0
"""Seconds over which the rate is a mean."""


class BadChapter(BunkoError):
    """Another try would bring the same."""


class ListChanged(BunkoError):
    """What was fetched does not go together with what is listed now."""


class Fetching:
    """`places` are those for pages of all chapters of this provider in this process."""

    def __init__(
        self,
        driver: Driver,
        order: Order,
        folder: PartialFolder,
        *,
        places: asyncio.Semaphore,
        meter: Meter,
        inspector: Inspector,
        changed: Callable[[Step], None],
        all_came: Callable[[], None],
    ) -> None:
        """`all_came` is called once nothing is left to be asked for, unless a page turns out bad."""
        self.driver = driver
        self.order = order
        self.folder = folder
        self.places = places
        self.meter = meter
        self.inspector = inspector
        self.pool = inspector.pool
        self.changed = changed
        self.all_came = all_came
        self.step = Step()
        self.listed = PageList(pages=(), version="")
        self._to_come: set[int] = set()
        self._rate = _Rate()
        self._asking = asyncio.Lock()

    async def all_pages(self) -> list[Piece]:
        """In reading order. Raises BadChapter, BadPages, ListChanged, OutboundError, ProviderError
        or OSError; what came until then stays."""
        listed = await answered(self.driver.pages(self.order.remote_id))
        here = await asyncio.to_thread(self.folder.begin, listed.version)
        if isinstance(listed, WholeFile):
            total = await self._take_apart(listed, here)
        else:
            self.listed = _checked(listed)
            total = len(listed.pages)
            await self._fetch_missing(here, total)
        pieces = [here.pieces[number] for number in range(1, total + 1)]
        _check_together(pieces)
        return pieces

    def expect(self, total: int) -> None:
        if total > MOST_PAGES:
            raise _too_many(total)
        self.step.pages_total = total
        self.changed(self.step)

    def came(self, size: int) -> None:
        """So many bytes more."""
        self.step.rate = self._rate.after(size)
        self.changed(self.step)

    async def keep(self, here: PartialList, number: int, data: bytes) -> None:
        """Once it was looked at. Raises BadPages, or BadChapter where it is too much."""
        if self.step.bytes_done + len(data) > MOST_BYTES:
            raise BadChapter("The chapter is larger than 2 GB.")
        piece = await self.inspector.piece(here, number, data)
        self.step.pages_done += 1
        self.step.bytes_done += piece.size
        self.changed(self.step)

    async def _take_apart(self, whole: WholeFile, here: PartialList) -> int:
        async with self.places:
            try:
                return await take_apart(self, whole, here)
            except BadFile as error:
                raise BadPages(error.message) from error

    async def _fetch_missing(self, here: PartialList, total: int) -> None:
        self.step.pages_total = total
        self.step.pages_done = len(here.pieces)
        self.step.bytes_done = sum(piece.size for piece in here.pieces.values())
        self.changed(self.step)
        missing = [number for number in range(1, total + 1) if number not in here.pieces]
        self._to_come = set(missing)
        await _all(self._fetch(here, number) for number in missing)

    async def _fetch(self, here: PartialList, number: int) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._try(here, number)
            except (ListChanged, Resting, LeftMeanwhile):
                raise
            except (BadPages, ProviderError, OutboundError) as error:
                if attempt == TRIES or not getattr(error, "is_passing", True):
                    raise self._told(number, error) from error
            await asyncio.sleep(FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))

    def _told(self, number: int, error: BunkoError) -> BunkoError:
        if not getattr(error, "is_passing", True):
            return error
        of = len(self.listed.pages)
        return BadPages(
            "Page %(number)s of %(of)s did not come, %(tries)s times. %(why)s",
            number=number,
            of=of,
            tries=TRIES,
            why=error.said,
        )

    async def _try(self, here: PartialList, number: int) -> None:
        async with self.places:
            data = await self._asked_for(number)
            self._to_come.discard(number)
            if not self._to_come:
                self.all_came()
            await self.inspector.room()
        await self.keep(here, number, data)

    async def _asked_for(self, number: int) -> bytes:
        listed = self.listed
        if listed.good_until is not None and listed.good_until - MARGIN < now():
            listed = await self._listed_anew(listed)
        await self.meter.turn()
        try:
            data = await answered(self.driver.page(listed.pages[number - 1]))
        except Expired:
            await self._listed_anew(listed)
            raise
        await self.meter.took(len(data))
        self.came(len(data))
        return data

    async def _listed_anew(self, old: PageList) -> PageList:
        """Asked once, however many pages notice at once that their addresses are too old."""
        async with self._asking:
            if self.listed is old:
                fresh = await answered(self.driver.pages(self.order.remote_id))
                if isinstance(fresh, WholeFile) or fresh.version != old.version:
                    raise ListChanged("The provider changed the pages of this chapter meanwhile.")
                self.listed = _checked(fresh)
            return self.listed


class _Rate:
    """Bytes a second, as a mean over the last few."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._mean = 0.0

    def after(self, size: int) -> int:
        moment = time.monotonic()
        passed = max(moment - self._last, 1e-3)
        self._last = moment
        part = min(1.0, passed / min(SMOOTHED, max(moment - self._began, passed)))
        self._mean += (size / passed - self._mean) * part
        return min(round(self._mean), 2_000_000_000)


async def _all(works: Iterable[Coroutine[None, None, None]]) -> None:
    """All of them, or the first error: then the others have been stopped."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _checked(listed: PageList) -> PageList:
    if not listed.pages:
        raise BadPages("The provider lists no page of this chapter.")
    if len(listed.pages) > MOST_PAGES:
        raise _too_many(len(listed.pages))
    return listed


def _too_many(pages: int) -> BadChapter:
    return BadChapter("The provider lists %(pages)s pages: that is no chapter.", pages=pages)


def _check_together(pieces: Sequence[Piece]) -> None:
    """A site that is out of order sends one picture for every page."""
    if len(pieces) >= FEWEST_ALIKE and len({(one.crc32, one.size) for one in pieces}) == 1:
        for piece in pieces:
            piece.path.unlink(missing_ok=True)
        raise BadPages("Every page is the same picture: the provider sends a placeholder.")
