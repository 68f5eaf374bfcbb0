"""Sources on the network that are ours: real HTTP on loopback, with faults on demand.

A fake counts what it is asked (`fake.counts["api"].highest_rate`), and misbehaves as it is told
(`fake.trouble("html-as-image", "pictures")`, `fake.recover()`; see `mischief`).
"""

import asyncio
import itertools
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import msgspec
import uvicorn

MOST_KEPT = 200_000
"""Of what was asked: a fake may stand for days."""


@dataclass
class Answer:
    """`after` seconds, then its beginning; `drip` seconds between its bytes; `is_cut` in the middle
    of its body."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    drip: float = 0.0
    is_cut: bool = False

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Count:
    """Of one route, or of everything (`""`). Rates are of any second, not of one of the clock."""

    total: int = 0
    highest_rate: int = 0
    open: int = 0
    most_open: int = 0
    _moments: deque[float] = field(default_factory=deque)

    def begin(self) -> None:
        now = time.monotonic()
        self._moments.append(now)
        while self._moments[0] <= now - 1.0:
            self._moments.popleft()
        self.total += 1
        self.highest_rate = max(self.highest_rate, len(self._moments))
        self.open += 1
        self.most_open = max(self.most_open, self.open)

    def end(self) -> None:
        self.open -= 1


@dataclass
class Trouble:
    """What goes wrong, on which routes (all of them where that is empty), and how often still."""

    kind: str
    route: str = ""
    left: int | None = None

    def strikes(self, route: str) -> bool:
        if self.left == 0 or (self.route and self.route != route):
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Fake:
    """`faults` are asked before every answer; the first that returns an Answer stands in for it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[Callable[[Asked], Answer | None]] = []
        self.troubles: list[Trouble] = []
        self.counts: dict[str, Count] = defaultdict(Count)
        self.host, self.port = "127.0.0.1", 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def fail(self, part: str, *answers: Answer | None) -> None:
        """These come in place of the next answers under a path; None lets one through."""
        left = deque(answers)
        self.faults.append(lambda asked: left.popleft() if left and part in asked.path else None)

    def trouble(self, kind: str, route: str = "", times: int | None = None) -> None:
        from tests.providers.mischief import KINDS

        assert kind in KINDS, f"{kind} is none of {', '.join(KINDS)}"
        self.troubles.append(Trouble(kind, route, times))

    def recover(self) -> None:
        self.faults.clear()
        self.troubles.clear()

    def answer(self, asked: Asked) -> Answer | Awaitable[Answer]:
        raise NotImplementedError

    def route(self, asked: Asked) -> str:
        """What a request is counted under, and what trouble is made for."""
        return asked.path.strip("/").partition("/")[0]

    async def honest(self, asked: Asked) -> Answer:
        answer = self.answer(asked)
        return answer if isinstance(answer, Answer) else await answer

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = await read_request(scope, receive)
        self.asked.append(asked)
        if len(self.asked) > MOST_KEPT:
            del self.asked[: MOST_KEPT // 2]
        counts = [self.counts[""], self.counts[self.route(asked)]]
        for count in counts:
            count.begin()
        try:
            await answer_with(await self._answered(asked), receive, send)
        finally:
            for count in counts:
                count.end()

    async def _answered(self, asked: Asked) -> Answer:
        from tests.providers.mischief import KINDS

        for fault in self.faults:
            if (answer := fault(asked)) is not None:
                return answer
        route = self.route(asked)
        for trouble in self.troubles:
            if trouble.strikes(route):
                return await KINDS[trouble.kind](self, asked)
        return await self.honest(asked)


async def read_request(scope: Any, receive: Any) -> Asked:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return Asked(
        scope["method"],
        scope["path"],
        parse_qs(scope["query_string"].decode()),
        {name.decode(): value.decode() for name, value in scope["headers"]},
        body,
    )


async def answer_with(answer: Answer, receive: Any, send: Any) -> None:
    if answer.after and await _left(receive, answer.after):
        return
    body = answer.raw
    headers = {"content-length": str(len(body)), **answer.headers}
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": listed})
    if answer.drip:
        for at in range(len(body)):
            await send({"type": "http.response.body", "body": body[at : at + 1], "more_body": True})
            if await _left(receive, answer.drip):
                return
    elif answer.is_cut:
        # uvicorn closes the connection of an answer that is not brought to its end.
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        return
    else:
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _left(receive: Any, seconds: float) -> bool:
    """Whether whoever asked went away while they were kept waiting."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


_hosts = itertools.count(1)


def fresh_host() -> str:
    """An address of this machine that no test has used yet: what is known of hosts (their pauses,
    their breakers) outlasts a test."""
    number = next(_hosts)
    return f"127.7.{number // 250}.{number % 250 + 1}"


@asynccontextmanager
async def on_loopback(app: Any, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port at which it is served. Every address of 127.0.0.0/8 is a host of its own: what is
    counted by host is counted apart."""
    config = uvicorn.Config(
        app,
        host,
        0,
        log_config=None,  # loggers belong to the whole process
        access_log=False,
        lifespan="off",
        date_header=False,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await _leave(server)


async def _leave(server: uvicorn.Server) -> None:
    """At once: its own way out waits a fifth of a second for whoever may be there still."""
    for listening in server.servers:
        listening.close()
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    tasks = list(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
