"""One thing on disk twice: the same pages in two files, or two files of one chapter."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app import events
from app.accounts.models import User
from app.errors import Conflict, NotFound
from app.foundation.db import now
from app.library.events import ChapterReplaced
from app.library.models import Chapter, ChapterFile, Library, Series
from app.library.queries import visible_to
from app.library.trash import OnDisk, Trash

SHOWN = 50
FEWEST_PAGES = 3
"""A page or two, such as a blank or a credit, is no proof that two files are one."""


class Copy(NamedTuple):
    chapter_id: UUID
    file_id: UUID
    path: bytes
    page_count: int
    size: int

    @property
    def shown_path(self) -> str:
        return self.path.decode(errors="replace")


class Pair(NamedTuple):
    """`older` came first. Where `is_one_chapter`, either can take the other's place; else they
    are the same pages under two names."""

    series_title: str
    older: Copy
    newer: Copy
    is_one_chapter: bool
    has_same_pages: bool


async def pairs_in(session: AsyncSession, person: User, library: Library) -> list[Pair]:
    """Up to SHOWN."""
    chapter, other = aliased(Chapter, name="older"), aliased(Chapter, name="newer")
    file, twin = aliased(ChapterFile, name="file"), aliased(ChapterFile, name="twin")
    same_pages = and_(file.fingerprint == twin.fingerprint, file.page_count >= FEWEST_PAGES)
    same_chapter = _one_chapter(chapter, other)
    base = (
        select(
            Series.title,
            *(file.chapter_id, file.id, file.path, file.page_count, file.size),
            *(twin.chapter_id, twin.id, twin.path, twin.page_count, twin.size),
            same_chapter,
            same_pages,
        )
        .select_from(Series)
        .join(chapter, chapter.series_id == Series.id)
        .join(file, and_(file.chapter_id == chapter.id, *_live(file)))
        .where(Series.library_id == library.id, visible_to(person))
    )
    of_pages = (
        base.join(twin, and_(twin.fingerprint == file.fingerprint, *_live(twin)))
        .join(other, other.id == twin.chapter_id)
        .join(_home := aliased(Series), _home.id == other.series_id)
        .where(chapter.id < other.id, same_pages, _home.library_id == library.id)
    )
    of_chapters = (
        base.join(other, and_(same_chapter, other.position == chapter.position))
        .join(twin, and_(twin.chapter_id == other.id, *_live(twin)))
        .where(chapter.id < other.id)
    )
    found: dict[tuple[UUID, UUID], Pair] = {}
    for asked in (of_chapters, of_pages):
        for row in await session.execute(asked.order_by(Series.sort_key, chapter.id).limit(SHOWN)):
            older, newer = Copy._make(row[1:6]), Copy._make(row[6:11])
            pair = Pair(row[0], older, newer, bool(row[11]), bool(row[12]))
            found.setdefault((older.file_id, newer.file_id), pair)
    return list(found.values())[:SHOWN]


async def use_instead(
    session: AsyncSession, person: User, keep: UUID, drop: UUID, *, trash: Trash | None = None
) -> OnDisk:
    """Of two files of one chapter (ids of their chapters), `keep` stays and `drop` goes to the
    trash. The older chapter keeps its address and everybody's progress, and has the file kept."""
    trash = trash or Trash(session)
    kept, dropped = await trash.chapter_for(person, keep), await trash.chapter_for(person, drop)
    if kept.file.id == dropped.file.id or not await _are_one(session, keep, drop):
        raise Conflict("These are not two files of one chapter.")
    if kept.library.id != dropped.library.id:
        raise NotFound("There is no such chapter.")
    return await exchange(session, kept, dropped, trash)


async def exchange(session: AsyncSession, kept: OnDisk, dropped: OnDisk, trash: Trash) -> OnDisk:
    """The same for two that are known to be versions of one chapter."""
    older, newer = sorted((kept, dropped), key=lambda one: one.chapter.id)
    if older is dropped:
        await _swap(session, kept, dropped)
    await events.publish(session, ChapterReplaced(older.chapter.id, newer.chapter.id))
    # What goes is the newer chapter, with the file that nobody chose.
    await trash.put([dropped._replace(chapter=newer.chapter)])
    return kept._replace(chapter=older.chapter)


async def _swap(session: AsyncSession, kept: OnDisk, dropped: OnDisk) -> None:
    """Each file to the other's chapter; one of them is not live for the moment, as a chapter has
    one live file at most."""
    aside = update(ChapterFile).where(ChapterFile.id == dropped.file.id).values(trashed_at=now())
    await session.execute(aside)
    kept.file.chapter_id = dropped.chapter.id
    await session.flush()
    dropped.file.chapter_id = kept.chapter.id
    await session.flush()


async def _are_one(session: AsyncSession, one: UUID, two: UUID) -> bool:
    chapter, other = aliased(Chapter), aliased(Chapter)
    asked = select(chapter.id).where(
        chapter.id == one, other.id == two, _one_chapter(chapter, other)
    )
    return await session.scalar(asked) is not None


def _one_chapter(chapter: type[Chapter], other: type[Chapter]) -> ColumnElement[bool]:
    """Same series, number, language and group: a person would read one of them."""
    return and_(
        chapter.series_id == other.series_id,
        chapter.kind == other.kind,
        chapter.number.is_not_distinct_from(other.number),
        chapter.number_end.is_not_distinct_from(other.number_end),
        chapter.volume.is_not_distinct_from(other.volume),
        chapter.language.is_not_distinct_from(other.language),
        chapter.groups == other.groups,
        chapter.number.is_not(None) | chapter.volume.is_not(None),
    )


def _live(file: type[ChapterFile]) -> tuple[ColumnElement[bool], ...]:
    return (file.missing_since.is_(None), file.trashed_at.is_(None))
