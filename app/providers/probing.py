"""Asking a provider for something, to see whether it is well: one cheap, real question for each
thing it can do. What is asked for are a series and a chapter found there before (`sample`)."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from app.errors import Invalid, Sentence
from app.foundation.archives.errors import BadFile
from app.foundation.archives.sandbox import SandboxPool
from app.foundation.http import OutboundError, Resting
from app.foundation.http.counting import requests_sent
from app.foundation.images.looking import look_at
from app.foundation.logger import get_logger
from app.foundation.security.text import clean_line
from app.providers.base import Capability, Driver, Found, RemoteSeries, WholeFile, Wish
from app.providers.errors import Blocked, NotOffered, NotThere, ProviderError
from app.providers.models import Provider
from app.providers.opening import opened

DEADLINE = 20.0
"""Seconds for one question, pictures and repeated tries included."""
LONGEST = 4 * DEADLINE
"""For all questions to one provider."""
TRIES = 3
"""Of the series found, in which one looks for a chapter that can be had."""
LONGEST_TITLE = 200
SMALLEST = 16
"""Pixels that a page is wide and high at least."""
WAYS_TO_FIND = (Capability.SEARCH, Capability.LATEST, Capability.POPULAR)
_FINDS_NOTHING = "The search does not find anything any more."
_NO_PAGES = "The chapter has no pages."
_PLACEHOLDER = "The first page is only a placeholder."
_TOO_SLOW = "It did not answer in time."
_AGAIN = "It fails again and again."

log = get_logger("bunko.providers")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`said`: why it went wrong; else how many or how large, in figures. `wait`: for how many seconds
    its host is left alone; `was_asked` is False where it was so already, and nothing was asked."""

    capability: Capability
    is_good: bool
    ms: int
    said: str | None = None
    is_blocked: bool = False
    wait: float = 0.0
    was_asked: bool = True


class Probed(msgspec.Struct):
    answers: list[Answer] = []
    sample: dict[str, Any] = {}
    figures: str = ""
    """Of what came last."""

    @property
    def is_broken(self) -> bool:
        return bool(self.answers) and not self.answers[-1].is_good

    @property
    def left_alone(self) -> float:
        """Seconds until it may be asked; 0 where it was."""
        return max((one.wait for one in self.answers if not one.was_asked), default=0.0)


async def probe(provider: Provider, pool: SandboxPool) -> Probed:
    """Never raises for what a provider or its driver does: that is an answer. A driver that is not
    ours may raise anything."""
    probed = Probed(sample=dict(provider.sample))
    failure = await _failure_of(_probe(provider, pool, probed))
    if isinstance(failure, Invalid):
        probed.answers.append(_no_answer(failure.message))
    elif failure is not None:
        log.error("a driver broke", kind=provider.driver, exc_info=failure)
        name = type(failure).__name__
        said = Sentence("Its driver does not work (%(name)s).", name=name)
        probed.answers.append(_no_answer(said))
    if not _can_be_kept(probed.sample):
        probed.sample = {}
    return probed


async def _failure_of(asking: Coroutine[Any, Any, None]) -> BaseException | None:
    """A driver may break, cancel itself, or go on after it was stopped: none of that reaches us."""
    task = asyncio.create_task(asking)
    try:
        done, _still = await asyncio.wait({task}, timeout=LONGEST)
    finally:
        task.cancel()
    if not done:
        return TimeoutError()
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def _can_be_kept(sample: Mapping[str, Any]) -> bool:
    """As JSON in the database. A driver that is not ours may use anything as an id."""
    return all(isinstance(one, str) and "\x00" not in one for one in sample.values())


async def _probe(provider: Provider, pool: SandboxPool, probed: Probed) -> None:
    driver = await opened().driver(provider)
    if not any(can in driver.capabilities for can in WAYS_TO_FIND):
        return  # it gives what it is asked for by id, and no id is known
    found = await _find(driver, probed)
    if found is None:
        return
    series = await _list_chapters(driver, probed, found)
    if series is not None and Capability.PAGES in driver.capabilities:
        await _see_a_page(driver, probed, pool)


async def _find(driver: Driver, probed: Probed) -> Sequence[RemoteSeries] | None:
    """What it found; None where it is not worth while to ask on."""
    ask, capability = _way_to_find(driver)
    text = probed.sample.get("text", "") if capability is Capability.SEARCH else ""
    found = Found([])
    async with _told(capability, probed):
        try:
            found = await ask(Wish(text=text))
        except NotOffered:
            if not text:
                raise
            found = await ask(Wish())  # there is no search: it can only be looked through
        if text and not found.series:
            # It was taken down, or its title means something else to this search.
            probed.sample.clear()
            found = await ask(Wish())
            if not found.series:
                raise ProviderError(_FINDS_NOTHING)
        probed.figures = str(len(found.series))
    return None if probed.is_broken else found.series


def _way_to_find(driver: Driver) -> tuple[Any, Capability]:
    can = next(one for one in WAYS_TO_FIND if one in driver.capabilities)
    return getattr(driver, can), can


async def _list_chapters(
    driver: Driver, probed: Probed, found: Sequence[RemoteSeries]
) -> str | None:
    """The series in which there is a chapter to see; its chapters are counted."""
    known = probed.sample.get("series")
    others = [one.remote_id for one in found if one.remote_id != known][:TRIES]
    titles = {one.remote_id: one.title for one in found}
    if Capability.CHAPTERS not in driver.capabilities:
        return None
    seen = None
    async with _told(Capability.CHAPTERS, probed):
        number = 0
        for remote_id in [known, *others] if known else others:
            try:
                chapters = await driver.chapters(remote_id)
            except NotThere:
                if remote_id != known:
                    raise
                continue  # it was taken down: that is no illness
            number = max(number, len(chapters))
            at_hand = [one.remote_id for one in chapters if one.is_available]
            if at_hand:
                seen = remote_id
                text = titles.get(remote_id, probed.sample.get("text", ""))
                probed.sample = {
                    "series": remote_id,
                    "text": clean_line(text, LONGEST_TITLE),
                    "chapter": at_hand[0],
                }
                break
        probed.figures = str(number)
    return seen


async def _see_a_page(driver: Driver, probed: Probed, pool: SandboxPool) -> None:
    async with _told(Capability.PAGES, probed):
        listed = await driver.pages(probed.sample["chapter"])
        if isinstance(listed, WholeFile):
            # Hundreds of megabytes, only to see whether it is well: its list says enough.
            probed.figures = ""
            return
        if not listed.pages:
            raise ProviderError(_NO_PAGES)
        width, height = await look_at(pool, await driver.page(listed.pages[0]))
        if min(width, height) < SMALLEST:
            raise ProviderError(_PLACEHOLDER)
        probed.figures = f"{width} × {height}"


@asynccontextmanager
async def _told(capability: Capability, probed: Probed) -> AsyncIterator[None]:
    """What becomes of the question in the block is one more answer."""
    began = time.monotonic()

    def answer(is_good: bool, said: str | None, **more: Any) -> None:
        ms = round((time.monotonic() - began) * 1000)
        probed.answers.append(
            Answer(capability=capability, is_good=is_good, ms=ms, said=said, **more)
        )

    try:
        with requests_sent() as sent:
            async with asyncio.timeout(DEADLINE):
                yield
    except Resting as error:
        was_asked = sent.number > 0
        said = _AGAIN if was_asked else error.said
        answer(False, said, wait=error.wait, was_asked=was_asked)
    except Blocked as error:
        answer(False, error.said, is_blocked=True)
    except (ProviderError, OutboundError, BadFile) as error:
        answer(False, error.said)
    except TimeoutError:
        answer(False, _TOO_SLOW)
    else:
        answer(True, probed.figures)


def _no_answer(said: str) -> Answer:
    return Answer(capability=Capability.SEARCH, is_good=False, ms=0, said=said)
