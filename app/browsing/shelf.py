"""The covers of one library, a screenful at a time, in the order and with the filters asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.library.models import Series
from app.library.queries import Asker
from app.reading.cards import Card, cards_for
from app.reading.models import SeriesReading

GRID = 48
E_INK_GRID = 12
# Chapters that come together with a series do not make it grow. A literal: it is in an index.
GROWN_AFTER: ColumnElement[timedelta] = literal_column("interval '10 minutes'")
BEHIND_LETTERS = "{"  # the sign after z: kana, kanji, Hangul, Cyrillic …
SIZE = bindparam("size", type_=Integer)
LETTERS = ("#", *"abcdefghijklmnopqrstuvwxyz", "…")


class Sort(StrEnum):
    TITLE = "title"
    ADDED = "added"
    UPDATED = "updated"
    READ = "read"


class ReadState(StrEnum):
    UNREAD = "unread"
    READING = "reading"
    COMPLETED = "completed"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked of the shelf; all of it stands in the address."""

    sort: Sort = Sort.TITLE
    state: ReadState | None = None
    letter: str | None = None


class Screenful(msgspec.Struct, frozen=True):
    cards: Sequence[Card]
    before: tuple[Any, UUID] | None
    """Where the screen before this one ends; None at the beginning."""
    after: tuple[Any, UUID] | None


async def screenful(
    session: AsyncSession,
    person: User,
    library_id: UUID,
    wish: Wish,
    *,
    after: tuple[Any, UUID] | None = None,
    before: tuple[Any, UUID] | None = None,
    size: int = GRID,
) -> Screenful:
    """One query, whatever the size of the library: a keyset, no offset and no count."""
    backwards = before is not None
    edge = before or after
    query = _screenful(Asker.like(person), wish, backwards=backwards, goes_on=edge is not None)
    values = {**Asker.values(person), "library_id": library_id, "size": size + 1}
    if edge is not None:
        values["edge_value"], values["edge_id"] = edge
    rows = (await session.execute(query, values)).all()
    cards = [Card(*row) for row in rows[:size]]
    more = len(rows) > size
    if backwards:
        cards.reverse()
    return Screenful(
        cards=cards,
        before=_edge(cards, 0) if (more if backwards else edge is not None) else None,
        after=_edge(cards, -1) if (True if backwards else more) else None,
    )


async def newest(session: AsyncSession, person: User, sort: Sort, limit: int) -> list[Card]:
    """The last series that came (ADDED), or that grew after they came (UPDATED), in any library."""
    values = {**Asker.values(person), "size": limit}
    rows = await session.execute(_newest(Asker.like(person), sort), values)
    return [Card(*row) for row in rows]


@lru_cache(maxsize=64)
def _screenful(
    person: Asker, wish: Wish, *, backwards: bool, goes_on: bool
) -> Select[*tuple[Any, ...]]:
    column, ascending = _order(wish.sort)
    upwards = ascending != backwards
    query = _cards(person, wish, column)
    if goes_on:
        here = tuple_(column, Series.id)
        there = tuple_(bindparam("edge_value", type_=column.type), bindparam("edge_id", type_=Uuid))
        query = query.where(here > there if upwards else here < there)
    order = (column.asc(), Series.id.asc()) if upwards else (column.desc(), Series.id.desc())
    return query.order_by(*order).limit(SIZE)


@lru_cache(maxsize=8)
def _newest(person: Asker, sort: Sort) -> Select[*tuple[Any, ...]]:
    column, _ = _order(sort)
    query = cards_for(person, column).order_by(column.desc(), Series.id.desc()).limit(SIZE)
    if sort is Sort.UPDATED:
        query = query.where(Series.updated_at - Series.added_at > GROWN_AFTER)
    return query


def _cards(person: Asker, wish: Wish, sort_column: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    untouched_too = wish.sort is not Sort.READ and wish.state in (None, ReadState.UNREAD)
    query = cards_for(person, sort_column, begun=not untouched_too)
    query = query.where(Series.library_id == bindparam("library_id", type_=Uuid))
    if wish.state is not None:
        query = query.where(_in_state(person, wish.state))
    if wish.letter is not None and wish.sort is Sort.TITLE:
        query = query.where(*_under(wish.letter))
    return query


def _order(sort: Sort) -> tuple[ColumnElement[Any], bool]:
    """The column, and whether it goes upwards."""
    columns: dict[Sort, tuple[Any, bool]] = {
        Sort.TITLE: (Series.sort_key, True),
        Sort.ADDED: (Series.added_at, False),
        Sort.UPDATED: (Series.updated_at, False),
        Sort.READ: (SeriesReading.last_read_at, False),
    }
    return columns[sort]


def _in_state(person: Asker, state: ReadState) -> ColumnElement[bool]:
    """Said so that Postgres can guess how many there are: nearly all are unread, few are not."""
    if state is ReadState.UNREAD:
        begun = aliased(SeriesReading)
        return ~exists().where(
            begun.series_id == Series.id,
            begun.user_id == person.id,
            or_(begun.read_positions > 0, begun.started_positions > 0),
        )
    read, started = SeriesReading.read_positions, SeriesReading.started_positions
    if state is ReadState.COMPLETED:
        return and_(Series.position_count > 0, read >= Series.position_count)
    unfinished = or_(Series.position_count == 0, read < Series.position_count)
    return and_(or_(read > 0, started > 0), unfinished)


def _under(letter: str) -> list[ColumnElement[bool]]:
    if letter == "#":
        return [Series.sort_key < "a"]
    if letter == "…":
        return [Series.sort_key >= BEHIND_LETTERS]
    return [Series.sort_key >= letter, Series.sort_key < chr(ord(letter) + 1)]


def _edge(cards: Sequence[Card], at: int) -> tuple[Any, UUID] | None:
    return (cards[at].place, cards[at].id) if cards else None


def parsed_edge(sort: Sort, values: Sequence[Any]) -> tuple[Any, UUID] | None:
    """What a signed cursor carried, as what the sort compares; None when it does not fit."""
    try:
        first, series_id = values
        kind = str if sort is Sort.TITLE else datetime
        return msgspec.convert(first, kind), msgspec.convert(series_id, UUID)
    except (ValueError, msgspec.ValidationError):
        return None
