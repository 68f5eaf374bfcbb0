"""Connections that lead where they were checked to lead.

The name is resolved here, once; every address it has is checked; and one of those checked is
connected to. So what a name means cannot change between the check and the connection. TLS still
asks for the name.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from typing import Any

import httpcore
import httpx

from app.foundation.http.addresses import Port, is_public, may_be_allowed
from app.foundation.http.errors import CannotConnect, LeadsAstray, LeadsInside, Refused
from app.foundation.http.streams import connect

type Resolve = Callable[[str, int], Awaitable[list[str]]]

CONNECTIONS = 16


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, in the order to try them."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
    except (OSError, UnicodeError) as error:
        raise CannotConnect(host) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, allowed: frozenset[Port], resolve: Resolve = resolve) -> None:
        self.allowed = allowed
        self.resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the signature of httpcore)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = CannotConnect(host)
        for address in await self.checked(host, port):
            try:
                return await connect(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise Refused("Bunko asks nothing of sockets on this machine.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def checked(self, host: str, port: int) -> list[str]:
        """Every address of the host; raises Refused where a single one of them is not to be visited:
        a name that leads both out and in is a trap."""
        found = await self.resolve(host, port)
        is_allowed = (host.lower(), port) in self.allowed
        fits, refusal = (may_be_allowed, LeadsAstray) if is_allowed else (is_public, LeadsInside)
        for address in found:
            if not fits(address):
                raise refusal(host, port, address)
        return found


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx on guarded connections: no proxies, no retries, no HTTP/2."""

    def __init__(self, backend: GuardedBackend) -> None:
        super().__init__(verify=_trusted(), trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_trusted(),
            max_connections=CONNECTIONS,
            max_keepalive_connections=CONNECTIONS,
            keepalive_expiry=15.0,
            network_backend=backend,
        )


@cache
def _trusted() -> ssl.SSLContext:
    """One for all: to read the list of authorities takes a tenth of a second, in which nothing else
    is answered."""
    return httpx.create_ssl_context(trust_env=False)
