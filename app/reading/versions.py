"""Which of several versions at one place a person reads in a series: its language, then its groups."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.library.models import Chapter, Series
from app.library.queries import Asker, visible_to
from app.reading import aggregate
from app.reading.models import PreferredVersion


def choice_of(person: User | Asker) -> ColumnElement[bool]:
    """Joins `PreferredVersion` (outer) to chapters."""
    return and_(
        PreferredVersion.user_id == person.id, PreferredVersion.series_id == Chapter.series_id
    )


def unlike_choice() -> ColumnElement[int]:
    """0 as chosen, or nothing is; 1 by other groups; 2 in another language. Needs `choice_of`."""
    same_groups = Chapter.groups == PreferredVersion.groups
    shares_one = Chapter.groups.bool_op("&&")(PreferredVersion.groups)
    return case(
        (PreferredVersion.user_id.is_(None), 0),
        (Chapter.language.is_distinct_from(PreferredVersion.language), 2),
        (same_groups | shares_one, 0),
        else_=1,
    )


def likeness(person: User, of: Any) -> Callable[[Any], Any]:
    """Sorts versions at one position: first the one this person goes on with from the chapter
    `of`. Each has `unlike_choice`, `language`, `groups` and `id`."""
    preferred = (person.preference.reading or {}).get("language")

    def unlike(version: Any) -> tuple[int, bool, bool, bool, UUID]:
        return (
            version.unlike_choice,
            version.language != preferred,
            version.language != of.language,
            not set(version.groups) & set(of.groups),
            version.id,
        )

    return unlike


async def prefer(session: AsyncSession, person: User, chapter_id: UUID) -> Chapter:
    """From now on this person reads the series in the version of this chapter."""
    chapter = await session.scalar(
        select(Chapter)
        .join(Series, Series.id == Chapter.series_id)
        .where(Chapter.id == chapter_id, visible_to(person))
        .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
    )
    if chapter is None:
        raise NotFound("There is no such chapter.")
    version = {"language": chapter.language, "groups": chapter.groups}
    key = {"user_id": person.id, "series_id": chapter.series_id}
    await aggregate.hold(session, person.id, chapter.series_id)
    await session.execute(
        insert(PreferredVersion)
        .values(**key, **version)
        .on_conflict_do_update(index_elements=list(key), set_=version)
    )
    await aggregate.refresh(session, person.id, chapter.series_id)
    return chapter


async def prefer_none(session: AsyncSession, person: User, series_id: UUID) -> None:
    """Their language decides again."""
    found = await session.scalar(
        select(Series.id).where(
            Series.id == series_id, Series.trashed_at.is_(None), visible_to(person)
        )
    )
    if found is None:
        raise NotFound("There is no such series.")
    await aggregate.hold(session, person.id, series_id)
    await session.execute(
        delete(PreferredVersion).where(
            PreferredVersion.user_id == person.id, PreferredVersion.series_id == series_id
        )
    )
    await aggregate.refresh(session, person.id, series_id)
