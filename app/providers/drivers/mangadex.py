"""MangaDex, by its public API v5 (https://api.mangadex.org/docs/).

Its rules are kept: no more than five requests a second and forty page lists a minute, a user agent
that says who asks, images from where it sends us with a report on each, and credit to those who
translated. Chapters that it only lists (`externalUrl`) or took down (`isUnavailable`) are told apart
and never asked for.
"""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from app.foundation.http import OutboundError, Rate, Resting
from app.foundation.http.client import Bucket, Fetched, Outbound
from app.foundation.http.counting import requests_sent
from app.foundation.http.patience import patiently
from app.providers.base import (
    Address,
    Capability,
    Contact,
    Filter,
    Found,
    Options,
    PageList,
    RemoteChapter,
    RemotePage,
    RemoteSeries,
    Wish,
)
from app.providers.drivers import mangadex_wire as wire
from app.providers.drivers.mangadex_filters import (
    RATINGS,
    asked_with,
    filters_of,
    order_in,
    order_of,
)
from app.providers.drivers.mangadex_report import report
from app.providers.errors import Blocked, Expired, NotOffered, NotThere, Unexpected
from app.providers.languages import to_mangadex
from app.providers.moments import in_utc

# A limit of n in a time is kept by a burst and what comes after it in that time, together.
AT_HOME = Bucket("at-home", Rate(per_second=30 / 60, burst=10, places=4))
PICTURE_RATE = Rate(per_second=10.0, burst=10, places=6)
ITS_HOSTS, MOST_PER_SECOND = (".mangadex.org", ".mangadex.dev"), 5.0
SEARCH_SIZE, FEED_SIZE = 24, 500
WINDOW = 10_000
"""`offset + limit` beyond this is refused: the rest is asked for by date."""
MOST_CHAPTERS = 50_000
TAGS_KEPT, MOST_TAGS = 86_400.0, 300
GOOD_FOR = timedelta(minutes=14)
"""A minute less than the addresses of pages are promised to hold."""
PAGE_BYTES, PAGE_SECONDS = 64_000_000, 60.0
RESULT_WINDOW = "%Y-%m-%dT%H:%M:%S"


class MangaDexOptions(Options, frozen=True, kw_only=True):
    api: Address = "https://api.mangadex.org"
    uploads: Address = "https://uploads.mangadex.org"
    report: Address = "https://api.mangadex.network/report"
    site: Address = "https://mangadex.org"
    content_ratings: Sequence[str] = RATINGS[:3]
    excluded_groups: Sequence[str] = ()
    data_saver: bool = False
    """Smaller pictures, for a narrow line."""
    requests_per_second: Annotated[float, msgspec.Meta(ge=0.1, le=1000)] = 4.0
    """Of its interface, by all workers together. It allows five; a mirror may allow more."""
    contact: Contact = ""
    port_443: bool = False
    """Only picture servers at the usual port, for a strict firewall."""


class MangaDex:
    driver: ClassVar[str] = "mangadex"
    title: ClassVar[str] = "MangaDex"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)
    options_type: ClassVar[type[Options]] = MangaDexOptions

    def __init__(self, out: Outbound, options: MangaDexOptions) -> None:
        self.out = out
        self.options = options
        host = urlsplit(options.api).hostname or ""
        often = options.requests_per_second
        if host.endswith(ITS_HOSTS):
            often = min(often, MOST_PER_SECOND)
        out.rates = {**out.rates, host: Rate(often, burst=1, places=4)}
        out.rate = PICTURE_RATE
        self._tags: tuple[float, list[wire.Tag]] | None = None

    async def search(self, wish: Wish) -> Found:
        usual = {"order[relevance]": "desc"} if wish.text else {}
        return await self._list(wish, order_in(wish.filters) or usual)

    async def latest(self, wish: Wish) -> Found:
        return await self._list(wish, order_of("updated"))

    async def popular(self, wish: Wish) -> Found:
        return await self._list(wish, order_of("followed"))

    async def filters(self) -> Sequence[Filter]:
        if self._tags is None or time.monotonic() - self._tags[0] > TAGS_KEPT:
            answer = await self._ask("/manga/tag", {}, wire.TagList)
            self._tags = (time.monotonic(), answer.data[:MOST_TAGS])
        return filters_of(self._tags[1], self.options.content_ratings)

    async def series(self, remote_id: str) -> RemoteSeries:
        answer = await self._ask(f"/manga/{_id(remote_id)}", _INCLUDES, wire.MangaEntity)
        if answer.data.attributes.contentRating not in (None, *self.options.content_ratings):
            raise NotOffered("This Bunko leaves out what is rated like this series.")
        return wire.series_of(answer.data, self.options.uploads, self.options.site)

    async def chapters(
        self, remote_id: str, languages: Sequence[str] = ()
    ) -> Sequence[RemoteChapter]:
        """Every release, each once, the first created first."""
        found: dict[str, RemoteChapter] = {}
        async for page in self._feed(_id(remote_id), languages):
            for one in page:
                found.setdefault(one.id, wire.chapter_of(one, self.options.site))
            if len(found) > MOST_CHAPTERS:
                raise Unexpected("MangaDex lists more chapters of this series than there can be.")
        return list(found.values())

    async def pages(self, chapter_id: str) -> PageList:
        query = {"forcePort443": "true"} if self.options.port_443 else {}
        path = f"/at-home/server/{_id(chapter_id)}"
        answer = await self._ask(path, query, wire.AtHome, bucket=AT_HOME)
        chapter = answer.chapter
        names, kind = chapter.data, "data"
        if self.options.data_saver and chapter.dataSaver:
            names, kind = chapter.dataSaver, "data-saver"
        base = f"{answer.baseUrl.rstrip('/')}/{kind}/{quote(chapter.hash, safe='')}/"
        return PageList(
            pages=[RemotePage(base + quote(name, safe="")) for name in names],
            version=f"{kind}:{chapter.hash}:{len(names)}",
            good_until=datetime.now(UTC) + GOOD_FOR,
        )

    async def page(self, page: RemotePage) -> bytes:
        began = time.monotonic()
        try:
            with requests_sent() as sent:
                answer = await self.out.fetch(
                    page.url, most_bytes=PAGE_BYTES, deadline=PAGE_SECONDS
                )
        except Resting:
            raise
        except OutboundError as error:
            if sent.number:
                self._report(page, None, time.monotonic() - began)
            if error.is_passing:
                # Another server may do better: the list of pages names one.
                raise Expired(error.said) from error
            raise
        self._report(page, answer, answer.seconds)
        if answer.status in (403, 404, 410):
            raise Expired("The address of this page does not hold any more.")
        if not answer.is_good:
            raise Unexpected(
                "The picture server of MangaDex answered %(status)s.", status=answer.status
            )
        return answer.body

    def _report(self, page: RemotePage, answer: Fetched | None, seconds: float) -> None:
        if not page.url.startswith(wire.covers_at(self.options.uploads)):
            report(self.out, self.options.report, page.url, answer, seconds)

    async def _list(self, wish: Wish, order: dict[str, str]) -> Found:
        offset = _offset(wish.more)
        query: dict[str, Any] = {
            "limit": SEARCH_SIZE,
            "offset": offset,
            "includes[]": _INCLUDES["includes[]"],
            **asked_with(wish.filters, self.options.content_ratings),
            "availableTranslatedLanguage[]": [to_mangadex(one) for one in wish.languages],
            "hasAvailableChapters": "true",
            "title": wish.text or None,
            **order,
        }
        answer = await self._ask("/manga", query, wire.MangaList)
        seen = offset + SEARCH_SIZE
        has_more = seen < answer.total and seen + SEARCH_SIZE <= WINDOW
        options = self.options
        return Found(
            [wire.series_of(one, options.uploads, options.site) for one in answer.data],
            str(seen) if has_more else None,
        )

    async def _feed(
        self, remote_id: str, languages: Sequence[str]
    ) -> AsyncIterator[list[wire.Chapter]]:
        query: dict[str, Any] = {
            "limit": FEED_SIZE,
            "order[createdAt]": "asc",
            "includes[]": ["scanlation_group"],
            # Without naming all of them the feed of some series is empty.
            "contentRating[]": list(RATINGS),
            "translatedLanguage[]": [to_mangadex(one) for one in languages],
            "excludedGroups[]": list(self.options.excluded_groups),
            "includeFutureUpdates": "0",
            "includeUnavailable": "1",
        }
        offset, since = 0, None
        while True:
            asked = query | {"offset": offset, "createdAtSince": since}
            answer = await self._ask(f"/manga/{remote_id}/feed", asked, wire.ChapterList)
            yield answer.data
            offset += FEED_SIZE
            if not answer.data or offset >= answer.total:
                return
            if offset + FEED_SIZE > WINDOW:
                offset, since = 0, _next_start(answer.data, since)

    async def _ask[Kind](
        self,
        path: str,
        query: dict[str, Any],
        kind: type[Kind],
        *,
        bucket: Bucket | None = None,
    ) -> Kind:
        asked = {name: value for name, value in query.items() if value not in (None, [])}
        url = f"{self.options.api.rstrip('/')}{path}?{urlencode(asked, doseq=True)}"
        answer = await patiently(lambda: self.out.fetch(url, bucket=bucket))
        if not answer.is_good:
            raise await self._refusal(answer)
        try:
            # 204 is how it once said "nothing".
            body = b'{"data": []}' if answer.status == 204 else answer.body
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unexpected("MangaDex answered something that is not of its interface.") from error

    async def _refusal(self, answer: Fetched) -> Exception:
        if answer.status == 404:
            return NotThere("MangaDex has no such series or chapter.")
        if answer.status in (401, 403):
            return Blocked("MangaDex refuses to answer this Bunko for now.")
        if answer.status == 429:
            await self._pause_as_asked(answer)
            return Unexpected("MangaDex was asked too often; Bunko leaves it alone for a while.")
        return Unexpected("MangaDex answered with an error (%(status)s).", status=answer.status)

    async def _pause_as_asked(self, answer: Fetched) -> None:
        """Its header names the moment when the window ends, in seconds of Unix time."""
        until = answer.headers.get("x-ratelimit-retry-after", "")
        if until.isascii() and until.isdigit():
            rest = max(0.0, int(until[:12]) - time.time())
            await self.out.pace.pause(self.out.counted_as(self.options.api), rest)


_INCLUDES = {"includes[]": ["cover_art", "author", "artist"]}


def _id(remote_id: str) -> str:
    """Its ids are UUIDs; whatever else stands here came from somebody's address bar."""
    if len(remote_id) > 64 or not remote_id.replace("-", "").isalnum() or not remote_id.isascii():
        raise NotThere("MangaDex has no such series or chapter.")
    return remote_id


def _offset(more: str | None) -> int:
    if more is None or not more.isascii() or not more.isdigit():
        return 0
    return min(int(more[:6]), WINDOW - SEARCH_SIZE)


def _next_start(chapters: Sequence[wire.Chapter], since: str | None) -> str:
    """The moment from which to ask on. Those of the same second come twice and count once."""
    last = in_utc(chapters[-1].attributes.createdAt)
    if last is None or (start := last.astimezone(UTC).strftime(RESULT_WINDOW)) == since:
        raise Unexpected("MangaDex lists more chapters than it lets anybody read.")
    return start
