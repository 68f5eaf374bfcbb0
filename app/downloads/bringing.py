"""One chapter, from its provider to its place in the library.

    fetched (page by page) → bound and published → taken in → what it replaces is put away

Every step can be done again: what is there already is found, and not fetched or published twice.
"""

import asyncio
import time
from collections.abc import Callable
from enum import IntEnum
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads import orders, placing, rows
from app.downloads.binding import PageLost
from app.downloads.fetching import Fetching, ListChanged
from app.downloads.inspecting import BadPages, Inspector
from app.downloads.intake import Intake
from app.downloads.metering import Meter
from app.downloads.models import TOPIC
from app.downloads.orders import Order
from app.downloads.partial import PartialFolder, Piece
from app.downloads.rows import Moved, Step, TakenBack
from app.downloads.settings import DownloadRules
from app.foundation.archives.errors import BadFile
from app.foundation.archives.paths import PathRefused
from app.foundation.http import LeftMeanwhile, OutboundError, Resting
from app.foundation.queue import Run, herald
from app.library.trash import READ_ONLY
from app.providers.base import Capability, Driver
from app.providers.errors import ProviderError
from app.providers.service import record

BEGUN_ANEW = 3
"""How often a chapter is begun at once where something changed meanwhile."""


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What all chapters of one provider share while its job runs. `places` are those for pages that
    are being fetched."""

    run: Run
    provider_id: UUID
    driver: Driver
    rules: DownloadRules
    meter: Meter
    inspector: Inspector
    intake: Intake
    places: asyncio.Semaphore


class Stage(IntEnum):
    ASKING = 1
    """Not every page has come yet."""
    LOOKING = 2
    """All have come: the provider is asked for nothing, unless one turns out bad."""
    SEALED = 3
    """All are there, and whole: it is not stopped halfway any more."""
    LYING = 4
    """Its file lies at its place, and waits to be taken in."""


class Bringing:
    def __init__(self, order: Order, means: Means, has_room: Callable[[], None]) -> None:
        """`has_room` is called with each further stage: there may be room for another."""
        self.order = order
        self.folder = PartialFolder(means.run.settings.data_dir, order.id)
        self.stage = Stage.ASKING
        self._has_room = has_room
        self._means = means
        self._run = means.run
        self._news: Step | None = None

    def news(self) -> Step | None:
        """How far it came since somebody asked last."""
        news, self._news = self._news, None
        return news

    async def bring(self) -> None:
        """Begun anew where its pages changed meanwhile, or its series was moved. Raises BunkoError or
        OSError; what was fetched until then stays in the folder."""
        if self.order.is_read_only:
            raise placing.NoPlace(READ_ONLY)
        for _attempt in range(BEGUN_ANEW - 1):
            try:
                await self._bring_once()
                return
            except (ListChanged, PageLost, FileExistsError):
                self.stage = Stage.ASKING
            except Moved:
                self.stage = Stage.ASKING
                self.order = await self._order_anew()
        await self._bring_once(may_stray=True)

    async def _bring_once(self, *, may_stray: bool = False) -> None:
        rules = self._means.rules
        chosen = await asyncio.to_thread(placing.find_whole, self.order, rules.template)
        if chosen is None:
            folders, least = [self._run.settings.data_dir], rules.free_megabytes
            await asyncio.to_thread(placing.check_room, folders, self.order.shelves, least)
            chosen = await self._make()
        self._is_at(Stage.LYING)
        await self._take_in(chosen, may_stray=may_stray)

    async def _make(self) -> placing.Chosen:
        """Fetched, and put at its place."""
        began = time.monotonic()
        pieces = await self._fetched(began)
        chosen = await asyncio.to_thread(placing.choose, self.order, self._means.rules.template)
        self._is_at(Stage.SEALED)
        async with self._run.transaction() as session:
            await self._record(session, began, None)
            if step := self.news():
                await rows.note(session, {self.order.id: step}, ())
            await rows.verifying(session, self.order, chosen.path)
        herald.tell(TOPIC)
        await asyncio.to_thread(placing.place, chosen, self.order, pieces)
        return chosen

    async def _order_anew(self) -> Order:
        async with self._run.session_maker() as session:
            order = await orders.anew(session, self.order)
        if order is None:
            raise TakenBack
        return order

    async def _fetched(self, began: float) -> list[Piece]:
        means = self._means
        fetching = Fetching(
            means.driver,
            self.order,
            self.folder,
            places=means.places,
            meter=means.meter,
            inspector=means.inspector,
            changed=self._came_further,
            all_came=lambda: self._is_at(Stage.LOOKING),
        )
        try:
            return await fetching.all_pages()
        except (Resting, LeftMeanwhile):
            raise
        except (OutboundError, ProviderError, BadPages) as error:
            async with self._run.transaction() as session:
                await self._record(session, began, error.said)
            raise

    def _is_at(self, stage: Stage) -> None:
        self.stage = stage
        self._has_room()

    def _came_further(self, step: Step) -> None:
        self._news = step

    async def _record(self, session: AsyncSession, began: float, reason: str | None) -> None:
        ms = (time.monotonic() - began) * 1000
        provider_id = self._means.provider_id
        await record(session, provider_id, Capability.PAGES, reason is None, ms, reason)

    async def _take_in(self, chosen: placing.Chosen, *, may_stray: bool) -> None:
        try:
            await self._means.intake.take(self.order, chosen, may_stray=may_stray)
        except PathRefused as error:
            raise Moved from error
        except (TakenBack, BadFile, Moved):
            await asyncio.to_thread(placing.take_away, chosen)
            raise
