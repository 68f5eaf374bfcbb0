"""Another Komga, or whatever speaks as it does (Komga's REST API, https://komga.org/docs/openapi/).

A series there is a series here, a book a chapter. It signs in by an API key, or by name and password.
"""

import time
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, ClassVar
from urllib.parse import urlencode

import msgspec

from app.foundation.http import Rate
from app.foundation.http.client import Fetched, Outbound
from app.foundation.http.patience import patiently
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
    Secret,
    Wish,
)
from app.providers.drivers import komga_wire as wire
from app.providers.drivers.komga_filters import asked_with, filters_of
from app.providers.drivers.signing_in import basic, why_not_let_in
from app.providers.errors import Blocked, NotOffered, NotThere, Unexpected

AT_ONCE = 24
MOST_BYTES = 32_000_000
"""Of a list of all books: a thousand of them take about two."""
MOST_PARTS = 500
"""That a list of books comes in, where it is not given whole."""
PAGE_BYTES, PAGE_SECONDS = 64_000_000, 60.0
RATE = Rate(per_second=20.0, burst=20, places=6)
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
LIBRARIES_KEPT = 300.0
"""Seconds for which it is remembered which libraries it has."""


class KomgaOptions(Options, frozen=True, kw_only=True):
    url: Address
    api_key: Secret = ""
    name: str = ""
    password: Secret = ""
    libraries: Sequence[str] = ()
    """Names or ids of those that are searched; none is all."""


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
        self._wanted = {one.casefold() for one in options.libraries}
        self._libraries: tuple[float, list[wire.Library]] | None = None

    async def search(self, wish: Wish) -> Found:
        return await self._list(wish, {"search": wish.text} if wish.text else {})

    async def latest(self, wish: Wish) -> Found:
        return await self._list(wish, {"sort": "lastModifiedDate,desc"})

    async def popular(self, wish: Wish) -> Found:
        raise NotOffered("Komga does not say what is popular.")

    async def filters(self) -> Sequence[Filter]:
        libraries = {one.id: one.name for one in await self._searched()}
        genres = await self._ask("/genres", {}, list[str])
        return filters_of(libraries, genres, await self._ask("/tags/series", {}, list[str]))

    async def series(self, remote_id: str) -> RemoteSeries:
        return wire.series_of(await self._one(remote_id), self.base)

    async def chapters(
        self, remote_id: str, languages: Sequence[str] = ()
    ) -> Sequence[RemoteChapter]:
        series = await self._one(remote_id)
        books = await self._books(series.id)
        language = series.metadata.language
        return [wire.chapter_of(one, language, self.base) for one in books if not one.deleted]

    async def pages(self, chapter_id: str) -> PageList:
        book = _id(chapter_id)
        pages = await self._ask(f"/books/{book}/pages", {}, list[wire.Page])
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
            raise _refusal(answer, page.url)
        return answer.body

    async def _one(self, remote_id: str) -> wire.Series:
        """Unless it lies in the trash there, or in a library that is not searched."""
        series = await self._ask(f"/series/{_id(remote_id)}", {}, wire.Series)
        if series.deleted or not await self._is_searched(series):
            raise NotThere("This Komga has no such series, book or page.")
        return series

    async def _books(self, series_id: str) -> list[wire.Book]:
        """All of them at once; from a server that does not know how, part by part."""
        path, asked = f"/series/{_id(series_id)}/books", {"unpaged": "true", "deleted": "false"}
        part = await self._ask(path, asked, wire.BookPage)
        books, number = {one.id: one for one in part.content}, 0
        while not part.last and part.content:
            if (number := number + 1) > MOST_PARTS:
                raise Unexpected("This Komga lists more books than a series can have.")
            part = await self._ask(path, {"page": number, "deleted": "false"}, wire.BookPage)
            books |= {one.id: one for one in part.content}
        return list(books.values())

    async def _searched(self) -> list[wire.Library]:
        """The libraries there are, but for those that its owner here left out."""
        if self._libraries is None or time.monotonic() - self._libraries[0] > LIBRARIES_KEPT:
            found = await self._ask("/libraries", {}, list[wire.Library])
            self._libraries = (time.monotonic(), found)
        wanted = self._wanted
        return [
            one
            for one in self._libraries[1]
            if not wanted or {one.id.casefold(), one.name.casefold()} & wanted
        ]

    async def _is_searched(self, series: wire.Series) -> bool:
        if not self._wanted:
            return True
        return series.libraryId in [one.id for one in await self._searched()]

    async def _narrowed(self, chosen: Sequence[str]) -> dict[str, Any]:
        """To the libraries chosen among those searched."""
        if not self._wanted and not chosen:
            return {}
        searched = [one.id for one in await self._searched()]
        found = [one for one in searched if not chosen or one in chosen]
        if not found:
            raise NotOffered("This Komga has none of the libraries that are named for it here.")
        return {"library_id": found}

    async def _list(self, wish: Wish, more: dict[str, str]) -> Found:
        page = _number_of_page(wish.more)
        query = {"page": page, "size": AT_ONCE, "deleted": "false"}
        query |= await self._narrowed(wish.filters.get("library", ()))
        query |= asked_with(wish.filters) | more
        found = await self._ask("/series", query, wire.SeriesPage)
        is_end = found.last or not found.content
        series = [wire.series_of(one, self.base) for one in found.content if not one.deleted]
        return Found(series, None if is_end else str(page + 1))

    async def _ask[Kind](self, path: str, query: dict[str, Any], kind: type[Kind]) -> Kind:
        url = f"{self.base}/api/v1{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        answer = await patiently(
            lambda: self.out.fetch(url, headers=self._headers, most_bytes=MOST_BYTES)
        )
        if not answer.is_good:
            raise _refusal(answer, url)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unexpected("This does not answer as Komga does.") from error

    def _page_address(self, book: str, page: wire.Page) -> str:
        address = f"{self.base}/api/v1/books/{book}/pages/{page.number}"
        return address if page.mediaType in SHOWN else f"{address}?convert=png"


def _credentials(options: KomgaOptions) -> dict[str, str]:
    if options.api_key:
        return {"X-API-Key": options.api_key}
    return basic(options.name, options.password) if options.name else {}


def _refusal(answer: Fetched, asked: str) -> Exception:
    if answer.status == 404:
        return NotThere("This Komga has no such series, book or page.")
    if answer.status in (401, 403) and (why := why_not_let_in(answer, asked)):
        return why
    if answer.status == 401:
        return Blocked("This Komga does not let us in: check the key, or name and password.")
    if answer.status == 403:
        return Blocked(
            "This Komga lets us in, but gives us nothing: our account may not read pages."
        )
    return Unexpected("This Komga answered with an error (%(status)s).", status=answer.status)


def _number_of_page(more: str | None) -> int:
    return int(more[:5]) if more and more.isascii() and more.isdigit() else 0


def _id(remote_id: str) -> str:
    if len(remote_id) > 64 or not remote_id.replace("-", "").isalnum() or not remote_id.isascii():
        raise NotThere("This Komga has no such series, book or page.")
    return remote_id
