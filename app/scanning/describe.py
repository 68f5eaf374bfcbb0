"""The second pass: image sizes, read when there is time; a series of long strips is known by them."""

import asyncio
import os
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.foundation.archives.page_facts import (
    MEASURE_PAGES,
    PageFactsData,
    decode_facts,
    encode_facts,
)
from app.foundation.archives.paths import open_beneath
from app.foundation.archives.sandbox import SandboxFailure, SandboxPool
from app.foundation.db import new_id, now
from app.library.models import (
    Chapter,
    ChapterFile,
    Direction,
    PageFacts,
    PageTable,
    Problem,
    Root,
    Series,
)
from app.metadata.folders import shown
from app.metadata.merge import AUTO
from app.scanning.problems import IO_ERROR, UNREADABLE

VOTERS = 20
"""Files of a series that are asked whether it is a strip."""
_LIVE = (ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
_UNDESCRIBED = (ChapterFile.described_at.is_(None), *_LIVE)


class Undescribed(NamedTuple):
    """A file as the second pass needs it; `pages` is its page table."""

    file_id: UUID
    revision: int
    series_id: UUID
    library_id: UUID
    root_id: UUID
    path: bytes
    root_path: bytes
    pages: bytes


async def count_undescribed(session: AsyncSession) -> int:
    return await session.scalar(select(func.count(ChapterFile.id)).where(*_UNDESCRIBED)) or 0


async def next_undescribed(
    session: AsyncSession, after: UUID | None, most: int
) -> list[Undescribed]:
    """Files that the second pass has still to read, oldest first, behind the one given."""
    asked = (
        select(
            ChapterFile.id,
            ChapterFile.revision,
            Chapter.series_id,
            Root.library_id,
            Root.id,
            ChapterFile.path,
            Root.path,
            PageTable.data,
        )
        .join(Chapter, Chapter.id == ChapterFile.chapter_id)
        .join(Root, Root.id == ChapterFile.root_id)
        .join(
            PageTable,
            (PageTable.file_id == ChapterFile.id) & (PageTable.revision == ChapterFile.revision),
        )
        .where(*_UNDESCRIBED)
        .order_by(ChapterFile.id)
        .limit(most)
    )
    if after is not None:
        asked = asked.where(ChapterFile.id > after)
    return [Undescribed(*row) for row in await session.execute(asked)]


async def measured(
    pool: SandboxPool, files: Sequence[Undescribed]
) -> list[tuple[Undescribed, PageFactsData | SandboxFailure]]:
    """Those of the files that are there. Outside any transaction: this takes its time."""
    opened = await asyncio.to_thread(_open_all, files)
    try:
        found = await pool.run_batch(
            MEASURE_PAGES, [(fd, file.pages) for fd, file in opened], answer=PageFactsData
        )
    finally:
        for fd, _ in opened:
            os.close(fd)
    return [(file, facts) for (_, file), facts in zip(opened, found, strict=True)]


async def keep_facts(
    session: AsyncSession, found: Sequence[tuple[Undescribed, PageFactsData | SandboxFailure]]
) -> None:
    """Writes what was found, and marks series of strips. A file that is too much is not tried
    again before it changes; its pages are measured one by one as they are shown. One that the disk
    did not give has a line on the problems screen, until a later pass can read it."""
    if not found:
        return
    good = [(file, facts) for file, facts in found if isinstance(facts, PageFactsData)]
    unread = [file for file, facts in found if _is_of_disk(facts)]
    await _say_so(session, unread, [file for file, _ in good])
    if good:
        rows = [
            {"file_id": file.file_id, "revision": file.revision, "data": encode_facts(it)}
            for file, it in good
        ]
        await session.execute(insert(PageFacts).values(rows).on_conflict_do_nothing())
    for file, facts in found:
        if not _is_of_disk(facts):
            await session.execute(
                update(ChapterFile)
                .where(ChapterFile.id == file.file_id, ChapterFile.revision == file.revision)
                .values(described_at=now())
            )
    for series_id in sorted({file.series_id for file, facts in good if facts.is_long_strip}):
        await _mark_strip(session, series_id)


def _is_of_disk(found: PageFactsData | SandboxFailure) -> bool:
    return isinstance(found, SandboxFailure) and found.is_of_disk


async def _say_so(
    session: AsyncSession, unread: Sequence[Undescribed], read: Sequence[Undescribed]
) -> None:
    places = [(file.root_id, file.path) for file in read]
    of_read = tuple_(Problem.root_id, Problem.path).in_(places)
    await session.execute(delete(Problem).where(Problem.kind == UNREADABLE, of_read))
    rows = [
        {
            "id": new_id(),
            "library_id": file.library_id,
            "root_id": file.root_id,
            "path": file.path,
            "display_name": shown(file.path),
            "kind": UNREADABLE,
            "reason": IO_ERROR,
            "since": now(),
        }
        for file in unread
    ]
    if rows:
        await session.execute(insert(Problem).values(rows).on_conflict_do_nothing())


async def _mark_strip(session: AsyncSession, series_id: UUID) -> None:
    """Unless somebody or something said otherwise, or most of its files are no strips."""
    votes = await session.scalars(
        select(PageFacts.data)
        .join(
            ChapterFile,
            (ChapterFile.id == PageFacts.file_id) & (ChapterFile.revision == PageFacts.revision),
        )
        .join(Chapter, Chapter.id == ChapterFile.chapter_id)
        .where(Chapter.series_id == series_id, *_LIVE)
        .order_by(Chapter.position)
        .limit(VOTERS)
    )
    strips = [decode_facts(data).is_long_strip for data in votes]
    if 2 * sum(strips) > len(strips):
        await session.execute(
            update(Series)
            .where(Series.id == series_id, Series.direction.is_(None))
            .where(func.array_position(Series.locked_fields, "direction").is_(None))
            .values(
                direction=Direction.WEBTOON,
                sources=Series.sources.op("||")(literal({"direction": AUTO}, JSONB)),
            )
        )


def _open_all(files: Sequence[Undescribed]) -> list[tuple[int, Undescribed]]:
    opened: list[tuple[int, Undescribed]] = []
    for file in files:
        try:
            opened.append((open_beneath(file.root_path, file.path), file))
        except (NotFound, OSError):
            # Offline, or gone: the next scan tells, and the next second pass tries again.
            continue
    return opened
