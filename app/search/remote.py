"""Providers asked by people: each for itself, kept for a while, none waited for longer than is said.

    asking = asking_of(app)
    tasks = [asking.begin(provider, listing(Capability.SEARCH, wish)) for provider in providers]
    await some_answered(tasks, seconds=6)

A question goes on after nobody waits for it any more, and whoever asks again finds the answer: for five
minutes, what hardly changes for a month. That is asked for anew after a day, while what is known
still counts. Without Valkey each process keeps a minute of its own.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

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
from app.search.remote_kept import Keeping

LONGEST = 25.0
"""Seconds after which a question is given up."""
FRESH, FAILED, KEPT = 60.0, 10.0, 300
FILTERS_KEPT, FILTERS_RENEWED = 30 * 86_400, 86_400
MOST_OPEN, MOST_KEPT, MOST_RENEWED = 2000, 3000, 20
SWEPT = 1.0
_KEY = "asking"

log = logging.getLogger(__name__)


class Question[Kind](msgspec.Struct, frozen=True):
    """`words` tell it from every other of the same capability; `kind` is what answers it. An answer is
    `kept` for so many seconds; one of more than `renewed` still counts, and is asked for anew."""

    capability: Capability
    words: str
    kind: Any
    ask: Callable[[Driver], Awaitable[Kind]]
    kept: int = KEPT
    renewed: int = KEPT


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
    return Question(
        Capability.FILTERS,
        "",
        list[Filter],
        lambda driver: driver.filters(),
        kept=FILTERS_KEPT,
        renewed=FILTERS_RENEWED,
    )


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
        self._keeping = Keeping(valkey_url)
        self._asked: dict[str, tuple[Asked[Any], float]] = {}
        self._open = 0
        self._forgot_at = 0.0
        self._renewing: set[asyncio.Task[None]] = set()

    def begin[Kind](
        self, provider: Provider, question: Question[Kind], *, again: bool = False
    ) -> Asked[Kind]:
        """The question as it is under way or was answered a moment ago, else anew. `again`: a
        failure does not count as an answer."""
        key = _key(provider, question)
        self._forget_old()
        task, until = self._asked.get(key, (None, 0.0))
        if task is not None and not _is_over(task, until, again):
            return task
        if self._open >= MOST_OPEN:
            raise Unavailable(_("Too much is asked of providers at the moment. Try again soon."))
        self._open += 1
        task = asyncio.create_task(self._ask(provider, question, key))
        self._asked[key] = (task, time.monotonic() + LONGEST)
        task.add_done_callback(lambda done: self._keep(key, done))
        return task

    async def close(self) -> None:
        tasks = [*(task for task, _until in self._asked.values()), *self._renewing]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._keeping.close()

    def _keep(self, key: str, task: Asked[Any]) -> None:
        self._open -= 1
        if task.cancelled():
            self._asked.pop(key, None)
            return
        _log_failure(key, task)
        self._asked[key] = (task, time.monotonic() + (FAILED if _failed(task) else FRESH))

    def _forget_old(self) -> None:
        """Now and then: hundreds of providers are asked in one go."""
        now = time.monotonic()
        if now < self._forgot_at + SWEPT and len(self._asked) < MOST_KEPT:
            return
        self._forgot_at = now
        done = {key: until for key, (task, until) in self._asked.items() if task.done()}
        old = [key for key, until in done.items() if until < now]
        for key in {*old, *[*done][: max(0, len(self._asked) - MOST_KEPT)]}:
            del self._asked[key]

    async def _ask[Kind](
        self, provider: Provider, question: Question[Kind], key: str
    ) -> Said[Kind]:
        began = time.monotonic()
        kept = await self._keeping.get(key, question.kind, question.kept)
        if kept is None:
            return await self._ask_anew(provider, question, key)
        if kept.age > question.renewed:
            self._renew(provider, question, key)
        return Said(provider.id, time.monotonic() - began, kept.answer)

    async def _ask_anew[Kind](
        self, provider: Provider, question: Question[Kind], key: str
    ) -> Said[Kind]:
        said = await _said(provider, question, time.monotonic())
        await self._count(provider.id, question.capability, said)
        if said.answer is not None:
            await self._keeping.put(key, said.answer, question.kept)
        return said

    def _renew(self, provider: Provider, question: Question[Any], key: str) -> None:
        """Beside whoever is content with what was known. A few at once: the rest another time."""
        if len(self._renewing) < MOST_RENEWED:
            renewing = asyncio.create_task(self._renew_one(provider, question, key))
            self._renewing.add(renewing)
            renewing.add_done_callback(lambda done: self._renewed(key, done))

    async def _renew_one(self, provider: Provider, question: Question[Any], key: str) -> None:
        if await self._keeping.may_renew(key):
            await self._ask_anew(provider, question, key)

    def _renewed(self, key: str, task: asyncio.Task[None]) -> None:
        self._renewing.discard(task)
        if not task.cancelled():
            _log_failure(key, task)

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


def _log_failure(key: str, task: asyncio.Task[Any]) -> None:
    if error := task.exception():
        log.error("A provider's driver failed: %s", key, exc_info=error)


def _is_over(task: Asked[Any], until: float, again: bool) -> bool:
    return task.done() and (until < time.monotonic() or (again and _failed(task)))


def _key(provider: Provider, question: Question[Any]) -> str:
    said = f"{question.capability} {question.words}".encode()
    digest = blake2b(said, digest_size=16).hexdigest()
    return f"bunko:remote:{provider.id}:{provider.revision}:{digest}"
