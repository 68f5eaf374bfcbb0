"""Servers on loopback that answer as they are told, byte for byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from app.foundation.http import LocalPace, Rate
from app.foundation.http.client import Outbound

type Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]

QUICK = Rate(per_second=10_000, burst=1000, places=50)


class Host:
    """`asked` holds the head of each request, `answers` what comes next (the last one stays)."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [reply(b"hello")]
        self.asked: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.decode("latin-1"))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def reply(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


@asynccontextmanager
async def a_host() -> AsyncIterator[Host]:
    host = Host()
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    yield host
    server.close()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with a_host() as host:
        yield host


@asynccontextmanager
async def going_out(*hosts: Host, **more) -> AsyncIterator[Outbound]:
    more.setdefault("pace", LocalPace())
    more.setdefault("rate", QUICK)
    more.setdefault("allowed", frozenset(("127.0.0.1", host.port) for host in hosts))
    out = Outbound(more.pop("pace"), user_agent="Bunko/test (+https://bunko.example)", **more)
    try:
        yield out
    finally:
        await out.aclose()


@pytest.fixture
async def out(host: Host) -> AsyncIterator[Outbound]:
    async with going_out(host) as out:
        yield out
