"""Asking a provider what is new of a series, and what follows from the answer."""

import asyncio
import random
import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, any_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app import events
from app.downloads.follow_rhythm import LONGEST_PAUSE, check_every, pause_after
from app.downloads.following import look
from app.downloads.models import Download
from app.downloads.releases import (
    Held,
    by_place,
    chapters_here,
    is_liked,
    is_news,
    numbers_restart,
    wanted_of,
)
from app.downloads.releases_events import ChaptersReleased
from app.downloads.service import want
from app.errors import BunkoError, Invalid
from app.foundation.db import now
from app.foundation.http import OutboundError, Resting
from app.foundation.queue import Run
from app.library.models import Series, SeriesStatus
from app.providers.answers import answered
from app.providers.base import Capability, RemoteChapter
from app.providers.errors import Blocked, NotThere, ProviderError, Unexpected
from app.providers.models import Keep, Provider, Release, Source
from app.providers.opening import opened
from app.providers.service import can_be_asked, record

OVER = (SeriesStatus.COMPLETED, SeriesStatus.CANCELLED)
LONGEST = 120.0
"""Seconds for one series, whose list may be many pages long."""
SPREAD = 0.05
"""So that what was followed together is not asked for together for ever."""


class Outcome(msgspec.Struct, frozen=True):
    """`trouble` says why nothing was learned; `is_the_provider` whether others would fare alike."""

    fresh: int = 0
    wanted: int = 0
    trouble: str = ""
    is_the_provider: bool = False


def is_live() -> ColumnElement[bool]:
    """Of sources, joined with their series: followed, and not in the trash."""
    return and_(Source.stopped_at.is_(None), Series.trashed_at.is_(None))


async def check(run: Run, source_id: UUID) -> Outcome:
    """Once, whether it is due or not. A provider that is paused or down is not asked: that is not
    counted as a failure of the series."""
    async with run.session_maker() as session:
        source = await session.scalar(
            select(Source)
            .join(Series)
            .join(Provider)
            .where(Source.id == source_id, is_live(), can_be_asked())
            .options(joinedload(Source.provider))
        )
    if source is None:
        return Outcome()
    began = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST):
            driver = await opened().driver(source.provider)
            chapters = await answered(driver.chapters(source.remote_id, source.languages))
    except TimeoutError:
        late = Unexpected("It did not answer within %(seconds)s seconds.", seconds=round(LONGEST))
        return await _failed(run, source, late, LONGEST)
    except (ProviderError, OutboundError, Invalid) as error:
        return await _failed(run, source, error, time.monotonic() - began)
    async with run.transaction() as session:
        await _record(session, source, time.monotonic() - began)
        return await learn(session, source_id, chapters)


async def learn(
    session: AsyncSession, source_id: UUID, chapters: Sequence[RemoteChapter]
) -> Outcome:
    """What the provider lists is written down, and downloaded as far as that was chosen."""
    source = await session.scalar(
        select(Source)
        .where(Source.id == source_id)
        .options(joinedload(Source.series))
        .with_for_update(key_share=True, of=Source)
    )
    if source is None:
        return Outcome()
    fresh = await look(session, source, chapters)
    releases = list(
        await session.scalars(
            select(Release)
            .where(Release.source_id == source_id)
            .execution_options(populate_existing=True)
        )
    )
    _plan_next(source, releases)
    wanted = await _wish(session, source, releases)
    news = [one for one in fresh if is_news(one, source) and is_liked(one, source)]
    places = len(by_place(news, restarts=numbers_restart(releases)))
    if news:
        await events.publish(
            session,
            ChaptersReleased(source.series_id, source.id, source.followed_by, places, wanted),
        )
    return Outcome(fresh=len(fresh), wanted=wanted)


def _plan_next(source: Source, releases: Sequence[Release]) -> None:
    every = check_every(
        [one.published_at or one.seen_at for one in releases if is_liked(one, source)],
        now(),
        is_over=source.series.status in OVER,
    )
    source.check_every = round(every.total_seconds())
    source.next_check_at = now() + _spread(every)
    source.failures, source.reason = 0, None


async def _wish(session: AsyncSession, source: Source, releases: Sequence[Release]) -> int:
    if source.keep is Keep.NONE:
        return 0
    here, taken = await shelf_of(session, source)
    wanted = wanted_of(releases, source, here, taken)
    ids = [one.id for one in wanted]
    return await want(session, ids, requested_by=source.followed_by, is_automatic=True)


async def shelf_of(session: AsyncSession, source: Source) -> tuple[list[Held], Collection[UUID]]:
    """What the source need not bring: chapters that are here, and what other sources of the series
    bring or will bring. And those of its own releases that were taken up before."""
    rows = await session.execute(
        select(Release, Source.id)
        .join(Source)
        .join(Download, Download.release_id == Release.id, isouter=True)
        .where(Source.series_id == source.series_id)
        .where(or_(Download.id.is_not(None), _is_coming_from_a_better(source)))
    )
    here = await chapters_here(session, source.series_id)
    taken = set()
    for release, source_id in rows:
        if source_id == source.id:
            taken.add(release.id)
        else:
            here.append(held_by(release))
    return here, taken


def held_by(release: Release) -> Held:
    return Held(
        number=release.number,
        volume=release.volume,
        title=release.number_text or release.title,
        language=release.language,
        groups=release.groups,
    )


def _is_coming_from_a_better(source: Source) -> ColumnElement[bool]:
    """Of releases of other sources: theirs counts more than this one."""
    return and_(
        Source.id != source.id,
        Source.stopped_at.is_(None),
        Source.keep == Keep.ALL,
        Source.priority > source.priority,
        or_(func.cardinality(Source.languages) == 0, Release.language == any_(Source.languages)),
        Release.removed_at.is_(None),
        Release.why_not.is_(None),
    )


async def _failed(run: Run, source: Source, error: BunkoError, seconds: float) -> Outcome:
    is_the_provider = isinstance(error, (OutboundError, Blocked, Invalid))
    if isinstance(error, Resting):
        # Held back by ourselves: it is due as before.
        return Outcome(trouble=str(error), is_the_provider=True)
    async with run.transaction() as session:
        await _record(session, source, seconds, error)
        found = await session.get(Source, source.id, with_for_update={"key_share": True})
        if found is not None:
            found.failures += 1
            found.reason = error.said
            is_gone = isinstance(error, NotThere)
            pause = LONGEST_PAUSE if is_gone else pause_after(found.failures)
            found.next_check_at = now() + _spread(pause)
    return Outcome(trouble=str(error), is_the_provider=is_the_provider)


async def _record(
    session: AsyncSession, source: Source, seconds: float, error: BunkoError | None = None
) -> None:
    """A series that is not there, or a secret that cannot be opened, says nothing of its provider."""
    if not isinstance(error, (NotThere, Invalid)):
        said = error.said if error else None
        ms = seconds * 1000
        await record(session, source.provider_id, Capability.CHAPTERS, error is None, ms, said)


def _spread(pause: timedelta) -> timedelta:
    return pause * random.uniform(1 - SPREAD, 1 + SPREAD)
