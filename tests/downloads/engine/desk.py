"""A library on disk, a fake provider on loopback, and a worker at hand."""

import zipfile
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.downloads.jobs import download_from
from app.downloads.models import Download
from app.downloads.service import want
from app.foundation.db import now, session_maker
from app.foundation.queue import JobKind, NotNow, Run
from app.foundation.queue.models import Job, JobState
from app.library.models import Chapter, ChapterFile, Series
from app.library.text import title_key
from app.providers.models import Provider, Release, Source
from tests import factories
from tests.downloads import rows
from tests.providers.fake_mangadex import FakeChapter, FakeMangaDex, FakeSeries

TITLE = "Hourglass"


@cache
def page(number: int, kind: str = "JPEG") -> bytes:
    """A picture with something on it that tells it from the others."""
    out = BytesIO()
    image = Image.new("RGB", (160, 240), "white")
    ImageDraw.Draw(image).text((20, 20), f"page {number}", fill="black")
    image.save(out, kind)
    return out.getvalue()


class Desk:
    session: AsyncSession
    engine: AsyncEngine
    settings: Settings
    fake: FakeMangaDex
    root: Path
    provider: Provider
    source: Source
    series: Series

    async def set_up(self) -> None:
        self.maker = session_maker(self.engine)
        library = await factories.library(self.session, path=str(self.root))
        self.series = await factories.series(self.session, library, TITLE, key=title_key(TITLE))
        self.provider = await self.a_provider("Kumo", self.fake)
        self.source = await rows.a_source(self.session, self.series, self.provider)

    async def a_provider(self, name: str, fake: FakeMangaDex) -> Provider:
        options = {"api": fake.url, "uploads": fake.url, "report": f"{fake.url}/report"}
        return await rows.a_provider(
            self.session,
            name,
            options={**options, "requests_per_second": 1000.0},
            allowed=[f"127.0.0.1:{fake.port}"],
        )

    async def release(self, *numbers: int, pages: int = 3) -> list[Release]:
        """Chapters that the provider has."""
        chapters = [
            FakeChapter(f"{self.fake.port} {number}", str(number), pages=_pages(number, pages))
            for number in numbers
        ]
        self.fake.series.append(FakeSeries(f"{TITLE} {len(self.fake.series)}", chapters=chapters))
        made = []
        for number, chapter in zip(numbers, chapters, strict=True):
            made += await rows.releases(self.session, self.source, number, remote_id=chapter.id)
        return made

    async def want(self, *releases: Release) -> None:
        await want(self.session, [one.id for one in releases])
        await self.session.commit()

    async def work(self, provider: Provider | None = None) -> float | None:
        """One run of the job; how long it then wants to wait, or None where it is through."""
        run = await self.a_run()
        try:
            await download_from.function(run, (provider or self.provider).id)
        except NotNow as error:
            return error.wait
        finally:
            await self.end(run.job_id)
            self.session.expunge_all()
            await self.session.rollback()
        return None

    async def a_run(self) -> Run:
        job = Job(kind=download_from.name, key=None, state=JobState.RUNNING, fence=1, args={})
        job.max_attempts, job.started_at = 3, now()
        async with self.maker() as session:
            session.add(job)
            await session.commit()
        return Run(
            job_id=job.id,
            kind=job.kind,
            fence=1,
            attempt=1,
            session_maker=self.maker,
            settings=self.settings,
        )

    async def do(self, kind: JobKind) -> None:
        """Everything of this kind that was asked for."""
        asked = select(Job).where(Job.kind == kind.name, Job.state == JobState.WAITING)
        for job in (await self.session.scalars(asked)).all():
            run = await self.a_run()
            await kind.function(run, **kind.arguments(job.args))
            await self.end(job.id)
            await self.end(run.job_id)
        self.session.expunge_all()
        await self.session.rollback()

    async def end(self, job_id: UUID) -> None:
        async with self.maker() as session:
            await session.execute(update(Job).where(Job.id == job_id).values(state=JobState.DONE))
            await session.commit()

    async def time_passes(self) -> None:
        """What waits for a moment has waited."""
        await self.session.execute(update(Download).values(run_at=now()))
        await self.session.commit()

    async def downloads(self) -> list[Download]:
        asked = select(Download).join(Release).order_by(Release.number, Download.created_at)
        found = await self.session.scalars(asked.execution_options(populate_existing=True))
        return list(found)

    async def the_download(self) -> Download:
        [one] = await self.downloads()
        return one

    async def chapters(self) -> list[Chapter]:
        return list(await self.session.scalars(select(Chapter).order_by(Chapter.position)))

    async def files(self) -> int:
        return await self.session.scalar(select(func.count(ChapterFile.id))) or 0

    def on_disk(self) -> list[str]:
        """Everything in the library, temporary files as well."""
        found = [path for path in self.root.rglob("*") if path.is_file()]
        return sorted(str(path.relative_to(self.root)) for path in found)

    def fetched(self, route: str = "pictures") -> int:
        return self.fake.counts[route].total

    def partial(self) -> Sequence[Path]:
        return list((self.settings.data_dir / "downloads").glob("*"))


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def _pages(number: int, pages: int) -> list[bytes]:
    return [page(number * 100 + at) for at in range(pages)]
