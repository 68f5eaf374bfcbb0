"""Series that belong together: one row for a pair, read from both ends."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Conflict, Invalid, NotFound
from app.foundation.web.i18n import _
from app.foundation.web.paging import escape_like
from app.library.grams import query_grams, search_text
from app.library.models import SearchDocument, Series
from app.library.queries import visible_to
from app.metadata.models import RelationKind, SeriesRelation
from app.reading.addresses import cover_version_column
from app.reading.cards import Card

MOST = 100
"""Series that one series may be related to."""
FOUND = 20

INVERSE = {
    RelationKind.SEQUEL: RelationKind.PREQUEL,
    RelationKind.PREQUEL: RelationKind.SEQUEL,
    RelationKind.SPIN_OFF: RelationKind.MAIN_STORY,
    RelationKind.SIDE_STORY: RelationKind.MAIN_STORY,
    RelationKind.MAIN_STORY: RelationKind.SIDE_STORY,
    RelationKind.ADAPTATION: RelationKind.ORIGINAL,
    RelationKind.ORIGINAL: RelationKind.ADAPTATION,
    RelationKind.ALTERNATIVE: RelationKind.ALTERNATIVE,
    RelationKind.SAME_SETTING: RelationKind.SAME_SETTING,
}
_ORDER = list(RelationKind)
_CARD: tuple[Any, ...] = (
    *(Series.id, Series.title, Series.language),
    cover_version_column().label("version"),
)


class RelatedSeries(Card, frozen=True):
    """`kind` is what this one is to the series that was asked about."""

    kind: RelationKind

    @property
    def relation(self) -> str:
        return relation_word(self.kind)

    @property
    def meta(self) -> str:
        return self.relation


class Candidate(Card, frozen=True):
    year: int | None


def relation_word(kind: RelationKind) -> str:
    return {
        RelationKind.SEQUEL: _("Sequel"),
        RelationKind.PREQUEL: _("Prequel"),
        RelationKind.MAIN_STORY: _("Main story"),
        RelationKind.SIDE_STORY: _("Side story"),
        RelationKind.SPIN_OFF: _("Spin-off"),
        RelationKind.ORIGINAL: _("Original"),
        RelationKind.ADAPTATION: _("Adaptation"),
        RelationKind.ALTERNATIVE: _("Another version"),
        RelationKind.SAME_SETTING: _("Same setting"),
    }[kind]


async def related_to(session: AsyncSession, person: User, series: Series) -> list[RelatedSeries]:
    """By kind, then by title; only what this person may see. One query."""
    is_first = SeriesRelation.series_id == series.id
    other = case((is_first, SeriesRelation.other_id), else_=SeriesRelation.series_id)
    rows = await session.execute(
        select(*_CARD, SeriesRelation.kind, is_first.label("is_first"))
        .select_from(SeriesRelation)
        .join(Series, Series.id == other)
        .where(or_(is_first, SeriesRelation.other_id == series.id))
        .where(visible_to(person), Series.trashed_at.is_(None))
        .order_by(Series.sort_key, Series.id)
        .limit(MOST)
    )
    found = [
        RelatedSeries(*_card(row), row.kind if row.is_first else INVERSE[row.kind]) for row in rows
    ]
    return sorted(found, key=lambda one: _ORDER.index(one.kind))


def has_related() -> ColumnElement[bool]:
    """Whether there is any, for a query that selects from `Series`: most have none to look for."""
    return exists().where(
        or_(SeriesRelation.series_id == Series.id, SeriesRelation.other_id == Series.id)
    )


async def candidates(
    session: AsyncSession,
    person: User,
    series: Series,
    asked: str,
    *,
    same_library: bool = False,
) -> list[Candidate]:
    """Other series with these words in one of their titles, those that begin with them first."""
    words, grams = search_text(asked), query_grams(asked)
    if not words or not grams:
        return []
    like = f"%{escape_like(words)}%"
    starts = SearchDocument.title.like(f"{escape_like(words)}%")
    rows = await session.execute(
        select(*_CARD, Series.year)
        .join(SearchDocument, SearchDocument.id == Series.id)
        .where(SearchDocument.kind == "series")
        .where(SearchDocument.grams.bool_op("@>")(bindparam(None, grams, ARRAY(Text))))
        .where(or_(SearchDocument.title.like(like), SearchDocument.names.like(like)))
        .where(visible_to(person), Series.id != series.id)
        .where(Series.library_id == series.library_id if same_library else true())
        .where(Series.missing_since.is_(None), Series.trashed_at.is_(None))
        .order_by(starts.desc(), Series.sort_key, Series.id)
        .limit(FOUND)
    )
    return [Candidate(*_card(row), row.year) for row in rows]


class Relations:
    """Verbs; both ends must be visible to the person."""

    def __init__(self, session: AsyncSession, person: User) -> None:
        self.session = session
        self.person = person

    async def add(self, series_id: UUID, other_id: UUID, kind: RelationKind) -> Series:
        """`kind` is what the other is to the series; a pair has one relation, the newest."""
        other = await self._both(series_id, other_id)
        await self.session.execute(delete(SeriesRelation).where(_pair(series_id, other_id)))
        for end in (series_id, other_id):
            if await self._count(end) >= MOST:
                raise Conflict("There is no room: a series has at most 100 related ones.")
        self.session.add(SeriesRelation(series_id=series_id, other_id=other_id, kind=kind))
        return other

    async def remove(self, series_id: UUID, other_id: UUID) -> tuple[Series, RelationKind]:
        """The other, and what it was to the series."""
        other = await self._both(series_id, other_id)
        gone = delete(SeriesRelation).where(_pair(series_id, other_id))
        row = (
            await self.session.execute(
                gone.returning(SeriesRelation.series_id, SeriesRelation.kind)
            )
        ).first()
        if row is None:
            raise NotFound("These two are not related.")
        return other, row.kind if row.series_id == series_id else INVERSE[row.kind]

    async def _both(self, series_id: UUID, other_id: UUID) -> Series:
        """Locked in one order, so that a pair is never written twice."""
        if series_id == other_id:
            raise Invalid("A series is not related to itself.")
        rows = await self.session.scalars(
            select(Series)
            .where(Series.id.in_((series_id, other_id)), visible_to(self.person))
            .where(Series.trashed_at.is_(None))
            .order_by(Series.id)
            .with_for_update(key_share=True, of=Series)
        )
        found = {series.id: series for series in rows}
        if len(found) != 2:
            raise NotFound("There is no such series.")
        return found[other_id]

    async def _count(self, series_id: UUID) -> int:
        query: Select[int] = (
            select(func.count())
            .select_from(SeriesRelation)
            .where(or_(SeriesRelation.series_id == series_id, SeriesRelation.other_id == series_id))
        )
        return await self.session.scalar(query) or 0


def _pair(one: UUID, two: UUID) -> ColumnElement[bool]:
    return or_(
        (SeriesRelation.series_id == one) & (SeriesRelation.other_id == two),
        (SeriesRelation.series_id == two) & (SeriesRelation.other_id == one),
    )


def _card(row: Any) -> tuple[UUID, str, str | None, int, int, int, str | None, None]:
    """How far somebody has read says nothing here."""
    return row.id, row.title, row.language, 0, 0, 0, row.version, None
