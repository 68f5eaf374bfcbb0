"""Disks that are full or read-only while chapters come: the kernel says so, the row says why, and
everything goes on by itself once there is room."""

import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from app.downloads.jobs import download_from
from app.downloads.settings import DownloadRules
from app.foundation.queue.models import Job
from app.foundation.web.settings import choose
from tests.chaos.confined import ConfinedPlace, forbidden
from tests.chaos.downloading import Wish, is_clean, wanting
from tests.chaos.place import RECOVERY, Ledger, a_place, fact

pytestmark = [
    pytest.mark.processes,
    pytest.mark.night,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(forbidden()), reason=f"no namespaces here: {forbidden()}"),
]


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[tuple[ConfinedPlace, Ledger]]:
    folder = tmp_path_factory.mktemp("download-disks")
    place = ConfinedPlace(folder, 192)
    points = (sys.executable, "-m", "tests.chaos.download_points", str(folder))
    place.serving.before += points
    async with a_place(place) as (_, ledger):
        async with ledger.sessions() as session:
            await choose(session, DownloadRules(free_megabytes=0))
            await session.commit()
        yield place, ledger


async def test_SEC66_a_library_whose_disk_is_full_is_waited_for(house):
    place, ledger = house
    folder = place.shelves / "full"
    folder.mkdir()
    place.mount("-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder))
    inside = seen(place, folder)
    ballast = inside / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 12)):
            pass

    async with wanting(place, ledger, folder.name) as wish:
        wish.folder = inside
        await fact(lambda: says(wish, f"The disk of “{folder}” is full."), 30)
        assert wish.on_disk() == []
        ballast.unlink()

        await fact(wish.is_done, RECOVERY)
        await wish.is_whole()
    await is_clean(place, ledger)


async def test_SEC66_a_library_that_became_read_only_is_waited_for(house):
    place, ledger = house
    folder = place.shelves / "sealed"
    folder.mkdir()
    place.mount("--bind", str(folder), str(folder))
    place.mount("-o", "remount,bind,ro", str(folder))

    async with wanting(place, ledger, folder.name) as wish:
        await fact(lambda: says(wish, f"The disk of “{folder}” is read-only."), 30)
        place.mount("-o", "remount,bind,rw", str(folder))

        await fact(wish.is_done, RECOVERY)
        await wish.is_whole()
    await is_clean(place, ledger)


async def test_SEC66_a_full_disk_of_our_own_holds_chapters_up_and_loses_none(house):
    place, ledger = house
    async with wanting(place, ledger, "ours", 3, trouble=("500", "at-home")) as wish:
        await fact(wish.has_said_why, 30)
        ballast = place.fill_disk()
        wish.fake.recover()
        await fact(lambda: says_full(wish), 60)
        ballast.unlink()

        await fact(wish.is_done, RECOVERY)
        await wish.is_whole()
    await is_clean(place, ledger)


async def says(wish: Wish, sentence: str) -> bool:
    return [one.reason for one in await wish.downloads()] == [sentence]


async def says_full(wish: Wish) -> bool:
    """The rows, or where not even they can be written, their job."""
    async with wish.ledger.sessions() as session:
        mine = select(Job.error).where(
            Job.kind == download_from.name, Job.key == str(wish.provider_id)
        )
        said = [*await session.scalars(mine), *(one.reason for one in await wish.downloads())]
    return any("full" in one for one in said if one)


def seen(place: ConfinedPlace, folder: Path) -> Path:
    """As it is seen from outside."""
    return Path(f"/proc/{place.serving.process.pid}/root{folder}")
