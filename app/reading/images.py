"""Page and cover images of one web process: originals, derived ones, and what stands in for them."""

import asyncio
from typing import Any

from litestar import Litestar
from litestar.types import HTTPScope, Receive, Send

from app.config import Settings
from app.errors import DomainError
from app.foundation.archives.page_table import PageEntry
from app.foundation.archives.sniffing import sniff
from app.foundation.images.deriving import ImageMaker, image_pool
from app.foundation.images.disk_cache import DiskCache
from app.foundation.images.recipe import Recipe
from app.reading.access import CoverSource, ImageAccess
from app.reading.addresses import cover_version
from app.reading.image_answers import ASK_AGAIN, FOREVER, SOON_STALE, has_newest, send_image
from app.reading.open_files import FileOnDisk, OpenFiles
from app.reading.placeholder import placeholder
from app.reading.wishes import changes_nothing, cover_wish, name_of, page_wish

MADE_AHEAD = 2
_COVERS_BYTES = 8 * 1024**3
_MAKERS = 2
_KEY = "images"


def images_of(app: Litestar) -> "Images":
    """The one of this app; made with the first image."""
    found: Images | None = app.state.get(_KEY)
    if found is None:
        found = app.state[_KEY] = Images(app.state.settings)
        app.on_shutdown.append(found.close)
    return found


class Images:
    def __init__(self, settings: Settings) -> None:
        assert settings.database_url is not None
        self.access = ImageAccess(settings.database_url)
        self.files = OpenFiles()
        self._pages = DiskCache(
            settings.data_dir / "cache" / "pages", settings.image_cache_mb << 20
        )
        self._covers = DiskCache(settings.data_dir / "covers", _COVERS_BYTES)
        self._maker: ImageMaker | None = None
        self._pool: Any = None
        self._ahead: set[asyncio.Task[bytes]] = set()

    async def send_page(
        self, scope: HTTPScope, receive: Receive, send: Send, file: FileOnDisk, page: int
    ) -> None:
        wish = page_wish(scope["query_string"])
        entry = (await self.files.get(file)).entry(page)
        recipe = wish.recipe
        if recipe is not None and changes_nothing(recipe, entry):
            recipe = None
        etag = _page_etag(entry, recipe)
        cache = FOREVER if wish.version == str(file.revision) else ASK_AGAIN
        data, media_type = b"", ""
        if not has_newest(scope, etag):
            data, media_type = await self._page(file, page, recipe)
        await send_image(scope, receive, send, data, media_type=media_type, etag=etag, cache=cache)

    async def derived(self, file: FileOnDisk, page: int, recipe: Recipe) -> bytes:
        """The page by the recipe, from the disk cache where it was made before."""
        opened = await self.files.get(file)
        entry = opened.entry(page)

        async def make() -> bytes:
            (made,) = await self._images().derive(opened.fd, entry, [recipe])
            return made

        key = f"{file.file_id}/{file.revision}/{page}/{name_of(recipe)}"
        return await self._pages.get_or_make(key, make)

    async def send_cover(
        self, scope: HTTPScope, receive: Receive, send: Send, source: CoverSource
    ) -> None:
        width, version = cover_wish(scope["query_string"])
        data: bytes | None = None
        if source.file is not None:
            name = cover_version(source.file.file_id, source.file.revision, source.page)
            etag = f"cover-{name}-{width}"
            cache = FOREVER if version == name else ASK_AGAIN
            if has_newest(scope, etag):
                data = b""
            else:
                data = await self._cover_or_none(source.file, source.page, name, width)
        if data is None:
            data, etag, cache = placeholder(width), f"none-{width}", SOON_STALE
        await send_image(
            scope, receive, send, data, media_type=sniff(data) or "", etag=etag, cache=cache
        )

    async def cover(self, file: FileOnDisk, page: int, name: str, width: int) -> bytes:
        """One of the cover widths; both are made at once, from one decoding."""
        kept = await self._covers.get(f"{name}/{width}")
        if kept is not None:
            return kept
        opened = await self.files.get(file)
        entry = opened.entry(page)
        widest = 640

        async def make() -> bytes:
            made = await self._images().cover(opened.fd, entry)
            for other, jpeg in made.items():
                if other != widest:
                    await self._covers.put(f"{name}/{other}", jpeg)
            return made[widest]

        large = await self._covers.get_or_make(f"{name}/{widest}", make)
        return large if width == widest else await self._covers.get(f"{name}/{width}") or large

    async def close(self) -> None:
        for task in self._ahead:
            task.cancel()
        self.files.close()
        await self.access.close()
        if self._pool is not None:
            await asyncio.to_thread(self._pool.close)

    async def _page(self, file: FileOnDisk, page: int, recipe: Recipe | None) -> tuple[bytes, str]:
        """The bytes and what they are."""
        if recipe is None:
            data = await self.files.page(file, page)
            return data, sniff(data) or ""
        self._make_ahead(file, page, recipe)
        return await self.derived(file, page, recipe), recipe.media_type

    async def _cover_or_none(
        self, file: FileOnDisk, page: int, name: str, width: int
    ) -> bytes | None:
        """A file that cannot be read has its own line on the problems screen: here it has no cover."""
        try:
            return await self.cover(file, page, name, width)
        except DomainError:
            return None

    def _make_ahead(self, file: FileOnDisk, page: int, recipe: Recipe) -> None:
        for later in range(page + 1, page + 1 + MADE_AHEAD):
            if len(self._ahead) < 2 * MADE_AHEAD:
                task = asyncio.ensure_future(self.derived(file, later, recipe))
                self._ahead.add(task)
                task.add_done_callback(self._was_made)

    def _was_made(self, task: asyncio.Task[bytes]) -> None:
        self._ahead.discard(task)
        # What fails now fails again, and is told, when somebody asks for it.
        if not task.cancelled():
            task.exception()

    def _images(self) -> ImageMaker:
        if self._maker is None:
            self._pool = image_pool(_MAKERS)
            self._maker = ImageMaker(self._pool)
        return self._maker


def _page_etag(entry: PageEntry, recipe: Recipe | None) -> str:
    suffix = "" if recipe is None else f"-{name_of(recipe)}"
    return f"{entry.crc32:08x}-{entry.size:x}{suffix}"
