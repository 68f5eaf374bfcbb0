"""What `/discover` shows: what each provider said, and what all of them found together."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.security.text import clean_line
from app.providers.base import Capability, Filter, Found, RemoteSeries, Wish
from app.providers.models import Provider
from app.providers.registry import driver
from app.providers.service import Providers
from app.search.discover_filters import (
    Chosen,
    Menu,
    applied,
    as_pairs,
    common,
    menus,
    not_understood,
    read_filters,
    without,
)
from app.search.remote import Asked, Said, asking_of, filters_of, listing, outcome, some_answered
from app.search.remote_merge import Merged, merged
from app.search.remote_shelf import Shelved, may_meet, shelved

PATIENCE = 6.0
"""Seconds that a screen waits for providers; what comes later is there when it is asked for again."""
AT_ONCE = 0.3
"""Seconds for what is known already, before a script shows that providers are being asked."""
LONGEST_TEXT, MOST_LANGUAGES = 200, 10
MOST_OF_ONE = 100
"""Series of one answer that are shown: what a driver may send has no end."""
LISTS = (Capability.SEARCH, Capability.LATEST, Capability.POPULAR)


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """`seen`: how many providers had answered in what the browser shows; None for a whole screen.
    `again`: a provider whose failure a moment ago does not count."""

    text: str
    languages: tuple[str, ...] = ()
    filters: Chosen = {}
    seen: int | None = None
    again: UUID | None = None

    @classmethod
    def read(cls, request: HTMXRequest) -> Self:
        """What makes no sense is as if not said."""
        said = request.query_params
        seen = said.get("seen", "")
        return cls(
            text=clean_line(said.get("q", ""), LONGEST_TEXT),
            languages=languages_in(said.getall("language", [])),
            filters=read_filters(said.multi_items()),
            seen=min(int(seen[:4]), 1000) if seen.isascii() and seen.isdigit() else None,
            again=id_in(said.get("again", "")),
        )

    def href(self, path: str = "/discover", **more: Any) -> str:
        said = [("q", self.text)] if self.text else []
        said += [("language", one) for one in self.languages]
        return f"{path}?{urlencode([*said, *as_pairs(self.filters), *more.items()])}"

    def chips(self, path: str, filters: Sequence[Filter], **more: Any) -> list[tuple[str, str]]:
        """Each filter in words, and the address without it."""
        return [
            (
                words,
                msgspec.structs.replace(self, filters=without(self.filters, name, value)).href(
                    path, **more
                ),
            )
            for name, value, words in applied(filters, self.filters)
        ]

    def bare_href(self, path: str = "/discover", **more: Any) -> str:
        """With no filter."""
        return msgspec.structs.replace(self, filters={}).href(path, **more)

    def wish(self, provider: Provider, *, text: str, more: str | None = None) -> Wish:
        return Wish(
            text=text,
            languages=self.languages or provider.languages,
            filters=self.filters,
            more=more,
        )


class Line(NamedTuple):
    """A provider and what it said; None while it is being asked. `ignored`: filters it has not."""

    provider: Provider
    said: Said[Found] | None
    shown: int = 0
    ignored: Sequence[str] = ()


class Entry(NamedTuple):
    merged: Merged
    shelved: Shelved | None

    @property
    def series(self) -> RemoteSeries:
        return self.merged.lead.series


class Answers(NamedTuple):
    lines: list[Line]
    entries: list[Entry]
    skipped: list[Provider]
    menus: list[Menu]
    chips: list[tuple[str, str]]

    @property
    def is_whole(self) -> bool:
        return all(line.said is not None for line in self.lines)

    @property
    def answered(self) -> int:
        return sum(line.said is not None for line in self.lines)


async def answers(
    app: Litestar, session: AsyncSession, person: User, search: Search, wait: float
) -> Answers:
    """At most `wait` seconds after it was asked; with `seen`, as soon as there is more than that."""
    providers = Providers(session)
    asked = [one for one in await providers.asked() if offers(one, Capability.SEARCH)]
    skipped = await providers.skipped()
    # Nobody waits for others with a connection in the hand.
    await session.close()
    tasks = [_begin(app, provider, search) for provider in asked]
    filters, _none = await asyncio.gather(
        narrowed_by(app, asked), some_answered(tasks, wait, search.seen)
    )
    lines, found = [], []
    for provider, task in zip(asked, tasks, strict=True):
        said = outcome(task, provider)
        shown = (
            fitting(person, said.answer.series, search.languages) if said and said.answer else []
        )
        known = filters.get(provider.id)
        ignored = [] if known is None else not_understood(known, search.filters)
        lines.append(Line(provider, said, len(shown), ignored))
        found.append((provider, shown))
    together = merged(found)
    marks = await shelved(session, person, together)
    entries = [Entry(one, marks.get(at)) for at, one in enumerate(together)]
    offered = common(filters.values())
    return Answers(
        lines, entries, skipped, menus(offered, search.filters), search.chips("/discover", offered)
    )


async def narrowed_by(app: Litestar, providers: Sequence[Provider]) -> dict[UUID, Sequence[Filter]]:
    """What each may be narrowed by, as far as that is known within a moment."""
    found: dict[UUID, Sequence[Filter]] = {
        one.id: () for one in providers if not offers(one, Capability.FILTERS)
    }
    tasks = {
        one: asking_of(app).begin(one, filters_of()) for one in providers if one.id not in found
    }
    await some_answered(list(tasks.values()), AT_ONCE)
    for provider, task in tasks.items():
        said = outcome(task, provider)
        if said and said.answer is not None:
            found[provider.id] = said.answer
    return found


def _begin(app: Litestar, provider: Provider, search: Search) -> Asked[Found]:
    question = listing(Capability.SEARCH, search.wish(provider, text=search.text))
    return asking_of(app).begin(provider, question, again=provider.id == search.again)


def fitting(
    person: User, series_list: Sequence[RemoteSeries], languages: Sequence[str]
) -> list[RemoteSeries]:
    """Those that this person may meet, and that are known to be, or may be, in these languages."""
    wanted = set(languages)
    return [
        one
        for one in series_list[:MOST_OF_ONE]
        if may_meet(person, one)
        and (not wanted or not one.languages or wanted & set(one.languages))
    ]


def offers(provider: Provider, capability: Capability) -> bool:
    """Whether it can be asked for this. One whose driver is gone is asked, and says so."""
    try:
        return capability in driver(provider.driver).capabilities
    except Invalid:
        return True


def languages_in(tags: Sequence[str]) -> tuple[str, ...]:
    fits = [tag for tag in tags if tag and len(tag) <= 20 and tag.replace("-", "").isalnum()]
    return tuple(dict.fromkeys(tag for tag in fits if tag.isascii()))[:MOST_LANGUAGES]


def id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
