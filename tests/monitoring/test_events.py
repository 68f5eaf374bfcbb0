"""`/events` over a real connection: who hears what, and when the door closes."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from itertools import pairwise

import httpx
import pytest
import uvicorn
from sqlalchemy import delete, update

from app.accounts.models import Role, User
from app.auth.models import Session
from app.foundation.db import now
from app.foundation.queue.herald import PAUSE, Herald
from app.library.models import Access
from app.monitoring import events
from app.scanning.jobs import scan_library_later
from tests import factories
from tests.browser import browser_of


@pytest.fixture
def short_beat(monkeypatch):
    monkeypatch.setattr(events, "BEAT", 0.1)


@pytest.fixture
async def address(app) -> AsyncIterator[str]:
    """The app of the tests, also listening on a port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await asyncio.wait_for(serving, 10)


@contextmanager
def _no_signals():
    yield


class Ear:
    """An open stream, line by line."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.lines = answer.aiter_lines()

    async def heard(self, seconds: float = 20) -> str:
        """The next topic told."""
        async with asyncio.timeout(seconds):
            async for line in self.lines:
                if line.startswith("data: "):
                    return line.removeprefix("data: ")
        raise AssertionError("the stream ended")

    async def closed(self, seconds: float = 20) -> bool:
        """Whether it ends by itself."""
        async with asyncio.timeout(seconds):
            async for _ in self.lines:
                pass
        return True


@asynccontextmanager
async def listening(address: str, client, session, user: User, *topics: str):
    browser = await browser_of(client, session, user)
    cookies = {"bunko_session": browser.secret or ""}
    params = [("topic", topic) for topic in topics]
    async with (
        httpx.AsyncClient(base_url=address, cookies=cookies, timeout=20) as open_client,
        open_client.stream("GET", "/events", params=params) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        ear = Ear(answer)
        assert await ear.heard() == "*"
        yield ear


async def test_a_wish_for_work_is_heard_after_its_commit(app, address, client, session):
    owner = await factories.admin(session)
    shelf = await factories.library(session)
    await asyncio.wait_for(app.state.live.connected.wait(), 20)
    async with listening(address, client, session, owner, "jobs", f"scan {shelf.id}") as ear:
        await scan_library_later(session, shelf.id)
        await session.commit()
        told = {await ear.heard(), await ear.heard()}

    assert told == {"jobs", f"scan {shelf.id}"}


async def test_the_stream_is_neither_kept_nor_packed_nor_held_back(address, client, session):
    owner = await factories.admin(session)
    async with listening(address, client, session, owner, "jobs") as ear:
        headers = ear.answer.headers

    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in headers


@pytest.mark.usefixtures("short_beat")
@pytest.mark.parametrize("how", ["disabled", "signed out", "library taken away"])
async def test_SEC23_who_is_shut_out_hears_nothing_more(app, address, client, session, how):
    reader = await factories.alice(session)
    shelf = await factories.library(session)
    await factories.let_in(session, reader, shelf)
    async with listening(address, client, session, reader, f"scan {shelf.id}") as ear:
        if how == "disabled":
            await session.execute(
                update(User).where(User.id == reader.id).values(disabled_at=now())
            )
        elif how == "signed out":
            await session.execute(delete(Session))
        else:
            await session.execute(delete(Access))
        await session.commit()

        assert await ear.closed()


@pytest.mark.usefixtures("short_beat")
async def test_SEC23_a_busy_stream_is_closed_as_soon_as_a_quiet_one(app, address, client, session):
    manager = await factories.charlie(session)
    async with listening(address, client, session, manager, "jobs") as ear:
        busy = asyncio.create_task(_chatter(app.state.live))
        try:
            await session.execute(
                update(User).where(User.id == manager.id).values(role=Role.READER)
            )
            await session.commit()

            assert await ear.closed()
        finally:
            busy.cancel()


async def _chatter(live) -> None:
    while True:
        await live.tell("jobs")
        await asyncio.sleep(0.02)


def test_SEC23_the_right_to_listen_is_asked_for_within_ten_seconds():
    assert events.BEAT + events.PATIENCE < 10


async def test_SEC31_nobody_listens_to_a_library_they_may_not_see(client, session):
    browser = await browser_of(client, session, await factories.alice(session))
    shelf = await factories.library(session)

    answers = [
        await browser.get(f"/events?topic=scan%20{shelf.id}"),
        await browser.get("/events?topic=jobs"),
        await browser.get("/events?topic=forget"),
        await browser.get("/events"),
    ]

    assert [answer.status_code for answer in answers] == [404, 403, 404, 404]


async def test_SEC69_one_person_cannot_keep_all_the_streams(monkeypatch, address, client, session):
    monkeypatch.setattr(events, "MOST_PER_PERSON", 1)
    owner = await factories.admin(session)
    async with listening(address, client, session, owner, "jobs"):
        refused = await client.get("/events?topic=jobs")

    assert refused.status_code == 429


async def test_SEC69_a_listener_that_takes_nothing_is_left(monkeypatch):
    monkeypatch.setattr(events, "PATIENCE", 0.05)

    async def lines():
        yield b": one\n\n"
        raise AssertionError("asked for more than could be sent")

    async def stuck(_message: object) -> None:
        await asyncio.Event().wait()

    await asyncio.wait_for(events._pour(lines(), stuck), 5)


async def test_changes_that_come_quickly_are_told_four_times_a_second_at_most():
    told: list[float] = []
    loop = asyncio.get_running_loop()

    class Ears:
        def tell_soon(self, topic: str) -> None:
            told.append(loop.time())

    herald = Herald(Ears())  # type: ignore[arg-type]
    until = loop.time() + 2.5 * PAUSE
    while loop.time() < until:
        herald.tell_soon("jobs")
        await asyncio.sleep(0)
    told_so_far = len(told)
    async with asyncio.timeout(5):
        while len(told) == told_so_far:  # noqa: ASYNC110  (the last change is told too)
            await asyncio.sleep(0.01)

    gaps = [later - earlier for earlier, later in pairwise(told)]
    assert 2 <= told_so_far <= 3
    assert min(gaps) >= PAUSE * 0.9


async def test_an_open_stream_does_not_hold_up_the_end(app, client, session, address):
    owner = await factories.admin(session)
    async with listening(address, client, session, owner, "jobs") as ear:
        for listener in list(app.state.live._listeners):
            app.state.live._drop(listener)

        assert await ear.closed()
