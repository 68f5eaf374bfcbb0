"""What Komga sends, and what it means here. Fields that are missing are normal but for those without
which it is no Komga."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from app.foundation.security.text import clean_line, clean_text
from app.providers.base import RemoteChapter, RemoteSeries, RemoteTitle
from app.providers.drivers.komga_filters import STATUS
from app.providers.languages import language_in
from app.providers.moments import day_in, in_utc
from app.providers.numbers import chapter_in_title, number_in, pages_in, volume_in_title
from app.providers.sites import links_in

LINE, SUMMARY, MOST = 300, 8000, 60
WHY_NOT = {
    "ERROR": "Komga could not read this book.",
    "UNSUPPORTED": "It is in a format that Komga does not read.",
}
AGES = range(100)
NOT_READY = "Komga has not read this book yet."
NO_PICTURES = "It is a book of text (EPUB), not of pictures."


class Author(msgspec.Struct):
    name: str = ""
    role: str = ""


class Link(msgspec.Struct):
    url: str = ""


class Title(msgspec.Struct):
    title: str = ""


class SeriesWords(msgspec.Struct):
    title: str = ""
    summary: str = ""
    status: str = ""
    language: str = ""
    ageRating: int | None = None
    genres: list[str] = []
    tags: list[str] = []
    alternateTitles: list[Title] = []
    links: list[Link] = []


class BooksWords(msgspec.Struct):
    authors: list[Author] = []
    tags: list[str] = []
    releaseDate: str | None = None
    summary: str = ""


class Series(msgspec.Struct):
    id: str
    name: str
    libraryId: str = ""
    metadata: SeriesWords = msgspec.field(default_factory=SeriesWords)
    booksMetadata: BooksWords = msgspec.field(default_factory=BooksWords)
    deleted: bool = False


class Media(msgspec.Struct):
    status: str = ""
    pagesCount: int | None = None
    mediaProfile: str = ""
    epubDivinaCompatible: bool = False


class BookWords(msgspec.Struct):
    title: str = ""
    number: str = ""
    numberSort: float | None = None
    releaseDate: str | None = None
    authors: list[Author] = []


class Book(msgspec.Struct):
    id: str
    name: str = ""
    created: datetime | None = None
    media: Media = msgspec.field(default_factory=Media)
    metadata: BookWords = msgspec.field(default_factory=BookWords)
    deleted: bool = False
    oneshot: bool = False


class SeriesPage(msgspec.Struct):
    content: list[Series]
    last: bool = True


class BookPage(msgspec.Struct):
    content: list[Book]
    last: bool = True


class Page(msgspec.Struct):
    number: int
    mediaType: str = ""
    sizeBytes: int | None = None


class Library(msgspec.Struct):
    id: str
    name: str = ""


def series_of(series: Series, base: str) -> RemoteSeries:
    words, books = series.metadata, series.booksMetadata
    released = (books.releaseDate or "")[:4]
    language = language_in(words.language)
    tags = dict.fromkeys([*words.tags, *books.tags])
    return RemoteSeries(
        remote_id=series.id,
        title=clean_line(words.title or series.name, LINE) or series.id,
        other_titles=[
            RemoteTitle(title)
            for one in words.alternateTitles[:MOST]
            if (title := clean_line(one.title, LINE))
        ],
        url=f"{base}/series/{series.id}",
        cover_url=f"{base}/api/v1/series/{series.id}/thumbnail",
        summary=clean_text(words.summary or books.summary, SUMMARY),
        status=STATUS.get(words.status),
        year=int(released) if released.isascii() and released.isdigit() else None,
        language=language,
        languages=[language] if language else [],
        authors=_names(books.authors, "writer"),
        artists=_names(books.authors, "penciller"),
        genres=[clean_line(name, LINE) for name in words.genres[:MOST]],
        tags=[clean_line(name, LINE) for name in tags][:MOST],
        age_rating=words.ageRating if words.ageRating in AGES else None,
        links=links_in(one.url for one in words.links),
    )


def chapter_of(book: Book, language: str, base: str) -> RemoteChapter:
    words = book.metadata
    number, volume = _place(book)
    return RemoteChapter(
        remote_id=book.id,
        number_text=number,
        number=number_in(number),
        volume=volume,
        title=clean_line(words.title, LINE),
        language=language_in(language),
        groups=_names(words.authors, "translator"),
        published_at=day_in(words.releaseDate) or in_utc(book.created),
        page_count=pages_in(book.media.pagesCount),
        url=f"{base}/book/{book.id}",
        why_not=_why_not(book.media),
    )


def _place(book: Book) -> tuple[str, Decimal | None]:
    """The number of a chapter, or a volume. Komga numbers whatever a folder holds: a book whose name
    says that it is a volume is none of the chapters of that number, and a one-shot has none."""
    name = book.name or book.metadata.title
    volume = None if chapter_in_title(name) else volume_in_title(name)
    if book.oneshot or volume is not None:
        return "", volume
    number = clean_line(book.metadata.number, LINE)
    sort = book.metadata.numberSort
    return number or (f"{sort:.3f}".rstrip("0").rstrip(".") if sort is not None else ""), None


def _why_not(media: Media) -> str | None:
    if media.status != "READY":
        return WHY_NOT.get(media.status, NOT_READY)
    is_text = media.mediaProfile == "EPUB" and not media.epubDivinaCompatible
    return NO_PICTURES if is_text else None


def _names(authors: Sequence[Author], role: str) -> list[str]:
    names = (clean_line(one.name, LINE) for one in authors if one.role == role)
    return list(dict.fromkeys(name for name in names if name))[:MOST]
