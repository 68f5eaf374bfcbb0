"""Who is at the other end: address, scheme and host, believed from headers only behind our proxies."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.types import Scope

UNKNOWN_PEER = "127.0.0.1"  # a unix socket has no address: only this machine can reach it


class Client(msgspec.Struct, frozen=True):
    """`host` is as the browser wrote it, with its port; `origin` of RFC 6454 is made from it.
    `is_proxied`: one of our proxies brought this request, and its headers are to be believed."""

    ip: str
    scheme: str
    host: str
    is_proxied: bool = False

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def is_https(self) -> bool:
        return self.scheme == "https"

    @property
    def network(self) -> str:
        """What throttles count: the IPv4 address, or the /64 of an IPv6 one."""
        return network_of(self.ip)


def network_of(text: str) -> str:
    """The network of an address; what is none, such as a network already, stays as it is."""
    address = _address(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return text if address is None else str(address)


def client_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Client:
    """The client of a request that came through the front door."""
    return connection.scope["state"]["client"]  # type: ignore[no-any-return]


class Clients:
    """Finds the client; `trusted_proxies` are the networks whose forwarding headers count."""

    def __init__(self, trusted_proxies: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in trusted_proxies]
        self._is_trusted = lru_cache(maxsize=1024)(self._look_up)

    def of(self, scope: Scope) -> Client:
        peer = scope["client"][0] if scope.get("client") else UNKNOWN_PEER  # type: ignore[index]
        headers = scope["headers"]
        host = _last(headers, b"host")
        if not self._networks or not self._is_trusted(peer):
            return Client(peer, scope["scheme"], host)
        scheme = _last(headers, b"x-forwarded-proto")
        return Client(
            ip=self._rightmost_untrusted(peer, headers),
            scheme=scheme if scheme in ("http", "https") else scope["scheme"],
            host=_last(headers, b"x-forwarded-host") or host,
            is_proxied=True,
        )

    def _rightmost_untrusted(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Each proxy appends whom it saw, so the words left of a stranger's are the stranger's own."""
        told = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        found = peer
        for hop in reversed(told.decode("latin-1").split(",")):
            address = _address(hop.strip())
            if address is None:
                break
            found = str(address)
            if not self._is_trusted(found):
                break
        return found

    def _look_up(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address, without a port, an IPv6 zone or an IPv4-in-IPv6 wrapping."""
    bare = text.partition("]")[0].removeprefix("[") if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _last(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    """The value that the nearest hop wrote; empty without one."""
    found = b""
    for name, value in headers:
        if name == wanted:
            found = value
    return found.decode("latin-1").rpartition(",")[2].strip().lower()
