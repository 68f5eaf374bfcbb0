"""Nothing inside is asked, however its address is written (SECURITY: server-side request forgery)."""

import pytest

from app.foundation.http import Refused
from app.foundation.http.addresses import is_public
from app.foundation.http.connecting import GuardedBackend
from tests.foundation.http.conftest import Host, a_host, going_out, reply

INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "169.254.169.254",
    "169.254.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700:4700::1111%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
]
WRITTEN_OTHERWISE = [
    "localhost",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "127.1",
    "0",
    "ip6-localhost",
    "localhost.",
]


@pytest.mark.parametrize("address", INSIDE)
async def test_SEC49_an_address_inside_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(Refused, match="not on the public internet"):
        await _guard(address).checked("manga.example", 443)


@pytest.mark.parametrize("address", OUTSIDE)
async def test_an_address_outside_is_visited(address: str) -> None:
    assert await _guard(address).checked("manga.example", 443) == [address]


@pytest.mark.parametrize("host", WRITTEN_OTHERWISE)
async def test_SEC49_loopback_by_another_name_is_refused(host: str) -> None:
    from app.foundation.http.errors import CannotConnect

    with pytest.raises((Refused, CannotConnect)):
        await GuardedBackend(frozenset()).checked(host, 80)


async def test_SEC49_a_name_that_leads_both_out_and_in_is_refused() -> None:
    with pytest.raises(Refused):
        await _guard("1.1.1.1", "10.0.0.1").checked("manga.example", 443)


async def test_SEC49_what_an_owner_allowed_is_that_host_at_that_port() -> None:
    guard = GuardedBackend(frozenset({("nas.lan", 4000)}), _always("192.168.1.9"))

    assert await guard.checked("NAS.lan", 4000) == ["192.168.1.9"]
    for host, port in (("nas.lan", 22), ("other.lan", 4000)):
        with pytest.raises(Refused):
            await guard.checked(host, port)


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1"])
async def test_SEC49_no_owner_can_allow_the_link_or_a_whole_network(address: str) -> None:
    guard = GuardedBackend(frozenset({("meta.lan", 80)}), _always(address))

    with pytest.raises(Refused):
        await guard.checked("meta.lan", 80)


async def test_SEC49_a_name_that_changes_its_meaning_is_checked_at_every_connection(
    host: Host,
) -> None:
    meant = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    async def resolve(name: str, _port: int) -> list[str]:
        asked.append(name)
        return next(meant)

    allowed = frozenset({("manga.example", host.port)})
    async with going_out(allowed=allowed, resolve=resolve) as out:
        answer = await out.fetch(f"http://manga.example:{host.port}/")

    assert answer.body == b"hello"
    # What was connected to is what was checked: the name was looked up once.
    assert asked == ["manga.example"]


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://localhost/",
        "//169.254.169.254/latest/meta-data",
    ],
)
async def test_SEC49_a_redirect_leads_nowhere_inside(host: Host, target: str) -> None:
    host.answers = [reply(b"", 302, Location=target)]

    async with going_out(host) as out:
        with pytest.raises(Refused):
            await out.fetch(host.url)


async def test_SEC49_an_allowed_host_opens_no_other_port_by_redirect(host: Host) -> None:
    async with a_host() as other, going_out(host) as out:
        host.answers = [reply(b"", 307, Location=other.url)]
        with pytest.raises(Refused):
            await out.fetch(host.url)

        assert other.asked == []


@pytest.mark.parametrize(
    "url",
    [
        *("", "manga", "/manga", "ftp://manga.example/", "file:///etc/passwd", "gopher://x/"),
        *("javascript:alert(1)", "http://", "http:///manga", "http://name:secret@manga.example/"),
        "http://manga.example/" + "x" * 9000,
    ],
)
async def test_SEC49_what_is_no_address_on_the_web_is_refused(url: str) -> None:
    async with going_out() as out:
        with pytest.raises(Refused):
            await out.fetch(url)


def _always(*addresses: str):
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return resolve


def _guard(*addresses: str) -> GuardedBackend:
    return GuardedBackend(frozenset(), _always(*addresses))
