"""What the screen of one series says beside its chapters."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.browsing.series_lines import Part, lines_of, progress_of
from app.collections.favourites import loved_by
from app.errors import NotFound
from app.library.models import (
    Chapter,
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
