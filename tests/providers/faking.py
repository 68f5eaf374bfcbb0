"""Sources on the network that are ours: real HTTP on loopback, with faults on demand."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import msgspec
import uvicorn


@dataclass
class Answer:
    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)

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


class Fake:
    """`faults` are asked before every answer; the first that returns an Answer stands in for it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[Callable[[Asked], Answer | None]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, part: str, *answers: Answer | None) -> None:
        """These come in place of the next answers under a path; None lets one through."""
        left = deque(answers)
        self.faults.append(lambda asked: left.popleft() if left and part in asked.path else None)

    def answer(self, asked: Asked) -> Answer:
        raise NotImplementedError

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        asked = Asked(
            scope["method"],
            scope["path"],
            parse_qs(scope["query_string"].decode()),
            {name.decode(): value.decode() for name, value in scope["headers"]},
            body,
        )
        self.asked.append(asked)
        answer = self._fault(asked) or self.answer(asked)
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.raw})

    def _fault(self, asked: Asked) -> Answer | None:
        answers = (fault(asked) for fault in self.faults)
        return next((answer for answer in answers if answer is not None), None)


@asynccontextmanager
async def on_loopback(app: Any) -> AsyncIterator[int]:
    """The port at which it is served."""
    config = uvicorn.Config(
        app, "127.0.0.1", 0, log_level="error", lifespan="off", date_header=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())  # without taking over signals
    while not server.started:  # noqa: ASYNC110  (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving
