"""Covers of what providers found: fetched by Bunko, made anew, kept in a folder with a cap.

A browser is never sent to a provider: it would tell the provider who looks at what. Addresses are
signed (`Words.cover_url`), so that nothing is fetched but what a provider named.
"""

import asyncio
from collections import defaultdict
from functools import partial
from uuid import UUID

from litestar import Litestar

from app.config import Settings
from app.errors import Invalid
from app.foundation.archives.errors import BadFile
from app.foundation.http import OutboundError
from app.foundation.images.disk_cache import DiskCache
from app.foundation.images.workshop import Busy
from app.foundation.valkey.local_cache import LocalCache
from app.providers.answers import answered
from app.providers.base import RemotePage
from app.providers.errors import ProviderError
from app.providers.models import Provider
from app.providers.opening import opened
from app.reading.images import Images, images_of

FOLDER = ("cache", "discover")
CAP_BYTES = 256 << 20
MOST_BYTES = 16_000_000
WIDTH = 320
SECONDS = 20.0
AT_ONCE = 4
NONE_SECONDS, NONE_KEPT = 120.0, 5000
_KEY = "remote_covers"


def covers_of(app: Litestar) -> "RemoteCovers":
    found: RemoteCovers | None = app.state.get(_KEY)
    if found is None:
        found = app.state[_KEY] = RemoteCovers(app.state.settings, images_of(app))
    return found


class RemoteCovers:
    """Belongs to one event loop."""

    def __init__(self, settings: Settings, images: Images) -> None:
        self._kept = DiskCache(settings.data_dir.joinpath(*FOLDER), CAP_BYTES)
        self._images = images
        # One that hangs keeps nobody else's covers waiting.
        self._places: dict[UUID, asyncio.Semaphore] = defaultdict(
            partial(asyncio.Semaphore, AT_ONCE)
        )
        self._none: LocalCache[str, bool] = LocalCache(seconds=NONE_SECONDS, size=NONE_KEPT)

    async def kept(self, provider_id: UUID, url: str) -> bytes | None:
        return await self._kept.get(f"{provider_id} {url}")

    async def fetched(self, provider: Provider, url: str) -> bytes | None:
        """A JPEG of ours; None where there is no picture, which is asked for again after a while."""
        key = f"{provider.id} {url}"
        if self._none.get(key):
            return None
        try:
            async with asyncio.timeout(SECONDS), self._places[provider.id]:
                made = await self._made(provider, url, key)
        except (ProviderError, OutboundError, Invalid, BadFile, Busy, TimeoutError):
            # The placeholder says it: a cover is no reason to fail.
            self._none.put(key, True)
            return None
        await self._kept.put(key, made)
        return made

    async def _made(self, provider: Provider, url: str, key: str) -> bytes:
        driver = await opened().driver(provider)
        data = await answered(driver.page(RemotePage(url)))
        if len(data) > MOST_BYTES:
            raise BadFile("The picture is too large.")
        return await self._images.remade(key, data, WIDTH)
