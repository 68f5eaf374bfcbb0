from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from app.accounts.models import User
from app.downloads import releases_listeners  # noqa: F401 (hears of changed series)
from app.downloads.following import follow, look
from app.providers.base import RemoteChapter, RemoteSeries
from app.providers.models import Keep, Provider, Release, Source
from tests import factories
from tests.scanning.conftest import Shelf, pool, shelf

__all__ = ["pool", "shelf"]


def lantern(**more: Any) -> RemoteSeries:
    return RemoteSeries(**{"remote_id": "lantern", "title": "Iron Lantern", **more})


def remote(name: str, told: str | None = None, **more: Any) -> RemoteChapter:
    """A chapter as a provider lists it; named like its number unless said otherwise."""
    told = name if told is None else told
    told = told if told.replace(".", "").isdigit() else ""
    return RemoteChapter(
        **{
            "remote_id": name,
            "number_text": told,
            "number": Decimal(told) if told else None,
            "language": "en",
            "groups": ("Night Owls",),
            **more,
        }
    )


@dataclass
class Desk:
    """A library on disk, a provider, and a manager who follows what is there."""

    shelf: Shelf
    provider: Provider
    manager: User

    @property
    def session(self):
        return self.shelf.session

    async def follow(self, said: RemoteSeries | None = None, **more: Any) -> Source:
        wish = {"by": self.manager, "languages": ("en",), "keep": Keep.ALL, **more}
        source = await follow(
            self.session, self.provider, said or lantern(), self.shelf.library, **wish
        )
        await self.session.commit()
        return source

    async def look(self, source: Source, *chapters: RemoteChapter) -> list[Release]:
        fresh = await look(self.session, source, chapters)
        await self.session.commit()
        return fresh


@pytest.fixture
async def desk(shelf) -> Desk:
    provider = await factories.add(shelf.session, Provider(name="Tidepool", driver="mangadex"))
    manager = await factories.charlie(shelf.session)
    await factories.let_in(shelf.session, manager, shelf.library)
    return Desk(shelf, provider, manager)
