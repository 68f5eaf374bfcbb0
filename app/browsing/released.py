"""Followed series with chapters that came out and were not read, as a row of home."""

from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.updates import newest_series
from app.foundation.web.i18n import ngettext
from app.library.models import Series
from app.library.queries import Asker
from app.reading.cards import Card, cards_for


class ReleasedCard(Card, frozen=True):
    """`place` is how many chapters are new."""

    @property
    def meta(self) -> str:
        return ngettext("%(num)s new chapter", "%(num)s new chapters", self.place)


async def released(session: AsyncSession, person: User, limit: int) -> list[ReleasedCard]:
    """The newest first."""
    values = {**Asker.values(person), "most": limit}
    rows = await session.execute(_released(Asker.like(person)), values)
    return [ReleasedCard(*row) for row in rows]


@cache
def _released(person: Asker) -> Select[*tuple[Any, ...]]:
    new = newest_series(person, bindparam("most", type_=Integer))
    return (
        cards_for(person, new.c.number)
        .join(new, new.c.series_id == Series.id)
        .order_by(new.c.latest.desc(), Series.id)
    )
