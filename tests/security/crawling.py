"""Follows everything that a screen refers to, as a curious person with a script would."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from tests.browser import Browser

REFERRING = {"href", "src", "srcset", "action", "formaction", "poster", "content", "data-src"}
MOST = 400
A_FEW = 3


class Element:
    """A start tag of a screen."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}))


def elements(answer: httpx.Response) -> list[Element]:
    reader = _Reader()
    reader.feed(answer.text)
    return reader.found


def references(answer: httpx.Response) -> set[str]:
    """Paths with their queries, on this server."""
    found: set[str] = set()
    if answer.headers.get("location"):
        found.add(answer.headers["location"])
    if answer.headers.get("content-type", "").startswith("text/html"):
        for element in elements(answer):
            for name, value in element.attributes.items():
                if name in REFERRING or name.startswith("hx-"):
                    found |= set(re.split(r"\s+[\d.]+[wx],?\s*|,\s+", unescape(value)))
    here = str(answer.request.url)
    whole = {urljoin(here, one) for one in found if one.startswith(("/", "?"))}
    return {_path(one) for one in whole if urlsplit(one).hostname == "localhost"}


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


async def crawl(
    browser: Browser, start: Iterable[str], *, most: int = MOST
) -> AsyncIterator[tuple[str, httpx.Response]]:
    """Every answer on the way, each address once: all of `start`, and what these lead to until there
    are `most`. Of the many filters of one shelf a few are enough. Streams and built files are left
    out."""
    waiting, seen = list(start), set(start)
    kinds: Counter[tuple[str, ...]] = Counter()
    while waiting:
        path = waiting.pop(0)
        answer = await browser.get(path)
        yield path, answer
        if len(seen) >= most:
            continue
        for further in sorted(references(answer) - seen):
            kind = _kind(further)
            if kinds[kind] == A_FEW or len(seen) >= most:
                continue
            if not further.startswith(("/static/", "/events", "/logout")):
                kinds[kind] += 1
                seen.add(further)
                waiting.append(further)


def _kind(address: str) -> tuple[str, ...]:
    """Of what is asked in the same way: the path and the names in its query."""
    parts = urlsplit(address)
    return parts.path, *sorted(name for name, _value in parse_qsl(parts.query))
