"""What the screens about reading lists show."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import members
from app.collections.cards import mosaics
from app.collections.lists import known_to, may_see
from app.collections.models import ReadingList, ReadingListChapter
from app.library.models import Chapter, ChapterFile, ChapterKind, Series
from app.reading.models import Progress

LIVE_FILE = and_(
    ChapterFile.chapter_id == Chapter.id,
    ChapterFile.missing_since.is_(None),
    ChapterFile.trashed_at.is_(None),
)


class ListLine(msgspec.Struct, frozen=True):
    """`total` and `read` are of the chapters this person may see."""

    id: UUID
    name: str
    sort_key: str
    summary: str | None
    is_shared: bool
    is_mine: bool
    owner: str
    total: int
    read: int
    holds: bool


class ListedChapter(msgspec.Struct, frozen=True):
    """`pages` is None while no file of it is on disk; `page` is 0 when not begun."""

    id: UUID
    place: int
    series_id: UUID
    series_title: str
    series_language: str | None
    kind: ChapterKind
    title: str | None
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    language: str | None
    pages: int | None
    page: int
    completed_at: datetime | None
    year: int | None
    """In which the series began."""

    @property
    def read(self) -> bool:
        return self.completed_at is not None


class ListSums(msgspec.Struct, frozen=True):
    total: int
    read: int


async def lists_for(
    session: AsyncSession,
    person: User,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int,
    only_mine: bool = False,
    asked: UUID | None = None,
) -> list[ListLine]:
    """By name. `asked` is a chapter that may be in some of them. One query."""
    holds = exists().where(
        ReadingListChapter.list_id == ReadingList.id, ReadingListChapter.chapter_id == asked
    )
    total, read = _count(person), _count(person, only_read=True)
    query: Select[*tuple[Any, ...]] = (
        select(
            ReadingList.id,
            ReadingList.name,
            ReadingList.sort_key,
            ReadingList.summary,
            ReadingList.is_shared,
            ReadingList.owner_id == person.id,
            User.name,
            total,
            read,
            holds,
        )
        .join(User, User.id == ReadingList.owner_id)
        .where(may_see(person), ReadingList.removed_at.is_(None))
        .order_by(ReadingList.sort_key, ReadingList.id)
        .limit(limit)
    )
    if only_mine:
        query = query.where(ReadingList.owner_id == person.id)
    if after is not None:
        query = query.where(tuple_(ReadingList.sort_key, ReadingList.id) > tuple_(*after))
    return [ListLine(*row) for row in await session.execute(query)]


async def covers_of(
    session: AsyncSession, person: User, ids: Sequence[UUID]
) -> dict[UUID, list[str]]:
    inside = (
        select(ReadingListChapter.list_id, Chapter.series_id, ReadingListChapter.position)
        .join(Chapter, Chapter.id == ReadingListChapter.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .where(members.among(ReadingListChapter.list_id, ids), known_to(person))
    )
    return await mosaics(session, inside)


async def sums_of(session: AsyncSession, person: User, reading_list: ReadingList) -> ListSums:
    query = select(_count(person), _count(person, only_read=True)).where(
        ReadingList.id == reading_list.id
    )
    total, read = (await session.execute(query)).one()
    return ListSums(total, read)


async def chapters_in(
    session: AsyncSession,
    person: User,
    reading_list: ReadingList,
    *,
    after: int | None = None,
    limit: int,
) -> list[ListedChapter]:
    query = _chapters(person, reading_list.id).order_by(ReadingListChapter.position).limit(limit)
    if after is not None:
        query = query.where(ReadingListChapter.position > after)
    return [ListedChapter(*row) for row in await session.execute(query)]


async def next_unread(
    session: AsyncSession, person: User, reading_list: ReadingList
) -> ListedChapter | None:
    """The first in the order of the list that is on disk and not read to its end."""
    query = (
        _chapters(person, reading_list.id)
        .where(Progress.completed_at.is_(None), ChapterFile.id.is_not(None))
        .order_by(ReadingListChapter.position)
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return ListedChapter(*row) if row else None


def _chapters(person: User, list_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Chapter.id,
            ReadingListChapter.position,
            Series.id,
            Series.title,
            Series.language,
            Chapter.kind,
            Chapter.title,
            Chapter.number,
            Chapter.number_end,
            Chapter.volume,
            Chapter.volume_end,
            Chapter.language,
            ChapterFile.page_count,
            func.coalesce(Progress.reread_page, Progress.page, 0),
            Progress.completed_at,
            Series.year,
        )
        .select_from(ReadingListChapter)
        .join(Chapter, Chapter.id == ReadingListChapter.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .outerjoin(ChapterFile, LIVE_FILE)
        .outerjoin(Progress, _mine(person))
        .where(ReadingListChapter.list_id == list_id, known_to(person))
    )


def _count(person: User, *, only_read: bool = False) -> ColumnElement[int]:
    query = (
        select(func.count())
        .select_from(ReadingListChapter)
        .join(Chapter, Chapter.id == ReadingListChapter.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .where(ReadingListChapter.list_id == ReadingList.id, known_to(person))
    )
    if only_read:
        query = query.join(Progress, _mine(person)).where(Progress.completed_at.is_not(None))
    return query.correlate(ReadingList).scalar_subquery()


def _mine(person: User) -> ColumnElement[bool]:
    return and_(Progress.chapter_id == Chapter.id, Progress.user_id == person.id)
