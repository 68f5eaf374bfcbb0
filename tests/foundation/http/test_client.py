"""Whatever a host does, an answer comes whole, in time and within its cap, or not at all."""

import asyncio
import gzip
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from app.foundation.http import LocalPace, OutboundError, Rate, Resting
from app.foundation.http.asks import Ask, redirected
from app.foundation.http.client import MOST_REDIRECTS, UNASKED_PAUSE, Bucket, Fetched
from app.foundation.http.errors import (
    BrokenOff,
    CannotConnect,
    LeadsToPlainHttp,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreadable,
)
from app.foundation.http.pacing import BREAKS_AFTER, Turn, retry_after
from app.foundation.http.patience import patiently
from tests.foundation.http.conftest import Host, a_host, going_out, reply


async def test_an_answer_comes_with_its_status_and_address(host: Host, out) -> None:
    host.answers = [reply(b"not here", 404)]

    answer = await out.fetch(f"{host.url}/manga?title=Akira")

    assert (answer.status, answer.body, answer.is_good) == (404, b"not here", False)
    assert host.asked[0].startswith("GET /manga?title=Akira HTTP/1.1")
    assert "user-agent: bunko/test" in host.asked[0].lower()
    assert "via:" not in host.asked[0].lower()


async def test_SEC50_no_proxy_of_the_environment_is_used(host: Host, out, monkeypatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async with going_out(host) as fresh:
        assert (await fresh.fetch(host.url)).body == b"hello"


async def test_SEC50_what_says_that_it_is_too_large_is_not_waited_for(host: Host, out) -> None:
    host.answers = [reply(b"only the beginning", length=10_001)]

    with pytest.raises(TooLarge):
        await out.fetch(host.url, most_bytes=10_000)


@pytest.mark.parametrize("length", [None, 0])
async def test_SEC50_more_than_the_cap_is_not_read(host: Host, out, length) -> None:
    """Whether the length is declared, or only found out (`0` here declares none)."""
    body = b"x" * 50_000
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    host.answers = [reply(body) if length is None else head + body]

    with pytest.raises(TooLarge, match="more than 10 KB"):
        await out.fetch(host.url, most_bytes=10_000)


async def test_SEC50_nothing_compressed_is_asked_for(host: Host, out) -> None:
    await out.fetch(host.url)

    assert "accept-encoding: identity" in host.asked[0].lower()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_what_comes_compressed_all_the_same_is_unpacked(host: Host, out, pack) -> None:
    name = "gzip" if pack is gzip.compress else "deflate"
    host.answers = [reply(pack(b"manga " * 9000), Content_Encoding=name)]

    assert (await out.fetch(host.url)).body == b"manga " * 9000


async def test_SEC50_a_bomb_of_190_kb_never_becomes_200_mb(host: Host, out) -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    host.answers = [reply(bomb, Content_Encoding="gzip")]
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            await out.fetch(host.url, most_bytes=1_000_000)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(bomb) < 200_000
    assert peak < 8_000_000


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(b"half", length=1000), BrokenOff),
        (reply(gzip.compress(b"x" * 999)[:-9], Content_Encoding="gzip"), BrokenOff),
        (reply(b"not packed at all", Content_Encoding="gzip"), Unreadable),
        (reply(b"?", Content_Encoding="br"), Unreadable),
        (b"nonsense\r\n\r\n", BrokenOff),
        (b"", BrokenOff),
    ],
)
async def test_a_broken_answer_is_none(host: Host, out, answer, error) -> None:
    host.answers = [answer]

    with pytest.raises(error):
        await out.fetch(host.url)


async def test_SEC50_one_that_trickles_is_ended_by_the_deadline(host: Host, out) -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    host.answers = [trickle]

    with pytest.raises(TooSlow):
        await out.fetch(host.url, deadline=0.3)
    assert out.pace._hosts[out.counted_as(host.url)].failures == 1


async def test_one_that_is_not_there_is_told_so(out, host: Host) -> None:
    async with a_host() as other:
        gone = other.port
    async with going_out(host, allowed=frozenset({("127.0.0.1", gone)})) as out:
        with pytest.raises(CannotConnect, match="cannot be reached"):
            await out.fetch(f"http://127.0.0.1:{gone}/")


async def test_redirects_are_followed_and_have_an_end(host: Host, out) -> None:
    host.answers = [reply(b"", 301, Location="/new"), reply(b"found")]
    assert (await out.fetch(host.url)).url == f"{host.url}/new"

    asked, host.answers = len(host.asked), [reply(b"", 302, Location="/again")]
    with pytest.raises(TooManyRedirects):
        await out.fetch(host.url)
    assert len(host.asked) - asked == MOST_REDIRECTS + 1


async def test_SEC50_credentials_stay_with_the_host_they_were_meant_for(host: Host) -> None:
    secret = {
        "Authorization": "Bearer kept",
        "X-API-Key": "kept",
        "Cookie": "kept=1",
        "Accept": "image/*",
    }
    async with a_host() as other, going_out(host, other) as out:
        host.answers = [reply(b"", 302, Location="/here"), reply(b"", 302, Location=other.url)]

        await out.fetch(host.url, headers=secret)

        assert "kept" in host.asked[1]
        assert "kept" not in other.asked[0] and "accept: image/*" in other.asked[0].lower()


async def test_cookies_are_those_of_one_source(host: Host) -> None:
    host.answers = [reply(b"", Set_Cookie="visited=yes; Path=/"), reply(b"")]

    async with going_out(host) as one, going_out(host) as another:
        for out in (one, one, another):
            await out.fetch(host.url)

    assert ["visited=yes" in head for head in host.asked] == [False, True, False]


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [(429, {"Retry_After": "60"}, 60), (503, {"Retry_After": "60"}, 60), (429, {}, UNASKED_PAUSE)],
)
async def test_SEC68_a_host_that_asks_for_a_pause_gets_it(
    host: Host, out, status, said, seconds
) -> None:
    host.answers = [reply(b"", status, **said)]

    assert (await out.fetch(host.url)).status == status
    with pytest.raises(Resting) as resting:
        await out.fetch(host.url)

    assert seconds - 5 < resting.value.wait <= seconds
    assert len(host.asked) == 1


async def test_only_failures_in_a_row_count(host: Host, out) -> None:
    bad, well = reply(b"", 500), reply(b"")
    host.answers = [*[bad] * (BREAKS_AFTER - 1), well, *[bad] * (BREAKS_AFTER - 1), well]

    statuses = [(await out.fetch(host.url)).status for _ in range(2 * BREAKS_AFTER)]

    assert statuses.count(500) == 2 * BREAKS_AFTER - 2


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
async def test_what_was_sent_goes_along_only_where_the_answer_says_so(
    host: Host, out, status, method
) -> None:
    host.answers = [reply(b"", status, Location="/there"), reply(b"well")]

    await out.fetch(host.url, method="POST", content=b"hello")

    assert host.asked[1].startswith(f"{method} /there ")
    assert ("content-length: 5" in host.asked[1].lower()) is (method == "POST")


async def test_SEC68_one_that_fails_again_and_again_is_left_alone_and_others_are_not(
    host: Host, out
) -> None:
    host.answers = [reply(b"", 500)]
    for _ in range(5):
        await out.fetch(host.url)

    with pytest.raises(Resting):
        await out.fetch(host.url)
    async with a_host() as other:
        # Hosts are told apart by name, and here both have one address.
        there = frozenset({("localhost", other.port)})
        async with going_out(allowed=there, pace=out.pace) as elsewhere:
            assert (await elsewhere.fetch(f"http://localhost:{other.port}/")).is_good
    assert len(host.asked) == 5


async def test_one_whose_asker_left_has_not_failed(host: Host) -> None:
    begun = asyncio.Event()

    async def silent(_writer: asyncio.StreamWriter) -> None:
        begun.set()
        await asyncio.sleep(30)

    pace = LocalPace()
    host.answers = [silent]
    async with going_out(host, pace=pace) as out:
        asking = asyncio.create_task(out.fetch(host.url))
        await begun.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    [known] = pace._hosts.values()
    assert (known.failures, known.places) == (0, {})


async def test_one_who_leaves_while_a_turn_is_given_leaves_no_place_behind(host: Host) -> None:
    """The answer of Valkey comes after the deadline: it gave a place, nobody took it."""

    class Slow(LocalPace):
        async def take(self, key, rate, place):
            turn = await super().take(key, rate, place)
            await asyncio.sleep(5)
            return turn

    pace = Slow()
    async with going_out(host, pace=pace) as out:
        with pytest.raises(TooSlow):
            await out.fetch(host.url, deadline=0.05)

    [known] = pace._hosts.values()
    assert known.places == {} and host.asked == []


async def test_one_that_takes_long_keeps_its_place(host: Host, monkeypatch) -> None:
    let = asyncio.Event()

    async def slowly(writer: asyncio.StreamWriter) -> None:
        await let.wait()
        writer.write(reply(b"well"))

    class Told(LocalPace):
        async def hold(self, key: str, place: str) -> None:
            await super().hold(key, place)
            let.set()

    monkeypatch.setattr("app.foundation.http.client.LEASE", 0.06)
    host.answers = [slowly]
    async with going_out(host, pace=Told()) as out:
        assert (await out.fetch(host.url, deadline=5)).body == b"well"


async def test_a_route_with_its_own_limit_is_counted_beside_its_host(host: Host, out) -> None:
    narrow = Bucket("at-home", Rate(per_second=0.001, burst=1))
    await out.fetch(host.url, bucket=narrow)
    await out.fetch(host.url)

    with pytest.raises(TooSlow):
        await out.fetch(host.url, bucket=narrow, deadline=0.2)

    # Waiting for one's own turn is not a failure of the host.
    assert len(host.asked) == 2 and out.pace._hosts[out.counted_as(host.url)].failures == 0


async def test_nobody_keeps_a_place_of_the_host_while_waiting_for_that_of_a_route(
    host: Host,
) -> None:
    taken: list[str] = []

    class Told(LocalPace):
        async def take(self, key: str, rate: Rate, place: str) -> Turn:
            taken.append(key)
            return await super().take(key, rate, place)

    async with going_out(host, pace=Told()) as out:
        whole = out.counted_as(host.url)
        await out.fetch(host.url, bucket=Bucket("at-home", Rate()))
        await out.fetch(host.url, bucket=Bucket("report", Rate(), is_apart=True))

    assert taken == [f"{whole}/at-home", whole, f"{whole}/report"]


async def test_patience_asks_again_where_that_may_help(host: Host, out) -> None:
    host.answers = [reply(b"", 503), reply(b"half", length=99), reply(b"whole")]
    assert (await patiently(lambda: out.fetch(host.url), first_wait=0.01)).body == b"whole"

    host.answers = [reply(b"", 404), reply(b"never asked")]
    assert (await patiently(lambda: out.fetch(host.url), first_wait=0.01)).status == 404

    calls = 0

    async def too_large() -> Fetched:
        nonlocal calls
        calls += 1
        raise TooLarge("manga.example", 1)

    with pytest.raises(OutboundError):
        await patiently(too_large, first_wait=0.01)
    assert calls == 1


def test_SEC50_https_leads_never_to_plain_http() -> None:
    ask = Ask("GET", httpx.URL("https://manga.example/a"), {}, None, None)

    with pytest.raises(LeadsToPlainHttp):
        redirected(ask, 302, "http://manga.example/b")

    assert redirected(ask, 302, "/b").url == "https://manga.example/b"


async def test_waits_between_tries_grow_and_are_uneven(monkeypatch) -> None:
    waits: list[float] = []

    async def waited(seconds: float) -> None:
        waits.append(seconds)

    async def broken() -> Fetched:
        raise BrokenOff("manga.example")

    monkeypatch.setattr("app.foundation.http.patience.asyncio.sleep", waited)
    for _ in range(20):
        with pytest.raises(BrokenOff):
            await patiently(broken, first_wait=1.0)

    first, second = waits[::2], waits[1::2]
    assert all(0.5 <= one <= 1.5 for one in first) and all(1 <= one <= 3 for one in second)
    assert len(set(first)) > 1


async def test_why_a_host_was_let_rest_is_told_before_that_it_rests(host: Host, out) -> None:
    for _ in range(BREAKS_AFTER - 1):
        await out.pace.failed(out.counted_as(host.url))
    host.answers = [reply(b"", 503)]

    answer = await patiently(lambda: out.fetch(host.url), first_wait=0.01)

    assert answer.status == 503
    with pytest.raises(Resting):
        await patiently(lambda: out.fetch(host.url), first_wait=0.01)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), ("", None), ("12", 12), ("soon", None), ("-5", None), ("9" * 50, 999_999_999)],
)
def test_a_pause_may_be_asked_for_in_seconds(value, seconds) -> None:
    assert retry_after(value) == seconds


def test_or_by_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

    assert 85 < (retry_after(later) or 0) <= 90
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


async def test_two_services_of_one_machine_are_counted_apart(host: Host) -> None:
    port = int(host.url.rsplit(":", 1)[1].strip("/"))
    pace, allowed = LocalPace(), frozenset({("127.0.0.1", port), ("127.0.0.1", 1)})
    async with going_out(host, pace=pace, allowed=allowed) as out:
        for _ in range(5):
            with pytest.raises(CannotConnect):
                await out.fetch("http://127.0.0.1:1/")
        with pytest.raises(Resting):
            await out.fetch("http://127.0.0.1:1/")

        assert (await out.fetch(host.url)).status == 200
        assert out.counted_as("https://example.org:8443/") == "example.org"
