"""Page and cover images of one web process: originals, derived ones, and what stands in for them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from litestar import Litestar
from litestar.types import HTTPScope, Receive, Send
from msgspec.structs import replace

from app.config import Settings
from app.errors import DomainError
from app.foundation.archives.page_table import PageEntry
from app.foundation.archives.sniffing import sniff
from app.foundation.images.artwork import Artwork
from app.foundation.images.deriving import ImageMaker, image_pool
from app.foundation.images.disk_cache import DiskCache
from app.foundation.images.recipe import Recipe
from app.foundation.images.workshop import Busy, Lane, Workshop
from app.reading.access import CoverSource, ImageAccess
from app.reading.derived_pages import DerivedPages
from app.reading.following import Wanted, following
from app.reading.image_answers import (
    ASK_AGAIN,
    FOREVER,
    NOT_KEPT,
    SOON_STALE,
    has_newest,
    send_image,
    while_wanted,
)
from app.reading.open_files import FileOnDisk, OpenFiles
from app.reading.placeholder import placeholder
from app.reading.wishes import changes_nothing, cover_wish, name_of, page_wish

_COVERS_BYTES = 8 * 1024**3
_MAKERS = 2
_EVERYWHERE = ("image/jpeg", "image/png", "image/gif")
"""What every browser shows."""
_KEY = "images"
ARTWORK = "artwork"
"""The folder of covers that people brought, in the data folder."""


def images_of(app: Litestar) -> "Images":
    """The one of this app; made with the first image."""
    found: Images | None = app.state.get(_KEY)
    if found is None:
        found = app.state[_KEY] = Images(app.state.settings)
        app.on_shutdown.append(found.close)
    return found


class Images:
    """Belongs to one event loop."""

    def __init__(self, settings: Settings) -> None:
        assert settings.database_url is not None
        self.access = ImageAccess(settings.database_url)
        self.files = OpenFiles()
        pool = image_pool(_MAKERS)
        self._maker = ImageMaker(pool)
        self.artwork = Artwork(settings.data_dir / ARTWORK, pool)
        self.workshop = Workshop(_MAKERS)
        self.derived = DerivedPages(settings, self.access, self.files, self._maker, self.workshop)
        self._covers = DiskCache(settings.data_dir / "covers", _COVERS_BYTES)

    async def send_page(
        self, scope: HTTPScope, receive: Receive, send: Send, file: FileOnDisk, page: int
    ) -> None:
        wish = page_wish(scope["query_string"])
        opened = await self.files.get(file)
        entry = opened.entry(page)
        recipe = await self._recipe(file, page, entry, wish.recipe)
        etag = _page_etag(entry, recipe)
        cache = FOREVER if wish.version == str(file.revision) else ASK_AGAIN
        data, media_type = b"", ""
        if not has_newest(scope, etag):
            at_once = opened.read_at_once(page) if recipe is None else None
            try:
                if at_once is not None:
                    data, media_type = at_once, sniff(at_once) or ""
                else:
                    data, media_type = await while_wanted(receive, self._page(file, page, recipe))
            except Busy:
                if recipe is None or not _may_stand_in(entry, recipe):
                    raise
                # Larger than it was asked for, and the same picture.
                recipe = None
                data, media_type = await self._page(file, page, recipe)
                etag, cache = _page_etag(entry, None), NOT_KEPT
        await send_image(scope, receive, send, data, media_type=media_type, etag=etag, cache=cache)
        if data and recipe is not None:
            # What fails now fails again, and is told, when the next picture is asked for.
            with suppress(DomainError):
                strips = await self.derived.strips(file, page, recipe)
                self.derived.make_ahead(file, following(page, recipe, strips))

    async def make_ready(self, file: FileOnDisk, wanted: Sequence[Wanted]) -> None:
        """Begins what a screen that is on its way will ask for as soon as it is there."""
        # What fails now fails again, and is told, when the picture is asked for.
        with suppress(DomainError):
            for page, recipe in wanted:
                entry = (await self.files.get(file)).entry(page)
                needed = await self._recipe(file, page, entry, recipe)
                if needed is not None:
                    self.derived.make_ahead(file, [(page, needed)])

    async def send_cover(
        self, scope: HTTPScope, receive: Receive, send: Send, source: CoverSource
    ) -> None:
        width, version = cover_wish(scope["query_string"])
        data: bytes | None = None
        name = source.version
        if name is not None:
            etag = f"cover-{name}-{width}"
            cache = FOREVER if version == name else ASK_AGAIN
            if has_newest(scope, etag):
                data = b""
            else:
                making = self._cover_or_none(source, name, width)
                data = await while_wanted(receive, making)
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

        async def make() -> dict[int, bytes]:
            made = await self._maker.cover(opened.fd, entry)
            for other, jpeg in made.items():
                await self._covers.put(f"{name}/{other}", jpeg)
            return made

        return (await self.workshop.make(f"cover {name}", make, Lane.COVER))[width]

    async def remade(self, name: str, data: bytes, width: int) -> bytes:
        """A picture from elsewhere, decoded in the sandbox and written anew as a JPEG; BadFile where
        it is none."""
        return await self.workshop.make(
            f"remade {name}", lambda: self._maker.remade(data, width), Lane.COVER
        )

    async def close(self) -> None:
        await self.derived.close()
        await self.workshop.close()
        self.files.close()
        await self.access.close()
        await asyncio.to_thread(self._maker.close)

    async def _recipe(
        self, file: FileOnDisk, page: int, entry: PageEntry, recipe: Recipe | None
    ) -> Recipe | None:
        """As it is for this page: None where the original does, and no strip beyond the last."""
        if recipe is None or changes_nothing(recipe, entry):
            return None
        if recipe.strip is None:
            return recipe
        strips = await self.derived.strips(file, page, recipe)
        return replace(recipe, strip=min(recipe.strip, strips))

    async def _page(self, file: FileOnDisk, page: int, recipe: Recipe | None) -> tuple[bytes, str]:
        """The bytes and what they are."""
        if recipe is None:
            data = await self.files.page(file, page)
            return data, sniff(data) or ""
        return await self.derived.get(file, page, recipe), recipe.media_type

    async def _cover_or_none(self, source: CoverSource, name: str, width: int) -> bytes | None:
        """A file that cannot be read has its own line on the problems screen: here it has no cover."""
        try:
            if source.art is not None:
                return await self.artwork.read(source.art, width)
            assert source.file is not None
            return await self.cover(source.file, source.page, name, width)
        except DomainError:
            return None


def _page_etag(entry: PageEntry, recipe: Recipe | None) -> str:
    suffix = "" if recipe is None else f"-{name_of(recipe)}"
    return f"{entry.crc32:08x}-{entry.size:x}{suffix}"


def _may_stand_in(entry: PageEntry, recipe: Recipe) -> bool:
    return recipe.only_shrinks and entry.media_type in _EVERYWHERE
