"""Who is told of a download that failed, and in which words."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.downloads import orders
from app.downloads.notices import tell_of_failure
from app.downloads.rows import fail
from app.downloads.service import want
from app.notifications.models import Notification
from app.notifications.words import sentence_of
from tests import factories
from tests.downloads import rows


async def test_one_line_tells_of_all_that_failed_of_a_series(session: AsyncSession) -> None:
    library = await factories.library(session)
    manager = await factories.charlie(session)
    series = await factories.series(session, library, "Hourglass")
    provider = await rows.a_provider(session)
    source = await rows.a_source(session, series, provider)
    series_id, provider_id = series.id, provider.id
    found = await rows.releases(session, source, 1, 2)
    await want(session, [one.id for one in found], requested_by=manager.id)
    session.expire_all()
    told = []

    for order in await orders.claim(session, provider_id, 2):
        await fail(session, order.id, "It is gone.")
        await tell_of_failure(session, order, "It is gone.")
        line = await session.scalar(select(Notification).execution_options(populate_existing=True))
        assert line is not None
        told.append(sentence_of(line))

    assert told == [
        "Chapter 1 of “Hourglass” could not be downloaded.",
        "2 chapters of “Hourglass” could not be downloaded.",
    ]
    assert line.link == f"/downloads?show=failed&series={series_id}"
