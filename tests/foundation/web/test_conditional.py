import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Request, Response, get

from app.foundation.web import Policy
from app.foundation.web.conditional import FOREVER, Bytes, Span, attachment, read_at
from tests.foundation.web.conftest import Make, browser

PUBLIC = {"policy": Policy.PUBLIC}
BODY = bytes(range(256)) * 20
MODIFIED = 1_767_225_600.5  # 2026-01-01 00:00:00.5 UTC
closed: list[int] = []


@get("/bytes", opt=PUBLIC, sync_to_thread=False)
def in_memory(request: Request[Any, Any, Any]) -> Response[bytes]:
    return Bytes(request, BODY, media_type="image/jpeg", etag="r1", modified=MODIFIED)


@get("/span", opt=PUBLIC, sync_to_thread=False)
def on_disk(request: Request[Any, Any, Any]) -> Response[bytes]:
    fd = os.open(request.app.state["probe_file"], os.O_RDONLY)

    def close() -> None:
        os.close(fd)
        closed.append(fd)

    # The same bytes in two pieces that lie apart in the file.
    pieces = [(fd, 100, 2000), (fd, 4000, len(BODY) - 2000)]
    return Span(
        request, pieces, media_type="image/jpeg", etag="r1", modified=MODIFIED, close=close,
        cache_control=FOREVER,
    )  # fmt: skip


@pytest.fixture
def probe_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "probe"
    path.write_bytes(b"x" * 100 + BODY[:2000] + b"x" * 1900 + BODY[2000:] + b"x" * 10)
    closed.clear()
    yield path


@pytest.fixture(params=["/bytes", "/span"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def _ask(make_app: Make, probe_file: Path, path: str, **headers: str) -> httpx.Response:
    app = make_app([in_memory, on_disk])
    app.state["probe_file"] = probe_file
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with browser(app) as client:
        return await client.get(path, headers=named)


async def test_the_whole_is_sent_with_its_tag(make_app: Make, probe_file: Path, path: str) -> None:
    answer = await _ask(make_app, probe_file, path)

    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["etag"] == '"r1"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["last-modified"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert answer.headers["content-length"] == str(len(BODY))
    assert answer.headers["content-type"] == "image/jpeg"


async def test_SEC42_content_of_the_library_can_do_nothing(
    make_app: Make, probe_file: Path, path: str
) -> None:
    answer = await _ask(make_app, probe_file, path)

    assert answer.headers["content-security-policy"].startswith("default-src 'none'; sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("tags", ['"r1"', 'W/"r1"', '"r0", "r1"', "*"])
async def test_what_the_client_has_is_not_sent_again(
    make_app: Make, probe_file: Path, path: str, tags: str
) -> None:
    answer = await _ask(make_app, probe_file, path, if_none_match=tags)

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == '"r1"'
    assert "content-type" not in answer.headers


async def test_a_tag_decides_before_a_date(make_app: Make, probe_file: Path, path: str) -> None:
    late = "Fri, 02 Jan 2026 00:00:00 GMT"

    assert (await _ask(make_app, probe_file, path, if_modified_since=late)).status_code == 304
    both = await _ask(make_app, probe_file, path, if_modified_since=late, if_none_match='"r0"')
    assert both.status_code == 200
    early = await _ask(
        make_app, probe_file, path, if_modified_since="Wed, 31 Dec 2025 00:00:00 GMT"
    )
    assert early.status_code == 200


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, 5119),
        ("bytes=1990-2010", 1990, 2010),
        ("bytes=2000-", 2000, 5119),
        ("bytes=-100", 5020, 5119),
        ("bytes=-99999", 0, 5119),
        ("bytes=5000-99999", 5000, 5119),
        ("BYTES = 5-9", 5, 9),
    ],
)
async def test_one_range_is_sent(
    make_app: Make, probe_file: Path, path: str, wanted: str, first: int, last: int
) -> None:
    answer = await _ask(make_app, probe_file, path, range=wanted)

    assert answer.status_code == 206
    assert answer.content == BODY[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/5120"


@pytest.mark.parametrize("wanted", ["bytes=5120-", "bytes=9999-10000", "bytes=-0"])
async def test_a_range_beyond_the_end_says_how_long_it_is(
    make_app: Make, probe_file: Path, path: str, wanted: str
) -> None:
    answer = await _ask(make_app, probe_file, path, range=wanted)

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == "bytes */5120"


@pytest.mark.parametrize(
    "wanted",
    ["bytes=0-1,5-6", "pages=1-2", "bytes=9-5", "bytes=a-b", "bytes", "bytes=--5", "bytes="],
)
async def test_a_range_that_we_do_not_serve_gets_the_whole(
    make_app: Make, probe_file: Path, path: str, wanted: str
) -> None:
    answer = await _ask(make_app, probe_file, path, range=wanted)

    assert answer.status_code in (200, 416)
    assert answer.content in (BODY, b"")


async def test_a_range_of_another_revision_gets_the_whole(
    make_app: Make, probe_file: Path, path: str
) -> None:
    part = await _ask(make_app, probe_file, path, range="bytes=0-9", if_range='"r1"')
    other = await _ask(make_app, probe_file, path, range="bytes=0-9", if_range='"r0"')
    weak = await _ask(make_app, probe_file, path, range="bytes=0-9", if_range='W/"r1"')

    assert (part.status_code, other.status_code, weak.status_code) == (206, 200, 200)


async def test_head_opens_nothing_that_stays_open(make_app: Make, probe_file: Path) -> None:
    app = make_app([in_memory, on_disk])
    app.state["probe_file"] = probe_file
    async with browser(app) as client:
        answer = await client.head("/span")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == "5120"
        await client.get("/span", headers={"if-none-match": '"r1"'})
        await client.get("/span", headers={"range": "bytes=9999-"})
        await client.get("/span")

    assert len(closed) == 4


async def test_a_file_that_ends_too_early_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"abc")
    fd = os.open(tmp_path / "short", os.O_RDONLY)
    try:
        assert await read_at(fd, 1, 2) == b"bc"
        with pytest.raises(OSError, match="ends before"):
            await read_at(fd, 1, 3)
    finally:
        os.close(fd)


def test_a_download_keeps_its_name_in_any_script() -> None:
    header = attachment('潮騒 "1"/..\r\nX: y.cbz').decode()

    assert "\r" not in header and "\n" not in header and "/" not in header.split("UTF-8")[0]
    assert "filename*=UTF-8''%E6%BD%AE" in header
