"""What comes into the queue, and who works on it."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads.models import CLAIMABLE, OPEN, Download
from app.downloads.orders import Order
from app.errors import Sentence
from app.foundation.db import new_id, now
from app.foundation.queue.models import Job, JobState
from app.providers.models import Provider, Release, Source

_IDS = ARRAY(PgUUID(as_uuid=True))
_WANT = text(f"""
    WITH asked AS (
        SELECT wish.id, wish.nth, release.id AS release_id, source.series_id, source.provider_id
        FROM unnest(:ids, :releases) WITH ORDINALITY AS wish(id, release_id, nth)
        JOIN release ON release.id = wish.release_id
        JOIN source ON source.id = release.source_id
        WHERE release.chapter_id IS NULL AND release.why_not IS NULL AND release.removed_at IS NULL),
    begun AS (
        SELECT provider_id,
            min(place) AS turn,
            max(place) FILTER (WHERE requested_by IS NOT DISTINCT FROM :requested_by) AS last
        FROM download WHERE provider_id IN (SELECT provider_id FROM asked) AND priority = :priority
            AND {OPEN}
        GROUP BY provider_id)
    INSERT INTO download (id, release_id, series_id, provider_id, state, priority, place, run_at,
        attempts, pages_done, bytes_done, rate, requested_by, is_automatic, created_at)
    SELECT asked.id, asked.release_id, asked.series_id, asked.provider_id, 'queued', :priority,
        coalesce(greatest(begun.turn, begun.last), 0) + asked.nth, :at, 0, 0, 0, 0, :requested_by, :is_automatic, :at
    FROM asked LEFT JOIN begun USING (provider_id)
    ORDER BY asked.nth
    ON CONFLICT (release_id) WHERE {OPEN} DO NOTHING
    RETURNING provider_id
""").bindparams(  # noqa: S608
    bindparam("ids", type_=_IDS),
    bindparam("releases", type_=_IDS),
    bindparam("requested_by", type_=PgUUID(as_uuid=True)),
    bindparam("at", type_=Download.created_at.type),
)


async def queue(
    session: AsyncSession,
    release_ids: Sequence[UUID],
    requested_by: UUID | None,
    priority: int,
    *,
    is_automatic: bool,
) -> Sequence[UUID]:
    """The provider of each that is on its way now and was not before."""
    if not release_ids:
        return []
    values = {
        "ids": [new_id() for _ in release_ids],
        "releases": list(release_ids),
        "requested_by": requested_by,
        "priority": priority,
        "is_automatic": is_automatic,
        "at": now(),
    }
    return (await session.scalars(_WANT, values)).all()


class Elsewhere(msgspec.Struct, frozen=True):
    release_id: UUID
    provider: str

    def after(self, reason: str) -> Sentence:
        """Why it failed there, and what comes of that."""
        return Sentence(
            "%(why)s It is fetched from %(provider)s instead.", why=reason, provider=self.provider
        )


async def same_elsewhere(session: AsyncSession, order: Order) -> Elsewhere | None:
    """The same chapter in the same language from another source of the series that is not known to
    fail: none that was tried already."""
    facts = order.subject.facts
    if facts.number is None:
        return None
    row = (
        await session.execute(
            select(Release.id, Provider.name)
            .join(Source, Source.id == Release.source_id)
            .join(Provider, Provider.id == Source.provider_id)
            .where(
                Source.series_id == order.series_id,
                Source.stopped_at.is_(None),
                Release.number == facts.number,
                Release.language.is_not_distinct_from(facts.language or None),
                *(Release.id != order.release_id, Release.chapter_id.is_(None)),
                *(Release.why_not.is_(None), Release.removed_at.is_(None)),
                Provider.paused_at.is_(None),
                ~select(Download.id).where(Download.release_id == Release.id).exists(),
            )
            .order_by(Source.priority.desc(), Provider.priority.desc(), Release.id)
            .limit(1)
        )
    ).one_or_none()
    return Elsewhere(*row) if row else None


async def queue_instead(session: AsyncSession, other: Elsewhere, order: Order) -> None:
    """For whoever wanted that one."""
    await queue(
        session,
        [other.release_id],
        order.requested_by,
        order.priority,
        is_automatic=order.is_automatic,
    )


async def jobs_at_work(session: AsyncSession, kind: str) -> list[UUID]:
    """Running jobs of this kind, the one that began first before the others."""
    return list(
        await session.scalars(
            select(Job.id)
            .where(Job.kind == kind, Job.state == JobState.RUNNING)
            .order_by(Job.started_at, Job.id)
        )
    )


async def providers_with_work(session: AsyncSession) -> list[UUID]:
    """Those at which something could be taken now, or lies in the hands of a worker."""
    asked = select(Provider.id).where(
        select(Download.id)
        .where(Download.provider_id == Provider.id)
        .where(
            text(f"({CLAIMABLE} AND download.run_at <= now() OR state IN ('running', 'verifying'))")
        )
        .exists()
    )
    return list(await session.scalars(asked))
