"""One series at a provider: what it says of it, and its chapters by number, language and group."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar_htmx import HTMXRequest

from app.foundation.security.text import clean_line
from app.providers.base import RemoteChapter, RemoteSeries
from app.providers.models import Provider
from app.search.discover import PATIENCE, languages_in
from app.search.remote import Said, asking_of, chapters_of, outcome, series_of, some_answered

AT_ONCE = 100
"""Numbers, each with everything that was released under it."""
LONGEST_ID = 2000


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which chapters of which series somebody wants to see."""

    remote_id: str
    language: str = ""
    group: str = ""
    oldest_first: bool = False
    start: int = 0

    @classmethod
    def read(cls, request: HTMXRequest) -> Self:
        said = request.query_params
        start = said.get("from", "")
        return cls(
            remote_id=said.get("id", "")[:LONGEST_ID],
            language=next(iter(languages_in([said.get("language", "")])), ""),
            group=clean_line(said.get("group", ""), 300),
            oldest_first=said.get("order") == "oldest",
            start=int(start[:6]) if start.isascii() and start.isdigit() else 0,
        )

    def href(self, provider_id: UUID, **other: Any) -> str:
        wish = msgspec.structs.replace(self, **{"start": 0, **other})
        return series_url(
            provider_id,
            wish.remote_id,
            language=wish.language,
            group=wish.group,
            order="oldest" if wish.oldest_first else "",
            **({"from": str(wish.start)} if wish.start else {}),
        )


def series_url(provider_id: UUID, remote_id: str, **more: str) -> str:
    """Ids of providers may hold anything: they go into the query."""
    said = {"id": remote_id, **{name: value for name, value in more.items() if value}}
    return f"/discover/{provider_id}/series?{urlencode(said)}"


class Position(NamedTuple):
    """A number, and every release under it."""

    releases: list[RemoteChapter]

    @property
    def first(self) -> RemoteChapter:
        return self.releases[0]


class Listing(NamedTuple):
    positions: list[Position]
    total: int
    next_start: int | None
    languages: list[tuple[str, int]]
    groups: list[tuple[str, int]]


class Preview(NamedTuple):
    """Each None while it is under way."""

    series: Said[RemoteSeries] | None
    chapters: Said[Sequence[RemoteChapter]] | None


async def preview(
    app: Litestar, provider: Provider, remote_id: str, *, again: bool = False
) -> Preview:
    asking = asking_of(app)
    series = asking.begin(provider, series_of(remote_id), again=again)
    chapters = asking.begin(provider, chapters_of(remote_id), again=again)
    await some_answered([series, chapters], PATIENCE)
    return Preview(outcome(series, provider), outcome(chapters, provider))


def listed(chapters: Sequence[RemoteChapter], choice: Choice) -> Listing:
    """Those of the chosen language and group, under their numbers, from `start` on."""
    fitting = [
        one
        for one in chapters
        if (not choice.language or one.language == choice.language)
        and (not choice.group or choice.group in one.groups)
    ]
    positions = _positions(fitting, oldest_first=choice.oldest_first)
    end = choice.start + AT_ONCE
    return Listing(
        positions[choice.start : end],
        len(positions),
        end if end < len(positions) else None,
        Counter(one.language for one in chapters if one.language).most_common(),
        Counter(group for one in chapters for group in one.groups).most_common(),
    )


def _positions(chapters: Sequence[RemoteChapter], *, oldest_first: bool) -> list[Position]:
    """By number; what has none comes last, by its date."""
    by_key: dict[Any, list[RemoteChapter]] = {}
    for one in chapters:
        # A number is a number whatever it was written like; what has none stands by itself.
        key = one.number if one.number is not None else one.number_text.casefold() or one.remote_id
        by_key.setdefault(key, []).append(one)
    positions = [Position(releases) for releases in by_key.values()]
    numbered = [one for one in positions if one.first.number is not None]
    others = [one for one in positions if one.first.number is None]
    numbered.sort(key=lambda one: one.first.number or Decimal(0), reverse=not oldest_first)
    others.sort(key=lambda one: str(one.first.published_at or ""), reverse=not oldest_first)
    return [*numbered, *others]
