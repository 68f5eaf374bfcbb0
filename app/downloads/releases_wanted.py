"""Releases that people ask for by hand."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.releases import Place, best_of, by_place, numbers_restart, reading_order
from app.downloads.service import want
from app.errors import NotFound
from app.library.models import Series
from app.library.queries import known_to
from app.providers.models import Release, Source


async def check_known(session: AsyncSession, person: User, release_id: UUID) -> None:
    found = select(Release.id).join(Source).join(Series)
    if not await session.scalar(found.where(Release.id == release_id, known_to(person))):
        raise NotFound("There is no such chapter.")


async def download_those(
    session: AsyncSession, person: User, release_ids: Iterable[UUID] | Select[UUID]
) -> int:
    """Of each chapter that is named, the release its source prefers, and of what several sources of a
    series have, that of the first; how many were not on their way or here."""
    named = select(Release.source_id, Release.id).where(Release.id.in_(release_ids))
    seen = named.join(Source).join(Series).where(known_to(person))
    ids = {release_id: source_id for source_id, release_id in await session.execute(seen)}
    if not ids:
        return 0
    sources = await session.scalars(
        select(Source)
        .where(Source.id.in_(set(ids.values())))
        .order_by(Source.priority.desc(), Source.id)
    )
    wanted: dict[tuple[UUID, Place, str | None], Release] = {}
    for source in sources.all():
        rows = await session.scalars(select(Release).where(Release.source_id == source.id))
        releases = rows.all()
        for place, at_place in by_place(releases, restarts=numbers_restart(releases)).items():
            best = best_of(at_place, source) if any(one.id in ids for one in at_place) else None
            if best is not None:
                wanted.setdefault((source.series_id, place, best.language), best)
    in_order = sorted(wanted.values(), key=reading_order)
    return await want(session, [one.id for one in in_order], requested_by=person.id)
