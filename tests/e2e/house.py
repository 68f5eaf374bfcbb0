"""Windows on a running Bunko, and the addresses of its screens."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page

from tests.e2e.serving import Serving
from tests.e2e.witness import Witness

PHONE, TABLET, DESK, READER = (360, 740), (768, 1024), (1280, 900), (600, 800)
NAMES = ("chromium", "chromium-browser", "google-chrome")
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
        more: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[tuple[Page, Witness]]:
        """A fresh profile. When it closes, its witness must have seen no fault."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=self.origin,
            java_script_enabled=scripts,
            has_touch=size[0] < DESK[0],
            storage_state=self.state if owner else None,
            locale="en-GB",
            **(more or {}),
        )
        context.set_default_timeout(20_000)
        witness = Witness(context, self.origin)
        try:
            yield await context.new_page(), witness
        finally:
            await context.close()
        assert witness.faults == []
