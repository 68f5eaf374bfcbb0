import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.foundation.archives.sandbox import SandboxPool
from app.library.models import Chapter, ChapterFile, Library, Problem, Series
from app.scanning.scanner import Scanner, ScanReport
from tests import factories


@pytest.fixture(scope="session")
def pool() -> Iterator[SandboxPool]:
    made = SandboxPool(1)
    yield made
    made.close()


class Shelf:
    """A library over a folder, and what a scan made of it."""

    def __init__(self, engine: AsyncEngine, pool: SandboxPool, session: AsyncSession) -> None:
        self.scanner = Scanner(engine, pool, 1)
        self.session = session
        self.library: Library
        self.path: Path

    async def scan(self, **more: Any) -> ScanReport:
        report = await self.scanner.scan(self.library.id, **more)
        # Let go of the rows of before, so that the next look is at the new ones.
        self.session.expunge_all()
        await self.session.rollback()
        return report

    async def all_series(self) -> list[Series]:
        rows = await self.session.scalars(
            select(Series).where(Series.missing_since.is_(None)).order_by(Series.sort_key)
        )
        return list(rows.unique())

    async def chapters(self) -> list[Chapter]:
        rows = await self.session.scalars(
            select(Chapter).where(Chapter.missing_since.is_(None)).order_by(Chapter.position)
        )
        return list(rows)

    async def files(self) -> list[ChapterFile]:
        rows = await self.session.scalars(
            select(ChapterFile)
            .where(ChapterFile.missing_since.is_(None))
            .order_by(ChapterFile.path)
        )
        return list(rows)

    async def problems(self) -> list[Problem]:
        return list(await self.session.scalars(select(Problem).order_by(Problem.path)))


@pytest.fixture
async def shelf(
    engine: AsyncEngine, pool: SandboxPool, session: AsyncSession, tmp_path: Path
) -> AsyncIterator[Shelf]:
    made = Shelf(engine, pool, session)
    made.path = tmp_path / "shelf"
    await asyncio.to_thread(made.path.mkdir)
    made.library = await factories.library(session, path=str(made.path))
    yield made
    await session.rollback()
