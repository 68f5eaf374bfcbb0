"""The first four covers of a whole as its picture."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.library.models import Series
from app.reading.addresses import cover_url, cover_version_column

MOSAIC = 4


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
