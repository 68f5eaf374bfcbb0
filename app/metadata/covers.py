"""What may become the cover of a series: pages, a picture brought along, a file beside the chapters."""

import asyncio
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.archives.errors import BadFile
from app.foundation.archives.names import media_type_of
from app.foundation.archives.paths import PathRefused, open_beneath, open_file, open_root
from app.foundation.images.artwork import MOST_BYTES, TOO_LARGE
from app.library.models import Chapter, ChapterFile, ChapterKind, Root, Series
from app.library.queries import visible_to
from app.metadata.changes import Cover
from app.metadata.folders import shown

CHAPTERS = 60
PAGES = 24
MOST_FILES = 12
_MOST_ENTRIES = 10_000
_COVER_NAME = re.compile(rb"(?:cover|folder|poster|front|default)[^/]{0,40}\Z", re.IGNORECASE)


class PickChapter(msgspec.Struct, frozen=True):
    """A chapter with pages to choose from; `revision` is that of its file."""

    id: UUID
    position: int
    kind: ChapterKind
    title: str | None
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    file_id: UUID
    revision: int
    page_count: int


class CoverFile(msgspec.Struct, frozen=True):
    """An image in the folder of the series. Forms name it by `key`, never by its path."""

    key: str
    name: str
    size: int
    root: bytes
    folder: bytes
    raw_name: bytes


async def chapters_from(
    session: AsyncSession, person: User, series_id: UUID, position: int
) -> list[PickChapter]:
    """One more than CHAPTERS, from this position on."""
    query = _chapters(person).where(Chapter.series_id == series_id, Chapter.position >= position)
    rows = await session.execute(query.order_by(Chapter.position, Chapter.id).limit(CHAPTERS + 1))
    return [PickChapter(*row) for row in rows]


async def chapter_to_pick(
    session: AsyncSession, person: User, series_id: UUID, chapter_id: UUID
) -> PickChapter:
    query = _chapters(person).where(Chapter.series_id == series_id, Chapter.id == chapter_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("There is no such chapter, or its file is missing.")
    return PickChapter(*row)


async def automatic_cover(session: AsyncSession, series_id: UUID) -> Cover:
    """The first page of the first chapter, as a scan would choose it."""
    first = await session.scalar(
        select(Chapter.id)
        .where(Chapter.series_id == series_id)
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .order_by(Chapter.position, Chapter.id)
        .limit(1)
    )
    return Cover(first)


async def files_beside(session: AsyncSession, series: Series) -> list[CoverFile]:
    """cover.jpg and the like, in the series' folder of every root. Loose files have no folder."""
    if not series.folder:
        return []
    roots = list(
        await session.scalars(
            select(Root.path).where(Root.library_id == series.library_id).order_by(Root.id)
        )
    )
    return await asyncio.to_thread(_files, roots, series.folder)


async def file_beside(session: AsyncSession, series: Series, key: str) -> CoverFile:
    """One of `files_beside`, which are found anew: what was offered may be gone."""
    offered = await files_beside(session, series)
    file = next((one for one in offered if one.key == key), None)
    if file is None:
        raise NotFound("The file is not there.")
    return file


def open_cover(file: CoverFile) -> int:
    """A descriptor of it, by folder handles alone (SEC38). Blocking; the caller closes it."""
    try:
        root = open_root(file.root)
        try:
            return open_beneath(root, file.folder + b"/" + file.raw_name)
        finally:
            os.close(root)
    except (PathRefused, OSError) as error:
        raise NotFound("The file is not there.") from error


def read_cover(file: CoverFile) -> bytes:
    """What is in it, whatever that is. Blocking."""
    with os.fdopen(open_cover(file), "rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadFile(TOO_LARGE)
    return data


def _chapters(person: User) -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(Chapter.id, Chapter.position, Chapter.kind, Chapter.title),
            *(Chapter.number, Chapter.number_end, Chapter.volume, Chapter.volume_end),
            *(ChapterFile.id, ChapterFile.revision, ChapterFile.page_count),
        )
        .join(Series, Series.id == Chapter.series_id)
        .join(ChapterFile, ChapterFile.chapter_id == Chapter.id)
        .where(visible_to(person), Series.trashed_at.is_(None), ChapterFile.page_count > 0)
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
    )


def _files(roots: list[bytes], folder: bytes) -> list[CoverFile]:
    return [file for root in roots for file in _files_in(root, folder)][:MOST_FILES]


def _files_in(root: bytes, folder: bytes) -> Iterator[CoverFile]:
    try:
        root_fd = open_root(root)
    except OSError:
        return  # Offline: its files can be chosen another day.
    try:
        fd = open_beneath(root_fd, folder)
    except (PathRefused, OSError):
        return
    finally:
        os.close(root_fd)
    try:
        for name in _cover_names(fd):
            found = _file(fd, root, folder, name)
            if found is not None:
                yield found
    finally:
        os.close(fd)


def _cover_names(fd: int) -> list[bytes]:
    names = []
    with os.scandir(fd) as entries:
        for at, entry in enumerate(entries):
            name = os.fsencode(entry.name)
            if _COVER_NAME.match(name) and media_type_of(name):
                names.append(name)
            if at > _MOST_ENTRIES:
                break
    return sorted(names)[:MOST_FILES]


def _file(fd: int, root: bytes, folder: bytes, name: bytes) -> CoverFile | None:
    try:
        file = open_file(fd, name)
    except (PathRefused, OSError):
        return None
    try:
        size = os.fstat(file).st_size
    finally:
        os.close(file)
    key = blake2b(root + b"\0" + folder + b"\0" + name, digest_size=8).hexdigest()
    return CoverFile(key, shown(name), size, root, folder, name)
