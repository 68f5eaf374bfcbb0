"""Whose image may be sent: one query by a bare driver, believed for two seconds per process.

Only page and cover images trust it that long (SEC23); every screen asks anew. The query is the
same `visible_to` as everywhere, so images cannot be seen where the series cannot.
"""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, Self
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import Integer, Select, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.db.engine import raw_pool
from app.foundation.valkey.local_cache import LocalCache
from app.library.models import Chapter, ChapterFile, PageFacts, PageTable, Root, Series
from app.library.queries import Asker, visible_to
from app.reading.addresses import cover_version
from app.reading.open_files import FileOnDisk

BELIEVED_SECONDS = 2.0
_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]
_ASKED = bindparam("asked", type_=Uuid)
_NO_SUCH_CHAPTER = "There is no such chapter, or its file is missing."


class Query(NamedTuple):
    """A statement as the bare driver runs it, made once for a kind of person: to make it takes
    longer than to run it."""

    sql: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, statement: Select[*tuple[Any, ...]]) -> Self:
        made = statement.compile(dialect=_DIALECT)
        return cls(str(made), tuple(made.positiontup or ()), made.params)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        return [values[name] if name in values else self.constants[name] for name in self.names]


class CoverSource(msgspec.Struct, frozen=True):
    """The page (1-based) a cover is made of; `file` is None while there is no chapter. `art` is the
    name of a picture that a person brought instead."""

    file: FileOnDisk | None
    page: int
    art: str | None = None

    @property
    def version(self) -> str | None:
        """As in addresses; None where there is nothing to show."""
        if self.art is not None or self.file is None:
            return self.art
        return cover_version(self.file.file_id, self.file.revision, self.page)


class ImageAccess:
    """Belongs to one event loop. The pool opens with the first image."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._pages: LocalCache[tuple[UUID, UUID], FileOnDisk] = LocalCache(
            seconds=BELIEVED_SECONDS, size=4096
        )
        self._covers: LocalCache[tuple[UUID, UUID], CoverSource] = LocalCache(
            seconds=BELIEVED_SECONDS, size=4096
        )

    async def chapter_file(self, person: User, chapter_id: UUID) -> FileOnDisk:
        """The live file of a chapter that this person may see, or NotFound."""
        key = (person.id, chapter_id)
        found = self._pages.get(key)
        if found is None:
            row = await self._one(_chapter_query(Asker.like(person)), _values(person, chapter_id))
            if row is None:
                raise NotFound(_NO_SUCH_CHAPTER)
            found = self._pages.put(key, FileOnDisk(*row))
        return found

    async def series_cover(self, person: User, series_id: UUID) -> CoverSource:
        """What a series' cover is made of, or NotFound where the series is not for this person."""
        key = (person.id, series_id)
        found = self._covers.get(key)
        if found is None:
            row = await self._one(_cover_query(Asker.like(person)), _values(person, series_id))
            if row is None:
                raise NotFound("There is no such series.")
            art, page, *file = row
            found = CoverSource(FileOnDisk(*file) if file[0] else None, page, art)
            self._covers.put(key, found)
        return found

    async def page_facts(self, file: FileOnDisk) -> bytes | None:
        """What was found out about the pages of a file that `chapter_file` let somebody see."""
        row = await self._one(_facts_query(), {"file": file.file_id, "revision": file.revision})
        return None if row is None else row[0]

    async def keep_page_facts(self, file: FileOnDisk, data: bytes) -> None:
        """Facts of the same pages, found anew, take the place of older ones."""
        pool = self._pool or await self._open()
        # The file may have been deleted meanwhile: then there is nothing to keep.
        await pool.execute(
            "INSERT INTO page_facts (file_id, revision, data) "
            "SELECT id, $2, $3 FROM chapter_file WHERE id = $1 FOR KEY SHARE "
            "ON CONFLICT (file_id, revision) DO UPDATE SET data = excluded.data",
            file.file_id,
            file.revision,
            data,
        )

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def _one(self, query: Query, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        pool = self._pool or await self._open()
        row = await pool.fetchrow(query.sql, *query.arguments(values))
        return None if row is None else tuple(row)

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await raw_pool(self._url, max_size=3)
        return self._pool


_FILE_COLUMNS = (
    ChapterFile.id,
    ChapterFile.revision,
    Root.path,
    ChapterFile.path,
    PageTable.data,
)


@cache
def _chapter_query(person: Asker) -> Query:
    return Query.of(
        select(*_FILE_COLUMNS)
        .select_from(Chapter)
        .join(Series, Series.id == Chapter.series_id)
        .join(ChapterFile, ChapterFile.chapter_id == Chapter.id)
        .join(Root, Root.id == ChapterFile.root_id)
        .join(
            PageTable,
            (PageTable.file_id == ChapterFile.id) & (PageTable.revision == ChapterFile.revision),
        )
        .where(Chapter.id == _ASKED, visible_to(person))
        .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
    )


@cache
def _cover_query(person: Asker) -> Query:
    """A chosen cover, else the first page of the first chapter."""
    first = (
        select(Chapter.id)
        .where(Chapter.series_id == _ASKED)
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .order_by(Chapter.position, Chapter.id)
        .limit(1)
        .scalar_subquery()
    )
    return Query.of(
        select(Series.cover_art, Series.cover_page, *_FILE_COLUMNS)
        .select_from(Series)
        .outerjoin(
            ChapterFile,
            (ChapterFile.chapter_id == func.coalesce(Series.cover_chapter_id, first))
            & ChapterFile.missing_since.is_(None)
            & ChapterFile.trashed_at.is_(None),
        )
        .outerjoin(Root, Root.id == ChapterFile.root_id)
        .outerjoin(
            PageTable,
            (PageTable.file_id == ChapterFile.id) & (PageTable.revision == ChapterFile.revision),
        )
        .where(Series.id == _ASKED, visible_to(person), Series.trashed_at.is_(None))
    )


@cache
def _facts_query() -> Query:
    file, revision = bindparam("file", type_=Uuid), bindparam("revision", type_=Integer)
    return Query.of(
        select(PageFacts.data).where(PageFacts.file_id == file, PageFacts.revision == revision)
    )


def _values(person: User, asked: UUID) -> dict[str, Any]:
    return {**Asker.values(person), _ASKED.key: asked}
