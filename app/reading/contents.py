"""The chapters of a series around the one that is open, a row a position: the table of contents."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Chapter, ChapterFile, Series
from app.library.queries import visible_to
from app.reading.models import PreferredVersion, Progress
from app.reading.places import Place, place_in
from app.reading.queries import LIVE_FILE, NAME, OpenChapter
from app.reading.versions import choice_of, likeness, unlike_choice

AT_ONCE = 50
BEFORE = 10
"""How many stand above the open chapter where no place in the list was asked for."""
MOST_VERSIONS = 20
"""Of one position; what is beyond them is on the screen of the series."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One position, in the version that this person reads."""

    id: UUID
    title: str | None
    language: str | None
    groups: Sequence[str]
    position: int
    page_count: int
    place: Place
    chapter: Any
    """The row, for `chapter_name`."""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """`earlier` and `later` are the positions where the windows beside this one begin."""

    lines: Sequence[Line]
    earlier: int | None
    later: int | None


async def contents_of(
    session: AsyncSession, person: User, of: OpenChapter, first: int | None
) -> Contents:
    """The window that begins at position `first`, or the one around the open chapter. One query."""
    last_first = max(1, of.position_count - AT_ONCE + 1)
    start = min(max(1, of.position - BEFORE if first is None else first), last_first)
    found = await _rows(session, person, of, start)
    lines = [
        _line(person, of, list(rows)) for _at, rows in groupby(found, lambda row: row.position)
    ]
    beyond = start + AT_ONCE
    return Contents(
        lines=lines,
        earlier=max(1, start - AT_ONCE) if start > 1 else None,
        later=beyond if beyond <= of.position_count else None,
    )


async def _rows(session: AsyncSession, person: User, of: OpenChapter, start: int) -> Sequence[Any]:
    versions = func.row_number().over(partition_by=Chapter.position, order_by=Chapter.id)
    listed = (
        select(
            Chapter.id,
            Chapter.title,
            *NAME,
            Chapter.language,
            Chapter.groups,
            Chapter.position,
            ChapterFile.page_count,
            unlike_choice().label("unlike_choice"),
            versions.label("version"),
        )
        .join(Series, Series.id == Chapter.series_id)
        .join(ChapterFile, LIVE_FILE)
        .outerjoin(PreferredVersion, choice_of(person))
        .where(Chapter.series_id == of.series_id, visible_to(person))
        .where(Chapter.missing_since.is_(None), Chapter.trashed_at.is_(None))
        .where(Chapter.position >= start, Chapter.position < start + AT_ONCE)
        .subquery()
    )
    mine = and_(Progress.chapter_id == listed.c.id, Progress.user_id == person.id)
    statement = (
        select(*listed.c, Progress)
        .outerjoin(Progress, mine)
        .where(listed.c.version <= MOST_VERSIONS)
        .order_by(listed.c.position)
    )
    return (await session.execute(statement)).all()


def _line(person: User, of: OpenChapter, versions: Sequence[Any]) -> Line:
    """The open chapter itself, else the version that following it would lead to."""
    unlike = likeness(person, of)
    one = min(versions, key=lambda row: (row.id != of.id, unlike(row)))
    return Line(
        id=one.id,
        title=one.title,
        language=one.language,
        groups=one.groups,
        position=one.position,
        page_count=one.page_count or 0,
        place=place_in(one.Progress, one.page_count or 1),
        chapter=one,
    )
