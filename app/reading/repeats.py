"""Pages that turn up in chapter after chapter of a series: credits, adverts, "follow us" pages.

An owner chooses which of them the reader passes over, wherever in the series they stand.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, BigInteger, ScalarSelect, and_, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.archives import page_table
from app.foundation.db import now
from app.foundation.images.recipe import Recipe
from app.library.models import Chapter, ChapterFile, PageTable, Series
from app.reading.addresses import page_url
from app.reading.models import SkippedPage

EDGE = 6
"""Pages looked at from either end of a chapter: a story does not repeat itself, its frame does."""
FEWEST = 2
MOST = 60
THUMBNAIL = Recipe(width=320)
_TABLES_AT_ONCE = 200

type Identity = tuple[int, int]
"""(CRC-32, size) of a page, as the archive's directory tells them."""


class Repeat(msgspec.Struct, kw_only=True):
    """A page, how many chapters it stands in, and one place to see it."""

    identity: Identity
    chapter_id: UUID
    page: int
    revision: int
    chapters: int = 1
    is_skipped: bool = False

    @property
    def value(self) -> str:
        """As a form sends it."""
        return f"{self.identity[0]:x}-{self.identity[1]:x}"

    @property
    def thumbnail(self) -> str:
        return page_url(self.chapter_id, self.page, self.revision, THUMBNAIL)


async def repeats_in(session: AsyncSession, series: Series) -> list[Repeat]:
    """What stands in several chapters, the most frequent first; what is skipped is always there as
    long as any chapter has it."""
    skipped = set(await skipped_in(session, series.id))
    found: dict[Identity, Repeat] = {}
    rows = await session.stream(_tables_of(series))
    async for some in rows.partitions(_TABLES_AT_ONCE):
        await asyncio.to_thread(_count, some, found)
    for identity, repeat in found.items():
        repeat.is_skipped = identity in skipped
    listed = [each for each in found.values() if each.is_skipped or each.chapters >= FEWEST]
    return sorted(listed, key=lambda each: (-each.chapters, each.page))[:MOST]


async def skipped_in(session: AsyncSession, series_id: UUID) -> list[Identity]:
    rows = await session.execute(
        select(SkippedPage.crc32, SkippedPage.size).where(SkippedPage.series_id == series_id)
    )
    return [(crc32, size) for crc32, size in rows]


def skipped_column() -> ScalarSelect[Any]:
    """The same as pairs, for queries that select from `Series`; NULL where there are none."""
    pair = array([SkippedPage.crc32, SkippedPage.size])
    return (
        select(func.array_agg(pair, type_=ARRAY(BigInteger, dimensions=2)))
        .where(SkippedPage.series_id == Series.id)
        .correlate(Series)
        .scalar_subquery()
    )


async def skip(
    session: AsyncSession,
    series: Series,
    by: User,
    *,
    chosen: Sequence[Identity],
    shown: Sequence[Identity],
) -> None:
    """Of what was shown, exactly the chosen pages are passed over from now on."""
    dropped = [identity for identity in shown if identity not in chosen]
    of_series = SkippedPage.series_id == series.id
    if dropped:
        pair = tuple_(SkippedPage.crc32, SkippedPage.size)
        await session.execute(delete(SkippedPage).where(of_series, pair.in_(dropped)))
    if chosen:
        row = {"series_id": series.id, "chosen_by": by.id, "chosen_at": now()}
        rows = [{**row, "crc32": crc32, "size": size} for crc32, size in dict.fromkeys(chosen)]
        await session.execute(insert(SkippedPage).values(rows).on_conflict_do_nothing())


def passed_over(table: bytes, skipped: Iterable[Identity]) -> frozenset[int]:
    """The pages of one file (counted from 1) that the reader passes over. A file of nothing else is
    shown as it is."""
    wanted = set(skipped)
    if not wanted:
        return frozenset()
    pages = page_table.identities(table)
    found = frozenset(page for page, identity in enumerate(pages, 1) if identity in wanted)
    return found if len(found) < len(pages) else frozenset()


def parsed(value: str) -> Identity | None:
    """What a form sent, or None."""
    crc32, _, size = value.partition("-")
    try:
        identity = int(crc32, 16), int(size, 16)
    except ValueError:
        return None
    return identity if max(identity) < 2**32 and min(identity) >= 0 else None


def _count(rows: Iterable[Any], found: dict[Identity, Repeat]) -> None:
    for chapter_id, revision, data in rows:
        pages = page_table.identities(data)
        frame = {*range(min(EDGE, len(pages))), *range(max(0, len(pages) - EDGE), len(pages))}
        seen: set[Identity] = set()
        for at in sorted(frame):
            identity = pages[at]
            if not identity[0] or identity in seen:
                continue  # without a CRC nobody knows what is in it
            seen.add(identity)
            if identity in found:
                found[identity].chapters += 1
            else:
                place = {"chapter_id": chapter_id, "page": at + 1, "revision": revision}
                found[identity] = Repeat(identity=identity, **place)


def _tables_of(series: Series) -> Any:
    return (
        select(Chapter.id, ChapterFile.revision, PageTable.data)
        .join(
            ChapterFile,
            and_(
                ChapterFile.chapter_id == Chapter.id,
                ChapterFile.missing_since.is_(None),
                ChapterFile.trashed_at.is_(None),
            ),
        )
        .join(
            PageTable,
            and_(PageTable.file_id == ChapterFile.id, PageTable.revision == ChapterFile.revision),
        )
        .where(Chapter.series_id == series.id, Chapter.trashed_at.is_(None))
        .order_by(Chapter.position, Chapter.id)
    )
