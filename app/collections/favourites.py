"""What each person likes best."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections.models import Favourite
from app.errors import NotFound
from app.foundation.db import now
from app.library.models import Series
from app.library.queries import Asker, visible_to
from app.reading.cards import Card, cards_for


async def series_of(session: AsyncSession, person: User, series_id: UUID) -> Series:
    """The series, if this person may see it."""
    found = await session.scalar(
        select(Series).where(
            Series.id == series_id, Series.trashed_at.is_(None), visible_to(person)
        )
    )
    if found is None:
        raise NotFound("There is no such series.")
    return found


def loved_by(person: User | Asker) -> ColumnElement[bool]:
    """A column for queries of `Series`."""
    return exists().where(Favourite.user_id == person.id, Favourite.series_id == Series.id)


async def is_favourite(session: AsyncSession, person: User, series_id: UUID) -> bool:
    query = select(loved_by(person)).where(Series.id == series_id)
    return bool(await session.scalar(query))


async def favourite(session: AsyncSession, person: User, series_id: UUID) -> Series:
    series = await series_of(session, person, series_id)
    await session.execute(
        insert(Favourite)
        .values(user_id=person.id, series_id=series.id, added_at=now())
        .on_conflict_do_nothing()
    )
    return series


async def forget(session: AsyncSession, person: User, series_id: UUID) -> Series:
    series = await series_of(session, person, series_id)
    await session.execute(
        delete(Favourite).where(Favourite.user_id == person.id, Favourite.series_id == series.id)
    )
    return series


async def favourites_of(
    session: AsyncSession,
    person: User,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Card]:
    """The last one first. One query."""
    query = (
        cards_for(person, Favourite.added_at)
        .join(Favourite, Favourite.series_id == Series.id)
        .where(Favourite.user_id == person.id)
        .order_by(Favourite.added_at.desc(), Favourite.series_id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Favourite.added_at, Favourite.series_id) < tuple_(*after))
    return [Card(*row) for row in await session.execute(query)]
