"""Pages made by a recipe: kept on disk under a cap, made once for all who ask, and the next ahead."""

import asyncio
from collections.abc import Sequence

from app.config import Settings
from app.foundation.archives.errors import BadFile
from app.foundation.images.deriving import ImageMaker
from app.foundation.images.disk_cache import DiskCache
from app.foundation.images.geometry import NO_BORDERS, Borders, Shape, chunks, shape
from app.foundation.images.recipe import Recipe, settled
from app.foundation.images.workshop import Lane, Workshop
from app.foundation.valkey.local_cache import LocalCache
from app.reading.access import ImageAccess
from app.reading.crops import Crops
from app.reading.following import MADE_AHEAD, Wanted, together
from app.reading.open_files import FileOnDisk, OpenFiles
from app.reading.wishes import name_of

_BAD_SECONDS = 10.0
"""So long a page that could not be decoded is not tried again."""
_THERE_SECONDS = 60.0
"""So long a page that was sent or made is not looked for again only to have it ahead."""


class DerivedPages:
    """Belongs to one event loop."""

    def __init__(
        self,
        settings: Settings,
        access: ImageAccess,
        files: OpenFiles,
        maker: ImageMaker,
        workshop: Workshop,
    ) -> None:
        self.crops = Crops(access, files, maker, workshop)
        self._files = files
        self._maker = maker
        self._workshop = workshop
        self._kept = DiskCache(settings.data_dir / "cache" / "pages", settings.image_cache_mb << 20)
        self._ahead: set[asyncio.Task[bytes]] = set()
        self._bad: LocalCache[str, str] = LocalCache(seconds=_BAD_SECONDS, size=1024)
        self._there: LocalCache[str, bool] = LocalCache(seconds=_THERE_SECONDS, size=4096)

    async def get(
        self, file: FileOnDisk, page: int, recipe: Recipe, lane: Lane = Lane.ASKED
    ) -> bytes:
        """BadFile where the page cannot be decoded, Busy where too many are asked for."""
        # Some differ in what makes no difference: who asks for one may wait for the other.
        recipe = settled(recipe)
        name = f"{file.file_id}/{file.revision}/{page}"
        kept = await self._kept.get(_key(file, page, recipe))
        if kept is not None:
            self._there.put(_key(file, page, recipe), True)
            return kept
        if (reason := self._bad.get(name)) is not None:
            raise BadFile(reason)
        borders = await self.crops.of(file, page, recipe.crop)
        recipes = together(recipe, await self.strips(file, page, recipe))

        async def make() -> dict[Recipe, bytes]:
            return await self._made(file, page, recipes, borders)

        first = _key(file, page, recipes[0])
        try:
            return (await self._workshop.make(first, make, lane))[recipe]
        except BadFile as error:
            self._bad.put(name, error.message)
            # It may have been replaced on disk a moment ago: the next look opens it anew.
            self._files.forget(file)
            raise

    async def shape(
        self, file: FileOnDisk, page: int, size: tuple[int, int], recipe: Recipe
    ) -> Shape:
        """How large the page of this size becomes; not made for it, though perhaps looked at."""
        return shape(size, recipe, await self.crops.of(file, page, recipe.crop))

    async def strips(self, file: FileOnDisk, page: int, recipe: Recipe) -> int:
        """How many strips the page has under this recipe; 1 where none is asked for."""
        if recipe.strip is None:
            return 1
        facts = await self._files.glance(file, page)
        borders = await self.crops.of(file, page, recipe.crop)
        return chunks((facts.width, facts.height), borders if recipe.crop else NO_BORDERS)

    def make_ahead(self, file: FileOnDisk, wanted: Sequence[Wanted]) -> None:
        """So that they are there when they are asked for; forgotten where there is no time for it."""
        for page, recipe in wanted:
            is_there = self._there.get(_key(file, page, recipe)) is not None
            if not is_there and len(self._ahead) < 2 * MADE_AHEAD:
                task = asyncio.create_task(self.get(file, page, recipe, Lane.AHEAD))
                self._ahead.add(task)
                task.add_done_callback(self._was_made)

    async def settled(self) -> None:
        """Waits for all that is made or looked at ahead."""
        while self._ahead:
            await asyncio.wait(self._ahead)
        await self.crops.settled()

    async def close(self) -> None:
        for task in self._ahead:
            task.cancel()
        await asyncio.gather(*self._ahead, return_exceptions=True)
        await self.crops.close()

    async def _made(
        self, file: FileOnDisk, page: int, recipes: Sequence[Recipe], borders: Borders
    ) -> dict[Recipe, bytes]:
        keys = {recipe: _key(file, page, recipe) for recipe in recipes}
        # Somebody may have made them while this waited for its place.
        kept = {recipe: await self._kept.get(key) for recipe, key in keys.items()}
        missing = [recipe for recipe in recipes if kept[recipe] is None]
        found = {recipe: data for recipe, data in kept.items() if data is not None}
        if missing:
            opened = await self._files.get(file)
            entry = opened.entry(page)
            made = await self._maker.derive(opened.fd, entry, missing, borders)
            found |= dict(zip(missing, made, strict=True))
            for recipe in missing:
                await self._kept.put(keys[recipe], found[recipe])
                self._there.put(keys[recipe], True)
        return found

    def _was_made(self, task: asyncio.Task[bytes]) -> None:
        self._ahead.discard(task)
        # What fails now fails again, and is told, when somebody asks for it.
        if not task.cancelled():
            task.exception()


def _key(file: FileOnDisk, page: int, recipe: Recipe) -> str:
    return f"{file.file_id}/{file.revision}/{page}/{name_of(recipe)}"
