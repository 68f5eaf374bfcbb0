"""A series as its edit screen shows it: every field, its lock, its source, what the files say."""

from typing import Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.accounts.models import User
from app.errors import NotFound
from app.library.models import Chapter, ChapterFile, Series, SeriesCreator, TagKind
from app.library.queries import visible_to
from app.library.words import chapter_name
from app.metadata.changes import Cover, Present
from app.metadata.chapter_facts import SERIES
from app.metadata.facts import Credit, OtherTitle, SeriesFacts
from app.metadata.fields import FIELDS, Fields, text_of
from app.metadata.folders import parsed_name, shown
from app.metadata.merge import merged, voices
from app.metadata.origins import Book, source_words

MOST_BOOKS = 20_000
COVER = "cover"
"""Locked, undone and told of like the fields, but chosen on a screen of its own."""


class FieldView(msgspec.Struct, frozen=True):
    """`files` and `files_source` say what unlocking would bring."""

    text: str
    locked: bool
    source: str
    files: str
    files_source: str


class Sheet(msgspec.Struct):
    """What is known of one thing, and what its files say of each field."""

    present: dict[str, Present]
    files: dict[str, Present]
    fields: ClassVar[Fields] = FIELDS
    also_kept: ClassVar[tuple[str, ...]] = ()
    """Locked on this screen, and changed on another."""

    def texts(self) -> dict[str, str]:
        return {name: text_of(name, self.present[name].value, self.fields) for name in self.fields}

    def locked(self) -> list[str]:
        return [name for name in (*self.fields, *self.also_kept) if self.present[name].locked]

    def views(self) -> dict[str, FieldView]:
        return {name: self._view(name) for name in self.fields}

    def words(self, name: str, one: Present) -> str:
        """Where the value came from."""
        return source_words(name, one.source, one.value, {}, ())

    def _view(self, name: str) -> FieldView:
        now, files = self.present[name], self.files[name]
        return FieldView(
            text=text_of(name, now.value, self.fields),
            locked=now.locked,
            source=self.words(name, now),
            files=text_of(name, files.value, self.fields),
            files_source=self.words(name, files),
        )


class SeriesSheet(Sheet):
    series: Series
    books: list[Book]

    def words(self, name: str, one: Present) -> str:
        return source_words(name, one.source, one.value, self.series.sidecars, self.books)


async def series_to_edit(
    session: AsyncSession, person: User, series_id: UUID, *, locked: bool = False
) -> Series:
    """With its people and tags, if this person may see it. `locked`: scans and other editors wait."""
    query = (
        select(Series)
        .where(Series.id == series_id, Series.trashed_at.is_(None), visible_to(person))
        .options(
            selectinload(Series.tags),
            selectinload(Series.creators).joinedload(SeriesCreator.creator),
        )
    )
    if locked:
        query = query.with_for_update(key_share=True, of=Series)
    found = await session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("There is no such series.")
    return found


async def sheet_of(session: AsyncSession, series: Series) -> SeriesSheet:
    file_title, books = await _books(session, series)
    told = voices(
        folder_title=shown(series.folder.rpartition(b"/")[2]),
        file_title=file_title,
        sidecars=series.sidecars,
        books=[book.facts for book in books],
    )
    answer = merged(told)
    files = {name: Present(answer.values[name], source=answer.sources.get(name)) for name in FIELDS}
    if files["title"].value is None:
        # A loose file that names nothing: the title it was found under is all there is.
        files["title"] = Present(series.title)
    return SeriesSheet(present_of(series), files, series, books)


def present_of(series: Series) -> dict[str, Present]:
    facts = facts_of(series)
    values: dict[str, Any] = {name: getattr(facts, name) for name in FIELDS}
    values[COVER] = Cover(series.cover_chapter_id, series.cover_page, series.cover_art)
    return {
        name: Present(value, name in series.locked_fields, series.sources.get(name))
        for name, value in values.items()
    }


def facts_of(series: Series) -> SeriesFacts:
    """What the series says now, in the shape its sources speak in."""
    plain: dict[str, Any] = {
        name: getattr(series, name)
        for name in (
            *("title", "sort_title", "summary", "year", "language", "publisher", "age_rating"),
            "total_chapters",
        )
    }
    return SeriesFacts(
        **plain,
        status=series.status.value if series.status else None,
        direction=series.direction.value if series.direction else None,
        links=[link["url"] for link in series.links if "url" in link],
        other_titles=[
            OtherTitle(other["title"], other.get("kind", "alternative"), other.get("language"))
            for other in series.other_titles
        ],
        creators=[Credit(one.creator.name, one.role) for one in series.creators],
        genres=[tag.name for tag in series.tags if tag.kind is TagKind.GENRE],
        tags=[tag.name for tag in series.tags if tag.kind is TagKind.TAG],
    )


async def _books(session: AsyncSession, series: Series) -> tuple[str | None, list[Book]]:
    """The title that file names give, and what each ComicInfo says, in reading order."""
    rows = await session.execute(
        select(
            *(Chapter.kind, Chapter.number, Chapter.number_end, Chapter.volume, Chapter.volume_end),
            *(ChapterFile.path, ChapterFile.comicinfo["facts"]),
        )
        .join(ChapterFile, ChapterFile.chapter_id == Chapter.id)
        .where(Chapter.series_id == series.id)
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .where(ChapterFile.missing_since.is_(None), ChapterFile.trashed_at.is_(None))
        # What a person put here does not speak for the series.
        .where(~Chapter.kept.has_key(SERIES))
        .order_by(Chapter.position, Chapter.id)
        .limit(MOST_BOOKS)
    )
    file_title, books = None, []
    for row in rows:
        if file_title is None:
            file_title = parsed_name(row.path).series
        if row[-1]:
            books.append(Book(chapter_name(row), msgspec.convert(row[-1], SeriesFacts)))
    return file_title, books
