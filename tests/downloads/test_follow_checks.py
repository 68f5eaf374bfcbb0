"""What is followed is asked for when it is due, and what is new is listed and wanted."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from app.downloads import follow_checks
from app.downloads.follow_jobs import (
    check_soon,
    check_source,
    check_sources,
    fetch_cover,
    fetch_cover_later,
)
from app.downloads.follow_rhythm import LONGEST_PAUSE
from app.downloads.following import stop
from app.downloads.models import Download, DownloadState
from app.downloads.releases_events import ChaptersReleased
from app.events import _listeners
from app.foundation.db import now
from app.foundation.http import Resting
from app.foundation.queue import InVain
from app.library.models import Series, SeriesStatus
from app.notifications.models import Kind, Notification
from app.providers.base import RemoteChapter
from app.providers.drivers.mangadex import MangaDex
from app.providers.drivers.opds import Opds
from app.providers.models import Health, Keep, Provider, ProviderCheck, Release, Source
from tests import factories
from tests.downloads.conftest import at, lantern
from tests.providers.fake_mangadex import FakeChapter, FakeSeries, a_fake, uid
from tests.providers.faking import Answer

FRESH = {"populate_existing": True}


@pytest.fixture
def heard(monkeypatch) -> list[ChaptersReleased]:
    facts: list[ChaptersReleased] = []

    async def hear(_session, fact):
        facts.append(fact)

    monkeypatch.setitem(_listeners, ChaptersReleased, [*_listeners[ChaptersReleased], hear])
    return facts


@pytest.fixture
async def followed(desk, fake):
    """A series with two chapters at a fake provider, of which everything is wanted."""
    fake.series = [FakeSeries("lantern", {"en": "Iron Lantern"}, chapters=[a(1), a(2)])]
    for name, value in at(fake).items():
        setattr(desk.provider, name, value)
    desk.provider.revision += 1
    return await desk.follow(lantern(remote_id=uid("lantern")))


def a(number: int, **more) -> FakeChapter:
    return FakeChapter(f"lantern {number}", str(number), **more)


async def source_of(desk) -> Source:
    await desk.session.rollback()
    return (await desk.session.scalars(select(Source), execution_options=FRESH)).one()


async def due(desk) -> None:
    await desk.session.execute(update(Source).values(next_check_at=now() - timedelta(minutes=1)))
    await desk.session.commit()


async def wanted(desk) -> list[str]:
    rows = await desk.session.scalars(
        select(Release.number_text).join(Download).order_by(Download.place)
    )
    return list(rows)


async def test_what_is_due_is_asked_for_listed_and_wanted(desk, followed, office, fake):
    await office.do(check_sources)

    source = await source_of(desk)
    assert await wanted(desk) == ["1", "2"]
    assert source.checked_at is not None and source.next_check_at > now()
    assert (source.failures, source.reason) == (0, None)
    assert (await desk.session.scalars(select(ProviderCheck.is_good))).all() == [True]
    assert len(fake.asked) == 1


async def test_what_is_not_due_is_left_alone(desk, followed, office, fake):
    await office.do(check_sources)
    await office.do(check_sources)

    assert len(fake.asked) == 1


async def test_a_new_chapter_is_told_and_wanted(desk, followed, office, fake, heard):
    await office.do(check_sources)
    fake.series[0].chapters += [a(3), a(3, groups=("Day Larks",))]
    fake.series[0].chapters[-1].name = "lantern 3 again"
    await due(desk)

    await office.do(check_sources)

    assert await wanted(desk) == ["1", "2", "3"]
    [fact] = heard
    assert (fact.chapters, fact.wanted) == (1, 1)
    assert fact.followed_by == desk.manager.id


async def test_only_listed_means_that_nothing_is_downloaded(desk, followed, office, heard):
    await desk.session.execute(update(Source).values(keep=Keep.NONE))
    await desk.session.commit()

    await office.do(check_sources)

    assert await wanted(desk) == []
    assert await desk.session.scalar(select(func.count(Release.id))) == 2
    assert heard == []


async def test_what_a_person_cancelled_is_not_wanted_again(desk, followed, office):
    await office.do(check_sources)
    await desk.session.execute(update(Download).values(state=DownloadState.CANCELLED))
    await due(desk)

    await office.do(check_sources)

    assert await desk.session.scalar(select(func.count(Download.id))) == 2


async def test_a_failure_is_said_and_waited_after_longer_each_time(desk, followed, office, fake):
    pauses = []
    for _ in range(3):
        fake.fail("/feed", Answer(400))
        await due(desk)
        await office.do(check_sources)
        source = await source_of(desk)
        pauses.append(source.next_check_at - now())
        desk.session.expunge_all()

    assert source.failures == 3
    assert "400" in source.reason
    assert pauses == sorted(pauses)
    assert (await desk.session.scalars(select(ProviderCheck.is_good))).all() == [False] * 3


async def test_a_provider_that_is_left_alone_for_a_moment_is_no_failure(
    desk, followed, office, monkeypatch
):
    async def rest(*_asked):
        raise Resting("tidepool.example", 30)

    monkeypatch.setattr(MangaDex, "chapters", rest)

    await office.do(check_sources)

    source = await source_of(desk)
    assert (source.failures, source.reason, source.checked_at) == (0, None, None)


async def test_after_a_failure_all_is_well_with_the_next_answer(desk, followed, office, fake):
    fake.fail("/feed", Answer(400))
    await office.do(check_sources)
    await due(desk)

    await office.do(check_sources)

    source = await source_of(desk)
    assert (source.failures, source.reason) == (0, None)


async def test_a_series_that_is_gone_says_nothing_of_its_provider(desk, followed, office, fake):
    fake.series = []

    await office.do(check_sources)

    source = await source_of(desk)
    assert source.reason
    assert source.next_check_at > now() + LONGEST_PAUSE * 0.9
    assert (await desk.session.scalars(select(ProviderCheck.id))).all() == []


@pytest.mark.parametrize(
    "trouble", [{"paused_at": now()}, {"health": Health.DOWN}, {"health": Health.BLOCKED}]
)
async def test_who_is_paused_or_down_is_not_asked_and_nothing_fails(
    desk, followed, office, fake, trouble
):
    await desk.session.execute(update(Provider).values(**trouble))
    await desk.session.commit()

    await office.do(check_sources)

    source = await source_of(desk)
    assert (fake.asked, source.failures, source.reason) == ([], 0, None)


async def test_a_provider_in_trouble_delays_only_itself(desk, followed, office, fake):
    fake.series += [FakeSeries("harbor", chapters=[a(1)])]
    await desk.follow(lantern(remote_id=uid("harbor"), title="Glass Harbor"))
    fake.fail("/feed", *[Answer(500)] * 50)
    async with a_fake() as other:
        other.is_strict = False
        other.series = [FakeSeries("moth", chapters=[FakeChapter("moth 1")])]
        desk.provider = await factories.add(
            desk.session, Provider(name="Lagoon", driver="mangadex", **at(other))
        )
        await desk.follow(lantern(remote_id=uid("moth"), title="Paper Moth"))

        await office.do(check_sources)

    assert await wanted(desk) == ["1"]
    failures = (await desk.session.scalars(select(Source.failures).order_by(Source.id))).all()
    assert failures[0] == 1 and failures[-1] == 0


async def _stumble(*_asked):
    raise LookupError("no such field")


async def _hang(*_asked):
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("driver", "longest", "word"),
    [(_stumble, follow_checks.LONGEST, "stumbled"), (_hang, 0.1, "did not answer")],
)
async def test_where_a_driver_stumbles_or_hangs_that_is_a_failure_of_its_series(
    desk, followed, office, monkeypatch, driver, longest, word
):
    monkeypatch.setattr(MangaDex, "chapters", driver)
    monkeypatch.setattr(follow_checks, "LONGEST", longest)

    await office.do(check_sources)

    source = await source_of(desk)
    assert source.failures == 1 and word in source.reason
    assert source.next_check_at > now()


async def test_what_goes_wrong_in_a_way_nobody_thought_of_keeps_no_other_provider_waiting(
    desk, followed, office, monkeypatch
):
    async def odd(*_asked):
        return [RemoteChapter(remote_id="1", number="not a number")]

    monkeypatch.setattr(MangaDex, "chapters", odd)
    desk.provider = await factories.add(
        desk.session,
        Provider(name="Lagoon", driver="opds", options={"url": "http://lagoon.example"}),
    )

    async def plain(*_asked):
        return [RemoteChapter(remote_id="1", number=Decimal(1), number_text="1")]

    monkeypatch.setattr(Opds, "chapters", plain)
    await desk.follow(lantern(remote_id="moth", title="Paper Moth"))

    with pytest.raises(TypeError):
        await office.do(check_sources)

    assert await wanted(desk) == ["1"]


async def test_what_is_no_longer_followed_is_not_asked_for(desk, followed, office, fake):
    await stop(desk.session, followed)
    await desk.session.commit()

    await office.do(check_sources)

    assert fake.asked == []


async def test_series_that_are_over_are_asked_for_once_a_week(desk, followed, office):
    await desk.session.execute(update(Series).values(status=SeriesStatus.COMPLETED))
    await desk.session.commit()

    await office.do(check_sources)

    assert (await source_of(desk)).check_every == 7 * 86_400


async def test_somebody_asks_before_its_time(desk, followed, office, fake):
    await office.do(check_sources)
    await check_soon(desk.session, followed, desk.manager.id)
    await desk.session.commit()
    fake.series[0].chapters.append(a(3))

    assert await office.do_all(check_source) == 1

    assert await wanted(desk) == ["1", "2", "3"]


async def test_who_asks_before_its_time_is_told_why_nothing_came(desk, followed, office, fake):
    fake.fail("/feed", *[Answer(500)] * 50)

    with pytest.raises(InVain, match="500"):
        await office.do(check_source, source_id=followed.id)


async def test_what_one_source_brings_no_other_brings_again(desk, followed, office):
    series = await desk.session.get_one(Series, followed.series_id)
    async with a_fake() as other:
        other.is_strict = False
        other.series = [FakeSeries("lantern", chapters=[a(1), a(2), a(3)])]
        desk.provider = await factories.add(
            desk.session, Provider(name="Lagoon", driver="mangadex", **at(other))
        )
        await desk.follow(lantern(remote_id=uid("lantern")), series=series)

        await office.do(check_source, source_id=followed.id)
        await office.do(check_sources)

    assert sorted(await wanted(desk)) == ["1", "2", "3"]


async def test_a_provider_that_was_taken_away_leaves_nothing_awaited(desk, followed, office):
    await desk.session.delete(await desk.session.get_one(Provider, desk.provider.id))
    await desk.session.commit()

    await office.do(check_sources)

    [(is_followed, missing)] = await desk.session.execute(
        select(Series.is_followed, Series.missing_since)
    )
    assert (is_followed, missing is not None) == (False, True)


async def test_the_cover_is_fetched_and_stands_for_the_series(desk, followed, office, fake):
    file = BytesIO()
    Image.new("RGB", (640, 960), "teal").save(file, "PNG")
    picture = Answer(body=file.getvalue(), headers={"content-type": "image/png"})
    fake.fail("/covers/", picture)
    await fetch_cover_later(desk.session, followed, f"{fake.url}/covers/lantern.png")
    await desk.session.commit()

    assert await office.do_all(fetch_cover) == 1

    [(art, sources)] = await desk.session.execute(select(Series.cover_art, Series.sources))
    assert art and sources["cover"]["origin"] == "provider"


async def test_a_cover_that_is_no_picture_is_not_kept(desk, followed, office, fake):
    fake.fail("/covers/", Answer(body=b"<html>"))

    with pytest.raises(InVain, match="cover"):
        await office.do(fetch_cover, source_id=followed.id, url=f"{fake.url}/covers/lantern.png")

    assert await desk.session.scalar(select(Series.cover_art)) is None


async def test_who_follows_it_finds_a_line_in_their_inbox(desk, followed, office, fake):
    await office.do(check_sources)
    fake.series[0].chapters.append(a(3))
    await due(desk)

    await office.do(check_sources)

    [line] = await desk.session.scalars(select(Notification))
    assert (line.user_id, line.kind) == (desk.manager.id, Kind.RELEASE)
    assert line.words["title"] == "Iron Lantern"
