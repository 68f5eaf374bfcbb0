"""Reading lists: made by one person, for themselves or shared; what is hidden from others stays so."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, and_, cast, exists, func, or_, select
from sqlalchemy import UUID as SqlUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import members
from app.collections.models import ReadingList, ReadingListChapter
from app.collections.order import Step, moved
from app.errors import NotAllowed, NotFound
from app.foundation.db import new_id, now
from app.library.models import Chapter, Series
from app.library.queries import visible_to


class AllLists:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def one_for(self, person: User, list_id: UUID) -> ReadingList:
        return await self._one(_visible(person, list_id))

    async def one_of(self, person: User, list_id: UUID, *, removed: bool = False) -> ReadingList:
        """Theirs, and locked until the request ends."""
        query = _visible(person, list_id, removed=removed)
        found = await self._one(query.with_for_update(of=ReadingList))
        if found.owner_id != person.id:
            raise NotAllowed("This list belongs to somebody else.")
        return found

    async def _one(self, query: Select[ReadingList]) -> ReadingList:
        found = await self.session.scalar(query)
        if found is None:
            raise NotFound("There is no such reading list.")
        return found

    async def create(
        self, person: User, name: str, summary: str = "", *, is_shared: bool = False
    ) -> ReadingList:
        made = ReadingList(id=new_id(), owner_id=person.id, is_shared=is_shared, unmatched=[])
        members.name_it(made, name, summary)
        self.session.add(made)
        await self.session.flush()
        return made

    async def remove(self, reading_list: ReadingList) -> None:
        await members.sweep(self.session, ReadingList)
        reading_list.removed_at = now()

    async def add(
        self, person: User, reading_list: ReadingList, chapter_ids: Sequence[UUID]
    ) -> int:
        """How many were not in it yet. Every id must be one that this person may see."""
        known = set(await visible_chapters(self.session, person, chapter_ids))
        if not known.issuperset(chapter_ids):
            raise NotFound("There is no such chapter.")
        new = await members.append(self.session, ReadingListChapter, reading_list.id, chapter_ids)
        return len(new)

    async def take_out(
        self, person: User, reading_list: ReadingList, chapter_id: UUID
    ) -> int | None:
        await chapter_of(self.session, person, chapter_id)
        return await members.take_out(self.session, ReadingListChapter, reading_list.id, chapter_id)

    async def put_back(
        self, person: User, reading_list: ReadingList, chapter_id: UUID, place: int
    ) -> None:
        await chapter_of(self.session, person, chapter_id)
        await members.put_back(self.session, ReadingListChapter, reading_list.id, chapter_id, place)

    async def move(
        self, person: User, reading_list: ReadingList, chapter_id: UUID, step: Step
    ) -> None:
        await chapter_of(self.session, person, chapter_id)
        rows = await self.session.execute(
            select(ReadingListChapter.chapter_id, ReadingListChapter.position)
            .join(Chapter, Chapter.id == ReadingListChapter.chapter_id)
            .join(Series, Series.id == Chapter.series_id)
            .where(ReadingListChapter.list_id == reading_list.id, known_to(person))
            .order_by(ReadingListChapter.position)
        )
        changes = moved([(row[0], row[1]) for row in rows], chapter_id, step)
        await members.rearrange(self.session, ReadingListChapter, reading_list.id, changes)


def known_to(person: User) -> ColumnElement[bool]:
    """Chapters this person may know of, on disk or not. Needs `Chapter` and `Series`."""
    return and_(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None), visible_to(person))


def may_see(person: User) -> ColumnElement[bool]:
    """One's own; and shared ones that hold something for this person."""
    sees_some = exists().where(
        ReadingListChapter.list_id == ReadingList.id,
        Chapter.id == ReadingListChapter.chapter_id,
        Series.id == Chapter.series_id,
        known_to(person),
    )
    return or_(ReadingList.owner_id == person.id, and_(ReadingList.is_shared, sees_some))


async def chapter_of(session: AsyncSession, person: User, chapter_id: UUID) -> Chapter:
    found = await session.scalar(
        select(Chapter)
        .join(Series, Series.id == Chapter.series_id)
        .where(Chapter.id == chapter_id, known_to(person))
    )
    if found is None:
        raise NotFound("There is no such chapter.")
    return found


async def visible_chapters(
    session: AsyncSession, person: User, chapter_ids: Sequence[UUID]
) -> list[UUID]:
    rows = await session.scalars(
        select(Chapter.id)
        .join(Series, Series.id == Chapter.series_id)
        .where(members.among(Chapter.id, chapter_ids), known_to(person))
    )
    return list(rows)


async def chapters_of_series(session: AsyncSession, person: User, *series_ids: UUID) -> list[UUID]:
    """One at each position, series by series in their order; of several that in the person's
    language."""
    wished = (person.preference.reading or {}).get("language")
    turn = func.array_position(
        cast(list(series_ids), ARRAY(SqlUUID(as_uuid=True))), Chapter.series_id
    )
    rows = await session.execute(
        select(Chapter.id, turn, Chapter.position)
        .join(Series, Series.id == Chapter.series_id)
        .where(
            members.among(Chapter.series_id, series_ids),
            Chapter.missing_since.is_(None),
            known_to(person),
        )
        .order_by(
            turn,
            Chapter.position,
            Chapter.language.is_not_distinct_from(wished).desc(),
            Chapter.id,
        )
        .distinct(turn, Chapter.position)
        .limit(members.MOST_MEMBERS + 1)
    )
    return [row[0] for row in rows]


def _visible(person: User, list_id: UUID, *, removed: bool = False) -> Select[ReadingList]:
    query = select(ReadingList).where(ReadingList.id == list_id, may_see(person))
    return query if removed else query.where(ReadingList.removed_at.is_(None))
