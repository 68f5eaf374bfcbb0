"""Providers asked by people: each for itself, kept for a while, none waited for longer than is said.

    asking = asking_of(app)
    tasks = [asking.begin(provider, listing(Capability.SEARCH, wish)) for provider in providers]
    await some_answered(tasks, seconds=6)

A question goes on after nobody waits for it any more, and whoever asks again finds the answer. What
Valkey keeps of answers is read back only as what it should be; without Valkey each process keeps a
minute of its own.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
import valkey.asyncio
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from valkey.exceptions import ValkeyError

from app.errors import Invalid, Unavailable
from app.foundation.http import OutboundError, Resting
from app.foundation.web.i18n import _
from app.providers.base import (
    Capability,
    Driver,
    Filter,
    Found,
    RemoteChapter,
    RemoteSeries,
    Wish,
)
from app.providers.errors import NotOffered, NotThere, ProviderError
from app.providers.models import Provider
from app.providers.opening import opened
from app.providers.service import record

LONGEST = 25.0
"""Seconds after which a question is given up."""
FRESH, FAILED, KEPT = 60.0, 10.0, 300
MOST_OPEN, MOST_KEPT = 2000, 3000
MOST_BYTES = 4_000_000
AWAY = (ValkeyError, OSError, TimeoutError)
_KEY = "asking"

log = logging.getLogger(__name__)


class Question[Kind](msgspec.Struct, frozen=True):
    """`words` tell it from every other of the same capability; `kind` is what answers it."""

    capability: Capability
    words: str
    kind: Any
    ask: Callable[[Driver], Awaitable[Kind]]


class Said[Kind](msgspec.Struct, frozen=True):
    """`answer`, or `why` there is none in a sentence; `is_gone`: it has no such thing."""

    provider_id: UUID
    seconds: float
    answer: Kind | None = None
    why: str = ""
    is_gone: bool = False
    is_asked: bool = True
    """Else Bunko held back: that says nothing of the provider's health."""


type Asked[Kind] = asyncio.Task[Said[Kind]]


def listing(capability: Capability, wish: Wish) -> Question[Found]:
    """`capability` is SEARCH, LATEST or POPULAR."""
    words = msgspec.json.encode(wish).decode()
    return Question(capability, words, Found, lambda driver: _lists(driver, capability)(wish))


def filters_of() -> Question[Sequence[Filter]]:
    return Question(Capability.FILTERS, "", list[Filter], lambda driver: driver.filters())


def series_of(remote_id: str) -> Question[RemoteSeries]:
    return Question(
        Capability.SERIES, remote_id, RemoteSeries, lambda driver: driver.series(remote_id)
    )


def chapters_of(remote_id: str) -> Question[Sequence[RemoteChapter]]:
    """All of them, in every language."""
    return Question(
        Capability.CHAPTERS,
        remote_id,
        list[RemoteChapter],
        lambda driver: driver.chapters(remote_id),
    )


def asking_of(app: Litestar) -> "Asking":
    """The one of this app; made with the first question."""
    found: Asking | None = app.state.get(_KEY)
    if found is None:
        state = app.state
        found = state[_KEY] = Asking(state.settings.valkey_url, state.session_maker_class)
        app.on_shutdown.append(found.close)
    return found


class Asking:
    """Belongs to one event loop."""

    def __init__(self, valkey_url: str | None, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._client: valkey.asyncio.Valkey | None = (
            valkey.asyncio.Valkey.from_url(valkey_url, socket_timeout=2.0, socket_connect_timeout=2)
            if valkey_url
            else None
        )
        self._asked: dict[str, tuple[Asked[Any], float]] = {}

    def begin[Kind](
        self, provider: Provider, question: Question[Kind], *, again: bool = False
    ) -> Asked[Kind]:
        """The question as it is under way or was answered a moment ago, else anew. `again`: a
        failure does not count as an answer."""
        key = _key(provider, question)
        self._forget_old()
        task, _until = self._asked.get(key, (None, 0.0))
        if task is not None and not (again and _failed(task)):
            return task
        if sum(not one.done() for one, _until in self._asked.values()) >= MOST_OPEN:
            raise Unavailable(_("Too much is asked of providers at the moment. Try again soon."))
        task = asyncio.create_task(self._ask(provider, question, key))
        self._asked[key] = (task, time.monotonic() + LONGEST)
        task.add_done_callback(lambda done: self._keep(key, done))
        return task

    async def close(self) -> None:
        tasks = [task for task, _until in self._asked.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client:
            await self._client.aclose()

    def _keep(self, key: str, task: Asked[Any]) -> None:
        if task.cancelled():
            self._asked.pop(key, None)
            return
        if error := task.exception():
            log.error("A provider's driver failed: %s", key, exc_info=error)
        self._asked[key] = (task, time.monotonic() + (FAILED if _failed(task) else FRESH))

    def _forget_old(self) -> None:
        now = time.monotonic()
        old = [key for key, (task, until) in self._asked.items() if task.done() and until < now]
        done = [key for key, (task, _until) in self._asked.items() if task.done()]
        for key in {*old, *done[: max(0, len(self._asked) - MOST_KEPT)]}:
            del self._asked[key]

    async def _ask[Kind](
        self, provider: Provider, question: Question[Kind], key: str
    ) -> Said[Kind]:
        began = time.monotonic()
        if (kept := await self._kept(key, question.kind)) is not None:
            return Said(provider.id, time.monotonic() - began, kept)
        said = await _said(provider, question, began)
        await self._count(provider.id, question.capability, said)
        if said.answer is not None:
            await self._put(key, said.answer)
        return said

    async def _count(self, provider_id: UUID, capability: Capability, said: Said[Any]) -> None:
        """How it went counts in the provider's health."""
        if not said.is_asked:
            return
        is_good = said.answer is not None or said.is_gone
        async with self._sessions() as session:
            await record(
                session, provider_id, capability, is_good, said.seconds * 1000, said.why or None
            )
            await session.commit()

    async def _kept(self, key: str, kind: Any) -> Any:
        if self._client is None:
            return None
        try:
            found = await self._client.get(key)
            return msgspec.json.decode(found, type=kind) if found else None
        except AWAY as error:
            log.warning("Valkey is away: providers are asked anew: %s", error)
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("What Valkey kept of a provider is not what it should be: %s", key)
        return None

    async def _put(self, key: str, answer: Any) -> None:
        if self._client is None or len(written := msgspec.json.encode(answer)) > MOST_BYTES:
            return
        try:
            await self._client.set(key, written, ex=KEPT)
        except AWAY as error:
            log.warning("Valkey is away: an answer is not kept: %s", error)


async def some_answered(
    tasks: Sequence[Asked[Any]], seconds: float, more_than: int | None = None
) -> None:
    """Returns when all are done, or more than so many, or after so many seconds."""
    end = time.monotonic() + seconds
    while waiting := {task for task in tasks if not task.done()}:
        left = end - time.monotonic()
        if left <= 0 or (more_than is not None and len(tasks) - len(waiting) > more_than):
            return
        await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)


def outcome[Kind](task: Asked[Kind], provider: Provider) -> Said[Kind] | None:
    """None while it is under way. A driver that failed in its own way is said to have failed."""
    if not task.done():
        return None
    if task.cancelled() or task.exception() is not None:
        return Said(provider.id, 0.0, why=_("Its driver failed; the log says how."))
    return task.result()


async def _said[Kind](provider: Provider, question: Question[Kind], began: float) -> Said[Kind]:
    try:
        driver = await opened().driver(provider)
        async with asyncio.timeout(LONGEST):
            answer = await question.ask(driver)
    except (Resting, Invalid) as error:
        return Said(provider.id, 0.0, why=error.said, is_asked=False)
    except (ProviderError, OutboundError) as error:
        is_gone = isinstance(error, NotThere | NotOffered)
        return Said(provider.id, time.monotonic() - began, why=error.said, is_gone=is_gone)
    except TimeoutError:
        why = _("It did not answer within %(seconds)s seconds.", seconds=round(LONGEST))
        return Said(provider.id, time.monotonic() - began, why=why)
    return Said(provider.id, time.monotonic() - began, answer)


def _lists(driver: Driver, capability: Capability) -> Callable[[Wish], Awaitable[Found]]:
    match capability:
        case Capability.LATEST:
            return driver.latest
        case Capability.POPULAR:
            return driver.popular
    return driver.search


def _failed(task: Asked[Any]) -> bool:
    if not task.done():
        return False
    return task.cancelled() or task.exception() is not None or task.result().answer is None


def _key(provider: Provider, question: Question[Any]) -> str:
    said = f"{question.capability} {question.words}".encode()
    digest = blake2b(said, digest_size=16).hexdigest()
    return f"bunko:remote:{provider.id}:{provider.revision}:{digest}"
