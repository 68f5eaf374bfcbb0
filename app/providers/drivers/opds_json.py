"""OPDS 2.0: JSON, with the pages of a comic in a manifest (the Divina profile of Readium)."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from app.providers.drivers.opds_feeds import (
    MOST,
    MOST_ENTRIES,
    Entry,
    Feed,
    Link,
    address,
    line,
    paragraphs,
)
from app.providers.moments import moment_in


class _Link(msgspec.Struct):
    href: str = ""
    type: str = ""
    rel: str | list[str] | None = None
    title: str = ""


class _Metadata(msgspec.Struct):
    """Names may be a text, an object, or a list of either."""

    title: Any = ""
    identifier: str = ""
    description: str = ""
    author: Any = None
    subject: Any = None
    language: Any = None
    modified: str | None = None
    published: str | None = None
    numberOfPages: int | None = None
    belongsTo: Any = None


class _Publication(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    links: list[_Link] = []
    images: list[_Link] = []
    readingOrder: list[_Link] = []


class _Group(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    links: list[_Link] = []
    navigation: list[_Link] = []
    publications: list[_Publication] = []


class _Feed(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    links: list[_Link] = []
    navigation: list[_Link] = []
    publications: list[_Publication] = []
    groups: list[_Group] = []


def read_feed(body: bytes, where: str) -> Feed:
    """Raises msgspec.DecodeError."""
    feed = msgspec.json.decode(body, type=_Feed)
    return Feed(
        where=where,
        title=_title(feed.metadata),
        summary=paragraphs(feed.metadata.description),
        links=[link for one in feed.links if (link := _link(one)).href],
        entries=[*_entries(feed, where)][:MOST_ENTRIES],
    )


def read_pages(body: bytes) -> list[str]:
    """The addresses of the pages in a manifest, in reading order. Raises msgspec.DecodeError."""
    manifest = msgspec.json.decode(body, type=_Publication)
    return [
        href for one in manifest.readingOrder if _is_picture(one) and (href := address(one.href))
    ]


def _entries(feed: _Feed, where: str) -> Iterator[Entry]:
    parts: list[_Feed | _Group] = [feed, *feed.groups]
    for part in parts:
        onward = part.navigation if part is feed else [*_whole(part), *part.navigation]
        for navigation in onward:
            if href := address(navigation.href):
                yield Entry(
                    id=href,
                    title=line(navigation.title) or href,
                    feed=href,
                    where=where,
                    links=[_link(navigation)],
                )
        for publication in part.publications:
            yield _entry(publication, where)


def _whole(group: "_Feed | _Group") -> Iterator[_Link]:
    """The list that a group of publications shows the beginning of."""
    title = _title(group.metadata)
    for one in group.links if title and group.publications else ():
        if "self" in _listed(one.rel):
            yield _Link(one.href, one.type, one.rel, title)


def _entry(publication: _Publication, where: str) -> Entry:
    said = publication.metadata
    links = [link for one in publication.links if (link := _link(one)).href]
    own = next((one.href for one in links if "self" in one.rels), "")
    series = next(iter(_listed((said.belongsTo or {}).get("series"))), None) if isinstance(
        said.belongsTo, dict
    ) else None  # fmt: skip
    title = _title(said)
    return Entry(
        id=(said.identifier or own or title)[:1000],
        title=title,
        where=where,
        links=links,
        summary=paragraphs(said.description),
        authors=_names(said.author),
        categories=_names(said.subject),
        languages=[line(one) for one in _listed(said.language) if isinstance(one, str)][:MOST],
        cover=next((href for one in publication.images if (href := address(one.href))), None),
        updated=moment_in(said.modified),
        published=moment_in(said.published),
        number=_number(series),
        series=_name(series),
        series_feed=_feed_of(series),
        page_count=said.numberOfPages if (said.numberOfPages or 0) > 0 else None,
    )


def _link(link: _Link) -> Link:
    rels = [link.rel] if isinstance(link.rel, str) else link.rel or []
    return Link(href=address(link.href), rels=rels, type=link.type, title=line(link.title))


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
