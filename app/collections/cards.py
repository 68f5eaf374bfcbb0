"""Covers of series in an order of somebody's making, and the first four of a whole as its picture."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.i18n import _, ngettext
from app.library.models import Series
from app.library.queries import visible_to
from app.reading.addresses import cover_url, cover_version_column
from app.reading.models import SeriesReading

MOSAIC = 4


class Card(msgspec.Struct, frozen=True):
    """One series as this person sees it; `place` is what its list is sorted by."""

    id: UUID
    title: str
    language: str | None
    positions: int
    read: int
    started: int
    cover_version: str | None
    place: Any

    @property
    def unread(self) -> int:
        return max(0, self.positions - self.read) if self.read or self.started else 0

    @property
    def done(self) -> bool:
        return 0 < self.positions <= self.read

    @property
    def meta(self) -> str:
        if self.read and not self.done:
            return _("%(read)s / %(total)s", read=self.read, total=self.positions)
        return ngettext("%(num)s chapter", "%(num)s chapters", self.positions)

    def cover(self, width: int) -> str:
        return cover_url(self.id, self.cover_version, width) if self.cover_version else ""


def listed_for(person: User) -> ColumnElement[bool]:
    """Series on the shelf that this person may see. Needs `Series` in the query."""
    return and_(Series.missing_since.is_(None), Series.trashed_at.is_(None), visible_to(person))


def cards_for(person: User, place: Any) -> Select[*tuple[Any, ...]]:
    """Columns of `Card`, from `Series`; join what they are members of, and order."""
    return (
        select(
            Series.id,
            Series.title,
            Series.language,
            Series.position_count,
            func.coalesce(SeriesReading.read_positions, 0),
            func.coalesce(SeriesReading.started_positions, 0),
            cover_version_column(),
            place,
        )
        .select_from(Series)
        .outerjoin(
            SeriesReading,
            and_(SeriesReading.series_id == Series.id, SeriesReading.user_id == person.id),
        )
        .where(listed_for(person))
    )


async def mosaics(session: AsyncSession, members: Select[UUID, UUID, int]) -> dict[UUID, list[str]]:
    """Whole → addresses of its first covers. `members` selects (whole, series, position), and only
    what the person may see. One query."""
    inside = members.subquery()
    once = (
        select(inside.c[0], inside.c[1], func.min(inside.c[2]).label("first"))
        .group_by(inside.c[0], inside.c[1])
        .subquery()
    )
    version = cover_version_column()
    covers = (
        select(
            once.c[0].label("whole"),
            Series.id,
            version.label("version"),
            func.row_number()
            .over(partition_by=once.c[0], order_by=(once.c.first, Series.id))
            .label("at"),
        )
        .join(Series, Series.id == once.c[1])
        .where(Series.cover_chapter_id.is_not(None))
        .subquery()
    )
    rows = await session.execute(
        select(covers.c.whole, covers.c.id, covers.c.version)
        .where(covers.c.at <= MOSAIC, covers.c.version.is_not(None))
        .order_by(covers.c.whole, covers.c.at)
    )
    found: dict[UUID, list[str]] = {}
    for whole, series_id, cover_version in rows:
        found.setdefault(whole, []).append(cover_url(series_id, cover_version, 320))
    return found


def cut[Row](rows: Sequence[Row], size: int) -> tuple[list[Row], bool]:
    """At most `size` of them, and whether there are more: queries ask for one too many."""
    return list(rows[:size]), len(rows) > size
