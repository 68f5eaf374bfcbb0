"""What a download never takes: more of the disk than is left for it, and more than a chapter can be."""

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.downloads import fetching, placing
from app.downloads.models import DownloadState
from app.downloads.runner import LONGEST_NAP
from app.downloads.settings import DownloadRules
from app.foundation.db import new_id
from app.foundation.web.settings import choose
from app.library.models import ChapterFile, Library, Root
from app.providers.errors import Blocked
from app.providers.models import Provider, ProviderCheck
from app.providers.opening import opened
from tests.downloads.engine.desk import Desk


async def test_SEC66_what_an_owner_wants_left_of_the_disk_is_left(desk: Desk) -> None:
    await choose(desk.session, DownloadRules(free_megabytes=100_000_000))
    await desk.want(*await desk.release(1))

    assert await desk.work() is not None

    one = await desk.the_download()
    assert (one.state, one.attempts) == (DownloadState.WAITING, 0)
    assert one.reason is not None and one.reason.startswith("Less than 100000000 MB")
    assert (desk.fetched(), desk.on_disk()) == (0, [])


async def test_into_a_library_that_is_read_only_nothing_is_fetched(desk: Desk) -> None:
    await desk.session.execute(update(Library).values(read_only=True))
    await desk.want(*await desk.release(1))

    await desk.work()

    one = await desk.the_download()
    assert one.state is DownloadState.WAITING and one.reason
    assert (desk.fetched(), desk.on_disk()) == (0, [])


@pytest.mark.parametrize(
    ("limit", "least", "reason"),
    [
        ("MOST_PAGES", 2, "The provider lists 3 pages: that is no chapter."),
        ("MOST_BYTES", 100, "The chapter is larger than 2 GB."),
    ],
)
async def test_SEC49_what_is_larger_than_any_chapter_fails_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, limit: str, least: int, reason: str
) -> None:
    monkeypatch.setattr(fetching, limit, least)
    await desk.want(*await desk.release(1))

    assert await desk.work() is None

    one = await desk.the_download()
    assert (one.state, one.reason) == (DownloadState.FAILED, reason)
    assert (desk.on_disk(), desk.partial()) == ([], [])


async def test_a_page_that_the_disk_lost_is_fetched_again_and_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_place, lost = placing.choose, list[Path]()

    def loses_one(*given: Any) -> placing.Chosen:
        if not lost:
            [page] = (desk.settings.data_dir / "downloads").rglob("00002-*")
            page.write_bytes(bytes(page.stat().st_size))  # as after a power cut
            lost.append(page)
        return choose_place(*given)

    monkeypatch.setattr(placing, "choose", loses_one)
    await desk.want(*await desk.release(1))

    assert await desk.work() is None

    assert (await desk.the_download()).state is DownloadState.DONE
    assert desk.fetched() == 3 + 1


async def test_whoever_wants_no_more_of_us_is_asked_nothing_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choose(desk.session, DownloadRules(chapters_at_once=1))
    await desk.want(*await desk.release(1, 2, 3))
    driver, asked = await opened().driver(desk.provider), list[str]()

    async def refuses(chapter_id: str) -> Any:
        asked.append(chapter_id)
        raise Blocked("No more.")

    monkeypatch.setattr(driver, "pages", refuses)

    assert await desk.work() == LONGEST_NAP

    states = [one.state for one in await desk.downloads()]
    assert states == [DownloadState.WAITING, DownloadState.QUEUED, DownloadState.QUEUED]
    assert len(asked) == 1


async def test_a_provider_that_is_set_up_anew_is_asked_by_what_it_is_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choose(desk.session, DownloadRules(chapters_at_once=1))
    await desk.want(*await desk.release(1, 2))
    provider_id, driver = desk.provider.id, await opened().driver(desk.provider)
    pages = driver.pages

    async def changed_meanwhile(chapter_id: str) -> Any:
        await opened().forget(provider_id)
        return await pages(chapter_id)

    monkeypatch.setattr(driver, "pages", changed_meanwhile)

    assert await desk.work() is not None

    states = [(one.state, one.attempts) for one in await desk.downloads()]
    assert states == [(DownloadState.WAITING, 0), (DownloadState.QUEUED, 0)]
    assert await desk.session.scalar(select(ProviderCheck.id).limit(1)) is None
    await desk.time_passes()
    assert await desk.work(await desk.session.get_one(Provider, provider_id)) is None
    assert [one.state for one in await desk.downloads()] == [DownloadState.DONE] * 2


async def test_a_chapter_is_put_beside_the_newest_of_its_series(desk: Desk, tmp_path: Path) -> None:
    first, second = await desk.release(1, 2)
    await desk.want(first)
    await desk.work()
    other = tmp_path / "second shelf"
    other.mkdir()
    library_id = desk.series.library_id
    root = Root(id=new_id(), library_id=library_id, path=os.fsencode(other), display_name="Second")
    desk.session.add(root)
    await desk.session.flush()
    await desk.session.execute(update(ChapterFile).values(root_id=root.id))
    await desk.session.commit()

    await desk.want(second)
    assert await desk.work() is None

    assert [path.name for path in other.rglob("*.cbz")] == ["Hourglass c002 [Night Owls].cbz"]
