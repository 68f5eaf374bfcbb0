"""Windows on a running Bunko, and the addresses of its screens."""

import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page

from tests.e2e import steps
from tests.e2e.serving import Serving
from tests.e2e.witness import Witness

PHONE, TABLET, DESK, READER = (360, 740), (768, 1024), (1280, 900), (600, 800)
# The first is the same engine without the windows of the whole browser: a third of the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PROVED_SECONDS = 300
# Read by `steps.reader_is_awake`.
_SCRIPTS_THAT_CAME = """window.scriptsThatCame = [];
document.addEventListener('load', event => {
  if (event.target.src) window.scriptsThatCame.push(event.target.src);
}, true);"""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "The browser tests need Chromium: make browser"
    return found


@dataclass
class House:
    """`state` holds the owner's cookies; `places` every screen by a short name."""

    serving: Serving
    browser: Browser
    state: Any = None
    places: dict[str, str] = field(default_factory=dict)
    proved_at: float = field(default_factory=time.monotonic)

    @property
    def origin(self) -> str:
        return self.serving.origin

    @asynccontextmanager
    async def window(
        self,
        size: tuple[int, int] = DESK,
        *,
        scripts: bool = True,
        owner: bool = True,
        origin: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[tuple[Page, Witness]]:
        """A fresh profile. When it closes, its witness must have seen no fault."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=origin or self.origin,
            java_script_enabled=scripts,
            has_touch=size[0] < DESK[0],
            storage_state=await self._owner() if owner else None,
            locale="en-GB",
            **(more or {}),
        )
        context.set_default_timeout(20_000)
        if scripts:
            await context.add_init_script(_SCRIPTS_THAT_CAME)
        witness = Witness(context, origin or self.origin)
        try:
            yield await context.new_page(), witness
        finally:
            await context.close()
        assert witness.faults == [], witness.faults

    async def _owner(self) -> Any:
        """Cookies of an owner who has proved lately who they are, so that no screen asks for it."""
        if self.state is not None and time.monotonic() - self.proved_at > PROVED_SECONDS:
            async with self.window(scripts=False, owner=False) as (page, _):
                await steps.sign_in(page, self.origin, steps.OWNER)
                await page.wait_for_url(f"{self.origin}/")
                self.state = await page.context.storage_state()
                self.proved_at = time.monotonic()
        return self.state
