"""What a MangaDex of ours holds, and how it writes that down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.providers.faking import Answer

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
    pages: Sequence[bytes] = field(default_factory=lambda: [b"page"])
    external: str | None = None
    unavailable: bool = False
    created_at: datetime = DAWN

    @cached_property
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
    follows: int = 0
    cover: Callable[[], bytes] | None = None
    author: str = "Mori Akane"
    about: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        return uid(self.name)


def error(status: int, detail: str) -> Answer:
    one = {"id": uid(detail), "status": status, "title": "error", "detail": detail, "context": None}
    return Answer(status, {"result": "error", "errors": [one]})


def many(number: int, *, every: timedelta = timedelta(minutes=1)) -> list[FakeChapter]:
    return [
        FakeChapter(f"chapter {at}", chapter=str(at), created_at=DAWN + at * every)
        for at in range(1, number + 1)
    ]


def words_of(series: FakeSeries) -> list[str]:
    alternative = [word for one in series.alt_titles for word in one.values()]
    return [series.name, *series.titles.values(), *alternative]


def manga_of(series: FakeSeries) -> dict[str, Any]:
    return {
        "id": series.id,
        "type": "manga",
        "attributes": {
            "title": series.titles or {"en": series.name},
            "altTitles": series.alt_titles,
            "description": {"en": series.about or f"About {series.name}."},
            "links": series.links,
            "originalLanguage": "ja",
            "status": "ongoing",
            "year": 2019,
            "contentRating": series.rating,
            "availableTranslatedLanguages": [*{one.language for one in series.chapters}, None],
            "tags": [tag_of("Adventure", "genre"), tag_of("Time Travel", "theme")],
            **series.more,
        },
        "relationships": [
            {"id": uid("author"), "type": "author", "attributes": {"name": series.author}},
            {"id": uid("gone"), "type": "artist"},
            {"id": uid("cover"), "type": "cover_art", "attributes": {"fileName": "cover one.jpg"}},
        ],
    }


def tag_of(name: str, group: str) -> dict[str, Any]:
    attributes = {"name": {"en": name}, "description": {}, "group": group, "version": 1}
    return {"id": uid(name), "type": "tag", "attributes": attributes, "relationships": []}


def fits(series: FakeSeries, asked: Mapping[str, Sequence[str]]) -> bool:
    """The filters of its search, as far as this one has what they ask for."""
    said = manga_of(series)["attributes"]
    tags = {one["id"] for one in said["tags"]}
    wanted, unwanted = set(asked.get("includedTags[]", ())), set(asked.get("excludedTags[]", ()))
    any_will_do = asked.get("includedTagsMode", ["AND"])[0] == "OR"
    has_tags = not wanted or (bool(wanted & tags) if any_will_do else wanted <= tags)
    plain = (
        ("status[]", "status"),
        ("originalLanguage[]", "originalLanguage"),
        ("publicationDemographic[]", "publicationDemographic"),
        ("year", "year"),
    )
    return (
        has_tags
        and not unwanted & tags
        and all(str(said.get(key) or "none") in asked[name] for name, key in plain if name in asked)
    )


def chapter_of(chapter: FakeChapter) -> dict[str, Any]:
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
