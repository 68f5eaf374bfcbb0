"""How far each page can be cropped: looked at once, and remembered with what else is known of it."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from itertools import batched
from uuid import UUID

from app.foundation.archives import page_table
from app.foundation.archives.page_facts import PageFactsData, decode_facts, encode_facts
from app.foundation.images.deriving import ImageMaker
from app.foundation.images.geometry import NO_BORDERS, Borders, lined_up
from app.foundation.images.recipe import Crop
from app.foundation.images.workshop import Lane, Workshop
from app.reading.access import ImageAccess
from app.reading.open_files import FileOnDisk, OpenFiles

MOST_FILES = 64
AT_ONCE = 4
"""Pages looked at before somebody else may have the place."""

type Known = dict[int, Borders]


class Crops:
    """Belongs to one event loop. What a person waits for is looked at first, and the rest of the
    chapter after it, so that the next screens know the shape of their pages at once."""

    def __init__(
        self, access: ImageAccess, files: OpenFiles, maker: ImageMaker, workshop: Workshop
    ) -> None:
        self._access = access
        self._files = files
        self._maker = maker
        self._workshop = workshop
        self._known: OrderedDict[tuple[UUID, int], Known] = OrderedDict()
        self._rest: dict[tuple[UUID, int], asyncio.Task[None]] = {}

    async def of(self, file: FileOnDisk, page: int, crop: Crop) -> Borders:
        """What is cut off this page; where it lines up with another, no more than that can spare."""
        if not crop:
            return NO_BORDERS
        pages = _together(file, page, crop)
        known = await self._remembered(file)
        if not all(one in known for one in pages):
            await self._look(file, pages, known, Lane.ASKED)
            self._look_at_the_rest(file, known)
        mine = known[pages[0]]
        return lined_up(mine, known[pages[1]]) if len(pages) > 1 else mine

    def forget(self) -> None:
        self._known.clear()

    async def settled(self) -> None:
        """Waits for all that is looked at ahead."""
        await asyncio.gather(*self._rest.values(), return_exceptions=True)

    async def close(self) -> None:
        rest = list(self._rest.values())
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _remembered(self, file: FileOnDisk) -> Known:
        key = (file.file_id, file.revision)
        known = self._known.get(key)
        if known is None:
            data = await self._access.page_facts(file)
            known = {} if data is None else _known(decode_facts(data))
            known = self._known.setdefault(key, known)
        self._known.move_to_end(key)
        if len(self._known) > MOST_FILES:
            self._known.popitem(last=False)
        return known

    async def _look(self, file: FileOnDisk, pages: Sequence[int], known: Known, lane: Lane) -> None:
        opened = await self._files.get(file)
        unknown = [page for page in pages if page not in known]
        entries = [opened.entry(page) for page in unknown]

        async def look() -> list[Borders]:
            return await self._maker.borders(opened.fd, entries)

        name = f"{file.file_id}/{file.revision}/crops of {unknown}"
        known.update(zip(unknown, await self._workshop.make(name, look, lane), strict=True))

    def _look_at_the_rest(self, file: FileOnDisk, known: Known) -> None:
        key = (file.file_id, file.revision)
        if key not in self._rest:
            self._rest[key] = asyncio.create_task(self._look_at_all(file, known))
            self._rest[key].add_done_callback(partial(self._looked, key))

    def _looked(self, key: tuple[UUID, int], task: asyncio.Task[None]) -> None:
        del self._rest[key]
        # What fails now fails again, and is told, when somebody asks for it.
        if not task.cancelled():
            task.exception()

    async def _look_at_all(self, file: FileOnDisk, known: Known) -> None:
        every_page = range(1, page_table.count(file.table) + 1)
        for pages in batched(every_page, AT_ONCE, strict=False):
            if not all(page in known for page in pages):
                await self._look(file, pages, known, Lane.AHEAD)
        await self._keep(file, [known[page] for page in every_page])

    async def _keep(self, file: FileOnDisk, crops: Sequence[Borders]) -> None:
        data = await self._access.page_facts(file)
        if data is None:
            # The second pass of the scan has not come here yet: it finds its work done.
            opened = await self._files.get(file)
            facts = await self._maker.sizes(opened.fd, file.table)
        else:
            facts = decode_facts(data)
        await self._access.keep_page_facts(file, encode_facts(facts.cropped(crops)))


def _known(facts: PageFactsData) -> Known:
    crops = ((page, facts.crop(page)) for page in range(1, len(facts.sizes) + 1))
    return {page: Borders(*crop) for page, crop in crops if crop is not None}


def _together(file: FileOnDisk, page: int, crop: Crop) -> list[int]:
    """This page, and the one it lines up with if there is one."""
    other = {"before": page - 1, "after": page + 1}.get(crop, 0)
    return [page, other] if 1 <= other <= page_table.count(file.table) else [page]
