"""What people may want of downloads. Whoever works on one notices with its next word about it."""

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.functions import Function

from app.accounts.models import User
from app.downloads import queueing
from app.downloads.jobs import download_later
from app.downloads.models import OPEN, TOPIC, Download, DownloadState
from app.errors import NotFound
from app.foundation.db import now
from app.foundation.queue.wake import tell_after_commit
from app.foundation.web.i18n import _
from app.library.models import Series
from app.library.queries import visible_to
from app.providers.models import Release

RESUMABLE = (DownloadState.FAILED, DownloadState.CANCELLED)


async def want(
    session: AsyncSession,
    release_ids: Sequence[UUID],
    *,
    requested_by: UUID | None = None,
    priority: int = 0,
    is_automatic: bool = False,
) -> int:
    """How many of these were not on their way, here already, or impossible. In the order given;
    what several people ask of one provider is taken in turns."""
    providers = await queueing.queue(
        session, release_ids, requested_by, priority, is_automatic=is_automatic
    )
    await _went(session, set(providers))
    return len(providers)


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """One, those of a series, those of a provider, or all; with `person` those that they may see."""

    person: User | None = None
    download_id: UUID | None = None
    series_id: UUID | None = None
    provider_id: UUID | None = None

    @property
    def rows(self) -> ColumnElement[bool]:
        chosen = [
            column == value
            for column, value in (
                (Download.id, self.download_id),
                (Download.series_id, self.series_id),
                (Download.provider_id, self.provider_id),
            )
            if value is not None
        ]
        if self.person is not None:
            mine = select(Series.id).where(visible_to(self.person))
            chosen.append(Download.series_id.in_(mine))
        return and_(true(), *chosen)


async def cancel(session: AsyncSession, which: Which) -> int:
    """What was fetched of them is thrown away by whoever works there next."""
    return await _change(
        session,
        and_(text(OPEN)),
        which,
        state=DownloadState.CANCELLED,
        finished_at=now(),
        reason=None,
    )


async def pause(session: AsyncSession, which: Which) -> int:
    """What was fetched of them is kept."""
    return await _change(
        session, and_(text(OPEN), Download.paused_at.is_(None)), which, paused_at=now()
    )


async def resume(session: AsyncSession, which: Which) -> int:
    return await _change(
        session,
        and_(text(OPEN), Download.paused_at.is_not(None)),
        which,
        paused_at=None,
        run_at=now(),
    )


async def retry(session: AsyncSession, which: Which) -> int:
    """One that waits goes on at once; one that failed or was cancelled begins again, unless the
    same release is on its way or here by now."""
    hurried = await _change(
        session, Download.state == DownloadState.WAITING, which, run_at=now(), attempts=0
    )
    return hurried + await _begin_again(session, which, RESUMABLE)


async def retry_failed(session: AsyncSession, which: Which) -> int:
    """What somebody cancelled stays so."""
    return await _begin_again(session, which, (DownloadState.FAILED,))


async def _begin_again(session: AsyncSession, which: Which, states: Sequence[DownloadState]) -> int:
    return await _change(
        session,
        and_(Download.state.in_(states), Download.id.in_(_last_of_release(which))),
        which,
        state=DownloadState.QUEUED,
        run_at=now(),
        attempts=0,
        reason=None,
        finished_at=None,
        paused_at=None,
    )


def _last_of_release(which: Which) -> Select[UUID]:
    """Of each release the newest try, where there is none that is open or done, and no chapter that
    came another way."""
    other = select(Download.release_id).where(text(f"({OPEN} OR state = 'done')"))
    return (
        select(Download.id)
        .join(Release, Release.id == Download.release_id)
        .where(which.rows, Download.state.in_(RESUMABLE), Download.release_id.not_in(other))
        .where(Release.chapter_id.is_(None))
        .distinct(Download.release_id)
        .order_by(Download.release_id, Download.created_at.desc(), Download.id.desc())
    )


async def move_to_top(session: AsyncSession, which: Which) -> int:
    """One, before all others of its provider and priority."""
    return await _move(session, which, func.min, -1)


async def move_to_bottom(session: AsyncSession, which: Which) -> int:
    return await _move(session, which, func.max, +1)


async def _move(
    session: AsyncSession, which: Which, edge: Callable[..., Function[int]], step: int
) -> int:
    one = await session.scalar(select(Download).where(which.rows))
    if one is None or one.finished_at is not None:
        raise NotFound(_("It is not on its way any more."))
    end = await session.scalar(
        select(edge(Download.place)).where(
            Download.provider_id == one.provider_id,
            Download.priority == one.priority,
            text(OPEN),
        )
    )
    one.place = (end or 0) + step
    await _went(session, {one.provider_id})
    return 1


async def _change(
    session: AsyncSession, among: ColumnElement[bool], which: Which, **values: object
) -> int:
    changed = await session.scalars(
        update(Download)
        .where(which.rows, among)
        .values(**values)
        .returning(Download.provider_id)
        .execution_options(synchronize_session=False)
    )
    providers = changed.all()
    await _went(session, set(providers))
    return len(providers)


async def _went(session: AsyncSession, providers: set[UUID]) -> None:
    await download_later(session, sorted(providers))
    tell_after_commit(session, TOPIC)
