"""What a driver is: what asks one kind of provider for series, chapters and pages.

A driver is a class with this interface for one kind of provider (`drivers/`, or a plug-in by entry
point `bunko.providers`). It is given a guarded way out and its options; it knows nothing of the
database. It returns the frozen structs below, in which every foreign text has been cleaned, and
raises ProviderError or OutboundError, whose texts are sentences for people.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Protocol

import msgspec

from app.library.models import SeriesStatus
from app.providers.errors import Unexpected

if TYPE_CHECKING:
    from app.foundation.http.client import Outbound


LONGEST_ID = 2000
"""Bytes: more than a database looks up."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
"""What no database and no screen can hold."""


class Capability(StrEnum):
    SEARCH = "search"
    LATEST = "latest"
    POPULAR = "popular"
    SERIES = "series"
    CHAPTERS = "chapters"
    PAGES = "pages"
    LANGUAGES = "languages"
    """Chapters come in several languages, and one may ask for some of them."""
    FILTERS = "filters"
    """Its lists may be narrowed, by what `filters` says."""


class RemoteTitle(msgspec.Struct, frozen=True):
    text: str
    language: str | None = None


def _expect_id(id: str) -> None:
    """It is kept, looked up, and part of addresses here."""
    is_text = isinstance(id, str) and bool(id) and not _CONTROLS.search(id)
    if not is_text or len(id.encode(errors="replace")) > LONGEST_ID:
        raise Unexpected("The provider sent an id that cannot be one.")


def _expect_texts(told: msgspec.Struct) -> None:
    """A driver that is not ours may forget to clean them."""
    for name in told.__struct_fields__:
        text = getattr(told, name)
        if isinstance(text, str) and _UNWRITABLE.search(text):
            raise Unexpected("The provider sent a text that cannot be one.")


class RemoteSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A series as a provider describes it. Languages are BCP 47; `links` are names of other sites
    (`anilist`, `mal`, …) and the id or address there."""

    remote_id: str
    title: str
    other_titles: Sequence[RemoteTitle] = ()
    url: str | None = None
    cover_url: str | None = None
    summary: str = ""
    status: SeriesStatus | None = None
    year: int | None = None
    language: str | None = None
    """The one it was written in."""
    languages: Sequence[str] = ()
    """Those that chapters can be had in."""
    authors: Sequence[str] = ()
    artists: Sequence[str] = ()
    genres: Sequence[str] = ()
    tags: Sequence[str] = ()
    age_rating: int | None = None
    links: dict[str, str] = {}

    def __post_init__(self) -> None:
        _expect_id(self.remote_id)
        _expect_texts(self)


class RemoteChapter(msgspec.Struct, frozen=True, kw_only=True):
    """One release. `number_text` is what the provider calls it; `number` only where that is a number.
    `why_not` says why its pages cannot be had."""

    remote_id: str
    number_text: str = ""
    number: Decimal | None = None
    volume: Decimal | None = None
    title: str = ""
    language: str | None = None
    groups: Sequence[str] = ()
    published_at: datetime | None = None
    page_count: int | None = None
    url: str | None = None
    why_not: str | None = None

    def __post_init__(self) -> None:
        _expect_id(self.remote_id)
        _expect_texts(self)

    @property
    def is_available(self) -> bool:
        return self.why_not is None


class RemotePage(msgspec.Struct, frozen=True):
    url: str


class PageList(msgspec.Struct, frozen=True, kw_only=True):
    """In reading order. Two lists of one chapter that differ in `version` are of different files: what
    was fetched by one does not go together with the other."""

    pages: Sequence[RemotePage]
    version: str
    good_until: datetime | None = None


class WholeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter that is not had page by page: one ZIP of pictures (CBZ). `headers` go along with the
    question, and to no other host."""

    url: str
    version: str
    headers: dict[str, str] = {}


class Found(msgspec.Struct, frozen=True):
    """`more` goes back to the same question for what follows; None at the end."""

    series: Sequence[RemoteSeries]
    more: str | None = None


class FilterKind(StrEnum):
    WORDS = "words"
    LANGUAGES = "languages"
    """Its choices are BCP 47."""
    YEAR = "year"
    """Typed, not chosen."""


class FilterChoice(msgspec.Struct, frozen=True):
    """`label` as the provider calls it, where Bunko has no word for the value, which is empty where
    nothing is chosen by it; those of one `group` stand together."""

    value: str
    label: str = ""
    group: str = ""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list may be narrowed by. Its name and what was chosen come back in `Wish.filters`, where
    also stand things that were never offered: they came from somebody's address bar."""

    name: str
    label: str = ""
    kind: FilterKind = FilterKind.WORDS
    choices: Sequence[FilterChoice] = ()
    is_one: bool = False
    """Only one of its choices; the first is meant where none is chosen."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    text: str = ""
    languages: Sequence[str] = ()
    filters: Mapping[str, Sequence[str]] = {}
    more: str | None = None


Address = Annotated[str, msgspec.Meta(extra={"option": "address"})]
"""http or https, with a host and no password in it."""
Secret = Annotated[str, msgspec.Meta(extra={"option": "secret"})]
"""Kept sealed, and never shown again."""
HeaderName = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9-]+$")]
"""Of a question over HTTP."""
Contact = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[!-'*-~]*$")]
"""Where its people may write to, as part of the user agent: an address on the web, or of mail."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner may set; each driver adds its own. Every address it asks is one of them."""


class Driver(Protocol):
    driver: ClassVar[str]
    title: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    options_type: ClassVar[type[Options]]
    out: "Outbound"

    def __init__(self, out: "Outbound", options: Options) -> None: ...

    async def search(self, wish: Wish) -> Found: ...
    async def latest(self, wish: Wish) -> Found: ...
    async def popular(self, wish: Wish) -> Found: ...
    async def filters(self) -> Sequence[Filter]:
        """Asked only of a driver that says it has some (`Capability.FILTERS`)."""
        ...

    async def series(self, remote_id: str) -> RemoteSeries: ...
    async def chapters(
        self, remote_id: str, languages: Sequence[str] = ()
    ) -> Sequence[RemoteChapter]: ...
    async def pages(self, chapter_id: str) -> PageList | WholeFile: ...
    async def page(self, page: RemotePage) -> bytes:
        """The bytes as they came; whether they are a picture is for the caller to judge."""
        ...
