"""What people may want of downloads."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads import service
from app.downloads.jobs import download_from
from app.downloads.models import Download, DownloadState
from app.downloads.service import Which, want
from app.events import publish
from app.foundation.db import now
from app.foundation.queue.models import Job
from app.library.models import Series
from app.providers.events import HealthChanged
from app.providers.models import Health, Provider, Release, Source
from tests import factories
from tests.downloads import rows

EVERYTHING = Which()


@pytest.fixture
async def source(session: AsyncSession) -> Source:
    series = await factories.series(session, await factories.library(session))
    return await rows.a_source(session, series, await rows.a_provider(session))


async def queue(session: AsyncSession) -> list[UUID]:
    """The releases in the order in which they are taken."""
    order = (Download.priority.desc(), Download.place, Download.id)
    return list(await session.scalars(select(Download.release_id).order_by(*order)))


def ids(releases: Sequence[Release]) -> list[UUID]:
    return [one.id for one in releases]


async def test_what_is_wanted_is_queued_in_order_and_once(
    session: AsyncSession, source: Source
) -> None:
    chapters = ids(await rows.releases(session, source, 3, 1, 2))

    assert await want(session, chapters) == 3
    assert await want(session, chapters) == 0
    await session.commit()

    assert await queue(session) == chapters
    jobs = (await session.scalars(select(Job).where(Job.kind == download_from.name))).all()
    assert [job.key for job in jobs] == [str(source.provider_id)]


async def test_what_is_here_gone_or_not_offered_is_not_queued(
    session: AsyncSession, source: Source
) -> None:
    series = await session.get_one(Series, source.series_id)
    here = await factories.chapter(session, series, 1)
    gone = await rows.releases(session, source, 2, removed_at=now())
    kept_back = await rows.releases(session, source, 3, why_not="It lies with its publisher.")
    held = await rows.releases(session, source, 1, chapter_id=here.id)

    assert await want(session, ids([*gone, *kept_back, *held])) == 0


async def test_SEC69_one_person_who_wants_much_does_not_make_another_wait(
    session: AsyncSession, source: Source
) -> None:
    alice, bob = await factories.alice(session), await factories.bob(session)
    many = ids(await rows.releases(session, source, *range(1, 51)))
    few = ids(await rows.releases(session, source, 101, 102))
    await want(session, many, requested_by=alice.id)

    await want(session, few, requested_by=bob.id)

    order = await queue(session)
    assert [order.index(one) for one in few] <= [3, 5]
    assert [one for one in order if one in many] == many


async def test_everything_can_be_paused_resumed_and_cancelled(
    session: AsyncSession, source: Source
) -> None:
    await want(session, ids(await rows.releases(session, source, 1, 2)))

    assert await service.pause(session, EVERYTHING) == 2
    assert await service.pause(session, EVERYTHING) == 0
    assert await service.resume(session, Which(series_id=source.series_id)) == 2
    assert await service.cancel(session, Which(provider_id=source.provider_id)) == 2

    states = await session.scalars(select(Download.state).distinct())
    assert states.all() == [DownloadState.CANCELLED]


async def test_only_the_last_try_of_a_release_is_begun_again(
    session: AsyncSession, source: Source
) -> None:
    chapters = ids(await rows.releases(session, source, 1))
    await want(session, chapters)
    await service.cancel(session, EVERYTHING)
    await want(session, chapters)
    await service.cancel(session, EVERYTHING)

    assert await service.retry(session, EVERYTHING) == 1
    assert await service.retry(session, EVERYTHING) == 0


async def test_what_came_another_way_is_not_begun_again(
    session: AsyncSession, source: Source
) -> None:
    await want(session, ids(await rows.releases(session, source, 1)))
    await service.cancel(session, EVERYTHING)
    here = await factories.chapter(session, await session.get_one(Series, source.series_id), 1)
    await session.execute(update(Release).values(chapter_id=here.id))

    assert await service.retry(session, EVERYTHING) == 0


async def test_one_moves_to_the_top_and_to_the_end(session: AsyncSession, source: Source) -> None:
    first, second, third = ids(await rows.releases(session, source, 1, 2, 3))
    await want(session, [first, second, third])
    by_release = {
        row.release_id: row.id
        for row in await session.execute(select(Download.id, Download.release_id))
    }

    await service.move_to_top(session, Which(download_id=by_release[third]))
    await service.move_to_bottom(session, Which(download_id=by_release[first]))

    assert await queue(session) == [third, second, first]


async def test_what_waited_for_a_sick_provider_goes_on_once_it_is_well(
    session: AsyncSession, source: Source
) -> None:
    await want(session, ids(await rows.releases(session, source, 1, 2)))
    held = {"state": DownloadState.WAITING, "run_at": now() + timedelta(hours=3), "attempts": 5}
    await session.execute(update(Download).values(**held))
    await session.execute(update(Job).values(run_at=now() + timedelta(hours=1)))
    provider = await session.get_one(Provider, source.provider_id)

    provider.health = Health.DOWN
    await publish(session, HealthChanged(provider, Health.DEGRADED))
    assert await held_until(session) > now()
    provider.health = Health.DEGRADED
    await publish(session, HealthChanged(provider, Health.DOWN))

    assert await held_until(session) <= now()
    assert await session.scalar(select(func.max(Job.run_at))) <= now()
    assert await session.scalar(select(func.max(Download.attempts))) == 0


async def held_until(session: AsyncSession) -> datetime:
    return await session.scalar(select(func.max(Download.run_at))) or now()
