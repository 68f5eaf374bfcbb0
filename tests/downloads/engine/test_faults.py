"""One fault of each kind, over real HTTP: nothing partial is seen, nothing comes twice, nothing fails
without a sentence, and once the fault is over everything completes by itself."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.downloads import placing, rows
from app.downloads.models import DownloadState
from app.foundation.archives.file_store import DISK, Disk
from app.providers.opening import opened
from tests.downloads.engine.desk import Desk, page

PASSING = {
    "truncated": "broke off in the middle of its answer",
    "short": "The image is damaged and cannot be shown.",
    "html-as-image": "It is a web page and no picture.",
    "placeholder": "The picture is too small to be a page.",
    "corrupt-jpeg": "The image is damaged and cannot be shown.",
    "500": "The picture server of MangaDex answered 500.",
    "expired": "The address of this page does not hold any more.",
}


async def completes(desk: Desk) -> None:
    """Once the fault is over."""
    desk.fake.recover()
    await desk.time_passes()
    assert await desk.work() is None
    one = await desk.the_download()
    assert (one.state, one.reason) == (DownloadState.DONE, None)
    assert len(desk.on_disk()) == await desk.files() == len(await desk.chapters()) == 1
    assert desk.partial() == []


@pytest.mark.parametrize("kind", PASSING)
async def test_SEC68_what_is_no_page_is_not_kept_and_said(desk: Desk, kind: str) -> None:
    # Of one page: several that fail at once may have the host rest, which is said instead.
    await desk.want(*await desk.release(1, pages=1))
    desk.fake.trouble(kind, "pictures")

    await desk.work()

    one = await desk.the_download()
    assert one.state is DownloadState.WAITING
    assert one.reason is not None and PASSING[kind] in one.reason
    assert one.attempts == 1
    assert (desk.on_disk(), await desk.files()) == ([], 0)
    await completes(desk)


@pytest.mark.parametrize("kind", ["redirect-loop", "redirect-inside", "gzip-bomb"])
async def test_SEC68_what_will_never_be_a_page_fails_with_a_sentence(desk: Desk, kind: str) -> None:
    await desk.want(*await desk.release(1))
    desk.fake.trouble(kind, "pictures")

    await desk.work()

    one = await desk.the_download()
    assert one.state is DownloadState.FAILED
    assert one.reason is not None and one.reason.endswith(".")
    assert (desk.on_disk(), await desk.files()) == ([], 0)


async def test_SEC68_a_declared_type_that_is_wrong_harms_nobody(desk: Desk) -> None:
    await desk.want(*await desk.release(1))
    desk.fake.trouble("wrong-type", "pictures")

    assert await desk.work() is None

    assert (await desk.the_download()).state is DownloadState.DONE


async def test_SEC68_who_is_asked_too_often_is_left_alone_for_as_long_as_it_says(
    desk: Desk,
) -> None:
    await desk.want(*await desk.release(1, 2, 3, 4, 5))
    desk.fake.trouble("429-retry-after", "at-home", 1)

    wait = await desk.work()

    assert wait is not None and 2 < wait <= 4
    asked = desk.fetched("at-home")
    waiting = [one for one in await desk.downloads() if one.state is DownloadState.WAITING]
    assert waiting and all("alone" in (one.reason or "") for one in waiting)
    assert sum(one.attempts for one in waiting) <= 1
    # Those that were on their way already, and one that a quick neighbour had let begin.
    assert asked <= 4


async def test_SEC68_a_list_that_changes_midway_begins_the_chapter_anew(desk: Desk) -> None:
    await desk.want(*await desk.release(1, pages=6))
    desk.fake.is_shrinking = True

    await desk.work()
    desk.fake.is_shrinking = False
    await desk.time_passes()
    await desk.work()

    one = await desk.the_download()
    assert one.state is DownloadState.DONE
    assert one.pages_done == one.pages_total


async def test_SEC68_addresses_that_expire_are_asked_for_again(desk: Desk) -> None:
    await desk.want(*await desk.release(1, pages=4))
    desk.fake.trouble("expired", "pictures", 1)

    assert await desk.work() is None

    assert (await desk.the_download()).state is DownloadState.DONE
    assert desk.fetched("at-home") == 2


async def test_a_picture_that_stands_for_every_page_is_none(desk: Desk) -> None:
    await desk.want(*await desk.release(1))
    for chapter in desk.fake.series[0].chapters:
        chapter.pages[:] = [page(1)] * 3

    await desk.work()

    one = await desk.the_download()
    assert one.reason == "Every page is the same picture: the provider sends a placeholder."


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "The disk of “{root}” is full."),
        (errno.EROFS, "The disk of “{root}” is read-only."),
        (errno.EACCES, "Bunko may not write into “{root}” (permission denied)."),
    ],
)
async def test_SEC66_a_disk_that_takes_nothing_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    await desk.want(*await desk.release(1))

    with failing(monkeypatch, "write", number):
        await desk.work()

    one = await desk.the_download()
    assert (one.state, one.attempts) == (DownloadState.WAITING, 0)
    assert one.reason == reason.format(root=desk.root)
    assert desk.on_disk() == []
    fetched = desk.fetched()
    await completes(desk)
    assert desk.fetched() == fetched


async def test_SEC61_a_database_that_goes_away_is_no_fault_of_the_chapter(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.want(*await desk.release(1))

    async def refused(*_: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr(rows, "verifying", refused)
        with pytest.raises(ConnectionRefusedError):
            await desk.work()

    one = await desk.the_download()
    assert (one.state, one.attempts, one.reason) == (DownloadState.QUEUED, 0, None)
    fetched = desk.fetched()
    await completes(desk)
    assert desk.fetched() == fetched


async def test_SEC66_a_root_that_is_not_there_is_waited_for(desk: Desk) -> None:
    await desk.want(*await desk.release(1))
    away = desk.root.with_name("away")
    desk.root.rename(away)

    await desk.work()

    assert (await desk.the_download()).reason == (
        f"The folder “{desk.root}” is not there. Is its disk connected?"
    )
    assert not desk.root.exists()
    away.rename(desk.root)
    await completes(desk)


@pytest.mark.parametrize("step", ["write", "sync", "rename"])
async def test_SEC64_a_publication_that_breaks_off_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await desk.want(*await desk.release(1))

    with failing(monkeypatch, step, errno.EIO):
        await desk.work()

    assert desk.on_disk() == []
    assert await desk.files() == 0
    await completes(desk)


async def test_SEC61_whichever_call_of_the_disk_fails_nothing_is_lost_or_done_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.want(*await desk.release(1))
    nth = 0
    while True:
        nth += 1
        with failing_at(monkeypatch, nth) as calls:
            await desk.work()
        assert len(desk.on_disk()) >= await desk.files()
        assert not [name for name in desk.on_disk() if not name.endswith(".cbz")]
        if len(calls) < nth:
            break
        await desk.time_passes()

    assert nth > 5
    assert (await desk.the_download()).state is DownloadState.DONE
    assert len(desk.on_disk()) == await desk.files() == 1
    assert desk.fetched() == 3


@contextmanager
def failing_at(monkeypatch: pytest.MonkeyPatch, nth: int) -> Iterator[list[str]]:
    """The nth thing done to the disk of the library fails; what was done until then. To write on
    is not another thing."""
    calls: list[str] = []

    def spoilt(name: str) -> Any:
        real = getattr(Disk, name)

        def call(*given: Any, **more: Any) -> Any:
            if calls[-1:] != [name] or name != "write":
                calls.append(name)
            if len(calls) == nth:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return real(*given, **more)

        return call

    with monkeypatch.context() as patched:
        for name in ("create", "write", "sync", "make_folder", "rename"):
            patched.setattr(Disk, name, spoilt(name))
        yield calls


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, step: str, number: int) -> Iterator[None]:
    """The disk of the library fails at this step, always."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(Disk, step, fail)
        assert placing.DISK is DISK
        yield


async def test_a_driver_that_stumbles_over_one_chapter_brings_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, plain = await desk.release(1, 2)
    await desk.want(odd, plain)
    driver = await opened().driver(desk.provider)
    pages = driver.pages

    async def stumbles(chapter_id: str) -> Any:
        if chapter_id == odd.remote_id:
            raise KeyError("pages")
        return await pages(chapter_id)

    monkeypatch.setattr(driver, "pages", stumbles)

    assert await desk.work() is not None

    waits, done = await desk.downloads()
    assert (waits.state, done.state) == (DownloadState.WAITING, DownloadState.DONE)
    assert waits.reason == "The driver of this provider stumbled over an answer (KeyError)."
