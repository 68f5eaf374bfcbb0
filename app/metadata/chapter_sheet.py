"""A chapter as its edit screen shows it: every field, who keeps it, what its file says."""

import os
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Conflict, NotFound
from app.library.models import Chapter, ChapterFile, Series
from app.library.queries import visible_to
from app.metadata.changes import Present
from app.metadata.chapter_facts import SERIES, ChapterFacts, Span, facts_of_file, sources_of_file
from app.metadata.chapter_fields import FIELDS
from app.metadata.comicinfo import ComicInfo
from app.metadata.fields import Fields
from app.metadata.folders import parsed_name, place_of
from app.metadata.naming import parse_name
from app.metadata.sheet import Sheet


class ChapterSheet(Sheet):
    chapter: Chapter
    series: Series
    fields: ClassVar[Fields] = FIELDS
    also_kept: ClassVar[tuple[str, ...]] = (SERIES,)


async def chapter_to_edit(
    session: AsyncSession,
    person: User,
    chapter_id: UUID,
    *,
    locked: bool = False,
    also: Sequence[UUID] = (),
) -> tuple[Chapter, Series]:
    """With its series, if this person may see it. `locked`: scans and other editors of its series,
    and of those in `also`, wait."""
    query = (
        select(Chapter, Series)
        .join(Series, Series.id == Chapter.series_id)
        .where(Chapter.id == chapter_id, visible_to(person))
        .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(query)).one_or_none()
    if row is not None and locked:
        before = row.Series.id
        await session.execute(
            select(Series.id)
            .where(Series.id.in_([before, *also]))
            # In one order, so that two who move chapters to and fro never wait in a circle.
            .order_by(Series.id)
            .with_for_update(key_share=True)
        )
        row = (await session.execute(query)).one_or_none()
        if row is not None and row.Series.id != before:
            raise Conflict("It was changed again since then, so it stays as it is.")
    if row is None:
        raise NotFound("There is no such chapter.")
    return row.Chapter, row.Series


async def sheet_of(session: AsyncSession, chapter: Chapter, series: Series) -> ChapterSheet:
    files = await _said_by_file(session, chapter)
    present = present_of(chapter)
    for name, said in files.items():
        if not present[name].locked:
            present[name] = msgspec.structs.replace(present[name], source=said.source)
    files = {**present, **files, SERIES: Present(chapter.series_id)}
    return ChapterSheet(present, files, chapter, series)


def present_of(chapter: Chapter) -> dict[str, Present]:
    facts = _facts_of(chapter)
    values = {name: getattr(facts, name) for name in FIELDS} | {SERIES: chapter.series_id}
    return {
        name: Present(value, name in chapter.kept, chapter.kept.get(name))
        for name, value in values.items()
    }


def _facts_of(chapter: Chapter) -> ChapterFacts:
    number, volume = chapter.number, chapter.volume
    return ChapterFacts(
        title=chapter.title,
        number=None if number is None else Span(number, chapter.number_end, chapter.number_text),
        volume=None if volume is None else Span(volume, chapter.volume_end),
        kind=chapter.kind.value,
        language=chapter.language,
        groups=list(chapter.groups),
        released_on=chapter.released_on,
    )


async def _said_by_file(session: AsyncSession, chapter: Chapter) -> dict[str, Present]:
    """Of the file it has, or had last; nothing where there was none."""
    row = (
        await session.execute(
            select(ChapterFile.path, ChapterFile.comicinfo)
            .where(ChapterFile.chapter_id == chapter.id, ChapterFile.trashed_at.is_(None))
            .order_by(ChapterFile.missing_since.desc().nulls_first(), ChapterFile.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return {}
    part = place_of(row.path).part
    told = (
        parsed_name(row.path),
        parse_name(os.fsdecode(part)) if part else None,
        msgspec.convert(row.comicinfo, ComicInfo) if row.comicinfo else None,
    )
    said = facts_of_file(row.path, *told)
    sources = sources_of_file(said, *told)
    return {name: Present(getattr(said, name), source=sources.get(name)) for name in FIELDS}
