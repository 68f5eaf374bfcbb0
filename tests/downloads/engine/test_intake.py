"""Chapters whose files are there go into the library together, and each for itself where that fails."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import update

from app.downloads import intake, service
from app.downloads.jobs import download_from
from app.downloads.models import Download, DownloadState
from app.downloads.runner import Runner
from app.downloads.service import Which
from app.foundation.db import session_maker
from app.foundation.queue import LeaseLost
from tests.downloads.engine.desk import Desk


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many were taken in each time; two of them always arrive together."""
    both, taken = asyncio.Barrier(2), list[int]()
    examined, take_in = intake.examined, intake.take_in

    async def wait_for_both(*given: Any) -> Any:
        entry = await examined(*given)
        await both.wait()
        return entry

    async def counted(engine: Any, library_id: Any, entries: Sequence[Any], then: Any) -> None:
        taken.append(len(entries))
        await take_in(engine, library_id, entries, then)

    monkeypatch.setattr(intake, "examined", wait_for_both)
    monkeypatch.setattr(intake, "take_in", counted)
    return taken


async def test_what_came_meanwhile_is_taken_in_together(desk: Desk, batches: list[int]) -> None:
    await desk.want(*await desk.release(2, 1))

    assert await desk.work() is None

    assert batches == [2]
    downloads, chapters = await desk.downloads(), await desk.chapters()
    assert [one.state for one in downloads] == [DownloadState.DONE] * 2
    assert [one.chapter_id for one in downloads] == [one.id for one in chapters]
    assert [one.number_text for one in chapters] == ["1", "2"]


async def test_where_no_other_is_on_its_way_the_last_is_not_kept_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LONGEST", 600.0)
    monkeypatch.setattr(intake, "PATIENCE", 1_000_000)
    monkeypatch.setattr(Runner, "_free_places", _one_after_another)
    await desk.want(*await desk.release(1, 2))

    assert await desk.work() is None

    assert [one.state for one in await desk.downloads()] == [DownloadState.DONE] * 2


def _one_after_another(runner: Runner) -> int:
    return 0 if runner.at_work else 1


async def test_one_that_was_cancelled_at_the_last_moment_is_no_harm_to_the_other(
    desk: Desk, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.want(*await desk.release(1, 2))
    cancelled, _ = await desk.downloads()
    then = intake.take_in

    async def cancelled_meanwhile(*given: Any) -> None:
        async with session_maker(desk.engine)() as session:
            await service.cancel(session, Which(download_id=cancelled.id))
            await session.commit()
        await then(*given)

    monkeypatch.setattr(intake, "take_in", cancelled_meanwhile)

    assert await desk.work() is None

    assert batches == [2, 1, 1]
    states = [one.state for one in await desk.downloads()]
    assert states == [DownloadState.CANCELLED, DownloadState.DONE]
    assert [one.number_text for one in await desk.chapters()] == ["2"]
    assert desk.on_disk() == ["Hourglass/Hourglass c002 [Night Owls].cbz"]


async def test_a_worker_that_lost_its_job_at_the_last_moment_takes_nothing_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.want(*await desk.release(1))
    run, take_in = await desk.a_run(), intake.take_in

    async def lost_first(*given: Any) -> None:
        await desk.end(run.job_id)
        await take_in(*given)

    monkeypatch.setattr(intake, "take_in", lost_first)

    with pytest.raises(LeaseLost):
        await download_from.function(run, desk.provider.id)

    assert await desk.files() == 0


async def test_what_a_dead_worker_had_in_hand_goes_on(desk: Desk) -> None:
    await desk.want(*await desk.release(1))
    await desk.session.execute(update(Download).values(state=DownloadState.RUNNING))
    await desk.session.commit()

    assert await desk.work() is None

    assert (await desk.the_download()).state is DownloadState.DONE
