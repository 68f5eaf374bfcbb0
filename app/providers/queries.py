"""What screens say about the health of providers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, lateral, select, text, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db import now
from app.foundation.queue.models import ACTIVE, Job
from app.providers.models import Provider, ProviderCheck, ProviderHour, Source, Way
from app.providers.service import Providers

HOURS = 24
HOUR = timedelta(hours=1)


class Hour(NamedTuple):
    """`ms` is what a good answer took on average; 0 without one."""

    good: int = 0
    bad: int = 0
    ms: int = 0


NOT_ASKED = Hour()


class Error(NamedTuple):
    said: str | None
    at: datetime


class Seen(NamedTuple):
    """A provider and its last HOURS, the oldest first."""

    provider: Provider
    hours: Sequence[Hour]
    error: Error | None

    @property
    def asked(self) -> int:
        return sum(hour.good + hour.bad for hour in self.hours)

    @property
    def success(self) -> float | None:
        """The share of good answers; None where nothing was asked."""
        return sum(hour.good for hour in self.hours) / self.asked if self.asked else None

    @property
    def seconds(self) -> float | None:
        """What a good answer takes on average."""
        good = sum(hour.good for hour in self.hours)
        return sum(hour.ms * hour.good for hour in self.hours) / good / 1000 if good else None


class Wish(NamedTuple):
    """Which checks are looked for; None is all."""

    is_good: bool | None = None
    way: Way | None = None


async def overview(session: AsyncSession) -> list[Seen]:
    """Every provider, in three questions however many there are."""
    providers = await Providers(session).all()
    hours, errors = await _hours(session), await _errors(session)
    return [Seen(one, _day(hours[one.id]), errors.get(one.id)) for one in providers]


async def seen(session: AsyncSession, provider: Provider) -> Seen:
    hours = await _hours(session, provider.id)
    errors = await _errors(session, provider.id)
    return Seen(provider, _day(hours[provider.id]), errors.get(provider.id))


async def last_answers(session: AsyncSession, provider: Provider) -> Sequence[ProviderCheck]:
    """Of the last check or test, in the order they were asked; without real use between them."""
    if provider.checked_at is None:
        return ()
    query = (
        select(ProviderCheck)
        .where(
            ProviderCheck.provider_id == provider.id,
            ProviderCheck.way != Way.USE,
            ProviderCheck.at.between(
                provider.checked_at - timedelta(seconds=5), provider.checked_at
            ),
        )
        .order_by(ProviderCheck.at, ProviderCheck.id)
        .limit(10)
    )
    return (await session.scalars(query)).all()


async def history(
    session: AsyncSession,
    provider: Provider,
    wish: Wish,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[ProviderCheck]:
    """The newest first; `after` is the last line that was shown."""
    query = select(ProviderCheck).where(ProviderCheck.provider_id == provider.id)
    if wish.is_good is not None:
        query = query.where(ProviderCheck.is_good == wish.is_good)
    if wish.way is not None:
        query = query.where(ProviderCheck.way == wish.way)
    if after is not None:
        query = query.where(tuple_(ProviderCheck.at, ProviderCheck.id) < after)
    order = (ProviderCheck.at.desc(), ProviderCheck.id.desc())
    return (await session.scalars(query.order_by(*order).limit(limit))).all()


async def is_being_tested(session: AsyncSession, provider: Provider) -> bool:
    """Whether somebody asked for a test whose answers are not there yet; the job may take a moment
    longer."""
    active = exists().where(Job.kind == "test_provider", Job.key == str(provider.id), text(ACTIVE))
    if provider.checked_at is not None:
        active = active.where(Job.created_at > provider.checked_at)
    return bool(await session.scalar(select(active)))


async def _hours(
    session: AsyncSession, provider_id: UUID | None = None
) -> Mapping[UUID, dict[datetime, Hour]]:
    query = select(ProviderHour).where(ProviderHour.hour > now() - HOURS * HOUR)
    if provider_id is not None:
        query = query.where(ProviderHour.provider_id == provider_id)
    found: dict[UUID, dict[datetime, Hour]] = defaultdict(dict)
    columns = (
        ProviderHour.provider_id,
        ProviderHour.hour,
        ProviderHour.good,
        ProviderHour.bad,
        ProviderHour.ms,
    )
    for row in await session.execute(query.with_only_columns(*columns)):
        found[row.provider_id][row.hour] = Hour(row.good, row.bad, row.ms // max(row.good, 1))
    return found


async def _errors(session: AsyncSession, provider_id: UUID | None = None) -> dict[UUID, Error]:
    """What went wrong last within HOURS."""
    worst = lateral(
        select(ProviderCheck.said, ProviderCheck.at)
        .where(
            ProviderCheck.provider_id == Provider.id,
            ~ProviderCheck.is_good,
            ProviderCheck.at > now() - HOURS * HOUR,
        )
        .order_by(ProviderCheck.at.desc(), ProviderCheck.id.desc())
        .limit(1)
    )
    query = select(Provider.id, worst.c.said, worst.c.at).join(worst, true())
    if provider_id is not None:
        query = query.where(Provider.id == provider_id)
    return {row.id: Error(row.said, row.at) for row in await session.execute(query)}


def _day(hours: Mapping[datetime, Hour]) -> list[Hour]:
    this = now().replace(minute=0, second=0, microsecond=0)
    return [hours.get(this - back * HOUR, NOT_ASKED) for back in reversed(range(HOURS))]


async def followed_at(session: AsyncSession, provider: Provider) -> int:
    """How many series are followed there."""
    rules = (Source.provider_id == provider.id, Source.stopped_at.is_(None))
    return await session.scalar(select(func.count(Source.id)).where(*rules)) or 0
