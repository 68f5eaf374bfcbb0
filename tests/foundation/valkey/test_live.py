"""What changed is told to those who listen, and a lost connection is made good."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.foundation.embedded.valkey import EmbeddedValkey
from app.foundation.valkey.live import EVERYTHING, FORGET, PENDING, Live
from app.foundation.valkey.local_cache import LocalCache


@pytest.fixture
async def live(valkey_url: str) -> AsyncIterator[Live]:
    live = Live(valkey_url)
    live.start()
    await asyncio.wait_for(live.connected.wait(), 20)
    yield live
    await live.close()


async def first(live: Live, *topics: str):
    """A listener that has heard that it listens."""
    listener = live.topics(topics, beat=30)
    assert await anext(listener) == EVERYTHING
    return listener


async def test_a_listener_hears_its_topics_and_no_other(live):
    listener = await first(live, "jobs")

    await live.tell("scan 1")
    await live.tell("jobs")

    assert await asyncio.wait_for(anext(listener), 20) == "jobs"


async def test_another_process_is_heard(live, valkey_url):
    listener = await first(live, "jobs")
    other = Live(valkey_url)

    await other.tell("jobs")

    assert await asyncio.wait_for(anext(listener), 20) == "jobs"
    await other.close()


async def test_SEC69_a_listener_that_does_not_keep_up_is_dropped(live):
    slow = await first(live, "jobs")
    quick = await first(live, "jobs")

    for _ in range(PENDING + 1):
        await live.tell("jobs")
        assert await asyncio.wait_for(anext(quick), 20) == "jobs"

    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(slow), 20)


async def test_SEC23_changed_rights_are_forgotten_in_every_process(live):
    cache: LocalCache[str, int] = LocalCache(seconds=60, size=9)
    cache.put("access", 1)
    listener = await first(live, FORGET)

    await live.tell(FORGET)
    await asyncio.wait_for(anext(listener), 20)

    assert cache.get("access") is None


async def test_quiet_is_heard_as_a_beat(live):
    listener = live.topics(["a topic that nobody tells"], beat=0.05)

    assert [await anext(listener), await anext(listener)] == [EVERYTHING, None]


@pytest.mark.processes
async def test_SEC62_after_valkey_was_killed_listeners_hear_that_they_missed_something(
    tmp_path: Path,
):
    server = EmbeddedValkey(tmp_path, tmp_path / "run")
    live = Live(server.start())
    live.start()
    await asyncio.wait_for(live.connected.wait(), 20)
    listener = await first(live, "jobs")
    try:
        server.stop()
        await live.tell("jobs")
        server.start()
        heard = await asyncio.wait_for(anext(listener), 20)
        await live.tell("jobs")
        then = await asyncio.wait_for(anext(listener), 20)
    finally:
        await live.close()
        server.stop()

    assert (heard, then) == (EVERYTHING, "jobs")
