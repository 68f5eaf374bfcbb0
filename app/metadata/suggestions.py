"""Names to choose from while typing: only of what this person may see, and never a long search."""

from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.library.models import Creator, Series, SeriesCreator, SeriesTag, Tag, TagKind
from app.library.queries import visible_to

MOST_TAGS = 300
MOST_PEOPLE = 100
NEWEST_SERIES = 100


async def tags_near(session: AsyncSession, person: User) -> dict[TagKind, list[str]]:
    """The first genres and tags in the order of the alphabet that a visible series carries."""
    is_seen = exists().where(
        SeriesTag.tag_id == Tag.id, Series.id == SeriesTag.series_id, visible_to(person)
    )
    found: dict[TagKind, list[str]] = {}
    for kind in TagKind:
        names = select(Tag.name).where(Tag.kind == kind, is_seen).order_by(Tag.key)
        found[kind] = list(await session.scalars(names.limit(MOST_TAGS)))
    return found


async def people_near(session: AsyncSession, person: User, series: Series) -> list[str]:
    """Who is credited in what came last into the library of this series."""
    newest = _newest(person, series.library_id)
    names = (
        select(Creator.name)
        .where(
            exists().where(
                SeriesCreator.creator_id == Creator.id, SeriesCreator.series_id.in_(newest)
            )
        )
        .order_by(Creator.key)
        .limit(MOST_PEOPLE)
    )
    return list(await session.scalars(names))


def _newest(person: User, library_id: UUID) -> Select[UUID]:
    return (
        select(Series.id)
        .where(Series.library_id == library_id, visible_to(person))
        .where(Series.missing_since.is_(None), Series.trashed_at.is_(None))
        .order_by(Series.added_at.desc(), Series.id.desc())
        .limit(NEWEST_SERIES)
    )
