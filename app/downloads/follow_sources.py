"""The sources of one series, as far as the person asking may know of the series."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.queue.models import Job, JobState
from app.library.models import Series
from app.library.queries import known_to
from app.providers.models import FormerSource, Provider, Release, Source

MOST = 50
ACTIVE = (JobState.WAITING, JobState.RUNNING)


class SourceLine(NamedTuple):
    """`is_checking`: somebody asked for it, and it is not done yet."""

    source: Source
    provider: Provider
    releases: int
    is_checking: bool


async def series_for(session: AsyncSession, person: User, series_id: UUID) -> Series:
    found = await session.scalar(select(Series).where(Series.id == series_id, known_to(person)))
    if found is None:
        raise NotFound("There is no such series.")
    return found


async def sources_of(session: AsyncSession, series: Series) -> list[SourceLine]:
    """In the order in which they count; those that are no longer followed last. One query."""
    releases = (
        select(func.count(Release.id))
        .where(Release.source_id == Source.id, Release.removed_at.is_(None))
        .correlate(Source)
        .scalar_subquery()
    )
    checking = (
        select(Job.id)
        .where(Job.kind == "check_source", Job.key == func.cast(Source.id, Job.key.type))
        .where(Job.state.in_(ACTIVE))
        .correlate(Source)
        .exists()
    )
    rows = await session.execute(
        select(Source, Provider, releases, checking)
        .join(Provider, Provider.id == Source.provider_id)
        .where(Source.series_id == series.id)
        .order_by(Source.stopped_at.is_not(None), Source.priority.desc(), Source.id)
        .limit(MOST)
    )
    return [SourceLine(*row) for row in rows]


async def former_sources(session: AsyncSession, series: Series) -> list[FormerSource]:
    """Where it was followed until a person took the provider away, the last first."""
    was = select(FormerSource).where(FormerSource.series_id == series.id)
    order = (FormerSource.removed_at.desc(), FormerSource.id.desc())
    return list(await session.scalars(was.order_by(*order).limit(MOST)))


async def one_for(session: AsyncSession, person: User, source_id: UUID) -> Source:
    found = await session.scalar(
        select(Source)
        .join(Series)
        .where(Source.id == source_id, known_to(person))
        .options(joinedload(Source.provider), joinedload(Source.series))
    )
    if found is None:
        raise NotFound("There is no such source.")
    return found


async def priority_of(session: AsyncSession, source: Source, *, up: bool) -> None:
    """One place up or down among those of its series that are followed. At the end nothing moves."""
    rows = await session.scalars(
        select(Source)
        .where(Source.series_id == source.series_id, Source.stopped_at.is_(None))
        .order_by(Source.priority.desc(), Source.id)
        .with_for_update(key_share=True)
    )
    order = list(rows)
    if source not in order:
        return
    at = order.index(source)
    order.insert(max(0, at - 1) if up else at + 1, order.pop(at))
    for place, one in enumerate(order):
        one.priority = -place
