"""Which files on disk belong to a chapter, or to a part of a series, and what they are called when
somebody takes them away."""

import os
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid, NotFound
from app.foundation.archives import page_table
from app.foundation.archives.entry_names import safe_part, unique
from app.foundation.web.i18n import _
from app.library.models import Chapter, ChapterFile, PageTable, Root, Series
from app.library.queries import visible_to

FOLDER = "folder"
MOST_FILES = 50_000
"""Of one archive: chapters, and each page of those that are image folders."""
_COMIC_INFO = b"ComicInfo.xml"


class Original(msgspec.Struct, frozen=True):
    """The live file of one chapter. `table` only for an image folder; both paths as bytes."""

    chapter_id: UUID
    file_id: UUID
    revision: int
    root: bytes
    path: bytes
    format: str
    table: bytes | None
    series_title: str
    series_folder: bytes

    @property
    def is_folder(self) -> bool:
        return self.format == FOLDER

    @property
    def name(self) -> str:
        return _text(self.path.rpartition(b"/")[2])


class Wanted(msgspec.Struct, frozen=True):
    """One file beneath a root, and its name in the archive. What is known of it from the scan must
    still be so; an `optional` one may be missing."""

    name: str
    key: str
    """What it is, for the tag of the archive and for what was found out about it before."""
    root: bytes
    path: bytes
    size: int | None = None
    crc32: int | None = None
    optional: bool = False


async def original_of(session: AsyncSession, person: User, chapter_id: UUID) -> Original:
    """The file of a chapter that this person may see, or NotFound."""
    row = (await session.execute(_originals(person, Chapter.id == chapter_id))).one_or_none()
    if row is None:
        raise NotFound("There is no such chapter, or its file is missing.")
    return Original(*row)


async def originals_of(
    session: AsyncSession, person: User, series_id: UUID, part: Sequence[ColumnElement[bool]] = ()
) -> list[Original]:
    """Those of a series, or of that part of it, in reading order; NotFound where there are none."""
    query = _originals(person, Series.id == series_id, *part)
    found = await session.execute(query.order_by(Chapter.position, Chapter.id))
    originals = [Original(*row) for row in found]
    if not originals:
        raise NotFound("There is nothing here to download.")
    return originals


def wanted_of_folder(one: Original) -> list[Wanted]:
    """The pages of an image folder, to be packed as a CBZ."""
    return _with_names(list(_files_of(one, "")))


def wanted_of_series(originals: Sequence[Original]) -> list[Wanted]:
    """Everything under one folder with the name of the series, as it is laid out on disk."""
    top = safe_part(originals[0].series_title)
    wanted: list[Wanted] = []
    for one in originals:
        wanted += _files_of(one, f"{top}/{_below_series(one)}")
        if len(wanted) > MOST_FILES:
            raise Invalid(_("These are too many files for one archive. Download fewer at a time."))
    return _with_names(wanted)


def _originals(person: User, *which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    table = case((ChapterFile.format == FOLDER, PageTable.data))
    return (
        select(
            *(Chapter.id, ChapterFile.id, ChapterFile.revision, Root.path, ChapterFile.path),
            *(ChapterFile.format, table, Series.title, Series.folder),
        )
        .select_from(Chapter)
        .join(Series, Series.id == Chapter.series_id)
        .join(ChapterFile, ChapterFile.chapter_id == Chapter.id)
        .join(Root, Root.id == ChapterFile.root_id)
        .outerjoin(
            PageTable,
            and_(
                PageTable.file_id == ChapterFile.id,
                PageTable.revision == ChapterFile.revision,
                ChapterFile.format == FOLDER,
            ),
        )
        .where(*which, visible_to(person))
        .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
    )


def _files_of(one: Original, name: str) -> Iterator[Wanted]:
    key = f"{one.file_id.hex}-{one.revision}"
    if not one.is_folder:
        yield Wanted(name, key, one.root, one.path)
        return
    below = f"{name}/" if name else ""
    for page in page_table.decode(one.table or page_table.encode([])):
        raw = os.fsencode(page.name)
        path = one.path + b"/" + raw
        place = below + safe_part(_text(raw))
        yield Wanted(place, f"{key}-{page.crc32:08x}", one.root, path, page.size, page.crc32)
    path = one.path + b"/" + _COMIC_INFO
    yield Wanted(below + _text(_COMIC_INFO), f"{key}-info", one.root, path, optional=True)


def _below_series(one: Original) -> str:
    """Its path beneath the folder of the series; its name alone where it lies elsewhere."""
    folder = one.series_folder + b"/" if one.series_folder else b""
    path = one.path.removeprefix(folder)
    if not one.path.startswith(folder) or not folder:
        path = one.path.rpartition(b"/")[2]
    return "/".join(safe_part(_text(part)) for part in path.split(b"/"))


def _with_names(wanted: Sequence[Wanted]) -> list[Wanted]:
    names = unique(one.name for one in wanted)
    return [
        msgspec.structs.replace(one, name=name) for one, name in zip(wanted, names, strict=True)
    ]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
