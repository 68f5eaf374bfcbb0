"""OPDS 1.2: Atom (RFC 4287), with page streaming (OPDS-PSE), and descriptions of OpenSearch."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from app.foundation.security.xml import local_name, parse_xml
from app.providers.drivers.opds_feeds import (
    FACET,
    IMAGE,
    LONGEST_ID,
    MOST,
    MOST_ENTRIES,
    MOST_LINKS,
    STREAM,
    THUMBNAIL,
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

_TAGS = re.compile(r"<[^<>]{0,2000}>")
_ATOM = "atom+xml"


def read_feed(body: bytes, where: str) -> Feed:
    """Raises BadXml or NoFeed."""
    root = parse_xml(body)
    if local_name(root.tag) != "feed":
        raise NoFeed(root.tag)
    where = _based(root, where)
    entries = [_entry(one, where) for one in _all(root, "entry", MOST_ENTRIES + 1)]
    if len(entries) > MOST_ENTRIES:
        raise NoFeed("too many entries")
    return Feed(
        where=where,
        title=line(_text(root, "title")),
        summary=paragraphs(_text(root, "subtitle")),
        links=_links(root, MOST_LINKS),
        entries=[one for one in entries if one is not None],
        facets=[one for link in _all(root, "link", MOST_LINKS) if (one := _facet(link))],
    )


def read_description(body: bytes) -> str | None:
    """The template that a search by Atom goes by, of an OpenSearch description. Raises BadXml."""
    urls = [one for one in parse_xml(body).iter() if local_name(one.tag) == "Url"]
    urls.sort(key=lambda one: "opds-catalog" not in one.get("type", ""))
    found = (one.get("template") for one in urls if _ATOM in one.get("type", ""))
    return next((template for template in found if template), None)


def _entry(element: Element, where: str) -> Entry | None:
    links, where = _links(element), _based(element, where)
    title = line(_text(element, "title"))
    id = (_text(element, "id") or "").strip() or next((one.href for one in links), "")
    if not id or len(id) > LONGEST_ID:
        return None
    pictures = [one.href for rel in (IMAGE, THUMBNAIL) for one in links if rel in one.rels]
    publishes = any("acquisition" in rel or rel == STREAM for one in links for rel in one.rels)
    onward = next((one.href for one in links if _leads_to_feed(one)), None)
    stream = next((one for one in links if STREAM in one.rels), None)
    return Entry(
        id=id,
        title=title or id,
        feed=None if publishes else onward,
        where=where,
        links=links,
        summary=_words(element, "summary") or _words(element, "content"),
        authors=_names(element),
        categories=_categories(element),
        languages=_languages(element),
        cover=pictures[0] if pictures else None,
        updated=moment_in(_text(element, "updated")),
        published=moment_in(_text(element, "published")),
        page_count=pages_in(stream.count) if stream else None,
    )


def _based(element: Element, where: str) -> str:
    """What its addresses are relative to (`xml:base`)."""
    return urljoin(where, address(_own(element, "base")))


def _leads_to_feed(link: Link) -> bool:
    known = {"self", "alternate", "related", "up", "start", "search"}
    return _ATOM in link.type and "type=entry" not in link.type and not known & set(link.rels)


def _links(element: Element, most: int = 200) -> list[Link]:
    return [link for one in _all(element, "link", most) if (link := _link(one)).href]


def _facet(element: Element) -> Facet | None:
    link = _link(element)
    if FACET not in link.rels or not (link.href and link.title):
        return None
    group, active = line(_own(element, "facetGroup")), _own(element, "activeFacet")
    return Facet(group=group, title=link.title, href=link.href, is_active=active == "true")


def _own(element: Element, attribute: str) -> str:
    """Of whichever namespace it is."""
    found = (value for name, value in element.attrib.items() if local_name(name) == attribute)
    return next(found, "")


def _link(element: Element) -> Link:
    count = _own(element, "count")
    return Link(
        href=address(element.get("href")),
        rels=element.get("rel", "").split(),
        type=element.get("type", ""),
        title=line(element.get("title")),
        count=int(count[:5]) if count.isascii() and count.isdigit() else 0,
    )


def _all(element: Element, name: str, most: int = 200) -> Iterator[Element]:
    for child in element:
        if local_name(child.tag) == name:
            yield child
            if (most := most - 1) <= 0:
                return


def _text(element: Element, name: str) -> str | None:
    return next((one.text for one in _all(element, name)), None)


def _words(element: Element, name: str) -> str:
    """Plain ones, also of HTML and XHTML: what stands between the tags."""
    found = next(_all(element, name), None)
    if found is None:
        return ""
    text = "".join(found.itertext())
    return paragraphs(unescape(_TAGS.sub(" ", text)) if "html" in found.get("type", "") else text)


def _languages(element: Element) -> list[str]:
    found = (language_in(one.text) for one in _all(element, "language"))
    return [tag for tag in found if tag][:MOST]


def _names(element: Element) -> list[str]:
    found = (line(_text(one, "name")) for one in _all(element, "author"))
    return list(dict.fromkeys(name for name in found if name))[:MOST]


def _categories(element: Element) -> list[str]:
    found = (line(one.get("label") or one.get("term")) for one in _all(element, "category"))
    return list(dict.fromkeys(name for name in found if name))[:MOST]
