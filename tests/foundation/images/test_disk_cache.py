"""The disk cache makes a thing once, keeps within its cap, and never shows part of a file."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from app.foundation.images.disk_cache import DiskCache


def files(folder: Path) -> list[Path]:
    """Oldest first."""
    return sorted(folder.glob("??/*"), key=os.path.getmtime)


class Maker:
    """Counts how often it was asked; waits until told to go on."""

    def __init__(self, value: bytes = b"made") -> None:
        self.value = value
        self.asked = 0
        self.go = asyncio.Event()

    async def __call__(self) -> bytes:
        self.asked += 1
        await self.go.wait()
        return self.value


async def test_a_thing_is_made_once_for_all_who_ask_at_once(tmp_path: Path) -> None:
    cache, make = DiskCache(tmp_path, 10_000), Maker()
    asking = [asyncio.create_task(cache.get_or_make("k", make)) for _ in range(20)]
    make.go.set()

    assert await asyncio.gather(*asking) == [b"made"] * 20
    assert await cache.get_or_make("k", make) == b"made"
    assert make.asked == 1


async def test_an_asker_who_leaves_does_not_stop_the_making(tmp_path: Path) -> None:
    cache, make = DiskCache(tmp_path, 10_000), Maker()
    first = asyncio.create_task(cache.get_or_make("k", make))
    second = asyncio.create_task(cache.get_or_make("k", make))
    await asyncio.sleep(0)
    first.cancel()
    make.go.set()

    assert await second == b"made"
    assert make.asked == 1


async def test_a_failure_reaches_every_asker_and_is_not_kept(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10_000)

    async def fail() -> bytes:
        raise ValueError("no")

    asking = (cache.get_or_make("k", fail) for _ in range(3))
    answers = await asyncio.gather(*asking, return_exceptions=True)
    make = Maker()
    make.go.set()

    assert all(isinstance(answer, ValueError) for answer in answers)
    assert await cache.get_or_make("k", make) == b"made"


async def test_the_oldest_leave_when_the_cap_is_reached(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10_000)
    for n in range(30):
        await cache.put(f"k{n}", bytes(1000))
        for age, path in enumerate(files(tmp_path)):
            os.utime(path, (age, age))

    kept = [n for n in range(30) if await cache.get(f"k{n}") is not None]
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 11_000
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
    cache, make = DiskCache(tmp_path, 10_000), Maker()
    make.go.set()

    assert await cache.get_or_make("k", make) == b"made"
    assert files(tmp_path) == []


async def test_parts_that_a_killed_writer_left_are_removed_and_never_read(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 10)
    await cache.put("k", b"1")
    part = files(tmp_path)[0].with_name("tmpabc.part")
    part.write_bytes(b"half")
    os.utime(part, (1, 1))
    await cache.put("k2", b"12345678901")

    assert not part.exists()


async def test_any_key_is_a_safe_name(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache", 10_000)
    for key in ("../../escape", "a/b", "x" * 5000, "漫\n\0"):
        await cache.put(key, key.encode())
        assert await cache.get(key) == key.encode()
        await cache.drop(key)
        assert await cache.get(key) is None

    assert os.listdir(tmp_path) == ["cache"]
