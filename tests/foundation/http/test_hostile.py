"""Hosts that mean harm, or know no better: nobody waits for them for long, nothing of ours is told
to them, and what they left behind harms no later question."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from app.foundation.http import LocalPace, OutboundError, Refused
from app.foundation.http.cookies import MOST_COOKIE_BYTES
from app.foundation.http.errors import BrokenOff, LeftMeanwhile, TooLarge, TooSlow, Unreadable
from tests.foundation.http.conftest import Host, a_host, going_out, reply

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
async def beats() -> AsyncIterator[list[float]]:
    """How long everything else had to wait, again and again."""
    waits: list[float] = []

    async def beat() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            waits.append(time.thread_time() - began)

    beating = asyncio.create_task(beat())
    yield waits
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)


@pytest.mark.parametrize(
    "location",
    [
        "ftp://manga.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,hello",
        "http://name:secret@127.0.0.1/",
        "http://[fe80::1%25eth0]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[",
        "http://127.0.0.1:99999/",
        "https://\x7f/",
    ],
)
async def test_SEC49_a_redirect_to_what_is_not_to_be_visited_is_refused(
    host: Host, out, location
) -> None:
    host.answers = [reply(b"", 302, Location=location)]

    with pytest.raises(OutboundError):
        await out.fetch(host.url)

    assert len(host.asked) == 1


async def test_SEC50_only_what_is_no_secret_goes_along_to_another_origin(host: Host) -> None:
    """Sources have keys under any name; what may be told elsewhere is named, not what may not."""
    said = {"Api-Token": "kept", "X-Auth": "kept", "Referer": "kept", "Accept": "image/*"}
    async with a_host() as other, going_out(host, other) as out:
        host.answers = [reply(b"", 307, Location="/here"), reply(b"", 307, Location=other.url)]

        await out.fetch(host.url, headers=said)

        assert host.asked[1].count("kept") == 3
        assert "kept" not in other.asked[0] and "image/*" in other.asked[0]


@pytest.mark.parametrize(
    "header",
    [{"X-API-Key": "a\r\nX-Evil: 1"}, {"X-API-Key": "ключ"}, {"Two words": "x"}, {"": "x"},
     {"X-API-Key": "a\x00b"}],
)  # fmt: skip
async def test_a_header_that_cannot_be_sent_is_our_own_doing_and_said(
    host: Host, out, header
) -> None:
    with pytest.raises(Refused, match="cannot be sent"):
        await out.fetch(host.url, headers=header)

    assert host.asked == []
    assert out.pace._hosts[out.counted_as(host.url)].failures == 0


async def test_cookies_without_end_do_not_grow_into_every_question(host: Host, out) -> None:
    many = "\r\n".join(f"Set-Cookie: a{number}={'x' * 900}" for number in range(60))
    host.answers = [HEAD + many.encode() + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"]

    for _ in range(3):
        await out.fetch(host.url)

    assert len(host.asked[-1]) < MOST_COOKIE_BYTES + 1000


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"X-Long: " + b"x" * 300_000 + b"\r\n\r\n",
        HEAD + b"X-Many: 1\r\n" * 20_000 + b"\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        HEAD + b"Content-Length: -5\r\n\r\nhello",
        HEAD + b"Content-Length: 5x\r\n\r\nhello",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffffff\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nhello",
        b"HTTP/1.1 99 No\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    ],
)
async def test_a_head_or_body_that_is_none_is_no_answer(host: Host, out, answer) -> None:
    host.answers = [answer, reply(b"well")]

    with pytest.raises(OutboundError):
        await out.fetch(host.url)

    assert (await out.fetch(host.url)).body == b"well"


async def test_http_1_0_ends_with_its_line(host: Host, out) -> None:
    host.answers = [b"HTTP/1.0 200 OK\r\n\r\nhello"]

    assert (await out.fetch(host.url)).body == b"hello"


async def test_a_body_of_several_packed_parts_is_had_whole(host: Host, out) -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    host.answers = [reply(packed, Content_Encoding="gzip")]

    assert (await out.fetch(host.url)).body == b"one two"


def in_crumbs() -> bytes:
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 300_000


async def test_a_body_in_crumbs_is_no_way_to_send_anything(host: Host, out, monkeypatch) -> None:
    monkeypatch.setattr("app.foundation.http.bodies.CRUMBS", 100)
    host.answers = [HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 200]

    with pytest.raises(Unreadable):
        await out.fetch(host.url)


def announcing() -> bytes:
    return b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100_000


def bomb() -> bytes:
    return reply(gzip.compress(bytes(60_000_000), 1), Content_Encoding="gzip")


async def test_a_cookie_that_no_header_can_carry_spoils_no_later_question(host: Host, out) -> None:
    odd = HEAD + "Set-Cookie: a=é\r\nSet-Cookie: b=well\r\n".encode() + b"Content-Length: 0\r\n\r\n"
    host.answers = [odd, reply(b"well")]
    await out.fetch(host.url)

    assert (await out.fetch(host.url)).body == b"well"
    assert "b=well" in host.asked[1] and "a=" not in host.asked[1]


@pytest.mark.parametrize("answer", [in_crumbs, announcing, bomb])
async def test_SEC68_one_that_keeps_us_busy_holds_up_nobody(host: Host, out, beats, answer) -> None:
    """Counted in time of this thread, so that a busy machine does not matter."""
    host.answers = [answer()]
    await asyncio.sleep(0)
    beats.clear()

    with suppress(OutboundError):
        await out.fetch(host.url, most_bytes=64_000_000, deadline=30)

    assert max(beats) < 0.2


async def test_announcements_without_end_have_one(host: Host, out) -> None:
    async def announce(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)
            await writer.drain()

    host.answers = [announce]

    with pytest.raises(BrokenOff):
        await out.fetch(host.url, deadline=20)


async def test_chunks_without_end_have_one(host: Host, out) -> None:
    async def go_on(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + bytes(1024) + b"\r\n")
            await writer.drain()

    host.answers = [go_on]

    with pytest.raises(TooLarge):
        await out.fetch(host.url, most_bytes=1_000_000)


async def test_lines_that_were_left_halfway_are_closed_and_free_again(host: Host) -> None:
    """More of them than there may be connections."""
    begun = asyncio.Semaphore(0)

    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 100\r\n\r\nhalf")
        await writer.drain()
        begun.release()
        await asyncio.sleep(30)

    pace = LocalPace()
    host.answers = [*[half] * 40, reply(b"well")]
    async with going_out(host, pace=pace) as out:
        for _ in range(2):
            asking = [asyncio.create_task(out.fetch(host.url)) for _ in range(15)]
            for _ in asking:
                await begun.acquire()
            for one in asking:
                one.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        for _ in range(10):
            with pytest.raises(TooSlow):
                await out.fetch(host.url, deadline=0.05)
            out.pace._hosts.clear()

        assert (await out.fetch(host.url, deadline=5)).body == b"well"
    assert all(not one.places for one in pace._hosts.values())


async def test_what_is_under_way_when_a_source_is_changed_comes_to_its_end(host: Host) -> None:
    let = asyncio.Event()
    begun = asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 5\r\n\r\nhe")
        await writer.drain()
        begun.set()
        await let.wait()
        writer.write(b"llo")
        await writer.drain()

    host.answers = [wait]
    async with going_out(host) as out:
        asking = asyncio.create_task(out.fetch(host.url))
        await begun.wait()
        await out.aclose()
        let.set()

        assert (await asking).body == b"hello"
        with pytest.raises(LeftMeanwhile) as left:
            await out.fetch(host.url)
        assert left.value.is_passing
        assert out.pace._hosts[out.counted_as(host.url)].failures == 0


async def test_an_owner_may_allow_this_machine_by_its_name_in_both_families() -> None:
    from app.foundation.http.connecting import GuardedBackend

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["::1", "127.0.0.1"]

    guard = GuardedBackend(frozenset({("localhost", 9700)}), resolve)

    assert await guard.checked("localhost", 9700) == ["::1", "127.0.0.1"]
