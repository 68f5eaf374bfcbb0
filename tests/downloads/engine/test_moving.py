"""A series that goes elsewhere while one of its chapters comes: the chapter goes along."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.downloads import intake, orders, rows, runner
from app.downloads.models import DownloadState
from app.downloads.orders import Order
from app.foundation.db import session_maker
from app.library.models import Series
from tests.downloads.engine.desk import TITLE, Desk

ELSEWHERE = "Elsewhere/Hourglass c001 [Night Owls].cbz"


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, happens: Callable[[], Awaitable[None]]
) -> None:
    """Before the first call of this."""
    real, waiting = getattr(module, name), [happens]

    async def call(*given: Any) -> Any:
        if waiting:
            await waiting.pop()()
        return await real(*given)

    monkeypatch.setattr(module, name, call)


async def change_series(desk: Desk, **values: object) -> None:
    async with session_maker(desk.engine)() as session:
        await session.execute(update(Series).values(**values))
        await session.commit()


async def came_once(desk: Desk, series_id: UUID) -> None:
    downloads, chapters = await desk.downloads(), await desk.chapters()
    assert [one.state for one in downloads] == [DownloadState.DONE] * len(downloads)
    assert [one.chapter_id for one in downloads] == [one.id for one in chapters]
    assert list(await desk.session.scalars(select(Series.id))) == [series_id]
    assert {one.series_id for one in chapters} == {series_id}
    assert len(desk.on_disk()) == await desk.files() == len(downloads)
    assert desk.fetched() == 3 * len(downloads)
    assert desk.partial() == []


@pytest.mark.parametrize(
    ("where", "step", "is_on_disk"),
    [(rows, "verifying", False), (intake, "examined", False), (intake, "examined", True)],
    ids=["before its file is there", "after it", "with the file"],
)
async def test_a_chapter_lies_once_and_where_its_series_was_moved_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, where: Any, step: str, is_on_disk: bool
) -> None:
    series_id = desk.series.id
    await desk.want(*await desk.release(1))

    async def moves() -> None:
        if is_on_disk:
            (desk.root / TITLE).rename(desk.root / "Elsewhere")
        await change_series(desk, folder=b"Elsewhere")

    meanwhile(monkeypatch, where, step, moves)

    assert await desk.work() is None

    assert desk.on_disk() == [ELSEWHERE]
    await came_once(desk, series_id)


async def test_a_series_that_is_renamed_while_its_first_chapters_come_stays_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    series_id = desk.series.id
    await desk.want(*await desk.release(1, 2))
    claim, examined, take_in = orders.claim, intake.examined, intake.take_in
    second_lies, first_is_in, looked = asyncio.Event(), asyncio.Event(), list[bytes]()

    async def claim_one(session: Any, provider_id: UUID, _most: int) -> list[Order]:
        taken = await claim(session, provider_id, 1)
        await change_series(desk, title="Sandglass")
        return taken

    async def examined_in_turn(pool: Any, lying: Any) -> Any:
        looked.append(lying.path.rpartition(b"/")[2])
        if b"c002" in lying.path:
            second_lies.set()
            await first_is_in.wait()
        await second_lies.wait()
        return await examined(pool, lying)

    async def taken_in(*given: Any) -> None:
        await take_in(*given)
        first_is_in.set()

    monkeypatch.setattr(orders, "claim", claim_one)
    monkeypatch.setattr(intake, "examined", examined_in_turn)
    monkeypatch.setattr(intake, "take_in", taken_in)
    monkeypatch.setattr(runner, "LOOK_EVERY", 0.01)

    assert await desk.work() is None

    assert sorted(looked) == [
        b"Hourglass c001 [Night Owls].cbz",
        b"Hourglass c002 [Night Owls].cbz",
        b"Sandglass c002 [Night Owls].cbz",
    ]
    await came_once(desk, series_id)
