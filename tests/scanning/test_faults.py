"""Disks and databases that fail in the middle of a scan: nothing is lost, the next one mends it."""

import asyncio
import errno
import os
import threading
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import select

from app.cli.doctor import examine
from app.foundation.db.outage import DATABASE_ERRORS
from app.library.models import Chapter, ChapterFile
from app.reading import progress
from app.reading.models import Progress
from app.scanning import analyzer
from tests import factories
from tests.scanning.shelves import cbz, info

RAW_CALLS = ("fetch", "fetchrow", "fetchval", "execute", "executemany", "copy_records_to_table")


def fill(shelf, numbers=(1, 2), folder="Iron Lantern"):
    for number in numbers:
        text = info(Title=f"Night {number}", Number=number, Writer="A. Lamp")
        cbz(shelf.path / folder / f"c{number:03}.cbz", comicinfo=text)


async def reading(shelf):
    """Somebody is on page 2 of every chapter."""
    reader = await factories.admin(shelf.session)
    for chapter in await shelf.chapters():
        await progress.turn_to(shelf.session, reader, chapter.id, 2, version=0, device="tests")
    await shelf.session.commit()
    return await places(shelf)


async def places(shelf):
    rows = await shelf.session.execute(select(Progress.chapter_id, Progress.page))
    found = {tuple(row) for row in rows}
    await shelf.session.rollback()
    return found


async def ids(shelf):
    found = list(await shelf.session.scalars(select(Chapter.id).order_by(Chapter.id)))
    await shelf.session.rollback()
    return found


class Failing:
    """Counts calls while it is on; the nth raises."""

    def __init__(self):
        self.calls, self.fail_at, self.error = 0, 0, OSError(errno.EIO, "Input/output error")

    def begin(self, fail_at, error=None):
        self.calls, self.fail_at = 0, fail_at
        self.error = error or self.error

    def call(self):
        self.calls += 1
        if self.calls == self.fail_at:
            raise self.error

    def around(self, real):
        def called(*args, **more):
            self.call()
            return real(*args, **more)

        return called


class FailingOs:
    """`os` for one module, with some of its functions counted."""

    def __init__(self, failing, *names):
        self._counted = {name: failing.around(getattr(os, name)) for name in names}

    def __getattr__(self, name):
        return self._counted.get(name) or getattr(os, name)


@pytest.fixture
def disk(monkeypatch):
    """Every call by which a scan touches the disk, this side of the sandbox."""
    from app.scanning import examination, inspection

    failing = Failing()
    monkeypatch.setattr("app.scanning.walker.os", FailingOs(failing, "open", "scandir"))
    for module, name in ((inspection, "open_root"), (examination, "open_beneath")):
        monkeypatch.setattr(module, name, failing.around(getattr(module, name)))
    return failing


@pytest.mark.parametrize("error", [errno.EIO, errno.EACCES], ids=errno.errorcode.get)
async def test_SEC61_SEC65_SEC66_whichever_touch_of_the_disk_fails_nothing_is_lost(
    shelf, disk, engine, settings, error
):
    fill(shelf)
    await shelf.scan()
    before, read = await ids(shelf), await reading(shelf)
    fill(shelf, (3,))
    (shelf.path / "Iron Lantern" / "c001.cbz").touch()

    for number in range(1, 30):
        disk.begin(number, OSError(error, os.strerror(error)))
        report = await shelf.scan()
        assert report.missing == 0
        assert set(before) <= set(await ids(shelf))
        if disk.calls < number:
            break

    disk.begin(0)
    report = await shelf.scan()
    assert (report.missing, report.offline, report.problems) == (0, [], 0)
    assert len(await ids(shelf)) == 3
    assert await places(shelf) == read
    assert await examine(engine, settings) == []


def cut_off(failing, real):
    """The nth call finds its connection gone for good, as with a server that was restarted."""

    def called(connection, *args, **more):
        try:
            failing.call()
        except ConnectionResetError:
            connection.terminate()
            raise
        return real(connection, *args, **more)

    return called


@pytest.mark.parametrize("kind", ["first", "changed", "moved"])
async def test_SEC61_whichever_call_of_the_database_fails_the_next_scan_is_as_if_it_had_not(
    shelf, engine, settings, monkeypatch, kind
):
    shelf.session.expunge_all()
    failing = Failing()
    for name in RAW_CALLS:
        real = getattr(asyncpg.Connection, name)
        monkeypatch.setattr(asyncpg.Connection, name, cut_off(failing, real))
    read = set()
    if kind != "first":
        fill(shelf)
        await shelf.scan()
        read = await reading(shelf)
    if kind == "changed":
        cbz(shelf.path / "Iron Lantern" / "c001.cbz", pages=9)
        (shelf.path / "Iron Lantern" / "c002.cbz").unlink()
    elif kind == "moved":
        (shelf.path / "Iron Lantern").rename(shelf.path / "Lantern of Iron")
    else:
        fill(shelf)

    for number in range(1, 200):
        failing.begin(number, ConnectionResetError("the database went away"))
        with suppress(*DATABASE_ERRORS, asyncpg.InterfaceError):
            await shelf.scan()
        failing.fail_at = 0
        if failing.calls < number:
            break
        assert read <= await places(shelf)

    assert number > 10
    await shelf.scan()
    assert await examine(engine, settings) == []
    assert len(await ids(shelf)) == 2
    assert await places(shelf) == read


async def test_SEC65_a_root_that_vanishes_in_the_middle_of_a_scan_loses_nothing(
    shelf, tmp_path, monkeypatch
):
    fill(shelf, range(1, 13))
    await shelf.scan()
    read = await reading(shelf)
    fill(shelf, range(20, 30), "Second")
    from app.scanning import examination

    real, unplugged = examination.open_beneath, []

    def unplug(root, path):
        if not unplugged:
            unplugged.append(path)
            (shelf.path / "Second").rename(tmp_path / "Second")
            (shelf.path / "Iron Lantern").rename(tmp_path / "Iron Lantern")
        return real(root, path)

    monkeypatch.setattr(examination, "open_beneath", unplug)
    during = await shelf.scan()
    after = await shelf.scan()
    (tmp_path / "Second").rename(shelf.path / "Second")
    (tmp_path / "Iron Lantern").rename(shelf.path / "Iron Lantern")
    back = await shelf.scan()

    assert unplugged
    assert (during.missing, after.missing, len(after.offline)) == (0, 0, 1)
    assert (back.offline, back.problems, back.added) == ([], 0, 10)
    assert await places(shelf) == read


async def test_SEC66_a_file_that_may_not_be_read_is_a_line_until_it_may(shelf, monkeypatch):
    from app.scanning import examination

    fill(shelf)
    real = examination.open_beneath

    def refuse(root, path):
        if path.endswith(b"c002.cbz"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(root, path)

    monkeypatch.setattr(examination, "open_beneath", refuse)
    await shelf.scan()
    [problem] = await shelf.problems()
    assert (problem.kind, problem.reason) == ("unreadable", "Bunko is not allowed to read it.")
    monkeypatch.undo()
    report = await shelf.scan()

    assert (report.added, report.problems) == (1, 0)


def test_SEC66_a_disk_that_fails_inside_the_sandbox_is_no_damage(monkeypatch):
    def fail(fd):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(analyzer, "read_listing", fail)
    found = analyzer.analyse_file(0, analyzer.Request(b"c001.cbz"))

    assert (found.trouble, found.reason) == ("unreadable", "It could not be read from the disk.")


async def test_SEC66_a_slow_disk_does_not_stop_the_others(shelf, monkeypatch):
    """The walk waits until the loop has gone round: were it in the loop, it would wait for ever."""
    fill(shelf)
    went_round = threading.Event()

    class SlowOs:
        def __getattr__(self, name):
            return getattr(os, name)

        def scandir(self, fd):
            assert went_round.wait(20)
            return os.scandir(fd)

    monkeypatch.setattr("app.scanning.walker.os", SlowOs())
    scan = asyncio.create_task(shelf.scan())
    for _ in range(200):
        await asyncio.sleep(0)
    assert not scan.done()
    went_round.set()

    assert (await scan).added == 2


@pytest.mark.parametrize("years", [-60, -20, 40])
async def test_SEC71_files_of_any_time_are_read_once_and_again_when_their_time_changes(
    shelf, years
):
    fill(shelf)
    path = shelf.path / "Iron Lantern" / "c001.cbz"
    moment = path.stat().st_mtime + years * 365 * 24 * 3600
    os.utime(path, (moment, moment))

    assert (await shelf.scan()).added == 2
    assert (await shelf.scan()).unchanged == 2
    os.utime(path, (moment - 7200, moment - 7200))
    report = await shelf.scan()

    assert (report.updated, report.unchanged) == (1, 1)
    assert await shelf.session.scalar(select(ChapterFile.revision).limit(1)) == 1


async def test_SEC71_a_clock_that_was_put_back_loses_no_file_and_no_place(shelf, monkeypatch):
    from datetime import timedelta

    from app.foundation.db import now

    fill(shelf, range(1, 5))
    await shelf.scan()
    read = await reading(shelf)
    monkeypatch.setattr("app.scanning.scanner.now", lambda: now() - timedelta(days=400))
    (shelf.path / "Iron Lantern" / "c001.cbz").rename(shelf.path / "aside")
    assert (await shelf.scan()).missing == 1
    monkeypatch.setattr("app.scanning.scanner.now", lambda: now() + timedelta(days=400))
    (shelf.path / "aside").rename(shelf.path / "Iron Lantern" / "c001.cbz")
    report = await shelf.scan()

    assert (report.missing, report.problems) == (0, 0)
    assert len(await shelf.chapters()) == 4
    assert await places(shelf) == read


async def test_SEC65_a_move_to_another_folder_keeps_chapter_and_place(shelf):
    fill(shelf)
    await shelf.scan()
    before, read = await ids(shelf), await reading(shelf)

    (shelf.path / "Iron Lantern").rename(shelf.path / "ろうそく")
    await shelf.scan()
    (shelf.path / "ろうそく" / "c001.cbz").rename(shelf.path / "ろうそく" / "Band 01.cbz")
    await shelf.scan()

    assert await ids(shelf) == before
    assert await places(shelf) == read
