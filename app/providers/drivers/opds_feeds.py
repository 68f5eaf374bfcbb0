"""A feed of OPDS, whichever version it was written in: what leads on, and what can be read.

Addresses are as they were written; `where` is what they are relative to.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from app.foundation.security.text import clean_line, clean_text

LINE, SUMMARY, MOST, LONGEST_ADDRESS = 300, 8000, 60, 4000
LONGEST_ID = 1000
MOST_ENTRIES, MOST_LINKS = 5000, 2000
"""Of one document; servers send twenty to a hundred. One with more is refused: to read a part of it
would be to lose chapters."""
SEARCH, NEXT = "search", "next"
NEW, POPULAR = "http://opds-spec.org/sort/new", "http://opds-spec.org/sort/popular"
NAMES = {
    NEW: re.compile(
        r"\b(latest|recent(ly)?|new(est)?|updates?|neu\w*|nouveau\w*)\b", re.IGNORECASE
    ),
    POPULAR: re.compile(
        r"\b(popular|most[ -]read|trending|beliebt\w*|populaires?)\b", re.IGNORECASE
    ),
}
"""What such lists are called where their relation is not said."""
IMAGE, THUMBNAIL = "http://opds-spec.org/image", "http://opds-spec.org/image/thumbnail"
ACQUISITION = "http://opds-spec.org/acquisition"
STREAM = "http://vaemendis.net/opds-pse/stream"
FACET = "http://opds-spec.org/facet"
TO_HAVE = (ACQUISITION, f"{ACQUISITION}/open-access")
"""What costs nothing, and is whole; not to borrow, to buy, or a sample."""
ZIPS = ("comicbook+zip", "x-cbz", "application/zip")
WIDEST = "3840"
"""For streams that ask how wide a screen is: wider than any page is kept."""


class NoFeed(ValueError):
    """It may be well-formed, but it is no feed."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    href: str
    rels: Sequence[str] = ()
    type: str = ""
    title: str = ""
    count: int = 0
    """Of the pages of a stream."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What leads to another feed (`feed`), or a publication."""

    id: str
    title: str
    feed: str | None = None
    where: str = ""
    links: Sequence[Link] = ()
    summary: str = ""
    authors: Sequence[str] = ()
    categories: Sequence[str] = ()
    languages: Sequence[str] = ()
    cover: str | None = None
    updated: datetime | None = None
    published: datetime | None = None
    number: str = ""
    series: str = ""
    series_feed: str | None = None
    page_count: int | None = None

    @property
    def stream(self) -> Link | None:
        """Pages one by one, as OPDS-PSE has it."""
        found = (link for link in self.links if STREAM in link.rels)
        return next((one for one in found if one.count and "{pageNumber}" in one.href), None)

    @property
    def onward(self) -> str | None:
        """To the feed of its series, or that it stands for."""
        return self.feed or self.series_feed

    @property
    def manifest(self) -> str | None:
        """Pages one by one, as OPDS 2 has it."""
        return next((one.href for one in self.links if "divina+json" in one.type), None)

    @property
    def files(self) -> list[Link]:
        """The whole of it, in one or several formats."""
        return [link for link in self.links if not {*TO_HAVE}.isdisjoint(link.rels)]

    @property
    def archive(self) -> Link | None:
        """That of them whose pages can be taken out."""
        return next((one for one in self.files if any(kind in one.type for kind in ZIPS)), None)


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a list, or one order of it; `is_active` where the list is of it already."""

    group: str
    title: str
    href: str
    is_active: bool = False


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    where: str
    title: str
    summary: str = ""
    links: Sequence[Link] = ()
    entries: Sequence[Entry] = ()
    facets: Sequence[Facet] = ()

    def link(self, rel: str) -> Link | None:
        return next((link for link in self.links if rel in link.rels), None)

    def list_of(self, rel: str) -> str | None:
        """The list of what is new or popular: by the relation of a link, else by its title."""
        if (link := self.link(rel)) is not None:
            return link.href
        lists = [one for one in self.entries if one.feed]
        said = [one for one in lists if any(rel in link.rels for link in one.links)]
        said += [one for one in lists if NAMES[rel].search(one.title)]
        return said[0].feed if said else None


def page_address(template: str, number: int) -> str:
    """Pages are counted from 0 here."""
    return template.replace("{pageNumber}", str(number)).replace("{maxWidth}", WIDEST)


def search_address(template: str, text: str) -> str | None:
    """Of a template of OpenSearch (`?q={searchTerms}&page={startPage?}`) or of RFC 6570 as OPDS 2 has
    it (`{?query,author}`). None where nobody's words go into it."""
    words = quote(text, safe="")
    start, found, rest = template.partition("{?")
    if found:
        names, _brace, rest = rest.partition("}")
        name = next((one for one in names.split(",") if one in ("query", "q", "searchTerms")), None)
        return f"{start}?{name}={words}{rest}" if name else None
    if "{searchTerms" not in template and "{query}" not in template:
        return None
    pieces = template.replace("{searchTerms?}", "{searchTerms}").replace("{query}", "{searchTerms}")
    filled = pieces.replace("{searchTerms}", words)
    while (at := filled.find("{")) >= 0 and (end := filled.find("}", at)) >= 0:
        filled = filled[:at] + filled[end + 1 :]
    return filled


def address(text: Any) -> str:
    """As it was written; empty for what cannot be one."""
    if not isinstance(text, str) or len(text) > LONGEST_ADDRESS:
        return ""
    try:
        urlsplit(text)
    except ValueError:
        return ""
    return text.strip()


def line(text: str | None) -> str:
    return clean_line(text or "", LINE)


def paragraphs(text: str | None) -> str:
    return clean_text(text or "", SUMMARY)
