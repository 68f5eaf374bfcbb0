"""Files appear whole or not at all, whatever fails and whoever looks (SEC61, SEC64)."""

import errno
import os
import time
import zipfile
import zlib

import pytest

from app.foundation.archives import file_store, publishing
from app.foundation.archives.errors import BadFile
from app.foundation.archives.publishing import (
    publish,
    same_bytes,
    stale_parts,
    sweep,
    whole_archive,
)
from tests.faults import ERRORS, FaultyStore, Killed, every_failure
from tests.scanning.shelves import page

BYTES = b"a new chapter " * 500
OLD = b"the old chapter"
NAME = b"c001.cbz"


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def write_bytes(out):
    for at in range(0, len(BYTES), 1000):
        out.write(BYTES[at : at + 1000])


right_bytes = same_bytes(zlib.crc32(BYTES), len(BYTES))


def age(path, seconds=3600):
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def test_SEC64_a_published_file_is_there_whole_and_nothing_else_is(folder, tmp_path):
    made = publish(folder, NAME, write_bytes, right_bytes)

    assert [path.name for path in tmp_path.iterdir()] == ["c001.cbz"]
    facts = (tmp_path / "c001.cbz").stat()
    assert (tmp_path / "c001.cbz").read_bytes() == BYTES
    assert (made.size, made.mtime_ns, made.inode) == (len(BYTES), facts.st_mtime_ns, facts.st_ino)


def test_SEC64_the_order_is_write_sync_rename_sync(folder):
    store = FaultyStore()

    publish(folder, NAME, lambda out: out.write(BYTES) and None, right_bytes, store=store)

    assert store.calls == ["create", "write", "sync", "rename", "sync"]


@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("had_one", [False, True])
def test_SEC61_SEC64_whichever_call_fails_readers_see_the_old_file_or_the_whole_new_one(
    folder, tmp_path, error, had_one
):
    outcomes = set()
    target = tmp_path / "c001.cbz"
    for store in every_failure(error):
        target.unlink(missing_ok=True)
        if had_one:
            target.write_bytes(OLD)
        store.before = lambda _: assert_whole(target, had_one)
        try:
            publish(folder, NAME, write_bytes, right_bytes, replace=had_one, store=store)
            outcomes.add("done")
        except OSError as failure:
            assert failure.errno == error
            outcomes.add("failed")

        assert_whole(target, had_one)
        assert list(tmp_path.glob(".bunko-*")) == []

    assert outcomes == {"done", "failed"}


def assert_whole(target, had_one):
    if target.exists():
        assert target.read_bytes() in (OLD, BYTES)
    else:
        assert not had_one


def test_SEC61_SEC64_killed_at_any_call_the_rest_is_ours_and_swept(folder, tmp_path):
    left_behind = 0
    for store in every_failure(errno.EIO, kill=True):
        target = tmp_path / "c001.cbz"
        target.unlink(missing_ok=True)
        try:
            publish(folder, NAME, write_bytes, right_bytes, store=store)
        except Killed:
            assert not target.exists() or target.read_bytes() == BYTES
        for part in tmp_path.glob(".bunko-*"):
            left_behind += 1
            age(part)

        sweep(folder)

        assert [path.name for path in tmp_path.iterdir()] in ([], ["c001.cbz"])
    assert left_behind > 5


def test_SEC66_a_disk_that_takes_few_bytes_at_a_time_gets_them_all(folder, tmp_path):
    publish(folder, NAME, write_bytes, right_bytes, store=FaultyStore(largest_write=7))

    assert (tmp_path / "c001.cbz").read_bytes() == BYTES


def test_SEC64_what_does_not_verify_never_appears(folder, tmp_path):
    with pytest.raises(BadFile):
        publish(folder, NAME, lambda out: out.write(b"truncated") and None, right_bytes)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("without_renameat2", [False, True])
def test_SEC64_a_file_that_is_there_is_not_replaced_unasked(
    folder, tmp_path, monkeypatch, without_renameat2
):
    if without_renameat2:
        monkeypatch.setattr(file_store, "_renameat2", lambda: None)
    (tmp_path / "c001.cbz").write_bytes(OLD)

    with pytest.raises(FileExistsError):
        publish(folder, NAME, write_bytes, right_bytes)
    publish(folder, b"c002.cbz", write_bytes, right_bytes)

    assert (tmp_path / "c001.cbz").read_bytes() == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c001.cbz", "c002.cbz"]


def test_SEC64_an_archive_is_verified_by_count_kind_and_checksum(folder, tmp_path):
    def archive(pages):
        def write(out):
            with zipfile.ZipFile(tmp_path / "made", "w") as made:
                for number, data in enumerate(pages, 1):
                    made.writestr(f"{number:03}.png", data)
            out.write((tmp_path / "made").read_bytes())

        return write

    good = [page("x", number) for number in range(3)]
    publish(folder, b"good.cbz", archive(good), whole_archive(3))
    with pytest.raises(BadFile):
        publish(folder, b"short.cbz", archive(good[:2]), whole_archive(3))
    with pytest.raises(BadFile):
        publish(folder, b"html.cbz", archive([*good[:2], b"<html>"]), whole_archive(3))

    assert sorted(path.name for path in tmp_path.glob("*.cbz")) == ["good.cbz"]


def test_SEC64_the_part_of_a_living_writer_is_left_alone(folder, tmp_path):
    seen = []

    def write(out):
        out.write(BYTES)
        [part] = tmp_path.glob(".bunko-*")
        age(part)
        seen.append(list(stale_parts(folder)))
        seen.append(sweep(folder))

    publish(folder, NAME, write, right_bytes)

    assert seen == [[], []]


@pytest.mark.parametrize("hours", [-48, 48])
def test_SEC71_parts_of_a_clock_that_jumped_are_stale_too(folder, tmp_path, hours):
    (tmp_path / "Series").mkdir()
    part = tmp_path / "Series" / ".bunko-00ff.part"
    part.write_bytes(b"half")
    age(part, hours * 3600)
    other = tmp_path / ".hidden.part"
    other.write_bytes(b"not ours")
    age(other)

    assert list(stale_parts(folder)) == [(b"Series/.bunko-00ff.part", 4)]
    assert sweep(folder) == [b"Series/.bunko-00ff.part"]
    assert other.exists()


def test_a_part_that_is_just_being_made_is_not_stale(folder, tmp_path):
    (tmp_path / ".bunko-01.part").write_bytes(b"")

    assert list(stale_parts(folder)) == []
    assert publishing.is_part(b".bunko-01.part")
