"""Any catalogue of OPDS: 1.2 with page streaming, or 2.0 (https://specs.opds.io).

A feed that a list leads to is a series, what it publishes are its chapters. One that a list publishes
itself is a series of one chapter, unless it says which series it is of. Pages are had one by one
where the server streams them, else as the whole CBZ; what is only there in another format says so.

Ids are addresses within the catalogue; a chapter's is that of its series, `#`, and its own id.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from hashlib import blake2b
from typing import ClassVar
from urllib.parse import urljoin

import msgspec

from app.foundation.http import Rate
from app.foundation.http.client import Fetched, Outbound
from app.foundation.http.patience import patiently
from app.providers.base import (
    Address,
    Capability,
    Filter,
    Found,
    HeaderName,
    Options,
    PageList,
    RemoteChapter,
    RemotePage,
    RemoteSeries,
    Secret,
    WholeFile,
    Wish,
)
from app.providers.drivers import opds_atom, opds_json
from app.providers.drivers.opds_addresses import KEY, Addresses
from app.providers.drivers.opds_facets import filters_of, narrowed
from app.providers.drivers.opds_feeds import (
    MOST,
    NEW,
    NEXT,
    POPULAR,
    SEARCH,
    Entry,
    Feed,
    Link,
    page_address,
    search_address,
)
from app.providers.drivers.opds_shapes import NOTHING, chapter_of, decoded, refusal, why_not
from app.providers.drivers.signing_in import basic
from app.providers.errors import NotOffered, NotThere, Unexpected
from app.providers.languages import is_wanted

ACCEPT = "application/opds+json, application/atom+xml;profile=opds-catalog, */*;q=0.5"
PAGE_BYTES, PAGE_SECONDS = 64_000_000, 60.0
RATE = Rate(per_second=10.0, burst=10, places=6)
MOST_PARTS = 200
"""Documents that one list may go on through."""
REMEMBERED, REMEMBERED_SECONDS = 8, 300.0


class OpdsOptions(Options, frozen=True, kw_only=True):
    url: Address
    """Of its first feed. Where a key is part of the address, `{key}` stands for it."""
    name: str = ""
    password: Secret = ""
    api_key: Secret = ""
    api_key_header: HeaderName = "X-API-Key"


class Opds:
    driver: ClassVar[str] = "opds"
    title: ClassVar[str] = "OPDS"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *(Capability.SEARCH, Capability.LATEST, Capability.POPULAR),
            *(Capability.SERIES, Capability.CHAPTERS, Capability.PAGES),
            Capability.FILTERS,
        }
    )
    options_type: ClassVar[type[Options]] = OpdsOptions

    def __init__(self, out: Outbound, options: OpdsOptions) -> None:
        self.out = out
        out.rate = RATE
        self.at = Addresses(options.url, options.api_key)
        self._headers = {"Accept": ACCEPT, **_credentials(options)}
        self._walked: dict[str, tuple[float, list[Entry], Feed]] = {}

    async def search(self, wish: Wish) -> Found:
        if not wish.text:
            return await self.latest(wish)
        return await self._list(wish, lambda: self._named_so(wish.text))

    async def latest(self, wish: Wish) -> Found:
        return await self._list(wish, self._latest)

    async def popular(self, wish: Wish) -> Found:
        return await self._list(wish, self._popular)

    async def filters(self) -> Sequence[Filter]:
        return filters_of((await self._latest()).facets)

    async def series(self, remote_id: str) -> RemoteSeries:
        address, _hash, own = remote_id.partition("#")
        entries, feed = await self._walk(self.at.own(address))
        if own:
            return self._series_of_one(_named(entries, own))
        return self._series_of_feed(feed, [one for one in entries if one.feed is None])

    async def chapters(
        self, remote_id: str, languages: Sequence[str] = ()
    ) -> Sequence[RemoteChapter]:
        address, _hash, own = remote_id.partition("#")
        entries, _feed = await self._walk(self.at.own(address), anew=True)
        shown = [_named(entries, own)] if own else [one for one in entries if one.feed is None]
        chapters = {one.id: chapter_of(one, address) for one in shown}
        wanted = frozenset(languages)
        return [one for one in chapters.values() if is_wanted(one.language, wanted)]

    async def pages(self, chapter_id: str) -> PageList | WholeFile:
        address, _hash, own = chapter_id.partition("#")
        entries, _feed = await self._walk(self.at.own(address))
        entry = _named(entries, own)
        if (stream := entry.stream) is not None:
            hrefs = [page_address(stream.href, number) for number in range(stream.count)]
        elif entry.manifest:
            where = self.at.own(entry.manifest, entry.where)
            answer = await self._ask(where)
            entry = msgspec.structs.replace(entry, where=answer.url)
            hrefs = decoded(opds_json.read_pages, answer.body)
        elif entry.archive:
            return self._whole(entry, entry.archive)
        else:
            raise NotOffered(why_not(entry) or NOTHING)
        pages = [self.at.hidden(urljoin(entry.where, href)) for href in hrefs]
        said = "\n".join([str(entry.updated), *pages]).encode()
        return PageList(
            pages=[RemotePage(page) for page in pages],
            version=blake2b(said, digest_size=16).hexdigest(),
        )

    def _whole(self, entry: Entry, file: Link) -> WholeFile:
        url = urljoin(entry.where, file.href)
        shown, headers = self._to_ask(url)
        said = f"{entry.updated}\n{self.at.hidden(url)}".encode()
        version = blake2b(said, digest_size=16).hexdigest()
        return WholeFile(url=shown, version=version, headers=headers)

    def _to_ask(self, url: str) -> tuple[str, dict[str, str]]:
        """With what it lets us in by; another host gets none of that."""
        return (self.at.shown(url), self._headers) if self.at.is_own(url) else (url, {})

    async def page(self, page: RemotePage) -> bytes:
        url, headers = self._to_ask(page.url)
        answer = await self.out.fetch(
            url,
            headers={**headers, "Accept": "image/*"},
            most_bytes=PAGE_BYTES,
            deadline=PAGE_SECONDS,
        )
        if not answer.is_good:
            raise refusal(answer, url)
        return answer.body

    async def _list(self, wish: Wish, begin: Callable[[], Awaitable[Feed]]) -> Found:
        if wish.more:
            return self._found(await self._feed(self.at.own(wish.more)))
        return self._found(await narrowed(await begin(), wish.filters, self._onward))

    async def _named_so(self, text: str) -> Feed:
        root = await self._feed(self.at.root)
        template = await self._template(root)
        address = search_address(template, text) if template else None
        if address is None:
            raise NotOffered("This catalogue cannot be searched.")
        return await self._onward(root, address)

    async def _latest(self) -> Feed:
        root = await self._feed(self.at.root)
        where = root.list_of(NEW)
        return await self._onward(root, where) if where else root

    async def _popular(self) -> Feed:
        root = await self._feed(self.at.root)
        where = root.list_of(POPULAR)
        if where is None:
            raise NotOffered("This catalogue does not say what is popular.")
        return await self._onward(root, where)

    async def _onward(self, feed: Feed, href: str) -> Feed:
        return await self._feed(self.at.own(href, feed.where))

    def _found(self, feed: Feed) -> Found:
        own = [one for one in feed.entries if self._is_own(one)]
        if feed.entries and not own:
            raise self.at.elsewhere(urljoin(feed.where, feed.entries[0].onward or ""))
        series = [
            self._series_of_navigation(one) if one.feed else self._series_of_one(one) for one in own
        ]
        following = feed.link(NEXT)
        more = self.at.id(urljoin(feed.where, following.href)) if following else None
        # Several chapters of one series lead to that series once.
        return Found(list({one.remote_id: one for one in series}.values()), more)

    def _is_own(self, entry: Entry) -> bool:
        return not entry.onward or self.at.is_own(urljoin(entry.where, self.at.shown(entry.onward)))

    async def _walk(self, address: str, *, anew: bool = False) -> tuple[list[Entry], Feed]:
        """Every entry of a list, with the first of its documents; kept a while, for the chapters that
        are asked for one by one."""
        kept = self._walked.get(address)
        if kept and not anew and time.monotonic() - kept[0] < REMEMBERED_SECONDS:
            return kept[1], kept[2]
        first = feed = await self._feed(address)
        entries, seen = list(feed.entries), {address}
        while (following := feed.link(NEXT)) is not None:
            where = self.at.own(following.href, feed.where)
            if where in seen or len(seen) >= MOST_PARTS:
                raise Unexpected("The catalogue's list goes on without end.")
            seen.add(where)
            feed = await self._feed(where)
            entries += feed.entries
        self._walked.pop(address, None)
        self._walked[address] = (time.monotonic(), entries, first)
        while len(self._walked) > REMEMBERED:
            self._walked.pop(next(iter(self._walked)))
        return entries, first

    async def _template(self, root: Feed) -> str | None:
        links = [link for link in root.links if SEARCH in link.rels]
        for link in links:
            if "{" in link.href:
                return link.href
        for link in links:
            if "opensearchdescription" in link.type:
                answer = await self._ask(self.at.own(link.href, root.where))
                template = decoded(opds_atom.read_description, answer.body)
                return urljoin(answer.url, template) if template else None
        return None

    async def _feed(self, address: str) -> Feed:
        answer = await self._ask(address)
        is_json = answer.body.lstrip()[:1] == b"{"
        read = opds_json.read_feed if is_json else opds_atom.read_feed
        return decoded(lambda body: read(body, answer.url), answer.body)

    async def _ask(self, address: str) -> Fetched:
        answer = await patiently(lambda: self.out.fetch(address, headers=self._headers))
        if not answer.is_good:
            raise refusal(answer, address)
        if not self.at.is_own(answer.url):
            raise self.at.elsewhere(answer.url)
        return answer

    def _series_of_navigation(self, entry: Entry) -> RemoteSeries:
        return self._series(
            self.at.id(urljoin(entry.where, entry.feed or "")), entry.title, [entry]
        )

    def _series_of_one(self, entry: Entry) -> RemoteSeries:
        if entry.series_feed:
            address = self.at.id(urljoin(entry.where, entry.series_feed))
            return self._series(address, entry.series or entry.title, [entry])
        return self._series(f"{self.at.id(entry.where)}#{entry.id}", entry.title, [entry])

    def _series_of_feed(self, feed: Feed, entries: Sequence[Entry]) -> RemoteSeries:
        return self._series(self.at.id(feed.where), feed.title, entries, feed.summary)

    def _series(
        self, remote_id: str, title: str, entries: Sequence[Entry], summary: str = ""
    ) -> RemoteSeries:
        languages = list(dict.fromkeys(tag for one in entries for tag in one.languages))[:MOST]
        cover = next((urljoin(one.where, one.cover) for one in entries if one.cover), None)
        return RemoteSeries(
            remote_id=remote_id,
            title=title or remote_id,
            cover_url=self.at.hidden(cover) if cover else None,
            summary=summary or next((one.summary for one in entries if one.summary), ""),
            languages=languages,
            authors=list(dict.fromkeys(name for one in entries for name in one.authors))[:MOST],
            genres=list(dict.fromkeys(name for one in entries for name in one.categories))[:MOST],
        )


def _credentials(options: OpdsOptions) -> dict[str, str]:
    if options.name:
        return basic(options.name, options.password)
    if options.api_key and KEY not in options.url:
        return {options.api_key_header: options.api_key}
    return {}


def _named(entries: Sequence[Entry], id: str) -> Entry:
    found = next((one for one in entries if one.id == id), None)
    if found is None:
        raise NotThere("This catalogue has no such series or chapter.")
    return found
