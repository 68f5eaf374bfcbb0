"""Checks of many providers at once, and what is kept of them."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, cast, delete, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.events import publish
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import now
from app.foundation.images.deriving import image_pool
from app.foundation.queue.wake import tell_after_commit
from app.providers.events import HealthChanged
from app.providers.health import SICK, Recently, next_check, take_in, verdict_of
from app.providers.models import Provider, ProviderCheck, ProviderHour, Way
from app.providers.probing import Probed, probe
from app.providers.service import record

TOPIC = "providers"
AT_ONCE = 20
"""Providers that are asked at the same time."""
HEED_USE_AFTER = timedelta(minutes=1)
LATELY, LATEST = timedelta(hours=1), 20
CHECKS_KEPT, HOURS_KEPT = timedelta(days=7), timedelta(days=90)
MOST_FORGOTTEN = 5000


class Transactions(Protocol):
    """A `Run`, or what the command line uses in its place."""

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]: ...


async def due(session: AsyncSession, moment: datetime) -> Sequence[Provider]:
    """Whose time has come; and those of which real use says something else than is known."""
    query = select(Provider).where(
        Provider.paused_at.is_(None),
        or_(Provider.next_check_at <= moment, _is_used_otherwise(moment)),
    )
    return (await session.scalars(query.order_by(Provider.next_check_at, Provider.id))).all()


async def check_all(
    run: Transactions, providers: Sequence[Provider], way: Way = Way.CHECK
) -> list[Probed]:
    """Ask each of them, a few at a time; one that is slow or broken holds up none of the others, and
    what cannot be kept of one (which raises, in the end) is no reason to lose the rest."""
    places, keeping = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
    pool = image_pool()

    async def check(provider: Provider) -> Probed:
        async with places:
            asked = (provider.id, provider.revision)
            probed = await probe(provider, pool)
        async with keeping, run.transaction() as session:
            await keep(session, *asked, probed, way)
        return probed

    try:
        found = await asyncio.gather(*map(check, providers), return_exceptions=True)
    finally:
        await _closed(pool)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return [one for one in found if isinstance(one, Probed)]


async def keep(
    session: AsyncSession, provider_id: UUID, revision: int, probed: Probed, way: Way
) -> None:
    """What was answered, and what that makes of the provider's health. One that was changed meanwhile
    is another one, and is checked anew."""
    provider = await session.get(Provider, provider_id, with_for_update=True)
    if provider is None or provider.revision != revision:
        return
    for one in probed.answers:
        if one.was_asked:
            said = (session, provider.id, one.capability, one.is_good, one.ms, one.said)
            await record(*said, way=way)
    moment, before = now(), provider.health
    verdict = verdict_of(probed.answers, await _recently(session, provider))
    has_changed = take_in(provider, verdict, moment)
    provider.sample = probed.sample
    provider.next_check_at = next_check(provider, probed.answers, moment)
    if has_changed:
        await publish(session, HealthChanged(provider, before))
    tell_after_commit(session, TOPIC)


async def fold(session: AsyncSession) -> None:
    """Sums of every hour since the last that was summed, that one and the one before it anew: what was
    asked at the end of an hour may be written down in the next. Safe to do twice. Screens hear of it."""
    known = select(func.max(ProviderHour.hour) - text("interval '1 hour'")).scalar_subquery()
    hour = func.date_trunc("hour", ProviderCheck.at, "UTC")
    good = func.count().filter(ProviderCheck.is_good)
    sums = (
        select(
            ProviderCheck.provider_id,
            hour.label("hour"),
            good.label("good"),
            (func.count() - good).label("bad"),
            func.coalesce(func.sum(ProviderCheck.ms).filter(ProviderCheck.is_good), 0).label("ms"),
        )
        .where(or_(known.is_(None), ProviderCheck.at >= known))
        .group_by(ProviderCheck.provider_id, hour)
    )
    wish = insert(ProviderHour).from_select(["provider_id", "hour", "good", "bad", "ms"], sums)
    values = {name: wish.excluded[name] for name in ("good", "bad", "ms")}
    await session.execute(
        wish.on_conflict_do_update(index_elements=["provider_id", "hour"], set_=values)
    )
    tell_after_commit(session, TOPIC)


async def forget_old(session: AsyncSession, moment: datetime) -> int:
    """At most MOST_FORGOTTEN of each, so that no statement is long; how many went."""
    old = (
        select(ProviderCheck.id)
        .where(ProviderCheck.at < moment - CHECKS_KEPT)
        .order_by(ProviderCheck.at)
        .limit(MOST_FORGOTTEN)
    )
    gone = await session.execute(
        delete(ProviderCheck).where(ProviderCheck.id.in_(old)).returning(ProviderCheck.id)
    )
    await session.execute(delete(ProviderHour).where(ProviderHour.hour < moment - HOURS_KEPT))
    return len(gone.all())


def _is_used_otherwise(moment: datetime) -> ColumnElement[bool]:
    """A search or a download since the last check went well at one that is down, or badly at one
    that is not."""
    said = aliased(ProviderCheck)
    since = func.greatest(Provider.checked_at, moment - LATELY)
    return (Provider.checked_at < moment - HEED_USE_AFTER) & exists().where(
        said.provider_id == Provider.id,
        said.at > since,
        said.way == Way.USE,
        said.is_good == Provider.health.in_(SICK),
    )


async def _recently(session: AsyncSession, provider: Provider) -> Recently:
    latest = (
        select(ProviderCheck.is_good)
        .where(ProviderCheck.provider_id == provider.id, ProviderCheck.at > now() - LATELY)
        .order_by(ProviderCheck.at.desc(), ProviderCheck.id.desc())
        .limit(LATEST)
        .subquery()
    )
    good = func.coalesce(func.sum(cast(latest.c.is_good, Integer)), 0)
    row = (await session.execute(select(good, func.count()).select_from(latest))).one()
    return Recently(*row)


async def _closed(pool: SandboxPool) -> None:
    await asyncio.to_thread(pool.close)
