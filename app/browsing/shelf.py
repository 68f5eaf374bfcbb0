"""The covers of one library, a screenful at a time, in the order and with the filters asked for."""

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.shelf_filters import LIBRARY, Ids, conditions, values_for
from app.browsing.shelf_order import (
    UPWARDS,
    Edge,
    Lap,
    lap_of,
    laps,
    order_column,
    pivot_of,
)
from app.browsing.wish import Only, ReadState, Sort, Wish
from app.foundation.db.plans import plan_for_these_values
from app.library.models import Series, SeriesStatus
from app.library.queries import Asker
from app.reading.cards import Card, cards_for
from app.reading.models import SeriesReading

GRID = 48
E_INK_GRID = 12
NEWEST = (Sort.UPDATED, Sort.ADDED)
# Chapters that come together with a series do not make it grow. A literal: it is in an index.
GROWN_AFTER: ColumnElement[timedelta] = literal_column("interval '10 minutes'")
SIZE = bindparam("size", type_=Integer)

type Rows = Select[*tuple[Any, ...]]


class ShelfCard(Card, frozen=True):
    year: int | None
    status: SeriesStatus | None


class Screenful(msgspec.Struct, frozen=True):
    cards: Sequence[ShelfCard]
    before: Edge | None
    """Where the screen before this one ends; None at the beginning."""
    after: Edge | None


async def screenful(
    session: AsyncSession,
    person: User,
    library_id: UUID,
    wish: Wish,
    *,
    ids: Ids | None = None,
    after: Edge | None = None,
    before: Edge | None = None,
    size: int = GRID,
) -> Screenful:
    """One query, whatever the size of the library: a keyset, no offset and no count. With filters it
    is planned for their values. None at all where the wish names something that is not in `ids`:
    nothing has it, or nothing to be seen; or asks for ages that are kept from this person."""
    if any(name not in (ids or {}) for name in wish.names) or wish.is_older_than(person.age_limit):
        return Screenful([], None, None)
    backwards = before is not None
    edge = before or after
    asked = Question(Asker.like(person), wish, lap_of(wish, edge), backwards)
    values = asked.values(person, library_id, ids or {}, edge, size + 1)
    if wish.filtered:
        await plan_for_these_values(session)
    rows = (await session.execute(asked.statement, values)).all()
    cards = [ShelfCard(*row[:-1]) for row in rows[:size]]
    more = len(rows) > size
    if backwards:
        cards.reverse()
    return Screenful(
        cards=cards,
        before=_edge(cards, 0) if (more if backwards else edge is not None) else None,
        after=_edge(cards, -1) if (True if backwards else more) else None,
    )


class Question(msgspec.Struct, frozen=True):
    """What is asked of the shelf, and what its statement is run with."""

    person: Asker
    wish: Wish
    at: int | None = None
    backwards: bool = False

    @property
    def statement(self) -> Any:
        # A seed is a value: one statement answers for all of them.
        return _statement(msgspec.structs.replace(self, wish=self.wish.unseeded))

    def values(
        self, person: User, library_id: UUID, ids: Ids, edge: Edge | None, limit: int
    ) -> dict[str, Any]:
        values = {**Asker.values(person), **values_for(self.wish, ids)}
        values |= {"library_id": library_id, "size": limit}
        if self.wish.sort is Sort.RANDOM:
            values["pivot"] = pivot_of(self.wish)
        if edge is not None:
            values["edge_value"], values["edge_id"] = edge
        return values


async def newest(session: AsyncSession, person: User, limit: int) -> dict[Sort, list[Card]]:
    """The last series that came (ADDED), and that grew after they came (UPDATED), in any library.
    One query."""
    values = {**Asker.values(person), "size": limit}
    found: dict[Sort, list[Card]] = {sort: [] for sort in NEWEST}
    for number, *card in await session.execute(_newest_of_both(Asker.like(person)), values):
        found[NEWEST[number]].append(Card(*card))
    for cards in found.values():
        cards.sort(key=lambda card: (card.place, card.id), reverse=True)
    return found


@lru_cache(maxsize=4)
def _newest_of_both(person: Asker) -> Any:
    parts = [_newest(person, sort).subquery() for sort in NEWEST]
    return union_all(*(select(literal(number), part) for number, part in enumerate(parts)))


def _newest(person: Asker, sort: Sort) -> Rows:
    column = order_column(sort)
    query = cards_for(person, column).order_by(column.desc(), Series.id.desc()).limit(SIZE)
    if sort is Sort.UPDATED:
        query = query.where(Series.updated_at - Series.added_at > GROWN_AFTER)
    return query


@lru_cache(maxsize=128)
def _statement(asked: Question) -> Any:
    """The cards from the edge on, each with the lap it was found in."""
    upwards = (asked.wish.sort in UPWARDS) != asked.backwards
    shared = [Series.library_id == LIBRARY, *conditions(asked.person, asked.wish)]
    found = [
        _lap(asked, lap, upwards).where(*shared).limit(SIZE)
        for lap in laps(asked.wish.sort, asked.at, upwards=upwards)
    ]
    if len(found) == 1:
        return found[0]
    every = union_all(*(select(one.subquery()) for one in found)).subquery()
    order = [every.c.lap, every.c.place, every.c.id]
    turned = [column.asc() if upwards else column.desc() for column in order]
    return select(every).order_by(*turned).limit(SIZE)


def _lap(asked: Question, lap: Lap, upwards: bool) -> Rows:
    wish = asked.wish
    untouched_too = lap.begun is not True and wish.state in (None, ReadState.UNREAD)
    query = cards_for(
        asked.person,
        lap.column.label("place"),
        begun=not untouched_too,
        missing=Only.MISSING in wish.only,
    )
    if lap.begun is False:
        query = query.where(SeriesReading.series_id.is_(None))
    column = lap.column.asc() if upwards else lap.column.desc()
    last = Series.id.asc() if upwards else Series.id.desc()
    shown = query.add_columns(Series.year, Series.status, literal(lap.place).label("lap"))
    return shown.where(*lap.where).order_by(column, last)


def _edge(cards: Sequence[ShelfCard], at: int) -> Edge | None:
    return (cards[at].place, cards[at].id) if cards else None
