import gzip
from collections.abc import AsyncIterator
from typing import Any

import brotli
import pytest
from litestar import Request, Response, get
from litestar.response import Stream

from app.foundation.web import Policy
from app.foundation.web.client import Clients, client_of
from app.foundation.web.compression import choose_encoding
from app.foundation.web.hosts import Hosts
from tests.foundation.web.conftest import Make, browser

PUBLIC = {"policy": Policy.PUBLIC}
LONG = "A page of a long story. " * 200


@get("/who", opt=PUBLIC, sync_to_thread=False)
def who(request: Request[Any, Any, Any]) -> dict[str, str]:
    client = client_of(request)
    return {"ip": client.ip, "scheme": client.scheme, "host": client.host}


@get("/words", opt=PUBLIC, sync_to_thread=False)
def words() -> Response[str]:
    return Response(LONG, media_type="text/html", headers={"ETag": '"1"'})


@get("/few", opt=PUBLIC, sync_to_thread=False)
def few() -> Response[str]:
    return Response("few words", media_type="text/html")


@get("/picture", opt=PUBLIC, sync_to_thread=False)
def picture() -> Response[bytes]:
    return Response(b"\xff\xd8" * 4000, media_type="image/jpeg")


@get("/stream", opt=PUBLIC, sync_to_thread=False)
def stream() -> Stream:
    async def parts() -> AsyncIterator[bytes]:
        yield b"data: one\n\n" * 200
        yield b"data: two\n\n"

    return Stream(parts(), media_type="text/event-stream")


@get("/own", opt=PUBLIC, sync_to_thread=False)
def own() -> Response[str]:
    return Response("x", headers={"Cache-Control": "public, max-age=5"}, media_type="text/plain")


@get("/told/once/{token:str}", opt=PUBLIC, sync_to_thread=False)
def invitation(token: str) -> str:
    return "welcome"


@get("/page", opt={**PUBLIC, "image": True}, sync_to_thread=False)
def page() -> Response[bytes]:
    return Response(b"x", media_type="image/jpeg")


PROBES = [invitation, page, who, words, few, picture, stream, own]


def _scope(peer: str | None, *headers: tuple[str, str]) -> Any:
    return {
        "client": (peer, 1) if peer else None,
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }


XFF = "x-forwarded-for"


@pytest.mark.parametrize(
    ("trusted", "peer", "headers", "expected"),
    [
        ((), "192.0.2.7", [(XFF, "10.0.0.1")], "192.0.2.7"),
        (("10.0.0.0/8",), "192.0.2.7", [(XFF, "1.1.1.1")], "192.0.2.7"),
        (("10.0.0.0/8",), "10.0.0.1", [(XFF, "203.0.113.9")], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", [(XFF, "1.1.1.1, 203.0.113.9")], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", [(XFF, "203.0.113.9, 10.0.0.2")], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", [(XFF, "1.1.1.1"), (XFF, "203.0.113.9")], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", [(XFF, "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
        (("10.0.0.0/8",), "10.0.0.1", [(XFF, "203.0.113.9, nonsense")], "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", [(XFF, "203.0.113.9:4711")], "203.0.113.9"),
        (("10.0.0.0/8",), "10.0.0.1", [(XFF, "[2001:db8::1]:443")], "2001:db8::1"),
        (("10.0.0.0/8",), "::ffff:10.0.0.1", [(XFF, "::ffff:203.0.113.9")], "203.0.113.9"),
        (("::1/128",), "::1", [(XFF, "203.0.113.9")], "203.0.113.9"),
        (("127.0.0.1/32",), None, [(XFF, "203.0.113.9")], "203.0.113.9"),
        ((), None, [(XFF, "203.0.113.9")], "127.0.0.1"),
    ],
)
def test_SEC10_an_address_in_a_header_counts_only_behind_a_trusted_proxy(
    trusted: tuple[str, ...], peer: str | None, headers: list[tuple[str, str]], expected: str
) -> None:
    assert Clients(trusted).of(_scope(peer, *headers)).ip == expected


def test_SEC10_scheme_and_host_in_headers_count_only_behind_a_trusted_proxy() -> None:
    told = [
        ("host", "inner:8000"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "manga.example.org"),
    ]

    stranger = Clients(()).of(_scope("192.0.2.7", *told))
    proxied = Clients(("192.0.2.7/32",)).of(_scope("192.0.2.7", *told))

    assert (stranger.scheme, stranger.host) == ("http", "inner:8000")
    assert (proxied.scheme, proxied.host) == ("https", "manga.example.org")
    nonsense = Clients(("192.0.2.7/32",)).of(_scope("192.0.2.7", ("x-forwarded-proto", "ftp")))
    assert nonsense.scheme == "http"


async def test_SEC10_a_handler_sees_the_client_behind_the_proxy(make_app: Make) -> None:
    app = make_app(PROBES, trusted_proxies=("192.0.2.0/24",))

    async with browser(app) as client:
        answer = await client.get(
            "/who", headers={XFF: "203.0.113.9", "x-forwarded-proto": "https"}
        )

    assert answer.json() == {"ip": "203.0.113.9", "scheme": "https", "host": "localhost"}
    assert "strict-transport-security" in answer.headers


def test_a_throttle_counts_ipv6_by_network() -> None:
    client = Clients(()).of(_scope("2001:db8:1:2:3:4:5:6"))

    assert client.network == "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "192.168.1.5:8000", "[::1]:8000", "nas", "nas:80",
     "bunko.local", "bunko.lan", "bunko.home.arpa", "bunko.internal", "bunko.lan."],
)  # fmt: skip
def test_SEC11_private_names_are_answered(host: str) -> None:
    assert Hosts(None).allows(host, "http")


@pytest.mark.parametrize(
    "host",
    ["evil.example.com", "localhost.evil.com", "1.2.3.4.evil.com", "evil.com:8000", "", ":80",
     "[::1", "[nonsense]", "nas:80:80", "nas:http", "na s", "bunko.local.evil.com", "..local",
     "<script>.lan", "nas/x", "a@nas", "evil-lan.com", "evil.xlan"],
)  # fmt: skip
def test_SEC11_other_names_are_not(host: str) -> None:
    assert not Hosts(None).allows(host, "http")


@pytest.mark.parametrize(
    ("public_url", "scheme", "host", "answered"),
    [
        ("https://manga.example.org", "https", "manga.example.org", True),
        ("https://manga.example.org", "https", "manga.example.org:443", True),
        ("https://manga.example.org", "http", "manga.example.org", False),
        ("https://manga.example.org", "https", "manga.example.org:8443", False),
        ("https://manga.example.org:8443", "https", "manga.example.org:8443", True),
        ("https://manga.example.org", "https", "evil.example.org", False),
        ("https://manga.example.org", "http", "localhost", False),
    ],
)
def test_SEC11_with_a_public_url_only_that_name_is_answered(
    public_url: str, scheme: str, host: str, answered: bool
) -> None:
    assert Hosts(public_url).allows(host, scheme) is answered


async def test_SEC11_a_foreign_name_gets_a_screen_that_names_the_variable(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/who", headers={"host": "evil.example.com"})

    assert answer.status_code == 421
    assert "BUNKO_PUBLIC_URL" in answer.text
    assert "evil.example.com" in answer.text


async def test_SEC44_the_name_on_that_screen_is_escaped(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get("/who", headers={"host": "<script>alert(1)</script>.com"})

    assert answer.status_code == 421
    assert "<script>" not in answer.text


async def test_a_probe_is_answered_under_any_name(make_app: Make) -> None:
    async with browser(make_app(public_url="https://manga.example.org")) as client:
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("path", ["/who", "/nothing/here", "/healthz", "/picture"])
async def test_SEC29_every_answer_carries_the_protecting_headers(make_app: Make, path: str) -> None:
    async with browser(make_app(PROBES)) as client:
        headers = (await client.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "strict-transport-security" not in headers
    assert len(headers["x-request-id"]) == 11


async def test_SEC29_https_is_remembered_by_the_browser(make_app: Make) -> None:
    async with browser(make_app(PROBES), "https://localhost") as client:
        assert "max-age=31536000" in (await client.get("/who")).headers["strict-transport-security"]


async def test_SEC28_the_content_policy_allows_nothing_inline(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        policy = (await client.get("/words")).headers["content-security-policy"]

    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"
    assert "unsafe" not in policy and "nonce" not in policy and "*" not in policy


async def test_SEC28_the_static_address_is_in_the_content_policy(make_app: Make) -> None:
    app = make_app(PROBES, static_url="https://cdn.example.org/bunko")

    async with browser(app) as client:
        policy = (await client.get("/words")).headers["content-security-policy"]

    assert "script-src 'self' https://cdn.example.org;" in policy
    assert "connect-src 'self';" in policy


async def test_SEC3_nothing_may_be_kept_unless_a_route_says_so(make_app: Make) -> None:
    async with browser(make_app(PROBES)) as client:
        assert (await client.get("/words")).headers["cache-control"] == "private, no-store"
        assert (await client.get("/own")).headers["cache-control"] == "public, max-age=5"


@pytest.mark.parametrize(
    ("accepted", "read"), [("br", brotli.decompress), ("gzip", gzip.decompress)]
)
async def test_long_words_are_compressed(make_app: Make, accepted: str, read: Any) -> None:
    async with browser(make_app(PROBES)) as client:
        request = client.build_request("GET", "/words", headers={"accept-encoding": accepted})
        answer = await client.send(request, stream=True)
        raw = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers["content-encoding"] == accepted
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] == 'W/"1"'
    assert int(answer.headers["content-length"]) == len(raw) < 500
    assert read(raw).decode() == LONG


@pytest.mark.parametrize("path", ["/few", "/picture", "/stream"])
async def test_short_words_pictures_and_live_streams_are_not_compressed(
    make_app: Make, path: str
) -> None:
    async with browser(make_app(PROBES)) as client:
        answer = await client.get(path, headers={"accept-encoding": "br, gzip"})

    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("header", "chosen"),
    [(b"gzip, br", b"br"), (b"gzip;q=1.0, br;q=0", b"gzip"), (b"", None), (b"zstd", None),
     (b"br;q=0.5", b"br"), (b"identity", None), (b"BR", b"br")],
)  # fmt: skip
def test_the_encoding_is_one_the_client_takes(header: bytes, chosen: bytes | None) -> None:
    assert choose_encoding(header) == chosen


@pytest.mark.parametrize("path", ["/words", "/few", "/picture"])
async def test_head_tells_what_get_would(make_app: Make, path: str) -> None:
    async with browser(make_app(PROBES)) as client:
        got, asked = await client.get(path), await client.head(path)

    assert asked.status_code == 200
    assert asked.content == b""
    for name in ("content-length", "content-type", "etag"):
        assert asked.headers.get(name) == got.headers.get(name)


async def test_SEC20_a_token_in_a_link_and_what_is_asked_for_are_never_logged(
    make_app: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    async with browser(make_app(PROBES)) as client:
        await client.get("/told/once/s3cr3t-t0ken?next=s3cr3t", headers={"cookie": "a=s3cr3t"})
        await client.get("/mistyped/s3cr3t-t0ken")

    logged = capsys.readouterr().err
    assert "path=/told/once/{token}" in logged and "status=200" in logged
    assert 'path="/mistyped (unknown)"' in logged
    assert "s3cr3t" not in logged


async def test_pages_and_probes_do_not_fill_the_log(
    make_app: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    async with browser(make_app(PROBES)) as client:
        await client.get("/page")
        await client.get("/healthz")
        await client.get("/who")

    assert capsys.readouterr().err.count("request method=") == 1
