"""No path leads out of a library, and what is inside is only ever an image (38, 42)."""

import asyncio
import itertools
import os
import re
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.config import Settings
from app.foundation.valkey.local_cache import LocalCache
from app.library.models import ChapterFile, Library
from app.reading.images import images_of
from tests.reading.shelf import cbz, chapter_on_disk, png
from tests.security.world import OF_LIBRARY, World, row_digests

OUTSIDE = b"the bytes of a page that lies outside"
UPS = ["../", "..\\", "%2e%2e/", "%2e%2e%2f", "..%2f", "..%5c", "%252e%252e%252f", "....//"]
UPS += [".%2e/", "..;/", "%c0%ae%c0%ae/", "\u2025/", "\uff0e\uff0e/", "..%00/", "./../", "/../"]
TARGETS = ["etc/passwd", "etc/hostname", "proc/self/environ", "proc/self/root/etc/passwd"]
PAYLOADS = [up * 9 + target for up in UPS for target in TARGETS[:3]]
PAYLOADS += ["/" + target for target in TARGETS]
PAYLOADS += [
    "file:///etc/passwd",
    "\\\\host\\share",
    "C:\\Windows\\win.ini",
    "~root",
    "//etc/passwd",
]
PAYLOADS += ["a\x00b", "con", ".", "..", "/", "x" * 5000, "/dev/zero", "/dev/stdin", "\n/etc"]
assert len(PAYLOADS) >= 60


async def test_SEC38_no_folder_outside_the_offered_ones_is_taken_shown_or_told_of(
    world: World, session: AsyncSession, engine: AsyncEngine, settings: Settings
) -> None:
    owner, root = world.browsers["owner"], settings.library_roots[0]
    before = await row_digests(engine)
    turn = itertools.cycle(("folders", "browse", "choose"))
    addresses = itertools.cycle(("/admin/libraries/new", f"/admin/libraries/{world.open.id}"))
    for payload in [*PAYLOADS, *(f"{root}/{payload}" for payload in PAYLOADS)]:
        answer = await owner.post(next(addresses), {"name": "Paths", next(turn): payload})
        assert answer.status_code in (200, 422), (payload, answer.status_code)
        assert "root:x:" not in answer.text, payload
        assert re.search(r'name="browse" value="/(etc|proc|root|dev)', answer.text) is None, payload
    assert await row_digests(engine) == before
    assert len((await session.scalars(select(Library))).all()) == 2


@pytest.mark.parametrize("at", ["/admin/libraries/new", "/admin/libraries/{open.id}"])
async def test_SEC38_a_folder_around_or_inside_another_library_is_refused_in_words(
    world: World, engine: AsyncEngine, settings: Settings, at: str
) -> None:
    before = await row_digests(engine)
    for folder in (settings.library_roots[0], world.folder, world.folder / OF_LIBRARY["root"]):
        form = {"name": "Paths", "folders": str(folder)}
        answer = await world.browsers["owner"].post(at.format(open=world.open), form)
        assert answer.status_code == 422, answer.text[:300]
    assert await row_digests(engine) == before


async def test_SEC38_a_cover_is_named_by_what_was_offered_never_by_a_path(
    world: World, engine: AsyncEngine
) -> None:
    before = await row_digests(engine)
    path = f"/series/{world.open_series.id}/edit/cover/file"
    for payload in PAYLOADS:
        chosen = await world.browsers["owner"].post(path, {"file": payload})
        seen = await world.browsers["owner"].get(path, params={"key": payload})
        assert (chosen.status_code, seen.status_code) == (404, 404), payload
        assert "root:x:" not in chosen.text + seen.text
    assert await row_digests(engine) == before


async def test_SEC38_missing_and_existing_folders_outside_are_refused_alike(world: World) -> None:
    owner = world.browsers["owner"]
    said = set()
    for path in ("/etc", "/nowhere-at-all", "/etc/passwd", "/root", "/proc/1"):
        answer = await owner.post("/admin/libraries/new", {"name": "P", "folders": path})
        said.add((answer.status_code, answer.text.count("BUNKO_LIBRARY_ROOTS")))

    assert len(said) == 1


async def test_SEC38_static_addresses_lead_to_built_files_only(world: World) -> None:
    for payload in PAYLOADS:
        for address in (f"/static/{payload}", f"/static/{quote(payload, safe='')}"):
            try:
                answer = await world.browsers["anonymous"].get(address)
            except Exception as error:  # the client refuses to send it at all
                assert type(error).__name__ == "InvalidURL", payload
                continue
            assert answer.status_code in (303, 400, 404), (address, answer.status_code)
            assert "root:x:" not in answer.text


async def test_SEC38_a_forged_path_in_the_database_shows_nothing(
    world: World, session: AsyncSession, app: Litestar
) -> None:
    outside = world.folder / "outside.cbz"
    outside.write_bytes(cbz([png() + OUTSIDE] * 2))
    chapter = world.secret_chapters[0].id
    paths = [os.fsencode(one) for one in PAYLOADS if "\x00" not in one]
    paths += [b"../outside.cbz", b"./../outside.cbz", os.fsencode(outside), b"", b"\xff\xfe"]
    for path in paths:
        await session.execute(
            update(ChapterFile).where(ChapterFile.chapter_id == chapter).values(path=path)
        )
        await session.commit()
        _forget(app)
        for address in (f"/chapters/{chapter}/pages/1",):
            answer = await world.browsers["reader"].get(address)
            assert answer.status_code in (404, 503), (path, answer.status_code)
            assert OUTSIDE not in answer.content and b"root:x:" not in answer.content
        screen = await world.browsers["reader"].get(f"/read/{chapter}")
        assert screen.status_code in (200, 404) and "root:x:" not in screen.text


async def test_SEC38_a_folder_swapped_for_a_link_during_the_look_up_is_never_followed(
    world: World, session: AsyncSession, app: Litestar
) -> None:
    shelf, outside = world.folder / "open", world.folder / "elsewhere"
    (shelf / "real").mkdir()
    outside.mkdir()
    chapter = await chapter_on_disk(session, world.open_series, shelf, 7)
    [file] = (
        await session.scalars(select(ChapterFile).where(ChapterFile.chapter_id == chapter.id))
    ).all()
    name = os.fsdecode(file.path)
    (shelf / name).rename(shelf / "real" / name)
    (outside / name).write_bytes(cbz([png() + OUTSIDE] * 3))
    await session.execute(
        update(ChapterFile).where(ChapterFile.id == file.id).values(path=b"turn/" + file.path)
    )
    await session.commit()

    stop = threading.Event()
    swapping = asyncio.create_task(asyncio.to_thread(_swap, shelf, outside, stop))
    answers = []
    try:
        for _again in range(80):
            _forget(app)
            answers.append(await world.browsers["reader"].get(f"/chapters/{chapter.id}/pages/1"))
    finally:
        stop.set()
        await swapping

    assert {answer.status_code for answer in answers} <= {200, 404}
    assert all(OUTSIDE not in answer.content for answer in answers)
    assert any(answer.status_code == 200 for answer in answers)


def _swap(shelf: Path, outside: Path, stop: threading.Event) -> None:
    """`turn` is now the real folder, now a link out of the library, as fast as the disk can."""
    turn, link = shelf / "turn", shelf / "link"
    link.symlink_to(outside)
    while not stop.is_set():
        os.rename(shelf / "real", turn)
        os.rename(turn, shelf / "real")
        os.rename(link, turn)
        os.rename(turn, link)


def _forget(app: Litestar) -> None:
    images_of(app).files._open.clear()
    LocalCache.clear_all()


BAD_PAGES = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "xml": b"<?xml version='1.0'?><a/>",
    "pdf": b"%PDF-1.7\n1 0 obj",
    "js": b"alert(1)//",
    "bmp": b"BM" + bytes(60),
    "gif that is html": b"GIF<script>alert(1)</script>",
}


@pytest.mark.parametrize("kind", BAD_PAGES)
async def test_SEC42_what_only_calls_itself_an_image_is_never_sent(
    world: World, session: AsyncSession, app: Litestar, kind: str
) -> None:
    """The row was made of a good file; then the file was changed in place."""
    good = png()
    made = cbz([good, good])
    bad = BAD_PAGES[kind].ljust(len(good), b" ")[: len(good)]
    chapter = await chapter_on_disk(
        session, world.open_series, world.folder / "open", 9, archive=made
    )
    [path] = (
        await session.scalars(select(ChapterFile.path).where(ChapterFile.chapter_id == chapter.id))
    ).all()
    place = world.folder / "open" / os.fsdecode(path)
    place.write_bytes(made.replace(good, bad))

    for query in ("", "?w=320", "?format=webp", "?v=1"):
        answer = await world.browsers["reader"].get(f"/chapters/{chapter.id}/pages/1{query}")
        assert answer.status_code in (404, 415, 422), (query, answer.status_code)
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert bad.strip() not in answer.content
    cover = await world.browsers["reader"].get(f"/chapters/{chapter.id}/cover")
    assert cover.headers["content-type"] in ("image/png", "image/jpeg", "image/webp")


async def test_SEC42_every_answer_of_content_is_shut_in(world: World) -> None:
    chapter = world.secret_chapters[0].id
    for address in (
        f"/chapters/{chapter}/pages/1",
        f"/chapters/{chapter}/pages/1?w=320&format=webp",
        f"/chapters/{chapter}/cover",
        f"/series/{world.secret_series.id}/cover",
        f"/chapters/{chapter}/file",
        f"/series/{world.secret_series.id}/file",
    ):
        for headers in ({}, {"range": "bytes=0-3"}, {"range": "bytes=99999999-"}):
            for method in ("GET", "HEAD"):
                answer = await world.browsers["reader"].client.request(
                    method, address, headers=headers
                )
                assert answer.status_code in (200, 206, 416)
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy and "sandbox" in policy
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["cross-origin-resource-policy"] == "same-origin"
                if answer.status_code != 416:
                    kind = answer.headers["content-type"]
                    if address.endswith("/file"):
                        assert kind in ("application/zip", "application/vnd.comicbook+zip")
                        assert answer.headers["content-disposition"].startswith("attachment;")
                    else:
                        assert kind in ("image/png", "image/jpeg", "image/webp"), address
