"""The orders of a shelf, each a walk along an index that begins where the screen before it ended.

Two orders are walked in two laps of one screenful each. **Unread**: series that the person began
are few and have their sums in `series_reading`; all others have as many unread chapters as there
are, which is in an index. **Random**: an index knows every series by the digest of its id, and a
seed says where on that circle to begin; the second lap goes on at its beginning. So a seed is a
place to begin, not a shuffle of its own: neighbours stay neighbours, and no order costs a sort.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Integer, Text, Uuid, bindparam, func, literal_column, tuple_

from app.browsing.wish import Sort, Wish
from app.library.models import Series
from app.library.queries import YEAR
from app.reading.models import SeriesReading

type Edge = tuple[Any, UUID]
"""The sort value and id of the series at which a screen begins or ends."""

DIGEST: ColumnElement[str] = literal_column("md5((series.id)::text)", Text)
"""As it is in the index."""
_PIVOT = bindparam("pivot", type_=Text)
UPWARDS = frozenset({Sort.TITLE, Sort.RANDOM})
KINDS: dict[Sort, type] = {
    Sort.TITLE: str,
    Sort.RANDOM: str,
    Sort.UNREAD: int,
    Sort.YEAR: int,
}


class Lap(NamedTuple):
    """`begun`: whether it holds what the person began, what they did not, or (None) both."""

    column: Any
    place: int = 0
    where: Sequence[ColumnElement[bool]] = ()
    begun: bool | None = None


def lap_of(wish: Wish, edge: Edge | None) -> int | None:
    """Where on the way an edge is; None at its beginning."""
    if edge is None:
        return None
    return int(wish.sort is Sort.RANDOM and str(edge[0]) < pivot_of(wish))


def pivot_of(wish: Wish) -> str:
    return f"{wish.seed:08x}"


def laps(sort: Sort, at: int | None, *, upwards: bool) -> list[Lap]:
    """What is left of the way from an edge in the lap `at` on: `edge_value` and `edge_id`."""
    every = _laps(sort)
    if at is None:
        return every
    left = [lap for lap in every if (lap.place >= at if upwards else lap.place <= at)]
    return [_beyond(lap, upwards) if lap.place == at else lap for lap in left]


def order_column(sort: Sort) -> Any:
    return _laps(sort)[0].column


def parsed_edge(sort: Sort, values: Sequence[Any]) -> Edge | None:
    """What a signed cursor carried, as what the sort compares; None when it does not fit."""
    try:
        first, series_id = values
        kind = KINDS.get(sort, datetime)
        return msgspec.convert(first, kind), msgspec.convert(series_id, UUID)
    except (ValueError, msgspec.ValidationError):
        return None


def _laps(sort: Sort) -> list[Lap]:
    match sort:
        case Sort.TITLE:
            return [Lap(Series.sort_key)]
        case Sort.ADDED:
            return [Lap(Series.added_at)]
        case Sort.UPDATED:
            return [Lap(Series.updated_at)]
        case Sort.READ:
            return [Lap(SeriesReading.last_read_at, begun=True)]
        case Sort.YEAR:
            return [Lap(YEAR)]
        case Sort.UNREAD:
            left = func.greatest(
                Series.position_count - SeriesReading.read_positions, 0, type_=Integer
            )
            return [Lap(left, begun=True), Lap(Series.position_count, begun=False)]
        case Sort.RANDOM:
            return [Lap(DIGEST, 0, [_PIVOT <= DIGEST]), Lap(DIGEST, 1, [_PIVOT > DIGEST])]


def _beyond(lap: Lap, upwards: bool) -> Lap:
    here = tuple_(lap.column, Series.id)
    value = bindparam("edge_value", type_=lap.column.type)
    there = tuple_(value, bindparam("edge_id", type_=Uuid))
    return lap._replace(where=[*lap.where, here > there if upwards else here < there])
