"""A file changes, vanishes or cannot be read while somebody reads the chapter."""

import asyncio
import errno
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.foundation.archives.page_facts import decode_facts
from app.foundation.archives.sandbox import SandboxFailure, SandboxPool
from app.foundation.images.recipe import Recipe
from app.foundation.images.workshop import Lane
from app.foundation.valkey.local_cache import LocalCache
from app.library.models import Chapter, ChapterFile, PageTable
from app.reading.addresses import page_url
from app.reading.images import Images, images_of
from tests.browser import Browser
from tests.reading.shelf import cbz, chapter_on_disk, jpeg

SMALLER = Recipe(320)
KINDS = pytest.mark.parametrize("recipe", [None, SMALLER], ids=["original", "derived"])


@pytest.fixture
async def chapter(session, akira, tmp_path) -> Chapter:
    archive = cbz([jpeg(400, 600)] * 2, ending="jpg")
    return await chapter_on_disk(session, akira, tmp_path / "manga", archive=archive)


@pytest.fixture
async def images(app) -> AsyncIterator[Images]:
    images = images_of(app)
    yield images
    await images.derived.settled()


def file_in(folder: Path) -> Path:
    return next((folder / "manga").glob("*.cbz"))


async def scanned_again(session) -> None:
    """What a scan does when it meets the changed file, and what two seconds do to what is believed."""
    await session.execute(update(ChapterFile).values(revision=2))
    await session.execute(update(PageTable).values(revision=2))
    await session.commit()
    LocalCache.clear_all()


@KINDS
async def test_an_old_address_shows_the_page_of_today_and_is_asked_again(
    session, browser, chapter, images, recipe
):
    before = await browser.get(page_url(chapter.id, 1, 1, recipe))
    await scanned_again(session)

    old, new = [await browser.get(page_url(chapter.id, 1, n, recipe)) for n in (1, 2)]

    assert "immutable" in before.headers["cache-control"]
    assert (old.status_code, old.headers["cache-control"]) == (200, "private, no-cache")
    assert "immutable" in new.headers["cache-control"]
    assert old.content == new.content


@KINDS
async def test_a_file_that_vanished_is_said_to_whoever_asks_in_whatever_way(
    browser, chapter, images, tmp_path, recipe
):
    address = page_url(chapter.id, 1, 1, recipe)
    assert (await browser.get(address)).status_code == 200
    await images.derived.settled()
    file_in(tmp_path).unlink()
    images.files._open.clear()

    answers = [
        await browser.client.request(method, address, headers=headers)
        for method in ("GET", "HEAD")
        for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"})
    ]

    for answer in answers:
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.text == ("" if answer.request.method == "HEAD" else "The file is not there.")


@KINDS
async def test_a_file_that_was_replaced_before_the_next_scan_is_said(
    browser, chapter, images, tmp_path, recipe
):
    replaced = file_in(tmp_path)
    replaced.with_suffix(".new").write_bytes(b"PK\3\4 short")
    replaced.with_suffix(".new").replace(replaced)

    answer = await browser.get(page_url(chapter.id, 1, 1, recipe))

    assert answer.status_code == 404
    assert "changed" in answer.text


async def test_the_right_file_put_back_is_seen_as_soon_as_it_is_tried_again(
    browser, chapter, images, tmp_path
):
    file = file_in(tmp_path)
    right = file.read_bytes()
    file.write_bytes(b"short")
    address = page_url(chapter.id, 1, 1, SMALLER)
    assert (await browser.get(address)).status_code == 404
    file.unlink()
    file.write_bytes(right)
    LocalCache.clear_all()

    assert (await browser.get(address)).status_code == 200


@KINDS
async def test_a_disk_that_fails_says_so_and_that_nothing_was_lost(
    browser, chapter, images, monkeypatch, recipe
):
    def fail(*_: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    async def fail_in_child(self: SandboxPool, *_: Any, **__: Any) -> Any:
        raise SandboxFailure("The file could not be read.", is_of_disk=True)

    monkeypatch.setattr("app.reading.open_files.read_page", fail)
    monkeypatch.setattr("app.reading.open_files.open_span", fail)
    monkeypatch.setattr(SandboxPool, "run", fail_in_child)

    answer = await browser.get(page_url(chapter.id, 1, 1, recipe))
    monkeypatch.undo()
    again = await browser.get(page_url(chapter.id, 1, 1, recipe))

    assert answer.status_code == 503
    assert "Nothing was lost" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert again.status_code == 200


async def test_a_disk_that_fails_is_not_remembered_as_pages_without_borders(
    browser, chapter, images, alice, monkeypatch
):
    async def fail_in_child(self: SandboxPool, *_: Any, **__: Any) -> Any:
        raise SandboxFailure("The file could not be read.", is_of_disk=True)

    monkeypatch.setattr(SandboxPool, "run", fail_in_child)
    address = page_url(chapter.id, 1, 1, Recipe(320, crop="alone"))
    answer = await browser.get(address)
    await images.derived.settled()
    file = await images.access.chapter_file(alice, chapter.id)
    kept = await images.access.page_facts(file)
    monkeypatch.undo()

    assert answer.status_code == 503
    assert kept is None or decode_facts(kept).crop(1) is None
    assert (await browser.get(address)).status_code == 200


class Wire:
    """One request as a server would give it to the app, whose client hangs up when told."""

    def __init__(self, browser: Browser, address: str) -> None:
        path, _, query = address.partition("?")
        cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
        self.scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"localhost"), (b"cookie", cookie.encode())],
            "client": ("127.0.0.1", 50_000),
            "server": ("localhost", 80),
        }
        self.hung_up = asyncio.Event()
        self.sent: list[Any] = []
        self._asked = False

    async def receive(self) -> Any:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def until_waiting(images: Images, count: int) -> None:
    async with asyncio.timeout(20):
        while images.workshop.waiting(Lane.ASKED) != count:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_what_a_client_waited_for_that_hung_up_is_never_made(
    app, browser, chapter, images, monkeypatch
):
    asked: list[Sequence[Recipe]] = []
    go = asyncio.Event()

    async def derive(self, fd, entry, recipes, borders) -> Any:
        asked.append(recipes)
        await go.wait()
        return [jpeg(8, 8) for _ in recipes]

    monkeypatch.setattr("app.foundation.images.deriving.ImageMaker.derive", derive)
    recipes = [Recipe(320, contrast=contrast) for contrast in (75, 125, 150, 200)]
    wires = [Wire(browser, page_url(chapter.id, 1, 1, recipe)) for recipe in recipes]
    requests = [asyncio.create_task(app(wire.scope, wire.receive, wire.send)) for wire in wires]
    await until_waiting(images, 2)

    leaving = next(at for at, recipe in enumerate(recipes) if [recipe] not in asked)
    wires[leaving].hung_up.set()
    await until_waiting(images, 1)
    go.set()
    await asyncio.wait(requests, timeout=20)

    assert [bool(wire.sent) for wire in wires] == [at != leaving for at in range(4)]
    assert [recipes[leaving]] not in asked
