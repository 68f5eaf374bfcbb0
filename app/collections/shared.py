"""Collections: managers make them, everybody sees of them what they may see of the shelf.

A collection of which a person may see nothing does not exist for them, however it is named.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import members
from app.collections.cards import mosaics
from app.collections.favourites import series_of
from app.collections.models import Collection, CollectionSeries
from app.collections.order import Step, moved
from app.errors import NotFound
from app.foundation.db import new_id, now
from app.library.models import Series
from app.library.queries import listed_for
from app.reading.cards import Card, cards_for


class CollectionLine(msgspec.Struct, frozen=True):
    """`count` is of the series this person may see; `holds` whether the one asked about is in it."""

    id: UUID
    name: str
    sort_key: str
    summary: str | None
    count: int
    holds: bool = False


class AllCollections:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def one_for(self, person: User, collection_id: UUID) -> Collection:
        return await self._one(_visible(person, collection_id))

    async def one_to_change(
        self, person: User, collection_id: UUID, *, removed: bool = False
    ) -> Collection:
        """Locked until the request ends, so that two who put it in order wait for one another."""
        query = _visible(person, collection_id, removed=removed)
        return await self._one(query.with_for_update(of=Collection))

    async def _one(self, query: Select[Collection]) -> Collection:
        found = await self.session.scalar(query)
        if found is None:
            raise NotFound("There is no such collection.")
        return found

    async def create(self, person: User, name: str, summary: str = "") -> Collection:
        made = Collection(id=new_id(), created_by=person.id)
        members.name_it(made, name, summary)
        self.session.add(made)
        await self.session.flush()
        return made

    async def remove(self, collection: Collection) -> None:
        await members.sweep(self.session, Collection)
        collection.removed_at = now()

    async def add(self, person: User, collection: Collection, series_id: UUID) -> bool:
        """Whether it was not in it yet."""
        series = await series_of(self.session, person, series_id)
        new = await members.append(self.session, CollectionSeries, collection.id, [series.id])
        return bool(new)

    async def take_out(self, person: User, collection: Collection, series_id: UUID) -> int | None:
        series = await series_of(self.session, person, series_id)
        return await members.take_out(self.session, CollectionSeries, collection.id, series.id)

    async def put_back(
        self, person: User, collection: Collection, series_id: UUID, place: int
    ) -> None:
        series = await series_of(self.session, person, series_id)
        await members.put_back(self.session, CollectionSeries, collection.id, series.id, place)

    async def move(self, person: User, collection: Collection, series_id: UUID, step: Step) -> None:
        series = await series_of(self.session, person, series_id)
        rows = await self.session.execute(
            select(CollectionSeries.series_id, CollectionSeries.position)
            .join(Series, Series.id == CollectionSeries.series_id)
            .where(CollectionSeries.collection_id == collection.id, listed_for(person))
            .order_by(CollectionSeries.position)
        )
        changes = moved([(row[0], row[1]) for row in rows], series.id, step)
        await members.rearrange(self.session, CollectionSeries, collection.id, changes)


async def collections_for(
    session: AsyncSession,
    person: User,
    *,
    after: tuple[str, UUID] | None = None,
    limit: int,
    asked: UUID | None = None,
) -> list[CollectionLine]:
    """By name. `asked` is a series that may be in some of them. One query."""
    holds = exists().where(
        CollectionSeries.collection_id == Collection.id, CollectionSeries.series_id == asked
    )
    query = (
        select(
            Collection.id,
            Collection.name,
            Collection.sort_key,
            Collection.summary,
            _count(person),
            holds,
        )
        .where(_may_see(person), Collection.removed_at.is_(None))
        .order_by(Collection.sort_key, Collection.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Collection.sort_key, Collection.id) > tuple_(*after))
    return [CollectionLine(*row) for row in await session.execute(query)]


async def covers_of(
    session: AsyncSession, person: User, ids: Sequence[UUID]
) -> dict[UUID, list[str]]:
    inside = (
        select(
            CollectionSeries.collection_id, CollectionSeries.series_id, CollectionSeries.position
        )
        .join(Series, Series.id == CollectionSeries.series_id)
        .where(members.among(CollectionSeries.collection_id, ids), listed_for(person))
    )
    return await mosaics(session, inside)


async def cards_of(
    session: AsyncSession,
    person: User,
    collection: Collection,
    *,
    after: int | None,
    limit: int,
) -> list[Card]:
    query = (
        cards_for(person, CollectionSeries.position)
        .join(CollectionSeries, CollectionSeries.series_id == Series.id)
        .where(CollectionSeries.collection_id == collection.id)
        .order_by(CollectionSeries.position)
        .limit(limit)
    )
    if after is not None:
        query = query.where(CollectionSeries.position > after)
    return [Card(*row) for row in await session.execute(query)]


async def count_of(session: AsyncSession, person: User, collection: Collection) -> int:
    """Of the series this person may see."""
    query = select(_count(person)).where(Collection.id == collection.id)
    return await session.scalar(query) or 0


def _visible(person: User, collection_id: UUID, *, removed: bool = False) -> Select[Collection]:
    query = select(Collection).where(Collection.id == collection_id, _may_see(person))
    return query if removed else query.where(Collection.removed_at.is_(None))


def _inside() -> ColumnElement[bool]:
    return CollectionSeries.collection_id == Collection.id


def _may_see(person: User) -> ColumnElement[bool]:
    """What holds something for them; and for managers what holds nothing yet, or is their own."""
    sees_some = exists().where(
        and_(_inside(), Series.id == CollectionSeries.series_id, listed_for(person))
    )
    if not person.manages:
        return sees_some
    return or_(sees_some, Collection.created_by == person.id, ~exists().where(_inside()))


def _count(person: User) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(CollectionSeries)
        .join(Series, Series.id == CollectionSeries.series_id)
        .where(_inside(), listed_for(person))
        .correlate(Collection)
        .scalar_subquery()
    )
