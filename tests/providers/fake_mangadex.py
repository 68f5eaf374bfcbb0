"""A MangaDex of our own: real HTTP on loopback, its rules, its oddities, and faults on demand.

`async with a_fake() as fake:` serves what `fake.series` holds. `fake.faults` are asked before every
answer; the first that returns a Response answers in its place.
"""

import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from tests.providers.faking import Answer, Asked, Fake, on_loopback

WINDOW = 10_000
PER_SECOND, AT_HOME_PER_MINUTE = 5, 40
RATINGS = ("safe", "suggestive", "erotica")
DAWN = datetime(2026, 1, 1, tzinfo=UTC)


def uid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


@dataclass
class FakeChapter:
    name: str
    chapter: str | None = "1"
    volume: str | None = None
    title: str | None = None
    language: str = "en"
    groups: tuple[str, ...] = ("Night Owls",)
    pages: list[bytes] = field(default_factory=lambda: [b"page"])
    external: str | None = None
    unavailable: bool = False
    created_at: datetime = DAWN

    @property
    def id(self) -> str:
        return uid(self.name)


@dataclass
class FakeSeries:
    name: str
    titles: dict[str, str] = field(default_factory=dict)
    alt_titles: list[dict[str, str]] = field(default_factory=list)
    chapters: list[FakeChapter] = field(default_factory=list)
    rating: str = "safe"
    links: Any = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return uid(self.name)


class FakeMangaDex(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.series: list[FakeSeries] = []
        self.reports: list[dict[str, Any]] = []
        self.good_for = 900.0
        self.is_strict = True
        """Whether too many requests are refused, as the real one does."""
        self._moments: dict[str, deque[float]] = defaultdict(deque)
        self._tokens: dict[str, float] = {}

    def answer(self, asked: Asked) -> Answer:
        if not asked.headers.get("user-agent", "").startswith("Bunko/"):
            return error(403, "who are you")
        if asked.path == "/report":
            self.reports.append(msgspec.json.decode(asked.body))
            return Answer()
        if asked.path.startswith("/node/"):
            return self._picture(asked)
        if (late := self._too_often(asked)) is not None:
            return late
        match asked.path.strip("/").split("/"):
            case ["manga"]:
                return self._search(asked)
            case ["manga", id]:
                return self._one(id)
            case ["manga", id, "feed"]:
                return self._feed(asked, id)
            case ["at-home", "server", id]:
                return self._at_home(id)
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
        found = [
            one
            for one in self.series
            if one.rating in ratings and any(wanted in word.casefold() for word in _words(one))
        ]
        return self._page(asked, found, _manga, default=10, most=100)

    def _one(self, id: str) -> Answer:
        for one in self.series:
            if one.id == id:
                return Answer(body={"result": "ok", "response": "entity", "data": _manga(one)})
        return error(404, "no such manga")

    def _feed(self, asked: Asked, id: str) -> Answer:
        series = next((one for one in self.series if one.id == id), None)
        if series is None:
            return error(404, "no such manga")
        if series.rating not in asked.query.get("contentRating[]", list(RATINGS)):
            return self._page(asked, [], _chapter, default=100, most=500)
        languages = asked.query.get("translatedLanguage[]")
        since = asked.query.get("createdAtSince", ["2000-01-01T00:00:00"])[0]
        start = datetime.fromisoformat(since).replace(tzinfo=UTC)
        shown = asked.query.get("includeUnavailable", ["0"])[0] == "1"
        found = [
            one
            for one in sorted(series.chapters, key=lambda one: one.created_at)
            if (not languages or one.language in languages)
            and one.created_at >= start
            and (shown or not one.unavailable)
        ]
        return self._page(asked, found, _chapter, default=100, most=500)

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

    def _at_home(self, id: str) -> Answer:
        chapter = self._find(id)
        if chapter is None or chapter.external or chapter.unavailable:
            return error(404, "no pages")
        token = uid(f"{id} {len(self._tokens)}")
        self._tokens[token] = time.monotonic()
        names = [f"{number}-{id[:8]}.png" for number in range(1, len(chapter.pages) + 1)]
        base = f"{self.url}/node/{token}"
        body = {"hash": id.replace("-", ""), "data": names, "dataSaver": names}
        return Answer(body={"result": "ok", "baseUrl": base, "chapter": body})

    def _picture(self, asked: Asked) -> Answer:
        _, token, _kind, id, name = asked.path.strip("/").split("/")
        if time.monotonic() - self._tokens.get(token, float("-inf")) > self.good_for:
            return Answer(403, b"expired")
        chapter = next((one for one in self._all() if one.id.replace("-", "") == id), None)
        number = int(name.partition("-")[0])
        if chapter is None or number > len(chapter.pages):
            return Answer(404)
        return Answer(body=chapter.pages[number - 1], headers={"x-cache": "HIT"})

    def _find(self, id: str) -> FakeChapter | None:
        return next((one for one in self._all() if one.id == id), None)

    def _all(self) -> Iterator[FakeChapter]:
        return (chapter for series in self.series for chapter in series.chapters)


def error(status: int, detail: str) -> Answer:
    one = {"id": uid(detail), "status": status, "title": "error", "detail": detail, "context": None}
    return Answer(status, {"result": "error", "errors": [one]})


def many(number: int, *, every: timedelta = timedelta(minutes=1)) -> list[FakeChapter]:
    return [
        FakeChapter(f"chapter {at}", chapter=str(at), created_at=DAWN + at * every)
        for at in range(1, number + 1)
    ]


def _words(series: FakeSeries) -> list[str]:
    alternative = [word for one in series.alt_titles for word in one.values()]
    return [series.name, *series.titles.values(), *alternative]


def _manga(series: FakeSeries) -> dict[str, Any]:
    return {
        "id": series.id,
        "type": "manga",
        "attributes": {
            "title": series.titles or {"en": series.name},
            "altTitles": series.alt_titles,
            "description": {"en": f"About {series.name}."},
            "links": series.links,
            "originalLanguage": "ja",
            "status": "ongoing",
            "year": 2019,
            "contentRating": series.rating,
            "availableTranslatedLanguages": [*{one.language for one in series.chapters}, None],
            "tags": [
                _tag("Adventure", "genre"),
                _tag("Time Travel", "theme"),
            ],
            **series.more,
        },
        "relationships": [
            {"id": uid("author"), "type": "author", "attributes": {"name": "Mori Akane"}},
            {"id": uid("gone"), "type": "artist"},
            {"id": uid("cover"), "type": "cover_art", "attributes": {"fileName": "cover one.jpg"}},
        ],
    }


def _tag(name: str, group: str) -> dict[str, Any]:
    attributes = {"name": {"en": name}, "description": {}, "group": group, "version": 1}
    return {"id": uid(name), "type": "tag", "attributes": attributes, "relationships": []}


def _chapter(chapter: FakeChapter) -> dict[str, Any]:
    moment = chapter.created_at.isoformat()
    groups = [
        {"id": uid(name), "type": "scanlation_group", "attributes": {"name": name}}
        for name in chapter.groups
    ]
    return {
        "id": chapter.id,
        "type": "chapter",
        "attributes": {
            "title": chapter.title,
            "volume": chapter.volume,
            "chapter": chapter.chapter,
            "pages": 0 if chapter.external else len(chapter.pages),
            "translatedLanguage": chapter.language,
            "externalUrl": chapter.external,
            "isUnavailable": chapter.unavailable,
            "createdAt": moment,
            "readableAt": moment,
            "publishAt": moment,
        },
        "relationships": groups,
    }


@asynccontextmanager
async def a_fake() -> AsyncIterator[FakeMangaDex]:
    fake = FakeMangaDex()
    async with on_loopback(fake) as fake.port:
        yield fake
