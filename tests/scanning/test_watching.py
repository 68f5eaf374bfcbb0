"""Folders are watched: what is put into one appears without anybody asking."""

import asyncio
import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import delete, func, select

from app.foundation.db import new_id
from app.foundation.queue.models import Job
from app.foundation.queue.worker import Timing, Worker
from app.library.models import Chapter, Library, Problem
from app.scanning.problems import WATCHING
from app.scanning.watching import Changes, Pace, Watching, _counts
from tests import factories
from tests.patience import Patience
from tests.scanning.blind import FEW
from tests.scanning.shelves import cbz

PACE = Pace(quiet=0.2, longest=5, step=0.05, look=0.2, instead=0.3)


@asynccontextmanager
async def kept(engine, pace: Pace = PACE) -> AsyncIterator[Watching]:
    watching = Watching(engine, pace)
    task = asyncio.create_task(watching.keep())
    try:
        yield watching
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds, seconds: float = 20) -> None:
    patience = Patience(seconds)
    while not await holds():
        assert not patience.is_over
        await asyncio.sleep(0.02)


async def count(session, query) -> int:
    await session.rollback()
    return int(await session.scalar(select(func.count()).select_from(query.subquery())) or 0)


@pytest.fixture
async def library(session, tmp_path) -> Library:
    return await factories.library(session, "Manga", path=str(tmp_path))


def may_limit() -> bool:
    words = ["unshare", "--user", "--map-root-user", "true"]
    return shutil.which("unshare") is not None and subprocess.run(words).returncode == 0


def eyes_open(watching: Watching):
    async def are_open() -> bool:
        return watching._eyes is not None and not watching._eyes.done()

    return are_open


async def test_a_file_put_into_a_folder_becomes_a_chapter_without_anybody_asking(
    engine, session, settings, library, tmp_path
):
    quick = Timing(look=0.1, tick=0.5, reconcile=5, grace=1)
    worker = Worker(engine, settings, quick)
    working = asyncio.create_task(worker.run())
    async with kept(engine) as watching:
        await until(eyes_open(watching))
        (tmp_path / "Akira").mkdir()

        async def is_there() -> bool:
            return await count(session, select(Chapter.id)) == 1

        await asyncio.to_thread(cbz, tmp_path / "Akira" / "Akira c001.cbz")
        await until(is_there)
    worker.stop()
    await asyncio.wait_for(working, 10)


async def test_a_library_that_is_not_to_be_watched_is_left_alone(engine, session, library):
    library.watch = False
    await session.commit()
    async with kept(engine) as watching:

        async def looked() -> bool:
            return watching.places == frozenset()

        await until(looked)
        assert watching._eyes is None
        library.watch = True
        await session.commit()
        await until(eyes_open(watching))


async def test_one_of_two_watchers_watches_and_the_other_takes_its_place(engine, library):
    async with kept(engine) as second:
        async with kept(engine) as first:

            async def one_does() -> bool:
                return [bool(first.places), bool(second.places)].count(True) == 1

            await until(one_does)
            if second.places:
                return
        await until(eyes_open(second))


async def test_where_the_system_watches_no_more_folders_they_are_looked_through_instead(
    engine, session, library, monkeypatch, tmp_path_factory
):
    async def awatch(*_paths, **_more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield

    monkeypatch.setattr("watchfiles.awatch", awatch)
    lines = select(Problem.id).where(Problem.kind == WATCHING)
    scans = select(Job.id).where(Job.kind == "scan_library", Job.key == str(library.id))

    async with kept(engine) as watching:

        async def is_told() -> bool:
            return await count(session, lines) == 1

        async def is_asked() -> bool:
            return await count(session, scans) == 1

        await until(is_told)
        await until(is_asked)
        await session.execute(delete(Job))
        await session.commit()
        await until(is_asked)  # again and again

        assert watching.is_blind

        # Fewer folders: it tries again, and what it said is no longer true.
        monkeypatch.undo()
        elsewhere = tmp_path_factory.mktemp("more")
        await factories.library(session, "More", path=str(elsewhere))

        async def sees_again() -> bool:
            return not watching.is_blind and await count(session, lines) == 0

        await until(sees_again)


@pytest.mark.processes
@pytest.mark.skipif(not may_limit(), reason="no user namespaces here, so no limit of its own")
@pytest.mark.parametrize("what", FEW)
async def test_where_the_kernel_gives_no_more_it_is_said_until_it_gives_more(
    session, database_url, library, tmp_path, what
):
    for number in range(20):
        (tmp_path / f"Tale {number}").mkdir()
    lines = select(Problem.since).where(Problem.kind == WATCHING)
    scans = select(Job.id).where(Job.kind == "scan_library", Job.key == str(library.id))

    async def is_told() -> bool:
        return await count(session, lines) == 1

    async def is_asked() -> bool:
        return await count(session, scans) == 1

    async def sees_again() -> bool:
        return await count(session, lines) == 0

    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.scanning.blind", database_url, what
    )
    try:
        await until(is_told, 60)
        since = await session.scalar(lines)
        await until(is_asked)
        await session.execute(delete(Job))
        await session.commit()
        await until(is_asked)  # again, after it tried to watch again
        assert await session.scalar(lines) == since

        child.send_signal(signal.SIGUSR1)
        await until(sees_again)
        await session.execute(delete(Job))
        await session.commit()
        (tmp_path / "Tale 19" / "c001.cbz").touch()
        await until(is_asked)
    finally:
        child.kill()
        await child.wait()


async def test_an_end_of_changes_is_waited_for_but_not_for_ever():
    moment = 0.0
    changes = Changes(Pace(quiet=10, longest=60), lambda: moment)
    one = new_id()

    changes.note(one)
    moment = 9.0
    assert changes.due() == []
    changes.note(one)
    moment = 18.0
    assert changes.due() == []
    moment = 19.5
    assert changes.due() == [one]
    assert changes.due() == []

    for moment in range(100, 200, 5):  # noqa: B007  (the clock)
        changes.note(one)
        if changes.due():
            break
    assert moment == 160


@pytest.mark.parametrize(
    "path", ["/a/.bunko-trash/x.cbz", "/a/.nfs0001", "/a/.~lock.x", "/.bunko-tmp"]
)
def test_what_bunko_and_network_disks_write_for_themselves_is_no_change(path):
    assert not _counts(None, path)
    assert _counts(None, "/a/Akira/c001.cbz")
