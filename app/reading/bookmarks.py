"""Pages that somebody wants to find again."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ScalarSelect, Select, and_, delete, exists, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.db import new_id, now
from app.foundation.images.recipe import Recipe
from app.library.models import Chapter, ChapterFile, ChapterKind, Series
from app.library.queries import Asker, visible_to
from app.reading.addresses import page_url
from app.reading.models import Bookmark

LONGEST_NOTE = 2_000
THUMBNAIL = Recipe(width=320)

type Edge = tuple[datetime, UUID]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A bookmark as lists show it. Without a `revision` the file is not there at the moment."""

    id: UUID
    chapter_id: UUID
    page: int
    note: str
    created_at: datetime
    series_id: UUID
    series_title: str
    series_language: str | None
    kind: ChapterKind
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    revision: int | None

    @property
    def thumbnail(self) -> str:
        if self.revision is None:
            return ""
        return page_url(self.chapter_id, self.page, self.revision, THUMBNAIL)

    @property
    def place(self) -> Edge:
        return self.created_at, self.id


async def bookmarks_of(
    session: AsyncSession,
    person: User,
    *,
    series_id: UUID | None = None,
    after: Edge | None = None,
    limit: int,
) -> list[Line]:
    """The newest first, of all series or of one. One query."""
    query = _lines(person)
    if series_id is not None:
        query = query.where(Series.id == series_id)
    if after is not None:
        query = query.where(tuple_(Bookmark.created_at, Bookmark.id) < tuple_(*after))
    newest = (Bookmark.created_at.desc(), Bookmark.id.desc())
    rows = await session.execute(query.order_by(*newest).limit(limit))
    return [Line(**row._mapping) for row in rows]


def marked_column(person: User | Asker) -> ScalarSelect[list[int]]:
    """The pages of a chapter that have one, for queries that select from `Chapter`."""
    return (
        select(func.array_agg(Bookmark.page))
        .where(Bookmark.chapter_id == Chapter.id, Bookmark.user_id == person.id)
        .where(Bookmark.removed_at.is_(None))
        .correlate(Chapter)
        .scalar_subquery()
    )


async def bookmark(
    session: AsyncSession, person: User, chapter_id: UUID, page: int, note: str | None = None
) -> None:
    """A page that has one keeps it, with the new note where one is given."""
    await _find_page(session, person, chapter_id, page)
    row = {"user_id": person.id, "chapter_id": chapter_id, "page": page, "note": note or ""}
    anew = {"removed_at": None} | ({} if note is None else {"note": note})
    await session.execute(
        insert(Bookmark)
        .values(id=new_id(), created_at=now(), **row)
        .on_conflict_do_update(
            index_elements=[Bookmark.user_id, Bookmark.chapter_id, Bookmark.page], set_=anew
        )
    )


async def remove(session: AsyncSession, person: User, chapter_id: UUID, page: int) -> None:
    """The one removed before is now gone for good: only the last removal can be undone."""
    await session.execute(
        delete(Bookmark).where(Bookmark.user_id == person.id, Bookmark.removed_at.is_not(None))
    )
    await _change(session, person, chapter_id, page, removed_at=now())


async def restore(session: AsyncSession, person: User, chapter_id: UUID, page: int) -> None:
    """Undo the last removal."""
    await _change(session, person, chapter_id, page, removed_at=None)


async def take_over(session: AsyncSession, chapter_id: UUID, taken_from: UUID) -> None:
    """Bookmarks go with their chapter into the file that takes its place; where that has one on
    the same page already, this one is enough."""
    mine = aliased(Bookmark)
    is_there = exists().where(
        mine.user_id == Bookmark.user_id,
        mine.chapter_id == chapter_id,
        mine.page == Bookmark.page,
    )
    await session.execute(
        update(Bookmark)
        .where(Bookmark.chapter_id == taken_from, ~is_there)
        .values(chapter_id=chapter_id)
        .execution_options(synchronize_session=False)
    )


def _lines(person: User) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(Bookmark.id, Bookmark.chapter_id, Bookmark.page, Bookmark.note, Bookmark.created_at),
            Series.id.label("series_id"),
            Series.title.label("series_title"),
            Series.language.label("series_language"),
            *(Chapter.kind, Chapter.number, Chapter.number_end, Chapter.volume, Chapter.volume_end),
            ChapterFile.revision,
        )
        .join(Chapter, Chapter.id == Bookmark.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .outerjoin(
            ChapterFile,
            and_(
                ChapterFile.chapter_id == Chapter.id,
                ChapterFile.missing_since.is_(None),
                ChapterFile.trashed_at.is_(None),
                ChapterFile.page_count >= Bookmark.page,
            ),
        )
        .where(Bookmark.user_id == person.id, Bookmark.removed_at.is_(None), visible_to(person))
        .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
    )


async def _find_page(session: AsyncSession, person: User, chapter_id: UUID, page: int) -> None:
    pages = await session.scalar(
        select(ChapterFile.page_count)
        .join(Chapter, Chapter.id == ChapterFile.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .where(Chapter.id == chapter_id, Chapter.trashed_at.is_(None), visible_to(person))
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
    )
    if pages is None or not 1 <= page <= pages:
        raise NotFound("There is no such page.")


async def _change(
    session: AsyncSession, person: User, chapter_id: UUID, page: int, **values: object
) -> None:
    changed = await session.scalar(
        update(Bookmark)
        .where(
            Bookmark.user_id == person.id,
            Bookmark.chapter_id == chapter_id,
            Bookmark.page == page,
        )
        .values(**values)
        .returning(Bookmark.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise NotFound("There is no such bookmark.")
