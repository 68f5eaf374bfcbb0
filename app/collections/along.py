"""What the reader learns from here: how to go along a reading list, and the heart at the end."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections.favourites import is_favourite
from app.collections.list_queries import LIVE_FILE
from app.collections.lists import known_to, may_see
from app.collections.models import ReadingList, ReadingListChapter
from app.library.models import Chapter, ChapterFile, Series
from app.reading.company import Trail, guide_along, say_at_the_end
from app.reading.queries import Neighbour, OpenChapter

WORD = "list"
HEART = "collections/_series_favourite.html"


async def trail_along(
    session: AsyncSession, person: User, list_id: UUID, chapter_id: UUID
) -> Trail | None:
    """Two queries; None where the list is not theirs to see, or does not hold the chapter."""
    here = (await session.execute(_here(person, list_id, chapter_id))).one_or_none()
    if here is None:
        return None
    around = await session.execute(_around(person, list_id, here.position))
    before = after = None
    for row in around:
        values = dict(row._mapping)
        if values.pop("place") < here.position:
            before = Neighbour(**values)
        else:
            after = Neighbour(**values)
    return Trail(
        title=here.name,
        href=f"/lists/{list_id}",
        place=here.place,
        total=here.total,
        before=before,
        after=after,
    )


async def heart(session: AsyncSession, person: User, chapter: OpenChapter) -> dict[str, Any]:
    return {
        "series_id": chapter.series_id,
        "is_favourite": await is_favourite(session, person, chapter.series_id),
        "heart_then": f"/read/{chapter.id}/end",
    }


def _here(person: User, list_id: UUID, chapter_id: UUID) -> Select[*tuple[Any, ...]]:
    position = (
        select(ReadingListChapter.position)
        .where(ReadingListChapter.list_id == list_id, ReadingListChapter.chapter_id == chapter_id)
        .scalar_subquery()
    )
    known = _inside(person, list_id, func.count())
    return select(
        ReadingList.name,
        position.label("position"),
        known.where(ReadingListChapter.position <= position).scalar_subquery().label("place"),
        known.scalar_subquery().label("total"),
    ).where(
        ReadingList.id == list_id,
        ReadingList.removed_at.is_(None),
        position.is_not(None),
        may_see(person),
    )


def _around(person: User, list_id: UUID, position: int) -> Select[*tuple[Any, ...]]:
    """The nearest on either side that can be read now."""

    def nearest(edge: ColumnElement[int], side: ColumnElement[bool]) -> ColumnElement[int]:
        return (
            _inside(person, list_id, edge)
            .join(ChapterFile, LIVE_FILE)
            .where(side)
            .scalar_subquery()
        )

    column = ReadingListChapter.position
    return (
        _inside(
            person,
            list_id,
            column.label("place"),
            Chapter.id,
            Chapter.title,
            Chapter.kind,
            Chapter.number,
            Chapter.number_end,
            Chapter.volume,
            Chapter.volume_end,
            Chapter.language,
            Chapter.groups,
            Chapter.position,
            ChapterFile.page_count,
            ChapterFile.id.label("file_id"),
            ChapterFile.revision,
            Series.title.label("series_title"),
            Series.language.label("series_language"),
        )
        .join(ChapterFile, LIVE_FILE)
        .where(
            or_(
                column == nearest(func.max(column), column < position),
                column == nearest(func.min(column), column > position),
            )
        )
    )


def _inside(person: User, list_id: UUID, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(ReadingListChapter)
        .join(Chapter, Chapter.id == ReadingListChapter.chapter_id)
        .join(Series, Series.id == Chapter.series_id)
        .where(ReadingListChapter.list_id == list_id, known_to(person))
        .correlate(None)
    )


guide_along(WORD, trail_along)
say_at_the_end(HEART, heart)
