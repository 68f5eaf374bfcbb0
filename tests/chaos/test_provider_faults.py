"""Every way a provider misbehaves, all at once and each at a provider of its own, while a real worker
downloads: each chapter says why it waits or failed, and all is there soon after they are well again."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from app.downloads.models import DownloadState
from tests.chaos.downloading import Wish, is_clean, wanting
from tests.chaos.place import RECOVERY, Ledger, Place, a_place, fact

pytestmark = [
    pytest.mark.processes,
    pytest.mark.night,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(700),
]
PASSING = [
    *(("time-out", "pictures"), ("slow-loris", "pictures"), ("truncated", "pictures")),
    *(("500", "pictures"), ("503-html", "pictures"), ("429", "pictures")),
    *(("429-retry-after", "pictures"), ("short", "pictures"), ("html-as-image", "pictures")),
    *(("placeholder", "pictures"), ("corrupt-jpeg", "pictures"), ("expired", "pictures")),
    *(("time-out", "at-home"), ("429", "at-home"), ("429-retry-after", "at-home")),
    *(("500", "at-home"), ("503-html", "at-home"), ("truncated", "at-home")),
    *(("html-as-image", "at-home"), ("nonsense", "at-home")),
]
"""They go on by themselves."""
FINAL = [
    *(("redirect-loop", "pictures"), ("redirect-inside", "pictures"), ("gzip-bomb", "pictures")),
    ("404", "at-home"),
]
"""They fail with a sentence; a person may try again."""
HARMLESS = [("wrong-type", "pictures"), ("slow", "pictures")]
NEXT_TRY = 300
"""Seconds: some failed three times before all had said why, and wait 216 at most, then take turns."""
ALL = [*PASSING, *FINAL, *HARMLESS]


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[tuple[Place, Ledger]]:
    folder = tmp_path_factory.mktemp("faults")
    place = Place(folder)
    place.serving.before = (sys.executable, "-m", "tests.chaos.download_points", str(folder))
    async with a_place(place) as both:
        yield both


async def test_SEC68_whatever_providers_do_each_chapter_says_why_and_comes_once_they_are_well(
    house,
):
    place, ledger = house
    async with AsyncExitStack() as stack:
        wishes: dict[tuple[str, str], Wish] = {}
        for kind, route in ALL:
            waiting = wanting(place, ledger, f"{kind} of {route}", trouble=(kind, route))
            wishes[kind, route] = await stack.enter_async_context(waiting)

        heard = await asyncio.gather(*(why(one) for one in wishes.values()))
        said = dict(zip(wishes, heard, strict=True))
        shown = {what: len(one.on_disk()) for what, one in wishes.items()}
        for what in FINAL:
            await fact(lambda one=wishes[what]: is_failed(one), RECOVERY)
        for one in wishes.values():
            one.fake.recover()
        for what in FINAL:
            await wishes[what].again()

        await asyncio.gather(*(fact(one.is_done, NEXT_TRY) for one in wishes.values()))
        for one in wishes.values():
            await one.is_whole()
    for what in [*PASSING, *FINAL]:
        assert said[what].rstrip().endswith("."), what
        assert shown[what] == 0, what
    await is_clean(place, ledger)


async def test_SEC68_a_list_that_shrinks_midway_ends_as_a_whole_chapter(house):
    place, ledger = house
    async with wanting(place, ledger, "shrinking", trouble=("shrinking", "")) as wish:
        await fact(wish.was_asked, 30)
        wish.fake.recover()

        await fact(wish.is_done, RECOVERY)
        await wish.is_whole()
    await is_clean(place, ledger)


async def why(wish: Wish) -> str:
    """What it says while it waits: at its next try it says nothing for a moment."""
    said = ""

    async def is_said() -> bool:
        nonlocal said
        found = await wish.downloads()
        said = " ".join(one.reason or "" for one in found)
        return all(one.reason or one.state is DownloadState.DONE for one in found)

    await fact(is_said, 180)
    return said


async def is_failed(wish: Wish) -> bool:
    return [one.state for one in await wish.downloads()] == [DownloadState.FAILED]
