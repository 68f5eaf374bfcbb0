"""A MangaDex of our own: real HTTP on loopback, its rules, its oddities, and faults on demand.

`async with a_fake() as fake:` serves what `fake.series` holds. `fake.faults` are asked before every
answer; the first that returns an Answer stands in for it. With a drawn catalogue, for people to try:

    python -m tests.providers.fake_mangadex --port 9700
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from tests.providers.faking import Answer, Asked, Fake, on_loopback
from tests.providers.mangadex_shapes import (
    DAWN,
    FakeChapter,
    FakeSeries,
    chapter_of,
    error,
    fits,
    manga_of,
    many,
    tag_of,
    uid,
    words_of,
)

__all__ = [
    "DAWN",
    "FakeChapter",
    "FakeMangaDex",
    "FakeSeries",
    "a_fake",
    "error",
    "many",
    "tag_of",
    "uid",
]

WINDOW = 10_000
PER_SECOND, AT_HOME_PER_MINUTE = 5, 40
RATINGS = ("safe", "suggestive", "erotica")
ROUTES = ("api", "at-home", "pictures", "covers", "report")
"""What requests are counted under, and what trouble is made for."""
_ROUTES = {"at-home": "at-home", "node": "pictures", "covers": "covers", "report": "report"}


@dataclass
class Token:
    """An address that the pages of one chapter can be had at for a time."""

    chapter: FakeChapter
    made_at: float
    page_count: int
    served: int = 0


class FakeMangaDex(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.series: list[FakeSeries] = []
        self.reports: list[dict[str, Any]] = []
        self.good_for = 900.0
        self.is_strict = True
        """Whether too many requests are refused, as the real one does."""
        self.says_what_is_cached = True
        self.was_asked_for_port_443 = False
        self.is_shrinking = False
        """Whether addresses of pages expire halfway, and the next list has a page less."""
        self.pictures_host: str | None = None
        """Where pictures come from, if from another name than the rest, as with the real one."""
        self._moments: dict[str, deque[float]] = defaultdict(deque)
        self._tokens: dict[str, Token] = {}

    def recover(self) -> None:
        super().recover()
        self.is_shrinking = False

    def route(self, asked: Asked) -> str:
        return _ROUTES.get(asked.path.strip("/").partition("/")[0], "api")

    def answer(self, asked: Asked) -> Any:
        if not asked.headers.get("user-agent", "").startswith("Bunko/"):
            return error(403, "who are you")
        if "via" in asked.headers:
            return error(400, "no proxies")
        if asked.path == "/report":
            self.reports.append(msgspec.json.decode(asked.body))
            return Answer()
        match asked.path.strip("/").split("/"):
            case ["node", token, "data" | "data-saver", _hash, name]:
                return self._picture(token, name)
            case ["covers", id, _name]:
                return self._cover(id)
        if (late := self._too_often(asked)) is not None:
            return late
        match asked.path.strip("/").split("/"):
            case ["ping"]:
                return Answer(body=b"pong")
            case ["manga"]:
                return self._search(asked)
            case ["manga", "tag"]:
                return self._tags()
            case ["manga", id]:
                return self._one(id)
            case ["manga", id, "feed"]:
                return self._feed(asked, id)
            case ["at-home", "server", id]:
                return self._at_home(id, asked.query.get("forcePort443") == ["true"])
        return error(404, "not found")

    def _too_often(self, asked: Asked) -> Answer | None:
        if not self.is_strict:
            return None
        limits = [("api", PER_SECOND, 1.0)]
        if asked.path.startswith("/at-home"):
            limits.append(("at-home", AT_HOME_PER_MINUTE, 60.0))
        for name, most, seconds in limits:
            moments, now = self._moments[name], time.monotonic()
            while moments and moments[0] < now - seconds:
                moments.popleft()
            if len(moments) >= most:
                ends = str(int(time.time() + seconds) + 1)
                return Answer(429, b"", {"x-ratelimit-limit": str(most), "x-ratelimit-remaining": "0",
                                         "x-ratelimit-retry-after": ends})  # fmt: skip
            moments.append(now)
        return None

    def _search(self, asked: Asked) -> Answer:
        wanted = asked.query.get("title", [""])[0].casefold()
        ratings = asked.query.get("contentRating[]", list(RATINGS))
        languages = set(asked.query.get("availableTranslatedLanguage[]", ()))
        found = [
            one
            for one in self.series
            if one.rating in ratings
            and fits(one, asked.query)
            and any(wanted in word.casefold() for word in words_of(one))
            and (not languages or languages & {chapter.language for chapter in one.chapters})
        ]
        if "order[latestUploadedChapter]" in asked.query:
            found.sort(key=lambda one: max((c.created_at for c in one.chapters), default=DAWN))
            found.reverse()
        elif "order[followedCount]" in asked.query:
            found.sort(key=lambda one: -one.follows)
        elif "order[title]" in asked.query:
            found.sort(key=lambda one: words_of(one)[1:2])
        return self._page(asked, found, manga_of, default=10, most=100)

    def _tags(self) -> Answer:
        tags = [tag for one in self.series for tag in manga_of(one)["attributes"]["tags"]]
        each = {tag["id"]: tag for tag in tags}
        return Answer(body={"result": "ok", "response": "collection", "data": [*each.values()]})

    def _one(self, id: str) -> Answer:
        for one in self.series:
            if one.id == id:
                return Answer(body={"result": "ok", "response": "entity", "data": manga_of(one)})
        return error(404, "no such manga")

    def _feed(self, asked: Asked, id: str) -> Answer:
        series = next((one for one in self.series if one.id == id), None)
        if series is None:
            return error(404, "no such manga")
        if series.rating not in asked.query.get("contentRating[]", list(RATINGS)):
            return self._page(asked, [], chapter_of, default=100, most=500)
        languages = asked.query.get("translatedLanguage[]")
        since = asked.query.get("createdAtSince", ["2000-01-01T00:00:00"])[0]
        start = datetime.fromisoformat(since).replace(tzinfo=UTC)
        shown = asked.query.get("includeUnavailable", ["0"])[0] == "1"
        unwanted = set(asked.query.get("excludedGroups[]", ()))
        found = [
            one
            for one in sorted(series.chapters, key=lambda one: one.created_at)
            if (not languages or one.language in languages)
            and one.created_at >= start
            and (shown or not one.unavailable)
            and not unwanted & {uid(name) for name in one.groups}
        ]
        return self._page(asked, found, chapter_of, default=100, most=500)

    def _page(
        self, asked: Asked, rows: list[Any], shape: Callable[[Any], Any], *, default: int, most: int
    ) -> Answer:
        limit = int(asked.query.get("limit", [str(default)])[0])
        offset = int(asked.query.get("offset", ["0"])[0])
        if limit > most or offset + limit > WINDOW:
            return error(400, "Result window is too large")
        data = [shape(row) for row in rows[offset : offset + limit]]
        return Answer(
            body={"result": "ok", "response": "collection", "data": data, "limit": limit,
                  "offset": offset, "total": len(rows)}
        )  # fmt: skip

    def _at_home(self, id: str, at_port_443: bool) -> Answer:
        self.was_asked_for_port_443 = at_port_443
        chapter = self._find(id)
        if chapter is None or chapter.external or chapter.unavailable:
            return error(404, "no pages")
        count = len(chapter.pages)
        if self.is_shrinking:
            before = [one.page_count for one in self._tokens.values() if one.chapter is chapter]
            count = max(1, min(before, default=count + 1) - 1)
        token = uid(f"{id} {len(self._tokens)}")
        self._tokens[token] = Token(chapter, time.monotonic(), count)
        names = [f"{number}-{id[:8]}.png" for number in range(1, count + 1)]
        base = f"http://{self.pictures_host or self.host}:{self.port}/node/{token}"
        small = [name.replace(".png", ".jpg") for name in names]
        body = {"hash": id.replace("-", ""), "data": names, "dataSaver": small}
        return Answer(body={"result": "ok", "baseUrl": base, "chapter": body})

    async def _picture(self, token: str, name: str) -> Answer:
        held = self._tokens.get(token)
        if held is None or time.monotonic() - held.made_at > self.good_for:
            return Answer(403, b"expired")
        if self.is_shrinking and held.served * 2 >= held.page_count:
            return Answer(403, b"expired")
        pages, number = held.chapter.pages, int(name.partition("-")[0])
        if number > len(pages):
            return Answer(404)
        held.served += 1
        if isinstance(pages, list):
            headers = {"x-cache": "HIT"} if self.says_what_is_cached else {}
            return Answer(body=pages[number - 1], headers=headers)
        drawn = await asyncio.to_thread(pages.__getitem__, number - 1)
        return Answer(body=drawn, headers={"x-cache": "HIT", "content-type": "image/jpeg"})

    async def _cover(self, id: str) -> Answer:
        series = next((one for one in self.series if one.id == id), None)
        if series is None or series.cover is None:
            return Answer(404)
        drawn = await asyncio.to_thread(series.cover)
        return Answer(body=drawn, headers={"content-type": "image/jpeg"})

    def _find(self, id: str) -> FakeChapter | None:
        return next((one for one in self._all() if one.id == id), None)

    def _all(self) -> Iterator[FakeChapter]:
        return (chapter for series in self.series for chapter in series.chapters)


@asynccontextmanager
async def a_fake(host: str = "127.0.0.1") -> AsyncIterator[FakeMangaDex]:
    fake = FakeMangaDex()
    fake.host = host
    async with on_loopback(fake, host) as fake.port:
        yield fake


if __name__ == "__main__":
    from tests.providers.sample import main

    main()
