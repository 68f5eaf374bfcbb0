"""Another Komga, or whatever speaks as it does (Komga's REST API, https://komga.org/docs/openapi/).

A series there is a series here, a book a chapter. It signs in by an API key, or by name and password.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, ClassVar
from urllib.parse import urlencode

import msgspec

from app.foundation.http import Rate
from app.foundation.http.client import Fetched, Outbound
from app.foundation.http.patience import patiently
from app.foundation.security.text import clean_line, clean_text
from app.providers.base import (
    Address,
    Capability,
    Filter,
    Found,
    Options,
    PageList,
    RemoteChapter,
    RemotePage,
    RemoteSeries,
    RemoteTitle,
    Secret,
    Wish,
)
from app.providers.drivers.komga_filters import STATUS, asked_with, filters_of
from app.providers.errors import Blocked, NotOffered, NotThere, Unexpected
from app.providers.numbers import number_in

AT_ONCE = 24
MOST_BYTES = 32_000_000
"""Of a list of all books: a thousand of them take about two."""
PAGE_BYTES, PAGE_SECONDS = 64_000_000, 60.0
LINE, SUMMARY, MOST = 300, 8000, 60
RATE = Rate(per_second=20.0, burst=20, places=6)
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
NOT_READY = "Komga has not read this book yet."
NO_PICTURES = "It is a book of text (EPUB), not of pictures."


class KomgaOptions(Options, frozen=True, kw_only=True):
    url: Address
    api_key: Secret = ""
    name: str = ""
    password: Secret = ""


class _Author(msgspec.Struct):
    name: str = ""
    role: str = ""


class _Link(msgspec.Struct):
    label: str = ""
    title: str = ""


class _SeriesWords(msgspec.Struct):
    title: str = ""
    summary: str = ""
    status: str = ""
    language: str = ""
    ageRating: int | None = None
    genres: list[str] = []
    tags: list[str] = []
    alternateTitles: list[_Link] = []


class _BooksWords(msgspec.Struct):
    authors: list[_Author] = []
    releaseDate: str | None = None
    summary: str = ""


class _Series(msgspec.Struct):
    id: str
    name: str = ""
    metadata: _SeriesWords = msgspec.field(default_factory=_SeriesWords)
    booksMetadata: _BooksWords = msgspec.field(default_factory=_BooksWords)


class _Media(msgspec.Struct):
    status: str = ""
    pagesCount: int | None = None
    mediaProfile: str = ""
    epubDivinaCompatible: bool = False


class _BookWords(msgspec.Struct):
    title: str = ""
    number: str = ""
    releaseDate: str | None = None
    authors: list[_Author] = []


class _Book(msgspec.Struct):
    id: str
    created: datetime | None = None
    media: _Media = msgspec.field(default_factory=_Media)
    metadata: _BookWords = msgspec.field(default_factory=_BookWords)


class _SeriesPage(msgspec.Struct):
    content: list[_Series] = []
    last: bool = True


class _BookPage(msgspec.Struct):
    content: list[_Book] = []


class _Page(msgspec.Struct):
    number: int
    mediaType: str = ""
    sizeBytes: int | None = None


class Komga:
    driver: ClassVar[str] = "komga"
    title: ClassVar[str] = "Komga"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            *(Capability.SEARCH, Capability.LATEST, Capability.SERIES),
            *(Capability.CHAPTERS, Capability.PAGES, Capability.FILTERS),
        }
    )
    options_type: ClassVar[type[Options]] = KomgaOptions

    def __init__(self, out: Outbound, options: KomgaOptions) -> None:
        self.out = out
        out.rate = RATE
        self.base = options.url.rstrip("/")
        self._headers = _credentials(options)

    async def search(self, wish: Wish) -> Found:
        return await self._list(wish, {"search": wish.text} if wish.text else {})

    async def latest(self, wish: Wish) -> Found:
        return await self._list(wish, {"sort": "lastModifiedDate,desc"})

    async def popular(self, wish: Wish) -> Found:
        raise NotOffered("Komga does not say what is popular.")

    async def filters(self) -> Sequence[Filter]:
        genres = await self._ask("/genres", {}, list[str])
        return filters_of(genres, await self._ask("/tags/series", {}, list[str]))

    async def series(self, remote_id: str) -> RemoteSeries:
        return self._series(await self._ask(f"/series/{_id(remote_id)}", {}, _Series))

    async def chapters(
        self, remote_id: str, languages: Sequence[str] = ()
    ) -> Sequence[RemoteChapter]:
        series = _id(remote_id)
        words = (await self._ask(f"/series/{series}", {}, _Series)).metadata
        path = f"/series/{series}/books"
        books = await self._ask(path, {"unpaged": "true", "deleted": "false"}, _BookPage)
        return [self._chapter(book, words.language) for book in books.content]

    async def pages(self, chapter_id: str) -> PageList:
        book = _id(chapter_id)
        pages = await self._ask(f"/books/{book}/pages", {}, list[_Page])
        sizes = "-".join(f"{page.number}.{page.sizeBytes or 0}" for page in pages).encode()
        return PageList(
            pages=[RemotePage(self._page_address(book, page)) for page in pages],
            version=blake2b(sizes, digest_size=16).hexdigest(),
        )

    async def page(self, page: RemotePage) -> bytes:
        if not page.url.startswith(self.base + "/"):
            raise NotThere("This is not a page of this Komga.")
        answer = await self.out.fetch(
            page.url, headers=self._headers, most_bytes=PAGE_BYTES, deadline=PAGE_SECONDS
        )
        if not answer.is_good:
            raise _refusal(answer)
        return answer.body

    async def _list(self, wish: Wish, more: dict[str, str]) -> Found:
        page = int(wish.more) if wish.more and wish.more.isascii() and wish.more.isdigit() else 0
        page = min(page, 100_000)
        query = {"page": page, "size": AT_ONCE, "deleted": "false"}
        query |= asked_with(wish.filters) | more
        found = await self._ask("/series", query, _SeriesPage)
        is_end = found.last or not found.content
        return Found(
            [self._series(one) for one in found.content], None if is_end else str(page + 1)
        )

    async def _ask[Kind](self, path: str, query: dict[str, Any], kind: type[Kind]) -> Kind:
        url = f"{self.base}/api/v1{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        answer = await patiently(
            lambda: self.out.fetch(url, headers=self._headers, most_bytes=MOST_BYTES)
        )
        if not answer.is_good:
            raise _refusal(answer)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unexpected("This does not answer as Komga does.") from error

    def _series(self, series: _Series) -> RemoteSeries:
        words, books = series.metadata, series.booksMetadata
        released = (books.releaseDate or "")[:4]
        return RemoteSeries(
            remote_id=series.id,
            title=clean_line(words.title or series.name, LINE) or series.id,
            other_titles=[
                RemoteTitle(clean_line(one.title, LINE)) for one in words.alternateTitles[:MOST]
            ],
            url=f"{self.base}/series/{series.id}",
            cover_url=f"{self.base}/api/v1/series/{series.id}/thumbnail",
            summary=clean_text(words.summary or books.summary, SUMMARY),
            status=STATUS.get(words.status),
            year=int(released) if released.isascii() and released.isdigit() else None,
            language=words.language or None,
            languages=[words.language] if words.language else [],
            authors=_names(books.authors, "writer"),
            artists=_names(books.authors, "penciller"),
            genres=[clean_line(name, LINE) for name in words.genres[:MOST]],
            tags=[clean_line(name, LINE) for name in words.tags[:MOST]],
            age_rating=words.ageRating,
        )

    def _chapter(self, book: _Book, language: str) -> RemoteChapter:
        words = book.metadata
        return RemoteChapter(
            remote_id=book.id,
            number_text=clean_line(words.number, LINE),
            number=number_in(words.number),
            title=clean_line(words.title, LINE),
            language=language or None,
            groups=_names(words.authors, "translator"),
            published_at=_day(words.releaseDate) or book.created,
            page_count=book.media.pagesCount or None,
            url=f"{self.base}/book/{book.id}",
            why_not=_why_not(book.media),
        )

    def _page_address(self, book: str, page: _Page) -> str:
        address = f"{self.base}/api/v1/books/{book}/pages/{page.number}"
        return address if page.mediaType in SHOWN else f"{address}?convert=png"


def _why_not(media: _Media) -> str | None:
    if media.status != "READY":
        return NOT_READY
    is_text = media.mediaProfile == "EPUB" and not media.epubDivinaCompatible
    return NO_PICTURES if is_text else None


def _credentials(options: KomgaOptions) -> dict[str, str]:
    if options.api_key:
        return {"X-API-Key": options.api_key}
    if options.name:
        pair = f"{options.name}:{options.password}".encode()
        return {"Authorization": "Basic " + b64encode(pair).decode()}
    return {}


def _refusal(answer: Fetched) -> Exception:
    if answer.status == 404:
        return NotThere("This Komga has no such series, book or page.")
    if answer.status in (401, 403):
        return Blocked("This Komga does not let us in: check the key, or name and password.")
    return Unexpected("This Komga answered with an error (%(status)s).", status=answer.status)


def _id(remote_id: str) -> str:
    if len(remote_id) > 64 or not remote_id.replace("-", "").isalnum() or not remote_id.isascii():
        raise NotThere("This Komga has no such series, book or page.")
    return remote_id


def _names(authors: Sequence[_Author], role: str) -> list[str]:
    names = (clean_line(one.name, LINE) for one in authors if one.role == role)
    return list(dict.fromkeys(name for name in names if name))[:MOST]


def _day(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{text}T00:00:00+00:00") if text else None
    except ValueError:
        return None
