"""What the screen of one series says beside its chapters."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.browsing.series_lines import LISTED, Part, lines_of, progress_of
from app.collections.favourites import loved_by
from app.errors import NotFound
from app.library.models import (
    Chapter,
    ChapterKind,
    Library,
    Series,
    SeriesCreator,
    SeriesTag,
    Tag,
)
from app.library.queries import visible_to
from app.metadata.related import has_related
from app.reading.addresses import cover_version_column
from app.reading.models import PreferredVersion, Progress, SeriesReading

MOST_VERSIONS = 20
MOST_HOLES = 12


_TAGS = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(func.jsonb_build_array(Tag.kind, Tag.name), Tag.name, Tag.id),
                type_=JSONB,
            ),
            literal_column("'[]'", JSONB),
        )
    )
    .join(SeriesTag, SeriesTag.tag_id == Tag.id)
    .where(SeriesTag.series_id == Series.id)
    .correlate(Series)
    .scalar_subquery()
)


class SeriesView(msgspec.Struct, frozen=True):
    """`next` is the chapter to go on with, at `next_page` (0: not begun); None when all is read or
    nothing was ever opened."""

    series: Series
    library: Library
    reading: SeriesReading | None
    cover_version: str | None
    is_favourite: bool
    next: Chapter | None
    next_page: int
    chosen: PreferredVersion | None
    has_related: bool
    tags: Sequence[tuple[str, str]]
    """Kind and name of each."""


class Version(msgspec.Struct, frozen=True):
    """Chapters in one language by the same groups; `chapter_id` is one of them."""

    language: str | None
    groups: Sequence[str]
    chapters: int
    chapter_id: UUID

    def is_like(self, chosen: PreferredVersion | None) -> bool:
        if chosen is None:
            return False
        return (self.language, list(self.groups)) == (chosen.language, list(chosen.groups))


class Hole(msgspec.Struct, frozen=True):
    """Whole numbers between two neighbours that no file covers."""

    first: int
    last: int


async def series_for(session: AsyncSession, person: User, series_id: UUID) -> SeriesView:
    """The series with its people and tags, if this person may see it. One query."""
    mine = SeriesReading.user_id == person.id
    found = await session.execute(
        select(
            *(Series, Library, SeriesReading, cover_version_column(), loved_by(person)),
            *(Chapter, func.coalesce(Progress.page, 0), PreferredVersion, has_related(), _TAGS),
        )
        .join(Library, Library.id == Series.library_id)
        .outerjoin(SeriesReading, and_(SeriesReading.series_id == Series.id, mine))
        .outerjoin(Chapter, Chapter.id == SeriesReading.next_chapter_id)
        .outerjoin(Progress, progress_of(person))
        .outerjoin(
            PreferredVersion,
            and_(PreferredVersion.series_id == Series.id, PreferredVersion.user_id == person.id),
        )
        .where(Series.id == series_id, Series.trashed_at.is_(None), visible_to(person))
        # Few rows: with the series itself they save a query.
        .options(joinedload(Series.creators).joinedload(SeriesCreator.creator))
    )
    row = found.unique(lambda row: row[0].id).one_or_none()
    if row is None:
        raise NotFound("There is no such series.")
    return SeriesView(*row)


async def beginning_of(session: AsyncSession, person: User, series: Series) -> UUID | None:
    """The first chapter there is, in the version that this person reads."""
    found = await lines_of(session, person, series, Part(size=1))
    return found.lines[0].shown.id if found.lines else None


async def versions_of(session: AsyncSession, series: Series) -> list[Version]:
    """What there is to choose from, the fullest first; nothing where no place has two."""
    rows = await session.execute(
        select(
            Chapter.language,
            Chapter.groups,
            func.count(),
            func.array_agg(Chapter.id)[1],
            func.sum(func.count()).over(),
        )
        .where(Chapter.series_id == series.id, LISTED)
        .group_by(Chapter.language, Chapter.groups)
        .order_by(func.count().desc(), Chapter.language, Chapter.groups)
        .limit(MOST_VERSIONS)
    )
    found = rows.all()
    if not found or found[0][-1] <= series.position_count:
        return []
    return [Version(*row[:-1]) for row in found]


async def holes_in(session: AsyncSession, series: Series, kind: ChapterKind) -> list[Hole]:
    """The first MOST_HOLES holes in the numbers of chapters, or of volumes.

    Only between two that stand side by side and count on: where the count starts again with each
    volume, or a whole volume lies between, nobody knows what is missing.
    """
    begin, end = (
        (Chapter.volume, Chapter.volume_end)
        if kind is ChapterKind.VOLUME
        else (Chapter.number, Chapter.number_end)
    )
    place = (
        select(
            Chapter.position,
            func.min(begin).filter(Chapter.kind == kind).label("begin"),
            func.max(func.coalesce(end, begin)).filter(Chapter.kind == kind).label("end"),
        )
        .where(Chapter.series_id == series.id, LISTED)
        .group_by(Chapter.position)
        .subquery()
    )
    before = func.lag(place.c.end).over(order_by=place.c.position)
    pair = select(place.c.position, before.label("before"), place.c.begin.label("after")).subquery()
    rows = await session.execute(
        select(pair.c.before, pair.c.after)
        .where(func.ceil(pair.c.after) - func.floor(pair.c.before) > 1)
        .order_by(pair.c.position)
        .limit(MOST_HOLES)
    )
    return [_hole(before, after) for before, after in rows]


def _hole(before: Decimal, after: Decimal) -> Hole:
    """Between 52.5 and 56 it is 53 to 55."""
    return Hole(int(before) + 1, -int(-after // 1) - 1)
