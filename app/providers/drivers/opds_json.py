"""OPDS 2.0: JSON, with the pages of a comic in a manifest (the Divina profile of Readium)."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from app.providers.drivers.opds_feeds import (
    LONGEST_ID,
    MOST,
    MOST_ENTRIES,
    MOST_LINKS,
    Entry,
    Facet,
    Feed,
    Link,
    NoFeed,
    address,
    line,
    paragraphs,
)
from app.providers.languages import language_in
from app.providers.moments import moment_in
from app.providers.numbers import pages_in


class _Link(msgspec.Struct):
    href: str | None = None
    type: str | None = None
    rel: str | list[str] | None = None
    title: str | None = None


class _Metadata(msgspec.Struct):
    """Names may be a text, an object, or a list of either."""

    title: Any = ""
    identifier: str | None = None
    description: str | None = None
    author: Any = None
    subject: Any = None
    language: Any = None
    modified: str | None = None
    published: str | None = None
    numberOfPages: Any = None
    belongsTo: Any = None


class _Publication(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    links: list[_Link] | None = None
    images: list[_Link] | None = None
    readingOrder: list[_Link] | None = None


class _Group(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    links: list[_Link] | None = None
    navigation: list[_Link] | None = None
    publications: list[_Publication] | None = None


class _Feed(msgspec.Struct):
    metadata: _Metadata
    links: list[_Link] | None = None
    navigation: list[_Link] | None = None
    publications: list[_Publication] | None = None
    groups: list[_Group] | None = None
    facets: list[_Group] | None = None


def read_feed(body: bytes, where: str) -> Feed:
    """Raises msgspec.DecodeError or NoFeed."""
    feed = msgspec.json.decode(body, type=_Feed)
    if all(one is None for one in (feed.links, feed.navigation, feed.publications, feed.groups)):
        raise NoFeed("nothing that a feed has")
    entries = [*islice(_entries(feed, where), MOST_ENTRIES + 1)]
    if len(entries) > MOST_ENTRIES:
        raise NoFeed("too many entries")
    return Feed(
        where=where,
        title=_title(feed.metadata),
        summary=paragraphs(feed.metadata.description),
        links=[link for one in feed.links or () if (link := _link(one)).href],
        entries=entries,
        facets=[*islice(_facets(feed), MOST_LINKS)],
    )


def read_pages(body: bytes) -> list[str]:
    """The addresses of the pages in a manifest, in reading order. Raises msgspec.DecodeError."""
    manifest = msgspec.json.decode(body, type=_Publication)
    return [
        href
        for one in manifest.readingOrder or ()
        if _is_picture(one) and (href := address(one.href))
    ]


def _facets(feed: _Feed) -> Iterator[Facet]:
    for group in feed.facets or ():
        for one in group.links or ():
            title, href = line(one.title), address(one.href)
            if title and href:
                is_active = "self" in _listed(one.rel)
                yield Facet(
                    group=_title(group.metadata), title=title, href=href, is_active=is_active
                )


def _entries(feed: _Feed, where: str) -> Iterator[Entry]:
    parts: list[_Feed | _Group] = [feed, *(feed.groups or ())]
    for part in parts:
        for navigation in [*(() if part is feed else _whole(part)), *(part.navigation or ())]:
            if href := address(navigation.href):
                yield Entry(
                    id=href,
                    title=line(navigation.title) or href,
                    feed=href,
                    where=where,
                    links=[_link(navigation)],
                )
        for publication in part.publications or ():
            yield _entry(publication, where)


def _whole(group: "_Feed | _Group") -> Iterator[_Link]:
    """The list that a group of publications shows the beginning of."""
    title = _title(group.metadata)
    for one in group.links or () if title and group.publications else ():
        if "self" in _listed(one.rel):
            yield _Link(one.href, one.type, one.rel, title)


def _entry(publication: _Publication, where: str) -> Entry:
    said = publication.metadata
    links = [link for one in publication.links or () if (link := _link(one)).href]
    own = next((one.href for one in links if "self" in one.rels), "")
    series = next(iter(_listed((said.belongsTo or {}).get("series"))), None) if isinstance(
        said.belongsTo, dict
    ) else None  # fmt: skip
    title = _title(said)
    first = next((one.href for one in links), "")
    return Entry(
        id=line(said.identifier or own or first or title)[:LONGEST_ID],
        title=title,
        where=where,
        links=links,
        summary=paragraphs(said.description),
        authors=_names(said.author),
        categories=_names(said.subject),
        languages=_languages(said.language),
        cover=next((href for one in publication.images or () if (href := address(one.href))), None),
        updated=moment_in(said.modified),
        published=moment_in(said.published),
        number=_number(series),
        series=_name(series),
        series_feed=_feed_of(series),
        page_count=pages_in(pages) if isinstance(pages := said.numberOfPages, int) else None,
    )


def _languages(value: Any) -> list[str]:
    found = (language_in(one) for one in _listed(value) if isinstance(one, str))
    return [tag for tag in found if tag][:MOST]


def _link(link: _Link) -> Link:
    rels = [link.rel] if isinstance(link.rel, str) else link.rel or []
    return Link(href=address(link.href), rels=rels, type=link.type or "", title=line(link.title))


def _is_picture(link: _Link) -> bool:
    return not link.type or link.type.startswith("image/")


def _title(said: _Metadata) -> str:
    """A text, or one for each language."""
    title = said.title
    if isinstance(title, dict):
        title = title.get("en") or next(iter(title.values()), "")
    return line(title) if isinstance(title, str) else ""


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _names(value: Any) -> list[str]:
    return list(dict.fromkeys(name for one in _listed(value) if (name := _name(one))))[:MOST]


def _name(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name")
        if isinstance(value, dict):
            value = next(iter(value.values()), "")
    return line(value) if isinstance(value, str) else ""


def _number(series: Any) -> str:
    position = series.get("position") if isinstance(series, dict) else None
    return f"{position:g}" if isinstance(position, int | float) and abs(position) < 1e6 else ""


def _feed_of(series: Any) -> str | None:
    links = _listed(series.get("links")) if isinstance(series, dict) else []
    found = (address(one.get("href")) for one in links if isinstance(one, dict))
    return next((href for href in found if href), None)
