"""Chapters come into the library whole and once."""

import asyncio
import os
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.downloads import fetching, intake, orders, queueing, runner, service
from app.downloads.jobs import FOR_THE_PROVIDER, download_from
from app.downloads.models import Download, DownloadState
from app.downloads.service import Which
from app.downloads.settings import DownloadRules
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.db import now
from app.foundation.queue import LeaseLost
from app.foundation.web.settings import choose
from app.notifications.models import Kind, Notification
from app.providers.models import Health, Provider, ProviderCheck
from app.providers.opening import opened
from app.scanning.lock import alone
from app.scanning.scanner import Scanner
from tests import factories
from tests.downloads import rows
from tests.downloads.engine.desk import Desk, names_in, page
from tests.providers.fake_mangadex import FakeChapter, FakeSeries, a_fake
from tests.providers.faking import Answer


async def test_what_is_wanted_stands_in_the_library_afterwards(desk: Desk) -> None:
    releases = await desk.release(1, 2)
    await desk.want(*releases)

    assert await desk.work() is None

    assert desk.on_disk() == [
        "Hourglass/Hourglass c001 [Night Owls].cbz",
        "Hourglass/Hourglass c002 [Night Owls].cbz",
    ]
    downloads = await desk.downloads()
    chapters = await desk.chapters()
    assert [one.state for one in downloads] == [DownloadState.DONE] * 2
    assert [one.chapter_id for one in downloads] == [one.id for one in chapters]
    assert [(one.number_text, one.language, one.groups) for one in chapters] == [
        ("1", "en", ["Night Owls"]),
        ("2", "en", ["Night Owls"]),
    ]
    assert {one.series_id for one in chapters} == {desk.series.id}
    assert desk.partial() == []


async def test_the_file_says_what_it_is(desk: Desk) -> None:
    await desk.want(*await desk.release(7))

    await desk.work()

    path = desk.root / desk.on_disk()[0]
    assert names_in(path) == ["ComicInfo.xml", "001.jpg", "002.jpg", "003.jpg"]
    assert path.stat().st_size > 0


async def test_a_chapter_that_was_begun_goes_on_where_it_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other pages have been looked at before this one is given up.
    monkeypatch.setattr(fetching, "FIRST_PAUSE", 0.2)
    await choose(desk.session, DownloadRules(pages_at_once=1))
    await desk.want(*await desk.release(1, pages=4))
    desk.fake.fail("/3-", *[Answer(500)] * 3)
    await desk.work()
    assert (await desk.the_download()).pages_done == 3
    await desk.time_passes()

    assert await desk.work() is None

    assert desk.fetched() == 4 + 3
    assert (await desk.the_download()).state is DownloadState.DONE


async def test_a_paused_chapter_is_left_alone_and_a_cancelled_one_leaves_nothing(
    desk: Desk,
) -> None:
    first, second = await desk.release(1, 2)
    await desk.want(first, second)
    downloads = await desk.downloads()
    await service.pause(desk.session, Which(download_id=downloads[0].id))
    await service.cancel(desk.session, Which(download_id=downloads[1].id))
    await desk.session.commit()

    assert await desk.work() is None

    assert desk.on_disk() == []
    assert desk.fake.asked == []


@pytest.mark.parametrize(
    ("take_back", "state"),
    [(service.cancel, DownloadState.CANCELLED), (service.pause, DownloadState.QUEUED)],
)
async def test_one_that_a_person_takes_back_stops_and_the_others_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, take_back: Any, state: DownloadState
) -> None:
    monkeypatch.setattr(runner, "LOOK_EVERY", 0.01)
    first, second = await desk.release(1, 2)
    await desk.want(first, second)
    [one, _other] = await desk.downloads()
    driver = await opened().driver(desk.provider)
    pages = driver.pages

    async def taken_back(chapter_id: str) -> Any:
        if chapter_id == first.remote_id:
            async with desk.maker() as session:
                await take_back(session, Which(download_id=one.id))
                await session.commit()
            await asyncio.Event().wait()
        return await pages(chapter_id)

    monkeypatch.setattr(driver, "pages", taken_back)

    assert await desk.work() is None

    assert [one.state for one in await desk.downloads()] == [state, DownloadState.DONE]


async def test_a_worker_that_lost_its_job_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.want(*await desk.release(1))
    run = await desk.a_run()
    await desk.end(run.job_id)

    async def at_work(*_: object) -> list[UUID]:
        return [run.job_id]

    monkeypatch.setattr(queueing, "jobs_at_work", at_work)

    with pytest.raises(LeaseLost):
        await download_from.function(run, desk.provider.id)

    assert (await desk.the_download()).state is DownloadState.QUEUED
    assert desk.on_disk() == []


async def test_a_file_that_was_put_there_before_a_kill_is_taken_in_and_not_fetched_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.want(*await desk.release(1))

    async def killed(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(intake, "take_in", killed)
        with pytest.raises(RuntimeError):
            await desk.work()
    assert await desk.files() == 0
    fetched = desk.fetched()

    assert await desk.work() is None

    assert desk.fetched() == fetched
    assert [one.state for one in await desk.downloads()] == [DownloadState.DONE]
    assert len(desk.on_disk()) == await desk.files() == 1


async def test_what_a_scan_took_in_first_is_not_taken_in_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.want(*await desk.release(1))
    pool = SandboxPool(1)
    real = intake.take_in

    async def scanned_first(*given: object) -> None:
        await Scanner(desk.engine, pool, 1).scan(desk.series.library_id)
        await real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "take_in", scanned_first)

    await desk.work()
    pool.close()

    [chapter] = await desk.chapters()
    assert (await desk.the_download()).chapter_id == chapter.id
    assert await desk.files() == 1


async def test_while_the_library_is_scanned_the_file_waits_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LIBRARY_TRIES", 2)
    await desk.want(*await desk.release(1))

    async with alone(desk.engine, desk.series.library_id):
        await desk.work()

    waiting = await desk.the_download()
    assert (waiting.state, waiting.reason) == (
        DownloadState.WAITING,
        "This library is being scanned already.",
    )
    await desk.time_passes()
    assert await desk.work() is None
    assert (await desk.the_download()).state is DownloadState.DONE
    assert len(desk.on_disk()) == await desk.files() == 1


async def test_another_file_of_that_name_is_not_touched(desk: Desk) -> None:
    there = desk.root / "Hourglass/hourglass C001 [night owls].cbz"
    there.parent.mkdir()
    there.write_bytes(b"somebody's")
    await desk.want(*await desk.release(1))

    await desk.work()

    assert there.read_bytes() == b"somebody's"
    assert "Hourglass/Hourglass c001 [Night Owls] (2).cbz" in desk.on_disk()


async def test_what_took_the_name_before_a_kill_is_not_taken_for_the_chapter(desk: Desk) -> None:
    first, second = await desk.release(1, 2)
    await desk.want(first)
    await desk.work()
    [of_first] = desk.on_disk()
    await desk.want(second)
    # Its worker chose that name, too, and died before it could see that it was taken.
    theirs = update(Download).where(Download.release_id == second.id)
    await desk.session.execute(theirs.values(path=os.fsencode(of_first)))
    await desk.session.commit()

    assert await desk.work() is None

    chapters = await desk.chapters()
    assert [one.number_text for one in chapters] == ["1", "2"]
    assert [one.chapter_id for one in await desk.downloads()] == [one.id for one in chapters]


async def test_a_provider_that_is_set_up_wrongly_is_left_alone_and_its_checks_say_why(
    desk: Desk,
) -> None:
    await desk.want(*await desk.release(1))
    wrong = update(Provider).values(options={"api": "nowhere"}, revision=Provider.revision + 1)
    await desk.session.execute(wrong)
    await desk.session.commit()

    wait = await desk.work()

    said = await desk.session.scalar(select(ProviderCheck.said).where(~ProviderCheck.is_good))
    assert wait == FOR_THE_PROVIDER
    assert said is not None and said.endswith(".")
    assert (await desk.the_download()).state is DownloadState.QUEUED


async def test_what_one_provider_took_down_is_fetched_from_another(desk: Desk) -> None:
    [release] = await desk.release(1)
    async with a_fake() as other:
        other.is_strict = False
        second = await desk.a_provider("Harbour", other)
        source = await rows.a_source(desk.session, desk.series, second)
        chapter = FakeChapter("same", "1", pages=[page(1), page(2)])
        other.series.append(FakeSeries("same", chapters=[chapter]))
        await rows.releases(desk.session, source, 1, remote_id=chapter.id)
        await desk.want(release)
        desk.fake.trouble("404", "at-home")

        await desk.work()
        await desk.work(second)

    failed, done = await desk.downloads()
    assert failed.state is DownloadState.FAILED
    assert failed.reason == (
        "MangaDex has no such series or chapter. It is fetched from Harbour instead."
    )
    assert done.state is DownloadState.DONE


async def test_whoever_asked_is_told_when_a_chapter_cannot_be_had(desk: Desk) -> None:
    person = await factories.charlie(desk.session)
    [release] = await desk.release(1)
    await service.want(desk.session, [release.id], requested_by=person.id)
    await desk.session.commit()
    desk.fake.trouble("404", "at-home")

    await desk.work()

    [line] = await desk.session.scalars(select(Notification))
    assert (line.user_id, line.kind, line.series_id) == (person.id, Kind.DOWNLOAD, desk.series.id)
    assert line.detail == "MangaDex has no such series or chapter."


@pytest.mark.parametrize("trouble", [{"paused_at": now()}, {"health": Health.DOWN}])
async def test_of_a_provider_that_is_left_alone_meanwhile_nothing_more_begins(
    desk: Desk, trouble: dict[str, object]
) -> None:
    await desk.want(*await desk.release(1, 2))
    async with desk.maker() as session:
        assert len(await orders.claim(session, desk.provider.id, 1)) == 1
        await session.execute(update(Provider).values(**trouble))

        assert await orders.claim(session, desk.provider.id, 1) == []
