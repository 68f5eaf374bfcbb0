"""A series as one cover among many, as the person asking sees it."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, func, select

from app.accounts.models import User
from app.foundation.web.i18n import _, ngettext
from app.library.models import Series
from app.library.queries import Asker, known_to, listed_for
from app.reading.addresses import cover_url, cover_version_column
from app.reading.models import SeriesReading


class Card(msgspec.Struct, frozen=True):
    """`place` is what its list is sorted by. A screen shows dozens, so templates get words ready
    to be written (`cover_cards` in `components/covers.html`)."""

    id: UUID
    title: str
    language: str | None
    positions: int
    read: int
    started: int
    cover_version: str | None
    place: Any

    @property
    def href(self) -> str:
        return f"/series/{self.id}"

    @property
    def cover(self) -> str:
        return cover_url(self.id, self.cover_version, 320) if self.cover_version else ""

    @property
    def large_cover(self) -> str:
        return cover_url(self.id, self.cover_version, 640)

    @property
    def unread(self) -> int:
        """For the badge: nothing is said about what nobody has begun."""
        return max(0, self.positions - self.read) if self.read or self.started else 0

    @property
    def done(self) -> bool:
        return 0 < self.positions <= self.read

    @property
    def meta(self) -> str:
        """ "12 / 40" once begun, else how much there is."""
        if self.read and not self.done:
            return _("%(read)s / %(total)s", read=self.read, total=self.positions)
        return ngettext("%(num)s chapter", "%(num)s chapters", self.positions)


class NextCard(Card, frozen=True):
    """A series that is opened where it goes on."""

    chapter_id: UUID
    chapter_name: str

    @property
    def href(self) -> str:
        return f"/read/{self.chapter_id}"

    @property
    def meta(self) -> str:
        return self.chapter_name


def cards_for(
    person: User | Asker, place: Any, *, begun: bool = False, missing: bool = False
) -> Select[*tuple[Any, ...]]:
    """Columns of `Card`; join what they are members of, and order. `begun`: those that are.
    `missing`: also those of which no file is on disk."""
    mine = and_(SeriesReading.series_id == Series.id, SeriesReading.user_id == person.id)
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
        .join(SeriesReading, mine, isouter=not begun)
        .where(known_to(person) if missing else listed_for(person))
    )
