"""The workshop makes a thing once, the asked for first, and never more than it has places for."""

import asyncio

import pytest

from app.foundation.images.workshop import MOST_WAITING, Busy, Lane, Workshop


class Work:
    """Counts how often it was begun; ends when told."""

    def __init__(self, name: str = "made", begun: list[str] | None = None) -> None:
        self.name = name
        self.begun = [] if begun is None else begun
        self.go = asyncio.Event()

    async def __call__(self) -> str:
        self.begun.append(self.name)
        await self.go.wait()
        return self.name


async def until_idle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_thing_is_made_once_for_all_who_ask_at_once() -> None:
    workshop, work = Workshop(2), Work()
    asking = [asyncio.create_task(workshop.make("k", work, Lane.ASKED)) for _ in range(20)]
    await until_idle()
    work.go.set()

    assert await asyncio.gather(*asking) == ["made"] * 20
    assert work.begun == ["made"]


async def test_an_asker_who_leaves_does_not_stop_the_making_for_others() -> None:
    workshop, work = Workshop(1), Work()
    first = asyncio.create_task(workshop.make("k", work, Lane.ASKED))
    second = asyncio.create_task(workshop.make("k", work, Lane.ASKED))
    await until_idle()
    first.cancel()
    work.go.set()

    assert await second == "made"


async def test_what_nobody_waits_for_any_more_is_never_begun() -> None:
    workshop, busy, unwanted = Workshop(1), Work("busy"), Work("unwanted")
    first = asyncio.create_task(workshop.make("busy", busy, Lane.ASKED))
    leaving = asyncio.create_task(workshop.make("unwanted", unwanted, Lane.ASKED))
    await until_idle()
    leaving.cancel()
    await until_idle()
    busy.go.set()
    await first
    await until_idle()

    assert unwanted.begun == []
    assert workshop.waiting(Lane.ASKED) == 0


async def test_an_error_reaches_every_asker_and_is_not_kept() -> None:
    workshop, work = Workshop(1), Work()
    work.go.set()

    async def fail() -> str:
        raise ValueError("no")

    asking = (workshop.make("k", fail, Lane.ASKED) for _ in range(3))
    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert all(isinstance(answer, ValueError) for answer in answers)
    assert await workshop.make("k", work, Lane.ASKED) == "made"


async def test_the_asked_for_come_before_covers_and_both_before_what_is_made_ahead() -> None:
    workshop = Workshop(1)
    begun: list[str] = []
    works = {name: Work(name, begun) for name in ("first", "ahead", "cover", "asked")}
    lanes = {"ahead": Lane.AHEAD, "cover": Lane.COVER}
    asking = []
    for name, work in works.items():
        lane = lanes.get(name, Lane.ASKED)
        asking.append(asyncio.create_task(workshop.make(name, work, lane)))
        await until_idle()
    for work in works.values():
        work.go.set()
    await asyncio.gather(*asking)

    assert begun == ["first", "asked", "cover", "ahead"]


async def test_asked_for_a_thing_made_ahead_takes_its_turn_with_the_asked() -> None:
    workshop = Workshop(1)
    begun: list[str] = []
    works = [Work(name, begun) for name in ("first", "cover", "promoted")]
    lanes = [Lane.ASKED, Lane.COVER, Lane.AHEAD]
    asking = [
        asyncio.create_task(workshop.make(work.name, work, lane))
        for work, lane in zip(works, lanes, strict=True)
    ]
    await until_idle()
    asking.append(asyncio.create_task(workshop.make("promoted", works[2], Lane.ASKED)))
    await until_idle()
    for work in works:
        work.go.set()
    await asyncio.gather(*asking)

    assert begun == ["first", "promoted", "cover"]


async def test_one_place_is_always_free_of_what_is_made_ahead() -> None:
    workshop, begun = Workshop(2), list[str]()
    ahead = [Work(f"ahead {n}", begun) for n in range(3)]
    tasks = [asyncio.create_task(workshop.make(w.name, w, Lane.AHEAD)) for w in ahead]
    await until_idle()
    asked = Work("asked", begun)
    asked.go.set()

    assert await workshop.make("asked", asked, Lane.ASKED) == "asked"
    assert begun == ["ahead 0", "asked"]
    for work in ahead:
        work.go.set()
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("lane", list(Lane))
async def test_a_full_lane_says_so_at_once(lane: Lane) -> None:
    workshop, work = Workshop(1), Work()
    names = [f"k{n}" for n in range(MOST_WAITING[lane] + 1)]
    tasks = [asyncio.create_task(workshop.make(name, work, lane)) for name in names]
    await until_idle()

    with pytest.raises(Busy):
        await workshop.make("one more", work, lane)
    assert len(work.begun) == 1
    await workshop.close()
    assert all(t.cancelled() for t in await _ended(tasks))


async def _ended(tasks: list[asyncio.Task[str]]) -> list[asyncio.Task[str]]:
    await asyncio.gather(*tasks, return_exceptions=True)
    return tasks
