"""The second pass: image sizes, read when there is time or the moment a chapter is opened."""

import asyncio
import os
from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.foundation.archives.paths import open_beneath
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import now
from app.library.models import ChapterFile, PageFacts, PageTable, Root
from app.scanning.measuring import MEASURE_PAGES, PageFactsData

_FILE = (
    select(ChapterFile.revision, ChapterFile.path, Root.path, PageTable.data)
    .join(Root, Root.id == ChapterFile.root_id)
    .join(
        PageTable,
        (PageTable.file_id == ChapterFile.id) & (PageTable.revision == ChapterFile.revision),
    )
    .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
)


async def describe_file(session: AsyncSession, pool: SandboxPool, file_id: UUID) -> PageFactsData:
    """Measures the pages of a live file, unless that was done for this revision, and keeps it.

    Raises NotFound if the file is not there, SandboxFailure if it is too much; the caller commits.
    """
    row = (await session.execute(_FILE.where(ChapterFile.id == file_id))).one_or_none()
    if row is None:
        raise NotFound("The file is not there.")
    revision, path, root_path, pages = row
    known = await session.get(PageFacts, (file_id, revision))
    if known is not None:
        return decode_facts(known.data)
    # A reader who leaves must not close the descriptor under the sandbox.
    facts = await asyncio.shield(_measured(pool, root_path, path, pages))
    await session.execute(
        insert(PageFacts)
        .values(file_id=file_id, revision=revision, data=msgspec.msgpack.encode(facts))
        .on_conflict_do_nothing()
    )
    await session.execute(
        update(ChapterFile).where(ChapterFile.id == file_id).values(described_at=now())
    )
    return facts


async def next_undescribed(session: AsyncSession, most: int = 100) -> list[UUID]:
    """Files that the second pass has still to read, oldest first."""
    rows = await session.scalars(
        select(ChapterFile.id)
        .where(ChapterFile.described_at.is_(None))
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
        .order_by(ChapterFile.id)
        .limit(most)
    )
    return list(rows)


def decode_facts(data: bytes) -> PageFactsData:
    return msgspec.msgpack.decode(data, type=PageFactsData)


async def _measured(
    pool: SandboxPool, root_path: bytes, path: bytes, pages: bytes
) -> PageFactsData:
    try:
        fd = await asyncio.to_thread(open_beneath, root_path, path)
    except OSError as error:
        raise NotFound("The file is not there.") from error
    try:
        return await pool.run(MEASURE_PAGES, fd, pages, answer=PageFactsData)
    finally:
        os.close(fd)
