"""The disk cache keeps within its cap, and never shows part of a file."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from app.foundation.images.disk_cache import DiskCache


def files(folder: Path) -> list[Path]:
    """Oldest first."""
    return sorted(folder.glob("??/*"), key=os.path.getmtime)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in files(folder))


async def test_the_oldest_leave_when_the_cap_is_reached(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10_000)
    for n in range(30):
        await cache.put(f"k{n}", bytes(1000))
        for age, path in enumerate(files(tmp_path)):
            os.utime(path, (age, age))

    kept = [n for n in range(30) if await cache.get(f"k{n}") is not None]
    assert size_of(tmp_path) <= 10_000
    assert 29 in kept
    assert 0 not in kept


async def test_what_is_looked_at_stays(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 5_000)
    for n in range(4):
        await cache.put(f"k{n}", bytes(1000))
    for path in files(tmp_path):
        os.utime(path, (1, 1))
    await cache.get("k0")
    for n in range(4, 6):
        await cache.put(f"k{n}", bytes(1000))

    assert await cache.get("k0") is not None
    assert await cache.get("k1") is None


async def test_a_full_disk_costs_the_cache_and_not_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    cache = DiskCache(tmp_path, 10_000)
    await cache.put("k", b"made")

    assert await cache.get("k") is None
    assert files(tmp_path) == []


async def test_the_cap_holds_however_many_write_at_once(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10_000)

    for batch in range(20):
        keys = [f"k{batch * 30 + n}" for n in range(30)]
        await asyncio.gather(*[cache.put(key, bytes(500)) for key in keys])
        assert 5_000 < size_of(tmp_path) <= 10_000


async def test_each_further_process_may_add_a_tenth(tmp_path: Path) -> None:
    caches = [DiskCache(tmp_path, 10_000) for _ in range(3)]
    for n in range(90):
        await caches[n % 3].put(f"k{n}", bytes(500))
        assert size_of(tmp_path) <= 12_000

    restarted = DiskCache(tmp_path, 10_000)
    await restarted.put("k", bytes(500))

    assert size_of(tmp_path) <= 10_000


async def test_what_is_larger_than_the_cap_is_not_kept_and_costs_nothing(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10_000)
    await cache.put("small", bytes(9_000))
    await cache.put("large", bytes(10_001))
    assert await cache.get("small") == bytes(9_000)
    await cache.put("whole", bytes(10_000))

    assert await cache.get("large") is None
    assert await cache.get("whole") == bytes(10_000)
    assert size_of(tmp_path) == 10_000


async def test_a_file_that_lost_its_bytes_is_not_there(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10_000)
    await cache.put("k", b"made")
    files(tmp_path)[0].write_bytes(b"")

    assert await cache.get("k") is None


async def test_parts_of_writers_count_as_long_as_they_may_be_alive(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "tmpabc.part").write_bytes(bytes(9_900))
    cache = DiskCache(tmp_path, 10_000)
    for n in range(10):
        await cache.put(f"k{n}", bytes(100))

    assert size_of(tmp_path) == 10_000


async def test_parts_that_a_killed_writer_left_are_removed_and_never_read(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10)
    await cache.put("k", b"1")
    part = files(tmp_path)[0].with_name("tmpabc.part")
    part.write_bytes(b"half")
    os.utime(part, (1, 1))
    await cache.put("k2", b"1234567890")

    assert not part.exists()


async def test_any_key_is_a_safe_name(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache", 10_000)
    for key in ("../../escape", "a/b", "x" * 5000, "漫\n\0"):
        await cache.put(key, key.encode())
        assert await cache.get(key) == key.encode()
        await cache.drop(key)
        assert await cache.get(key) is None

    assert os.listdir(tmp_path) == ["cache"]
