from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.accounts.models import User
from app.config import Settings
from app.downloads import releases_listeners  # noqa: F401 (hears of changed series)
from app.downloads.following import follow, look
from app.foundation.db import new_id, now, session_maker
from app.foundation.queue import JobKind, Run
from app.foundation.queue.models import Job, JobState
from app.providers.base import RemoteChapter, RemoteSeries
from app.providers.models import Keep, Provider, Release, Source
from tests import factories
from tests.providers.conftest import opened
from tests.providers.fake_mangadex import FakeMangaDex, a_fake
from tests.scanning.conftest import Shelf, pool, shelf

__all__ = ["opened", "pool", "shelf"]


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


@pytest.fixture
async def fake() -> AsyncIterator[FakeMangaDex]:
    async with a_fake() as fake:
        fake.is_strict = False
        yield fake


def at(fake: FakeMangaDex) -> dict[str, Any]:
    """What makes a provider ask this fake."""
    return {
        "options": {
            "api": fake.url,
            "uploads": fake.url,
            "report": f"{fake.url}/report",
            "requests_per_second": 1000,
        },
        "allowed": [f"127.0.0.1:{fake.port}"],
    }


class Office:
    """Jobs of a worker, one after another, as attempts that hold their job."""

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self.maker = session_maker(engine)
        self.settings = settings

    async def do(self, kind: JobKind, **arguments: Any) -> None:
        job = Job(id=new_id(), kind=kind.name, state=JobState.RUNNING, fence=1)
        async with self.maker() as session:
            session.add(job)
            await session.commit()
        run = Run(
            job_id=job.id,
            kind=kind.name,
            fence=1,
            attempt=1,
            session_maker=self.maker,
            settings=self.settings,
        )
        await kind.function(run, **arguments)

    async def do_all(self, kind: JobKind) -> int:
        """What was asked for of this kind."""
        async with self.maker() as session:
            asked = select(Job).where(Job.kind == kind.name, Job.state == JobState.WAITING)
            jobs = list(await session.scalars(asked))
            for job in jobs:
                job.state = JobState.DONE
                job.finished_at = now()
            await session.commit()
        for job in jobs:
            await self.do(kind, **kind.arguments(job.args))
        return len(jobs)


@pytest.fixture
def office(engine: AsyncEngine, settings: Settings, opened) -> Office:
    return Office(engine, settings)
