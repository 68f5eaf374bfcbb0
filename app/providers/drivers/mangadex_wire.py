"""What MangaDex sends, and what it means here. Fields that are missing or null are normal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from app.foundation.security.text import clean_line, clean_text
from app.library.models import SeriesStatus
from app.providers.base import RemoteChapter, RemoteSeries, RemoteTitle
from app.providers.languages import from_mangadex
from app.providers.moments import in_utc
from app.providers.numbers import LARGEST_VOLUME, number_in, pages_in

LINE, SUMMARY, MOST = 300, 8000, 60
NO_GROUP = "00e03853-1b96-4f41-9542-c71b8692033b"
GENRE_GROUPS = ("genre",)
AGES = {"safe": 0, "suggestive": 13, "erotica": 18, "pornographic": 18}
SITES = {"al": "anilist", "mal": "mal", "kt": "kitsu", "mu": "mangaupdates", "ap": "anime-planet"}
EXTERNAL = "It can only be read at its publisher."
TAKEN_DOWN = "It was taken down."
EMPTY = "It has no pages yet."

type Words = Mapping[str, str] | list[Any] | None
"""A map by language. An empty one is sent as a list."""


class Relation(msgspec.Struct):
    id: str = ""
    type: str = ""
    attributes: dict[str, Any] | None = None


class TagAttributes(msgspec.Struct):
    name: dict[str, str] | list[Any] | None = None
    group: str | None = None


class Tag(msgspec.Struct):
    id: str = ""
    attributes: TagAttributes = msgspec.field(default_factory=TagAttributes)


class MangaAttributes(msgspec.Struct):
    title: dict[str, str] | list[Any] | None = None
    altTitles: list[dict[str, str]] | None = None
    description: dict[str, str] | list[Any] | None = None
    links: dict[str, str] | list[Any] | None = None
    originalLanguage: str | None = None
    status: str | None = None
    year: int | None = None
    contentRating: str | None = None
    availableTranslatedLanguages: list[str | None] | None = None
    tags: list[Tag] | None = None


class TagList(msgspec.Struct):
    data: list[Tag]


class Manga(msgspec.Struct):
    id: str
    attributes: MangaAttributes
    relationships: list[Relation] = []


class MangaList(msgspec.Struct):
    data: list[Manga]
    total: int = 0


class MangaEntity(msgspec.Struct):
    data: Manga


class ChapterAttributes(msgspec.Struct):
    title: str | None = None
    volume: str | None = None
    chapter: str | None = None
    pages: int | None = None
    translatedLanguage: str | None = None
    externalUrl: str | None = None
    isUnavailable: bool | None = None
    createdAt: datetime | None = None
    readableAt: datetime | None = None
    publishAt: datetime | None = None


class Chapter(msgspec.Struct):
    id: str
    attributes: ChapterAttributes
    relationships: list[Relation] = []


class ChapterList(msgspec.Struct):
    data: list[Chapter]
    total: int = 0


class AtHomeChapter(msgspec.Struct):
    hash: str
    data: list[str]
    dataSaver: list[str] = []


class AtHome(msgspec.Struct):
    baseUrl: str
    chapter: AtHomeChapter


def series_of(manga: Manga, uploads: str, site: str) -> RemoteSeries:
    said = manga.attributes
    titles = _titles(said)
    tags = said.tags or []
    return RemoteSeries(
        remote_id=manga.id,
        title=titles[0].text if titles else manga.id,
        other_titles=titles[1:],
        url=f"{site.rstrip('/')}/title/{quote(manga.id, safe='')}",
        cover_url=_cover(manga, uploads),
        summary=clean_text(_in_english(said.description), SUMMARY),
        status=_status(said.status),
        year=said.year if said.year and 1800 < said.year < 2200 else None,
        language=from_mangadex(said.originalLanguage),
        languages=_languages(said.availableTranslatedLanguages),
        authors=_names(manga.relationships, "author"),
        artists=_names(manga.relationships, "artist"),
        genres=[tag_name(tag) for tag in tags if tag.attributes.group in GENRE_GROUPS][:MOST],
        tags=[tag_name(tag) for tag in tags if tag.attributes.group not in GENRE_GROUPS][:MOST],
        age_rating=AGES.get(said.contentRating or ""),
        links=_links(said.links),
    )


def chapter_of(chapter: Chapter, site: str) -> RemoteChapter:
    said = chapter.attributes
    return RemoteChapter(
        remote_id=chapter.id,
        number_text=clean_line(said.chapter or "", LINE),
        number=number_in(said.chapter),
        volume=number_in(said.volume, LARGEST_VOLUME),
        title=clean_line(said.title or "", LINE),
        language=from_mangadex(said.translatedLanguage),
        groups=_names(
            [one for one in chapter.relationships if one.id != NO_GROUP], "scanlation_group"
        ),
        published_at=in_utc(said.readableAt or said.publishAt or said.createdAt),
        page_count=pages_in(said.pages),
        url=f"{site.rstrip('/')}/chapter/{quote(chapter.id, safe='')}",
        why_not=_why_not(said),
    )


def _why_not(said: ChapterAttributes) -> str | None:
    if said.isUnavailable:
        return TAKEN_DOWN
    if said.externalUrl:
        return EXTERNAL
    return EMPTY if said.pages == 0 else None


def _titles(said: MangaAttributes) -> list[RemoteTitle]:
    """The main one first, in English where it is given; each once."""
    main = _pairs(said.title)
    main.sort(key=lambda pair: pair[0] != "en")
    others = [pair for one in said.altTitles or [] for pair in _pairs(one)]
    found: dict[str, RemoteTitle] = {}
    for language, words in [*main, *others]:
        text = clean_line(words, LINE)
        if text and len(found) < MOST:
            found.setdefault(text.casefold(), RemoteTitle(text, from_mangadex(language)))
    return list(found.values())


def _in_english(words: Words) -> str:
    pairs = dict(_pairs(words))
    return pairs.get("en") or next(iter(pairs.values()), "")


def _pairs(words: Words) -> list[tuple[str, str]]:
    return list(words.items()) if isinstance(words, Mapping) else []


def _names(relations: Sequence[Relation], kind: str) -> list[str]:
    """Those that were included; a deleted one has no attributes."""
    names = [(one.attributes or {}).get("name") for one in relations if one.type == kind]
    clean = (clean_line(name, LINE) for name in names if isinstance(name, str))
    return list(dict.fromkeys(name for name in clean if name))[:MOST]


def tag_name(tag: Tag) -> str:
    return clean_line(_in_english(tag.attributes.name), LINE)


def _cover(manga: Manga, uploads: str) -> str | None:
    for one in manga.relationships:
        file = (one.attributes or {}).get("fileName")
        if one.type == "cover_art" and isinstance(file, str) and file:
            path = f"{quote(manga.id, safe='')}/{quote(file, safe='')}"
            return f"{covers_at(uploads)}{path}.512.jpg"
    return None


def covers_at(uploads: str) -> str:
    return f"{uploads.rstrip('/')}/covers/"


def _status(text: str | None) -> SeriesStatus | None:
    return SeriesStatus(text) if text in set(SeriesStatus) else None


def _languages(codes: Sequence[str | None] | None) -> list[str]:
    found = (from_mangadex(code) for code in codes or [])
    return list(dict.fromkeys(tag for tag in found if tag))


def _links(links: Words) -> dict[str, str]:
    return {
        SITES[key]: clean_line(value, LINE)
        for key, value in _pairs(links)
        if key in SITES and value
    }
