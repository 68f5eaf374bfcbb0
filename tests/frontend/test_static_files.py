"""The door for built files: kept for ever by browsers, packed, and closed to everything else."""

import json
from pathlib import Path

import brotli
import httpx
import pytest

from app.foundation.web.static import StaticFiles, UnknownAsset

STYLE = b"body{color:#000}" * 50
NAME = "app.0123456789ab.css"


@pytest.fixture
def files(tmp_path: Path) -> StaticFiles:
    (tmp_path / NAME).write_bytes(STYLE)
    (tmp_path / f"{NAME}.br").write_bytes(brotli.compress(STYLE))
    (tmp_path / "secret.css").write_text("not in the manifest")
    (tmp_path / "manifest.json").write_text(json.dumps({"css/app.css": NAME}))
    return StaticFiles(tmp_path)


async def ask(files: StaticFiles, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=files)  # type: ignore[arg-type]
    sent = {"accept-encoding": "identity"} | {
        key.replace("_", "-"): value for key, value in headers.items()
    }
    async with httpx.AsyncClient(transport=transport, base_url="http://bunko") as client:
        return await client.request(method, path, headers=sent)


def test_an_address_carries_the_hash_of_the_file(files: StaticFiles) -> None:
    assert files.url("css/app.css") == f"/static/dist/{NAME}"


def test_addresses_lead_to_the_cdn_where_one_is_set(files: StaticFiles) -> None:
    behind = StaticFiles(files.folder, "https://cdn.example/bunko/")

    assert behind.url("css/app.css") == f"https://cdn.example/bunko/dist/{NAME}"


def test_a_file_that_was_not_built_is_an_error_with_the_command_to_run(files: StaticFiles) -> None:
    with pytest.raises(UnknownAsset, match="build_css"):
        files.url("css/other.css")


async def test_a_built_file_is_kept_for_ever(files: StaticFiles) -> None:
    answer = await ask(files, f"/static/dist/{NAME}")

    assert answer.status_code == 200
    assert answer.content == STYLE
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_browser_that_reads_brotli_gets_the_packed_file(files: StaticFiles) -> None:
    answer = await ask(files, f"/static/dist/{NAME}", accept_encoding="gzip, br")

    assert answer.headers["content-encoding"] == "br"
    assert int(answer.headers["content-length"]) < len(STYLE)
    assert answer.content == STYLE


async def test_a_refused_encoding_is_not_used(files: StaticFiles) -> None:
    answer = await ask(files, f"/static/dist/{NAME}", accept_encoding="br;q=0, gzip")

    assert "content-encoding" not in answer.headers


async def test_a_file_the_browser_has_is_not_sent_again(files: StaticFiles) -> None:
    first = await ask(files, f"/static/dist/{NAME}")
    again = await ask(
        files, f"/static/dist/{NAME}", if_none_match=f'"x", W/{first.headers["etag"]}'
    )

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


async def test_head_says_the_length_and_sends_nothing(files: StaticFiles) -> None:
    answer = await ask(files, f"/static/dist/{NAME}", "HEAD")

    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(STYLE))
    assert answer.content == b""


async def test_other_methods_are_refused(files: StaticFiles) -> None:
    answer = await ask(files, f"/static/dist/{NAME}", "POST")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        "secret.css",
        "manifest.json",
        f"{NAME}.br",
        "../../pyproject.toml",
        "%2e%2e/%2e%2e/pyproject.toml",
        "",
        f"x/{NAME}",
    ],
)
async def test_only_names_of_the_manifest_are_served(files: StaticFiles, path: str) -> None:
    answer = await ask(files, f"/static/dist/{path}")

    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
