"""What lies on disk can be taken away, in one piece or in many, and is never something else."""

import asyncio
import io
import os
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.browsing.original_bytes import Broken, Checksums, Files, Surveyed, survey
from app.browsing.original_files import Wanted
from app.foundation.archives import page_table
from app.foundation.archives.reader import read_listing
from app.foundation.archives.zip_stream import Layout, zip_bytes
from app.foundation.db import new_id
from app.library.models import Chapter, ChapterFile, Library, PageTable, Series
from tests import factories as make
from tests.browser import Browser, browser_of
from tests.reading.counting import statements
from tests.reading.shelf import cbz, chapter_on_disk, png, shelf

TITLE = "潮騒の図書館"


class Disk:
    def __init__(self, root: Path, library: Library, series: Series) -> None:
        self.root, self.library, self.series = root, library, series
        self.chapters: list[Chapter] = []

    @property
    def files(self) -> list[Path]:
        return sorted(self.root.glob("*.cbz"))

    @property
    def zip(self) -> str:
        return f"/series/{self.series.id}/file"


@pytest.fixture
async def disk(session, settings) -> Disk:
    root = settings.library_roots[0] / new_id().hex
    library = await shelf(session, root)
    disk = Disk(root, library, await make.series(session, library, TITLE))
    for number in (1, 2, 3):
        volume = {"volume": 1 if number < 3 else 2}
        made = await chapter_on_disk(
            session, disk.series, root, number, pages=number + 1, title=f"№ {number}", **volume
        )
        disk.chapters.append(made)
    return disk


@pytest.fixture
async def browser(client, session, disk) -> Browser:
    reader = await make.alice(session)
    await make.let_in(session, reader, disk.library)
    return await browser_of(client, session, reader)


async def folder_chapter(session, disk: Disk, number: int) -> Chapter:
    """An image folder with ComicInfo.xml, as a scan would have taken it in."""
    place = disk.root / "第四話"
    place.mkdir()
    for page in (1, 2, 3):
        (place / f"{page:03}.png").write_bytes(png(grey=10 * page))
    (place / "ComicInfo.xml").write_text("<ComicInfo/>")
    fd = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    entries = read_listing(fd).pages
    os.close(fd)
    chapter = await make.chapter(session, disk.series, number)
    file = (
        await session.scalars(select(ChapterFile).where(ChapterFile.chapter_id == chapter.id))
    ).one()
    file.path, file.format = os.fsencode(place.name), "folder"
    session.add(PageTable(file_id=file.id, revision=1, data=page_table.encode(entries)))
    await session.commit()
    return chapter


async def test_the_file_of_a_chapter_is_sent_as_it_is(disk, browser):
    address = f"/chapters/{disk.chapters[0].id}/file"
    [path] = disk.root.glob("c1-*")

    whole = await browser.get(address)
    head = await browser.client.head(address)

    assert whole.content == path.read_bytes()
    assert whole.headers["content-type"] == "application/vnd.comicbook+zip"
    assert whole.headers["content-disposition"].startswith(f'attachment; filename="{path.name}"')
    assert whole.headers["cache-control"] == "private, no-cache"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


async def test_a_name_in_any_script_is_kept_whole(session, disk, browser):
    [path] = disk.root.glob("c1-*")
    path.rename(disk.root / '潮騒 "第1話"; ä.cbz')
    await session.execute(
        update(ChapterFile)
        .where(ChapterFile.chapter_id == disk.chapters[0].id)
        .values(path='潮騒 "第1話"; ä.cbz'.encode())
    )
    await session.commit()

    answer = await browser.get(f"/chapters/{disk.chapters[0].id}/file")

    named = answer.headers["content-disposition"]
    assert named.endswith(
        "filename*=UTF-8''%E6%BD%AE%E9%A8%92%20%22%E7%AC%AC1%E8%A9%B1%22%3B%20%C3%A4.cbz"
    )
    assert named.encode("ascii") and '"第' not in named


async def test_an_image_folder_comes_as_a_cbz(session, disk, browser):
    chapter = await folder_chapter(session, disk, 4)

    answer = await browser.get(f"/chapters/{chapter.id}/file")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["001.png", "002.png", "003.png", "ComicInfo.xml"]
        assert packed.read("002.png") == png(grey=20)
    assert "%E7%AC%AC%E5%9B%9B%E8%A9%B1.cbz" in answer.headers["content-disposition"]


@pytest.mark.parametrize("what", ["file", "archive"])
async def test_every_way_of_asking_for_a_part_is_answered(disk, browser, what):
    address = disk.zip if what == "archive" else f"/chapters/{disk.chapters[0].id}/file"
    whole = await browser.get(address)
    etag, data = whole.headers["etag"], whole.content

    async def ask(**headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await browser.get(address, headers=named)

    assert not etag.startswith("W/") and whole.headers["accept-ranges"] == "bytes"
    middle = await ask(range=f"bytes=100-{len(data) - 50}")
    assert (middle.status_code, middle.content) == (206, data[100 : len(data) - 49])
    assert middle.headers["content-range"] == f"bytes 100-{len(data) - 50}/{len(data)}"
    assert (await ask(range="bytes=-30")).content == data[-30:]
    assert (await ask(range="bytes=7-", if_range=etag)).content == data[7:]
    assert (await ask(range="bytes=7-", if_range='"another"')).content == data
    assert (await ask(range=f"bytes={len(data)}-")).status_code == 416
    unchanged = await ask(if_none_match=etag)
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_a_series_is_one_archive_of_its_files(session, disk, browser, tmp_path):
    await folder_chapter(session, disk, 4)

    answer = await browser.get(disk.zip)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        for path in disk.files:
            assert packed.read(f"{TITLE}/{path.name}") == path.read_bytes()
        assert f"{TITLE}/第四話/003.png" in packed.namelist()
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-type"] == "application/zip"
    if shutil.which("unzip"):
        (tmp_path / "all.zip").write_bytes(answer.content)
        tested = await asyncio.to_thread(
            subprocess.run, ["unzip", "-t", tmp_path / "all.zip"], capture_output=True, check=False
        )
        assert tested.returncode == 0, tested.stdout


async def test_an_archive_is_resumed_where_the_line_broke_even_by_another_process(
    app, disk, browser
):
    whole = (await browser.get(disk.zip)).content
    etag = (await browser.client.head(disk.zip)).headers["etag"]
    half = len(whole) // 2
    app.state.checksums = Checksums()  # another process knows none

    rest = await browser.get(disk.zip, headers={"range": f"bytes={half}-", "if-range": etag})

    assert (rest.status_code, whole[:half] + rest.content) == (206, whole)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("volume=1", [1, 2]),
        ("volume=2.0", [3]),
        ("first=2&last=3", [2, 3]),
        ("first=2", [2, 3]),
        ("of=volume&last=1", [1, 2]),
        ("", [1, 2, 3]),
    ],
)
async def test_a_part_of_a_series_is_an_archive_too(disk, browser, query, numbers):
    answer = await browser.get(f"{disk.zip}?{query}")

    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        names = [name.rpartition("/")[2] for name in packed.namelist()]
    assert [int(name[1]) for name in names] == numbers


@pytest.mark.parametrize(
    "query",
    ["volume=x", "volume=9", "first=%00", "last=1e9", "of=pages", "first=9&last=1", "volume=٣"],
)
async def test_SEC35_a_part_that_does_not_exist_is_not_there(disk, browser, query):
    assert (await browser.get(f"{disk.zip}?{query}")).status_code == 404


async def test_another_file_is_another_tag(disk, browser):
    before = (await browser.client.head(disk.zip)).headers["etag"]
    [path] = disk.root.glob("c2-*")

    path.write_bytes(cbz([png(grey=99)] * 7))
    os.utime(path, ns=(5, 5))
    answer = await browser.get(disk.zip, headers={"range": "bytes=5-", "if-range": before})

    assert answer.status_code == 200
    assert answer.headers["etag"] != before
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


async def test_a_file_that_is_gone_is_said_before_anything_is_sent(disk, browser):
    [path] = disk.root.glob("c2-*")
    path.unlink()

    for address in (disk.zip, f"/chapters/{disk.chapters[1].id}/file"):
        answer = await browser.get(address)
        assert answer.status_code == 409
        assert path.name in answer.text


async def test_SEC38_a_file_that_became_a_link_is_not_followed(disk, browser, tmp_path):
    (tmp_path / "secret").write_bytes(b"what lies elsewhere")
    [path] = disk.root.glob("c2-*")
    path.unlink()
    path.symlink_to(tmp_path / "secret")

    for address in (disk.zip, f"/chapters/{disk.chapters[1].id}/file"):
        answer = await browser.get(address)
        assert answer.status_code == 409
        assert b"what lies elsewhere" not in answer.content


async def surveyed(root: Path, **sizes: int) -> list[Surveyed]:
    """Sparse files of these sizes."""
    for name, size in sizes.items():
        with (root / name).open("wb") as file:
            file.truncate(size)
    return await survey([Wanted(name, name, os.fsencode(root), name.encode()) for name in sizes])


def archive_of(files: list[Surveyed]) -> tuple[Layout, AsyncIterator[bytes]]:
    layout = Layout([file.member for file in files])
    return layout, zip_bytes(layout, Files(files, Checksums()), 0, layout.length)


def shorten(path: Path) -> None:
    os.truncate(path, 10)


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize("harm", [Path.unlink, shorten, touch])
async def test_a_file_that_changes_on_the_way_breaks_the_answer_off(tmp_path, harm):
    _, parts = archive_of(await surveyed(tmp_path, a=1_000_000, b=1_000_000))
    got = 0

    with pytest.raises((Broken, OSError)):
        async for part in parts:
            got += len(part)
            if got > 300_000:
                harm(tmp_path / "b")
                if harm is not Path.unlink:
                    harm(tmp_path / "a")
                harm = Path.exists

    assert got < 1_100_000


async def test_what_is_broken_off_has_no_end(app, disk, browser, monkeypatch):
    """The client has fewer bytes than it was promised, and no last part: so it knows."""
    [path] = disk.root.glob("c3-*")
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)
        if message["type"] == "http.response.start":
            touch(path)

    request = browser.client.build_request("GET", disk.zip)
    waiting = asyncio.Event()

    async def receive() -> Any:
        await waiting.wait()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 4242),
        "server": ("localhost", 80),
        "state": {},
    }
    await app(scope, receive, send)

    assert messages[0]["status"] == 200
    assert all(message["more_body"] for message in messages[1:])
    promised = int(dict(messages[0]["headers"])[b"content-length"])
    assert sum(len(message["body"]) for message in messages[1:]) < promised


async def test_a_large_archive_needs_little_memory(tmp_path):
    layout, parts = archive_of(await surveyed(tmp_path, a=60_000_000, b=60_000_000))
    tracemalloc.start()
    sent = 0
    async for part in parts:
        sent += len(part)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sent == layout.length
    assert peak < 4_000_000


async def test_SEC35_an_archive_is_found_by_one_query_however_long_the_series(
    app, session, disk, browser
):
    await browser.client.head(disk.zip)
    with statements(app.state.engine) as said:
        await browser.client.head(disk.zip)

    assert len(said) == 2, "\n\n".join(said)
