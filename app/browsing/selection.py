"""Acts on many series of one library, each of which can be taken back for a day."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.models import ActKind, ShelfAct
from app.collections import members
from app.collections.lists import AllLists, chapters_of_series
from app.collections.models import (
    Collection,
    CollectionSeries,
    Favourite,
    ReadingList,
    ReadingListChapter,
)
from app.collections.shared import AllCollections
from app.errors import Invalid, NotFound
from app.foundation.db import new_id, now
from app.library.models import Chapter, ChapterFile, Series
from app.library.queries import visible_to
from app.library.trash import Trash
from app.reading import bulk

MOST = 200
KEPT = timedelta(days=1)
AT_ONCE = 20_000
"""Chapters that are marked while the person waits; more of them are work for the worker."""
A_STEP = 4_000

type Ids = Sequence[UUID]
type Mark = Callable[[AsyncSession, User, Ids, datetime], Awaitable[int]]

MARKS: dict[tuple[ActKind, bool], Mark] = {
    (ActKind.READ, False): bulk.mark_series_read,
    (ActKind.READ, True): bulk.take_series_back,
    (ActKind.UNREAD, False): bulk.mark_series_unread,
    (ActKind.UNREAD, True): bulk.bring_series_back,
}
"""By kind, and whether it is the undo."""


class Chosen:
    """Series of one library, all of which the person may see: one that they may not, and nothing
    is done to any."""

    def __init__(self, library_id: UUID, sizes: dict[UUID, int]) -> None:
        self.library_id = library_id
        self.sizes = sizes

    @classmethod
    async def of(
        cls, session: AsyncSession, person: User, library_id: UUID, ids: Iterable[UUID]
    ) -> Self:
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            raise Invalid("Choose at least one series.")
        if len(wanted) > MOST:
            raise Invalid("200 series are the most at once.")
        chosen = await cls.still(session, person, library_id, wanted)
        if len(chosen.sizes) != len(wanted):
            raise NotFound("There is no such series.")
        return chosen

    @classmethod
    async def still(
        cls, session: AsyncSession, person: User, library_id: UUID, wanted: Ids
    ) -> Self:
        """Those of them that the person may see now, in the order they were given."""
        rows = await session.execute(
            select(Series.id, Series.position_count).where(
                members.among(Series.id, wanted),
                Series.library_id == library_id,
                Series.trashed_at.is_(None),
                visible_to(person),
            )
        )
        sizes = dict(rows.tuples().all())
        return cls(library_id, {one: sizes[one] for one in wanted if one in sizes})

    @property
    def ids(self) -> list[UUID]:
        return list(self.sizes)

    @property
    def chapters(self) -> int:
        return sum(self.sizes.values())

    def steps(self) -> list[list[UUID]]:
        """In parts that are each a short transaction."""
        steps: list[list[UUID]] = [[]]
        room = A_STEP
        for series_id, size in self.sizes.items():
            if size > room and steps[-1]:
                steps.append([])
                room = A_STEP
            steps[-1].append(series_id)
            room -= size
        return steps


class Acts:
    def __init__(self, session: AsyncSession, person: User) -> None:
        self.session = session
        self.person = person

    async def one(self, act_id: UUID) -> ShelfAct:
        """Theirs, not yet taken back; locked until the request ends."""
        found = await self.session.scalar(
            select(ShelfAct)
            .where(ShelfAct.id == act_id, ShelfAct.user_id == self.person.id)
            .with_for_update()
        )
        if found is None or found.undone_at is not None or found.at < now() - KEPT:
            raise NotFound("This can no longer be undone.")
        return found

    async def mark(self, chosen: Chosen, kind: ActKind) -> tuple[ShelfAct, int]:
        """And how many chapters changed."""
        act = await self._note(chosen.library_id, kind, chosen.ids)
        changed = 0
        for step in chosen.steps():
            changed += await MARKS[kind, False](self.session, self.person, step, act.at)
        return act, changed

    async def mark_later(self, chosen: Chosen, kind: ActKind) -> ShelfAct:
        """Noted only; `jobs.mark_series` does it."""
        return await self._note(chosen.library_id, kind, chosen.ids)

    async def favourite(self, chosen: Chosen) -> ShelfAct:
        at = now()
        rows = [
            {"user_id": self.person.id, "series_id": series_id, "added_at": at}
            for series_id in chosen.ids
        ]
        added = await self.session.scalars(
            insert(Favourite).values(rows).on_conflict_do_nothing().returning(Favourite.series_id)
        )
        return await self._note(chosen.library_id, ActKind.FAVOURITE, list(added))

    async def collect(self, chosen: Chosen, collection: Collection) -> ShelfAct:
        new = await members.append(self.session, CollectionSeries, collection.id, chosen.ids)
        return await self._note(chosen.library_id, ActKind.COLLECTION, new, collection.id)

    async def put_on_list(self, chosen: Chosen, reading_list: ReadingList) -> ShelfAct:
        """All chapters, series by series."""
        chapters = await chapters_of_series(self.session, self.person, *chosen.ids)
        new = await members.append(self.session, ReadingListChapter, reading_list.id, chapters)
        return await self._note(chosen.library_id, ActKind.LIST, new, reading_list.id)

    async def put_in_trash(self, chosen: Chosen) -> ShelfAct:
        trash = Trash(self.session)
        files = await trash.files_of(self.person, chosen.ids)
        if files:
            await trash.put(files)
        ids = [one.file.id for one in files]
        return await self._note(chosen.library_id, ActKind.TRASH, ids)

    async def undo(self, act: ShelfAct) -> None:
        """What `jobs.mark_series` did is for it to undo."""
        act.undone_at = now()
        if (mark := MARKS.get((act.kind, True))) is not None:
            chosen = await Chosen.still(self.session, self.person, act.library_id, act.ids)
            for step in chosen.steps():
                await mark(self.session, self.person, step, act.at)
        elif act.kind is ActKind.FAVOURITE:
            mine = (
                Favourite.user_id == self.person.id,
                members.among(Favourite.series_id, act.ids),
            )
            await self.session.execute(delete(Favourite).where(*mine))
        elif act.kind is ActKind.COLLECTION and act.target_id is not None:
            collection = await AllCollections(self.session).one_to_change(
                self.person, act.target_id
            )
            await members.take_all_out(self.session, CollectionSeries, collection.id, act.ids)
        elif act.kind is ActKind.TRASH:
            await self._take_out_of_trash(act)
        elif act.target_id is not None:
            mine_list = await AllLists(self.session).one_of(self.person, act.target_id)
            await members.take_all_out(self.session, ReadingListChapter, mine_list.id, act.ids)

    async def _take_out_of_trash(self, act: ShelfAct) -> None:
        trash = Trash(self.session)
        files = await trash.these(self.person, act.ids) if self.person.manages else []
        if not files:
            raise NotFound("This can no longer be undone.")
        await trash.restore(files)

    async def _note(
        self, library_id: UUID, kind: ActKind, ids: list[UUID], target: UUID | None = None
    ) -> ShelfAct:
        old = (ShelfAct.user_id == self.person.id, ShelfAct.at < now() - KEPT)
        await self.session.execute(delete(ShelfAct).where(*old))
        act = ShelfAct(id=new_id(), user_id=self.person.id, library_id=library_id, kind=kind)
        act.ids, act.target_id, act.at = ids, target, now()
        self.session.add(act)
        await self.session.flush()
        return act


async def read_anew(session: AsyncSession, chosen: Chosen) -> None:
    """The next scan takes the files of these series for changed, whatever their dates say."""
    files = (
        select(ChapterFile.id)
        .join(Chapter, Chapter.id == ChapterFile.chapter_id)
        .where(members.among(Chapter.series_id, chosen.ids))
    )
    await session.execute(
        update(ChapterFile)
        .where(ChapterFile.id.in_(files))
        .values(mtime_ns=0)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Series)
        .where(members.among(Series.id, chosen.ids))
        .values(sidecars={})
        .execution_options(synchronize_session=False)
    )
