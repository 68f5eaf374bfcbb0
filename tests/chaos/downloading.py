"""Chapters that a running server is to bring from a fake provider, and the last look at them."""

import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import select, text

from app.cli.doctor import examine
from app.downloads.jobs import download_from
from app.downloads.models import Download, DownloadState
from app.downloads.service import Which, retry, want
from app.foundation.db import now
from app.foundation.queue.models import Job, JobState
from app.library.text import title_key
from app.providers.models import Provider
from tests import factories
from tests.chaos.place import CHAPTERS, LIVE, TWICE, Ledger, Place
from tests.downloads import rows
from tests.providers.fake_mangadex import FakeChapter, FakeMangaDex, FakeSeries, a_fake
from tests.providers.faking import fresh_host

PER_SECOND = 20
"""What the provider allows of its interface."""
PAGES = 4


@dataclass
class Wish:
    """Chapters of one series from one provider, into a library of their own."""

    place: Place
    ledger: Ledger
    fake: FakeMangaDex
    folder: Path
    library_id: UUID
    series_id: UUID
    provider_id: UUID
    chapters: int

    async def downloads(self) -> list[Download]:
        async with self.ledger.sessions() as session:
            mine = select(Download).where(Download.series_id == self.series_id)
            return list(await session.scalars(mine.order_by(Download.created_at)))

    async def job(self) -> Job | None:
        async with self.ledger.sessions() as session:
            mine = select(Job).where(
                Job.kind == download_from.name,
                Job.key == str(self.provider_id),
                Job.state == JobState.RUNNING,
            )
            return (await session.scalars(mine)).one_or_none()

    async def is_done(self) -> bool:
        states = {one.state for one in await self.downloads()}
        return states == {DownloadState.DONE} and await self.job() is None

    async def has_said_why(self) -> bool:
        """Each that is not here yet."""
        found = await self.downloads()
        return all(one.reason or one.state is DownloadState.DONE for one in found)

    async def was_asked(self) -> bool:
        return self.fake.counts["pictures"].total > 0

    async def again(self) -> None:
        """As a person does who presses “Retry”."""
        async with self.ledger.sessions() as session:
            await retry(session, Which(series_id=self.series_id))
            await session.commit()

    def on_disk(self) -> list[Path]:
        """What a reader would find there."""
        return sorted(one for one in self.folder.rglob("*.cbz") if one.is_file())

    def sweep(self) -> int:
        """What a killed process left half written has a name that nothing shows, and goes once it is a
        minute old; how many there were."""
        parts = list(self.folder.rglob(".bunko-*.part"))
        for part in parts:
            part.unlink()
        return len(parts)

    async def is_whole(self) -> None:
        """Every chapter once, and nothing else; what was asked was within what is allowed."""
        values = {"library": self.library_id}
        found = [await self.ledger.count(query, **values) for query in (LIVE, CHAPTERS, TWICE)]
        assert found == [self.chapters, self.chapters, 0]
        done = await self.downloads()
        assert len({one.chapter_id for one in done}) == len(done) == self.chapters
        assert len(self.on_disk()) == self.chapters
        for path in self.on_disk():
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                assert len(archive.namelist()) == PAGES + 1
        assert self.highest_rate() <= PER_SECOND + 1

    def highest_rate(self) -> int:
        return max(self.fake.counts[route].highest_rate for route in ("api", "at-home"))


async def is_clean(place: Place, ledger: Ledger) -> None:
    found = await examine(ledger.engine, place.settings)
    assert found == [], found


@asynccontextmanager
async def wanting(
    place: Place,
    ledger: Ledger,
    name: str,
    chapters: int = 1,
    *,
    trouble: tuple[str, str] | None = None,
) -> AsyncIterator[Wish]:
    """`trouble`: what the provider does from the beginning, and on which of its routes."""
    folder = place.shelves / name
    folder.mkdir(exist_ok=True)
    async with a_fake(fresh_host()) as fake:
        fake.is_strict = False
        if trouble is not None:
            fake.is_shrinking = trouble[0] == "shrinking"
            if not fake.is_shrinking:
                fake.trouble(*trouble)
        yield await wish_for(place, ledger, fake, folder, chapters)


async def wish_for(
    place: Place, ledger: Ledger, fake: FakeMangaDex, folder: Path, chapters: int
) -> Wish:
    listed = [
        FakeChapter(f"{folder.name} {number}", str(number), pages=_pages(number))
        for number in range(1, chapters + 1)
    ]
    fake.series.append(FakeSeries(folder.name, chapters=listed))
    async with ledger.sessions() as session:
        name = folder.name
        library = await factories.library(session, name, path=str(folder), series_total=1)
        series = await factories.series(
            session, library, name, key=title_key(name), is_followed=True
        )
        provider = await _provider(session, name, fake)
        source = await rows.a_source(session, series, provider)
        releases = []
        for number, chapter in enumerate(listed, start=1):
            releases += await rows.releases(session, source, number, remote_id=chapter.id)
        ids = (library.id, series.id, provider.id)
        await want(session, [one.id for one in releases])
        await session.commit()
    return Wish(place, ledger, fake, folder, *ids, chapters)


async def _provider(session: object, name: str, fake: FakeMangaDex) -> Provider:
    options = {"api": fake.url, "uploads": fake.url, "report": f"{fake.url}/report"}
    return await rows.a_provider(
        session,  # type: ignore[arg-type]
        name[:60],
        options={**options, "requests_per_second": float(PER_SECOND)},
        allowed=[f"{fake.host}:{fake.port}"],
        # What it is asked for is counted: nobody else asks.
        next_check_at=now() + timedelta(days=1),
    )


async def end_lease(ledger: Ledger, job_id: UUID) -> None:
    async with ledger.engine.begin() as connection:
        await connection.execute(
            text("UPDATE job SET lease_until = now() WHERE id = :id"), {"id": job_id}
        )


def _pages(number: int) -> list[bytes]:
    return [_page(number * 100 + at) for at in range(PAGES)]


@cache
def _page(number: int) -> bytes:
    out = BytesIO()
    image = Image.new("RGB", (160, 240), "white")
    ImageDraw.Draw(image).text((20, 20), f"page {number}", fill="black")
    image.save(out, "JPEG")
    return out.getvalue()
