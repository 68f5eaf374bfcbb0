"""Reads: everything one screen of the reader needs."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Integer,
    LargeBinary,
    Select,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.library.models import (
    Chapter,
    ChapterFile,
    ChapterKind,
    Direction,
    Library,
    PageFacts,
    PageTable,
    Root,
    Series,
)
from app.library.queries import Asker, visible_to
from app.reading.bookmarks import marked_column
from app.reading.models import (
    Device,
    PreferredVersion,
    Progress,
    SeriesReading,
    SeriesSettings,
)
from app.reading.open_files import FileOnDisk
from app.reading.places import Place, place_in
from app.reading.reader_settings import Values
from app.reading.repeats import skipped_column
from app.reading.versions import choice_of, likeness, unlike_choice


class OpenChapter(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter as the reader shows it. `file` is None while its file is missing."""

    id: UUID
    series_id: UUID
    series_title: str
    series_language: str | None
    title: str | None
    kind: ChapterKind
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    language: str | None
    groups: Sequence[str]
    position: int
    direction: Direction | None
    library_direction: Direction
    page_count: int
    file: FileOnDisk | None
    page_facts: bytes | None
    """What the second pass found (`foundation.archives.page_facts`), once it has been there."""
    place: Place
    read_positions: int
    position_count: int
    series_settings: Values
    """What this person said about reading this series."""
    device: Device | None
    """What they are reading on, if it was met before."""
    marked: Sequence[int]
    """Pages they put a bookmark on."""
    skipped: Sequence[Sequence[int]]
    """(CRC-32, size) of pages that the reader passes over in this series."""


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """The chapter before or after; with the title of its series where that may be another."""

    id: UUID
    title: str | None
    kind: ChapterKind
    number: Decimal | None
    number_end: Decimal | None
    volume: Decimal | None
    volume_end: Decimal | None
    language: str | None
    groups: Sequence[str]
    position: int
    page_count: int
    file_id: UUID
    revision: int
    unlike_choice: int = 0
    """How far it is from what the person prefers in this series (`versions.unlike_choice`)."""
    series_title: str = ""
    series_language: str | None = None


NAME = (
    Chapter.kind,
    Chapter.number,
    Chapter.number_end,
    Chapter.volume,
    Chapter.volume_end,
)
LIVE_FILE = and_(
    ChapterFile.chapter_id == Chapter.id,
    ChapterFile.missing_since.is_(None),
    ChapterFile.trashed_at.is_(None),
)


async def open_chapter(
    session: AsyncSession, person: User, chapter_id: UUID, device: bytes | None = None
) -> OpenChapter:
    """Everything about one chapter that this person may see on this device, in one query."""
    asked = {**Asker.values(person), "chapter": chapter_id, "device": device}
    row = (await session.execute(_open_query(Asker.like(person)), asked)).one_or_none()
    if row is None:
        raise NotFound("There is no such chapter.")
    values = dict(row._mapping)
    progress = values.pop("Progress")
    known_device = values.pop("Device")
    said = values.pop("series_settings") or {}
    file = FileOnDisk(
        *(values.pop(name) for name in ("file_id", "revision", "root", "path", "data"))
    )
    page_count = values.pop("page_count") or 0
    marked, skipped = values.pop("marked"), values.pop("skipped")
    return OpenChapter(
        **values,
        page_count=page_count,
        file=file if file.table and page_count else None,
        place=place_in(progress, page_count or 1),
        series_settings=said,
        device=known_device,
        marked=marked or (),
        skipped=skipped or (),
    )


async def neighbours(
    session: AsyncSession, person: User, of: OpenChapter
) -> tuple[Neighbour | None, Neighbour | None]:
    """The chapters to go back and on to: at the nearest positions that have any, in the version the
    person chose for the series, else in their language, else in that of the chapter being read,
    then by the same group. One query."""
    asked = {**Asker.values(person), "series": of.series_id, "position": of.position}
    rows = (await session.execute(_around(Asker.like(person)), asked)).all()
    around = [Neighbour(**row._mapping) for row in rows]
    unlike = likeness(person, of)
    before = [found for found in around if found.position < of.position]
    after = [found for found in around if found.position > of.position]
    return min(before, key=unlike, default=None), min(after, key=unlike, default=None)


@cache
def _open_query(person: Asker) -> Select[*tuple[Any, ...]]:
    device = bindparam("device", type_=LargeBinary)
    return (
        select(
            Chapter.id,
            Chapter.series_id,
            Series.title.label("series_title"),
            Series.language.label("series_language"),
            Chapter.title,
            *NAME,
            Chapter.language,
            Chapter.groups,
            Chapter.position,
            Series.direction,
            Library.direction.label("library_direction"),
            ChapterFile.page_count,
            ChapterFile.id.label("file_id"),
            ChapterFile.revision,
            Root.path.label("root"),
            ChapterFile.path,
            PageTable.data,
            PageFacts.data.label("page_facts"),
            func.coalesce(SeriesReading.read_positions, 0).label("read_positions"),
            Series.position_count,
            *(SeriesSettings.settings.label("series_settings"), Progress, Device),
            *(marked_column(person).label("marked"), skipped_column().label("skipped")),
        )
        .select_from(Chapter)
        .join(Series, Series.id == Chapter.series_id)
        .join(Library, Library.id == Series.library_id)
        .outerjoin(ChapterFile, LIVE_FILE)
        .outerjoin(Root, Root.id == ChapterFile.root_id)
        .outerjoin(PageTable, _of_live_file(PageTable))
        .outerjoin(PageFacts, _of_live_file(PageFacts))
        .outerjoin(Progress, my_progress(person))
        .outerjoin(SeriesReading, _mine_of_series(person, SeriesReading))
        .outerjoin(SeriesSettings, _mine_of_series(person, SeriesSettings))
        .outerjoin(Device, and_(Device.secret_hash == device, Device.user_id == person.id))
        .where(Chapter.id == bindparam("chapter", type_=Uuid), visible_to(person))
        .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
    )


@cache
def _around(person: Asker) -> Select[*tuple[Any, ...]]:
    here = bindparam("position", type_=Integer)
    listed = and_(
        Chapter.series_id == bindparam("series", type_=Uuid),
        Chapter.missing_since.is_(None),
        Chapter.trashed_at.is_(None),
    )
    before = select(func.max(Chapter.position)).where(listed, Chapter.position < here)
    after = select(func.min(Chapter.position)).where(listed, Chapter.position > here)
    return (
        select(
            Chapter.id,
            Chapter.title,
            *NAME,
            Chapter.language,
            Chapter.groups,
            Chapter.position,
            ChapterFile.page_count,
            ChapterFile.id.label("file_id"),
            ChapterFile.revision,
            unlike_choice().label("unlike_choice"),
        )
        .join(Series, Series.id == Chapter.series_id)
        .join(ChapterFile, LIVE_FILE)
        .outerjoin(PreferredVersion, choice_of(person))
        .where(listed, visible_to(person))
        .where(
            or_(
                Chapter.position == before.scalar_subquery(),
                Chapter.position == after.scalar_subquery(),
            )
        )
    )


def _of_live_file(table: type[PageTable | PageFacts]) -> Any:
    return and_(table.file_id == ChapterFile.id, table.revision == ChapterFile.revision)


def _mine_of_series(person: Asker, table: type[SeriesReading | SeriesSettings]) -> Any:
    return and_(table.series_id == Series.id, table.user_id == person.id)


def my_progress(person: User | Asker) -> Any:
    return and_(Progress.chapter_id == Chapter.id, Progress.user_id == person.id)
