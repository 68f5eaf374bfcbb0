"""`/events`: what changes is told to browsers as server-sent events (WHATWG HTML, 9.2).

Only topics travel; a browser that hears one fetches the part of its screen anew. Nothing is
replayed: the first line of every connection says `*`, fetch everything.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.params import Parameter
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.principal import current_session
from app.errors import TooManyTries, Unavailable
from app.foundation.db.outage import DATABASE_ERRORS
from app.foundation.logger import get_logger
from app.foundation.valkey.live import Live
from app.foundation.web.conditional import NOTHING
from app.foundation.web.policies import Policy
from app.monitoring.topics import MOST_TOPICS, check_topics, is_still_welcome

BEAT = 4.0
"""Seconds between two signs of life, at which the right to listen is asked for again (SEC23)."""
PATIENCE = 5.0
"""Seconds for a client to take what was sent, and for the database to answer."""
RETRY_MS = 2000
MOST_PER_PERSON = 24
log = get_logger("bunko.events")
_open: Counter[UUID] = Counter()

type StillWelcome = Callable[[], Awaitable[bool]]


@get("/events", name="monitoring.events", opt={"policy": Policy.SIGNED_IN})
async def events(
    request: HTMXRequest,
    person: User,
    session: AsyncSession,
    topic: Annotated[list[str], Parameter(max_items=MOST_TOPICS)] | None = None,
) -> Response[Any]:
    topics = sorted(set(topic or ()))
    await check_topics(session, person, topics)
    live: Live | None = request.app.state.get("live")
    if live is None:
        raise Unavailable("Nothing is told live here; reload the screen to see what is new.")
    if _open[person.id] >= MOST_PER_PERSON:
        raise TooManyTries("Too many of your screens are open at once.", retry_after=30)
    session_id = current_session(request).session_id
    sessions = request.app.state.session_maker_class
    lines = told(live, topics, lambda: is_still_welcome(sessions, session_id, topics))
    return EventStream(lines, person.id)


async def told(live: Live, topics: list[str], welcome: StillWelcome) -> AsyncIterator[bytes]:
    """The lines of one stream. It ends when the listener was too slow, or is no longer welcome."""
    yield b"retry: %d\n\n" % RETRY_MS
    checked = time.monotonic()
    async for topic in live.topics(topics, BEAT):
        # Not only in quiet moments: who is shut out must not be kept in by a long scan.
        if time.monotonic() - checked >= BEAT:
            if not await _welcome_still(welcome):
                return
            checked = time.monotonic()
        yield b": beat\n\n" if topic is None else f"event: changed\ndata: {topic}\n\n".encode()


async def _welcome_still(welcome: StillWelcome) -> bool:
    """A question that finds no answer closes the stream; the browser comes again."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await welcome()
    except DATABASE_ERRORS:
        return False


class EventStream(Response[bytes]):
    """Never compressed, cached or buffered; a client that takes nothing for a while is left."""

    def __init__(self, lines: AsyncIterator[bytes], person_id: UUID) -> None:
        super().__init__(
            NOTHING,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self.lines = lines
        self.person_id = person_id

    def to_asgi_response(self, app: Any, request: Any, **given: Any) -> ASGIApp:  # type: ignore[override]
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await send(_start(self.headers))
            if "is_head" in scope["state"]:
                await send(_part(b"", more=False))
                return
            _open[self.person_id] += 1
            try:
                await _first_of(_gone(receive), _pour(self.lines, send))
            finally:
                _open[self.person_id] -= 1
                if not _open[self.person_id]:
                    del _open[self.person_id]

        return answer


async def _pour(lines: AsyncIterator[bytes], send: Send) -> None:
    try:
        async for line in lines:
            async with asyncio.timeout(PATIENCE):
                await send(_part(line, more=True))
    except TimeoutError:
        log.info("a listener took nothing any more")
        return
    await send(_part(b"", more=False))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _first_of(*work: Any) -> None:
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _start(headers: dict[str, Any]) -> Any:
    sent = {"content-type": "text/event-stream; charset=utf-8", **headers}
    return {
        "type": "http.response.start",
        "status": 200,
        "headers": [(name.lower().encode(), str(value).encode()) for name, value in sent.items()],
    }


def _part(body: bytes, *, more: bool) -> Any:
    return {"type": "http.response.body", "body": body, "more_body": more}


routes = [events]
