"""Many at the door at once: memory stays small, readers read on, and time tells nothing."""

import asyncio
import multiprocessing
import socket
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role
from app.auth import hashing
from app.auth.sessions import Sessions
from app.config import Settings
from app.foundation.web.client import Client
from tests import factories
from tests.auth.conftest import PASSWORD
from tests.auth.load_server import serve
from tests.browser import Browser
from tests.reading.shelf import chapter_on_disk, shelf

pytestmark = pytest.mark.night
AT_ONCE = 200
MOST_GROWTH = 256 * 2**20
MOST_P95, MOST_TIMES = 0.1, 5
"""Seconds for a page; on a slower or busier machine, so many times as long as without a crowd."""


@pytest.fixture(autouse=True)
def safe_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is used outside tests, unlike elsewhere here."""
    monkeypatch.setattr(hashing, "_hasher", hashing.Hasher(hashing.Cost()))


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[tuple[str, psutil.Process]]:
    """A process of its own, behind a proxy: each sign-in comes from a network of its own."""
    behind = msgspec.structs.replace(settings, trusted_proxies=("127.0.0.1/32",))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=serve, args=(listening, behind), daemon=True)
        process.start()
        assert process.pid is not None
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", psutil.Process(process.pid)
        process.terminate()
        process.join(20)


type Visitor = tuple[httpx.AsyncClient, dict[str, str]]


async def _at_the_door(base: str, number: int) -> Visitor:
    """A browser of a network of its own, with the form before it."""
    headers = {"x-forwarded-for": f"10.0.{number // 250}.{number % 250 + 1}"}
    client = httpx.AsyncClient(base_url=base, headers=headers, timeout=300)
    screen = (await client.get("/login")).raise_for_status().text
    token = screen.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client, {"csrf_token": token, "name": f"nobody {number}", "password": PASSWORD}


async def _sign_in(visitor: Visitor) -> int:
    client, form = visitor
    try:
        return (await client.post("/login", data=form)).status_code
    finally:
        await client.aclose()


async def test_SEC07_two_hundred_sign_ins_at_once_leave_memory_and_readers_alone(
    server: tuple[str, psutil.Process], session: AsyncSession, tmp_path: Path
) -> None:
    base, process = server
    library = await shelf(session, tmp_path, "Manga")
    series = await factories.series(session, library)
    chapter = await chapter_on_disk(session, series, tmp_path)
    owner = await factories.person(session, "keeper", Role.OWNER)
    secret, _row = await Sessions(session).begin(
        owner, Client("127.0.0.1", "http", "127.0.0.1"), "tests", stays=True
    )
    await session.commit()
    cookies = {"bunko_session": secret}
    page = f"/chapters/{chapter.id}/pages/1"
    async with httpx.AsyncClient(base_url=base, cookies=cookies, timeout=60) as reader:
        calm = [await _seconds_for(reader, page) for _ in range(50)]
        visitors = [await _at_the_door(base, number) for number in range(AT_ONCE)]
        before, most, times = process.memory_info().rss, 0, []
        crowd = [asyncio.create_task(_sign_in(visitor)) for visitor in visitors]
        while not all(one.done() for one in crowd):
            times.append(await _seconds_for(reader, page))
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0.02)

    answers = {one.result() for one in crowd}
    before_p95, p95 = (statistics.quantiles(each, n=20)[-1] for each in (calm, times))
    print(
        f"growth {(most - before) / 2**20:.0f} MiB, p95 of {len(times)} pages {p95 * 1000:.0f} ms"
    )
    assert answers <= {422, 503} and 422 in answers
    assert most - before < MOST_GROWTH
    assert p95 < max(MOST_P95, MOST_TIMES * before_p95)


async def _seconds_for(reader: httpx.AsyncClient, page: str) -> float:
    began = time.perf_counter()
    assert (await reader.get(page)).status_code == 200
    return time.perf_counter() - began


async def test_SEC08_unknown_disabled_and_wrong_take_the_same_time(
    app: Litestar, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    """Of the processor, and at its quickest: what others on this machine do only adds to it."""
    stored = await hashing.hasher().hash(PASSWORD)
    await factories.person(session, "keeper", Role.OWNER)
    await factories.person(session, "alice", password_hash=stored)
    gone = {"password_hash": stored, "disabled_at": factories.DAWN}
    await factories.person(session, "gone", **gone)
    browser = Browser(client, app, None)
    await browser.get("/login")
    times: dict[str, list[float]] = {"alice": [], "gone": [], "nobody": []}

    for _ in range(15):
        for name, taken in times.items():
            await session.execute(text("DELETE FROM throttle"))
            await session.commit()
            form = {"name": name, "password": "not the password at all"}
            began = time.process_time()
            assert (await browser.post("/login", form)).status_code == 422
            taken.append(time.process_time() - began)

    quickest = {name: min(taken) for name, taken in times.items()}
    print({name: f"{seconds * 1000:.1f} ms" for name, seconds in quickest.items()})
    assert max(quickest.values()) < 1.1 * min(quickest.values())
