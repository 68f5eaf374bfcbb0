"""Chapters that a person put away, for a time. Rows are changed first, files last, then the request
commits: what fails on disk leaves no trace in the tables."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.errors import Conflict, DomainError, Invalid, NotFound
from app.foundation.archives.file_store import DISK, FileStore
from app.foundation.db import now
from app.library.models import Chapter, ChapterFile, Library, Problem, Root, Series
from app.library.queries import visible_to
from app.library.shelving import shelve_again
from app.library.trash_folder import delete_for_good, put_away, put_back

KEPT = timedelta(days=30)
SHOWN = 200
MOST = 5_000
"""Files that go into the trash at once."""
READ_ONLY = "This library is read-only: Bunko changes nothing in its folders."


type Move = Callable[[bytes, bytes, UUID, FileStore], None]


class OnDisk(NamedTuple):
    """A file with all that is around it."""

    file: ChapterFile
    chapter: Chapter
    series: Series
    root: Root
    library: Library

    @property
    def goes_at(self) -> datetime | None:
        """When the trash is emptied of it."""
        return self.file.trashed_at and self.file.trashed_at + KEPT


class Trash:
    def __init__(self, session: AsyncSession, store: FileStore = DISK) -> None:
        self.session = session
        self.store = store

    async def chapter_for(self, person: User, chapter_id: UUID) -> OnDisk:
        """The live file of a chapter that this person may see."""
        asked = _live().where(Chapter.id == chapter_id, visible_to(person))
        return _one(
            (await self.session.execute(asked)).one_or_none(), NotFound("There is no such chapter.")
        )

    async def live_one(self, chapter_id: UUID) -> OnDisk | None:
        """The same for upkeep, which nobody asks for."""
        row = (await self.session.execute(_live().where(Chapter.id == chapter_id))).one_or_none()
        return None if row is None else OnDisk._make(row)

    async def series_for(self, person: User, series_id: UUID) -> list[OnDisk]:
        """The live files of a series that this person may see, at least one."""
        asked = _live().where(Series.id == series_id, visible_to(person))
        rows = await self.session.execute(asked.order_by(Chapter.position, Chapter.id))
        found = [OnDisk._make(row) for row in rows]
        if not found:
            raise NotFound("There is no such series, or none of its files is on disk.")
        return found

    async def files_of(self, person: User, series_ids: Sequence[UUID]) -> list[OnDisk]:
        """The live files of these series, as far as this person may see them."""
        asked = _live().where(Series.id.in_(series_ids), visible_to(person))
        rows = await self.session.execute(
            asked.order_by(Series.sort_key, Series.id, ChapterFile.id)
        )
        return [OnDisk._make(row) for row in rows]

    async def put(self, files: Sequence[OnDisk]) -> None:
        """All of them or none. They are of one library."""
        _check_may_change(files[0].library)
        if len(files) > MOST:
            raise Invalid("These are more than 5,000 files. Choose fewer at once.")
        at = now()
        for one in files:
            one.file.trashed_at = one.chapter.trashed_at = at
            await self._forget_problems(one)
        await shelve_again(self.session, files[0].library.id, {one.series.id for one in files})
        await asyncio.to_thread(self._move_all, files, put_away, put_back)

    async def listed(self, person: User, library: Library) -> list[OnDisk]:
        """What lies in the trash of a library, what was put there last first."""
        rows = await self.session.execute(
            _trashed()
            .where(Root.library_id == library.id, visible_to(person))
            .order_by(ChapterFile.trashed_at.desc(), ChapterFile.id)
            .limit(SHOWN)
        )
        return [OnDisk._make(row) for row in rows]

    async def one_in(self, person: User, library: Library, file_id: UUID) -> OnDisk:
        """A file in the trash of a library."""
        mine = (Root.library_id == library.id, visible_to(person), ChapterFile.id == file_id)
        return _one((await self.session.execute(_trashed().where(*mine))).one_or_none(), _no_file())

    async def one(self, file_id: UUID) -> OnDisk:
        """The same for upkeep, which nobody asks for."""
        asked = _trashed().where(ChapterFile.id == file_id)
        return _one((await self.session.execute(asked)).one_or_none(), _no_file())

    async def these(self, person: User, file_ids: Sequence[UUID]) -> list[OnDisk]:
        """Those of them that lie in the trash still, and that this person may see."""
        asked = _trashed().where(ChapterFile.id.in_(file_ids), visible_to(person))
        rows = await self.session.execute(asked.order_by(ChapterFile.id))
        return [OnDisk._make(row) for row in rows]

    async def restore(self, files: Sequence[OnDisk]) -> None:
        """Back to their places on disk and on the shelf, all of them or none; progress was never
        touched. They are of one library."""
        _check_may_change(files[0].library)
        await self._check_are_free(files)
        for one in files:
            one.file.trashed_at = one.file.missing_since = None
            one.chapter.trashed_at = one.chapter.missing_since = None
        await shelve_again(self.session, files[0].library.id, {one.series.id for one in files})
        await asyncio.to_thread(self._move_all, files, put_back, put_away)

    async def delete(self, one: OnDisk) -> None:
        """From disk, for good. The chapter's row stays, and with it who has read it."""
        _check_may_change(one.library)
        await self.session.execute(delete(ChapterFile).where(ChapterFile.id == one.file.id))
        await asyncio.to_thread(delete_for_good, one.root.path, one.file.id, self.store)

    async def overdue(self) -> list[UUID]:
        """Files that lay there for longer than KEPT, in libraries that may be changed."""
        asked = select(ChapterFile.id).join(Root).join(Library)
        overdue = ChapterFile.trashed_at < now() - KEPT
        return list(await self.session.scalars(asked.where(overdue, ~Library.read_only)))

    def _move_all(self, files: Sequence[OnDisk], move: Move, undo: Move) -> None:
        done: list[tuple[bytes, bytes, UUID]] = []
        try:
            for one in files:
                place = (one.root.path, one.file.path, one.file.id)
                move(*place, self.store)
                done.append(place)
        except DomainError:
            for place in done:
                undo(*place, self.store)
            raise

    async def _check_are_free(self, files: Sequence[OnDisk]) -> None:
        other = aliased(ChapterFile)
        taken = await self.session.scalar(
            select(ChapterFile.id)
            .join(
                other,
                (other.chapter_id == ChapterFile.chapter_id)
                | ((other.root_id == ChapterFile.root_id) & (other.path == ChapterFile.path)),
            )
            .where(ChapterFile.id.in_([one.file.id for one in files]))
            .where(other.missing_since.is_(None), other.trashed_at.is_(None))
            .limit(1)
        )
        if taken is not None:
            raise Conflict("Another file stands at its place now. Put that away first.")

    async def _forget_problems(self, one: OnDisk) -> None:
        await self.session.execute(
            delete(Problem).where(Problem.root_id == one.root.id, Problem.path == one.file.path)
        )


async def come_back(session: AsyncSession, file_id: UUID) -> None:
    """The row of a file that lies at its place says so again; the caller shelves its series."""
    chapter_id = await session.scalar(
        update(ChapterFile)
        .where(ChapterFile.id == file_id)
        .values(trashed_at=None, missing_since=None)
        .returning(ChapterFile.chapter_id)
    )
    await session.execute(
        update(Chapter).where(Chapter.id == chapter_id).values(trashed_at=None, missing_since=None)
    )


def _files() -> Select[ChapterFile, Chapter, Series, Root, Library]:
    return (
        select(ChapterFile, Chapter, Series, Root, Library)
        .join(Chapter, Chapter.id == ChapterFile.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .join(Root, Root.id == ChapterFile.root_id)
        .join(Library, Library.id == Root.library_id)
    )


def _trashed() -> Select[ChapterFile, Chapter, Series, Root, Library]:
    return _files().where(ChapterFile.trashed_at.is_not(None))


def _live() -> Select[ChapterFile, Chapter, Series, Root, Library]:
    return _files().where(
        *(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None)),
        *(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None)),
    )


def _no_file() -> NotFound:
    return NotFound("There is no such file in the trash.")


def _one(row: Iterable[Any] | None, missing: NotFound) -> OnDisk:
    if row is None:
        raise missing
    return OnDisk._make(row)


def _check_may_change(library: Library) -> None:
    if library.read_only:
        raise Conflict(READ_ONLY)
