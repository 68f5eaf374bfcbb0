"""One provider looked through: its latest, its popular ones, or what it has of a title, narrowed by
the filters that it says it has."""

from typing import NamedTuple, Self

import msgspec
from litestar import Litestar
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.security.text import clean_line
from app.foundation.web.i18n import _
from app.providers.base import Capability, Found
from app.providers.models import Provider
from app.search.discover import LISTS, PATIENCE, Entry, Search, fitting, offers
from app.search.discover_filters import Menu, menus
from app.search.remote import Said, asking_of, filters_of, listing, outcome, some_answered
from app.search.remote_merge import merged
from app.search.remote_shelf import shelved

LONGEST_MORE = 2000


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which list of which provider somebody wants to see."""

    provider: Provider
    kind: Capability
    search: Search
    more: str | None = None

    @classmethod
    def read(cls, request: HTMXRequest, provider: Provider) -> Self:
        said, search = request.query_params, Search.read(request)
        return cls(
            provider=provider,
            kind=_kind(provider, said.get("list", ""), search),
            search=search,
            more=clean_line(said.get("more", ""), LONGEST_MORE) or None,
        )

    @property
    def path(self) -> str:
        return f"/discover/{self.provider.id}"

    def again_href(self) -> str:
        return self.search.href(self.path, list=self.kind, again=self.provider.id)

    def next_href(self, more: str | None) -> str:
        return self.search.href(self.path, list=self.kind, more=more) if more else ""

    def bare_href(self) -> str:
        return self.search.bare_href(self.path, list=self.kind)


class Looked(NamedTuple):
    """`said` is None while the provider is being asked."""

    said: Said[Found] | None
    entries: list[Entry]
    next_href: str
    menus: list[Menu]
    chips: list[tuple[str, str]]


async def look_through(
    app: Litestar, session: AsyncSession, person: User, wanted: Wanted
) -> Looked:
    # Nobody waits for others with a connection in the hand.
    await session.close()
    asking, provider, search = asking_of(app), wanted.provider, wanted.search
    text = search.text if wanted.kind is Capability.SEARCH else ""
    question = listing(wanted.kind, search.wish(provider, text=text, more=wanted.more))
    task = asking.begin(provider, question, again=search.again is not None)
    asked = [asking.begin(provider, filters_of())] if offers(provider, Capability.FILTERS) else []
    await some_answered([task, *asked], PATIENCE)
    said = outcome(task, provider)
    answer = said.answer if said else None
    shown = fitting(person, answer.series, search.languages) if answer else []
    entries = merged([(provider, shown)])
    marks = await shelved(session, person, entries)
    filters = [
        one for task in asked if (had := outcome(task, provider)) for one in had.answer or ()
    ]
    return Looked(
        said,
        [Entry(one, marks.get(at)) for at, one in enumerate(entries)],
        wanted.next_href(answer.more if answer else None),
        menus(filters, search.filters),
        search.chips(wanted.path, filters, list=wanted.kind),
    )


def kinds_of(
    provider: Provider, search: Search, shown: Capability | None = None
) -> list[tuple[str, str, bool]]:
    """The lists there are: word, address, whether it is this one."""
    at, anything = f"/discover/{provider.id}", msgspec.structs.replace(search, text="")
    named = [(Capability.LATEST, _("Latest")), (Capability.POPULAR, _("Popular"))]
    found = [
        (word, anything.href(at, list=one), one is shown)
        for one, word in named
        if offers(provider, one)
    ]
    if search.text or search.filters:
        href = search.href(at, list=Capability.SEARCH)
        found.append((_("Found"), href, shown is Capability.SEARCH))
    return found


def _kind(provider: Provider, wanted: str, search: Search) -> Capability:
    """What is asked for, else what the provider can."""
    for kind in LISTS:
        if kind == wanted and offers(provider, kind):
            return kind
    is_narrowed = search.text or search.filters
    if not is_narrowed and offers(provider, Capability.LATEST):
        return Capability.LATEST
    return Capability.SEARCH
