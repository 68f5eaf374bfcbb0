"""A catalogue of OPDS of our own, in both versions, as Komga and others write it."""

from base64 import b64encode
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

from tests.providers.faking import Answer, Asked, Fake

NAVIGATION = "application/atom+xml;profile=opds-catalog;kind=navigation"
PUBLISHES = "application/atom+xml;profile=opds-catalog;kind=acquisition"
FEED = (
    '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"'
    ' xmlns:opds="http://opds-spec.org/2010/catalog" xmlns:pse="http://vaemendis.net/opds-pse/ns"'
    ' xmlns:dcterms="http://purl.org/dc/terms/">'
)
JSON = "application/opds+json"
AT_ONCE = 2
FACETS = {"Language": {"English": "en", "French": "fr"}, "Sort": {"Newest": "", "A to Z": "title"}}
USUAL = {"Language": "-", "Sort": ""}
"""None of a language holds by itself; of two orders one always does."""


@dataclass
class Book:
    id: str
    title: str
    pages: list[bytes] = field(default_factory=lambda: [b"page"])
    language: str = "en"
    is_streamed: bool = True
    file: bytes = b""
    file_type: str = "application/vnd.comicbook+zip"
    position: float | None = None


@dataclass
class Shelf:
    id: str
    title: str
    books: list[Book] = field(default_factory=list)


class FakeOpds(Fake):
    """`/opds/v1.2/catalog` and `/opds/v2/catalog`, behind a name and a password, or a key."""

    def __init__(self) -> None:
        super().__init__()
        self.shelves: list[Shelf] = []
        self.name, self.password, self.key = "mira", "seven kites", ""
        self.header: tuple[str, str] | None = None
        self.has_search = True
        self.has_description = True
        """Of OpenSearch; else a link that is a template itself."""
        self.says_what_is_popular = True
        self.has_facets = False
        self.forgets_facets = False
        """Whether one that is chosen takes the place of the others."""

    def answer(self, asked: Asked) -> Answer:
        if not self._is_let_in(asked):
            return Answer(401, b"", {"www-authenticate": 'Basic realm="Books"'})
        path = asked.path.removeprefix(f"/{self.key}") if self.key else asked.path
        match path.strip("/").split("/"):
            case ["opds", "books", id, "pages", number]:
                return self._page(id, number)
            case ["opds", "books", id, "file"]:
                return Answer(body=self._book_of(id).file)
            case ["opds", "books", id, "cover"]:
                return Answer(body=f"cover {id}".encode())
            case ["opds", "v1.2", *rest]:
                return self._atom(rest, asked)
            case ["opds", "v2", *rest]:
                return self._json(rest, asked)
        return Answer(404)

    def at(self, path: str) -> str:
        return f"/{self.key}{path}" if self.key else path

    def _is_let_in(self, asked: Asked) -> bool:
        if self.header:
            return asked.headers.get(self.header[0]) == self.header[1]
        if self.key:
            return asked.path.startswith(f"/{self.key}/")
        pair = b64encode(f"{self.name}:{self.password}".encode()).decode()
        return asked.headers.get("authorization") == f"Basic {pair}"

    def _page(self, id: str, number: str) -> Answer:
        pages, at = self._book_of(id).pages, int(number)
        return Answer(body=pages[at]) if at < len(pages) else Answer(404)

    def _book_of(self, id: str) -> Book:
        found = (one for shelf in self.shelves for one in shelf.books if one.id == id)
        return next(found, Book(id, "", pages=[]))

    def _found(self, asked: Asked) -> list[Shelf]:
        words = asked.query.get("search", asked.query.get("query", [""]))[0].lower()
        language, order = (asked.query.get(name, [""])[0].strip("-") for name in FACETS)
        found = [
            one
            for one in self.shelves
            if words in one.title.lower()
            and (not language or any(book.language == language for book in one.books))
        ]
        return sorted(found, key=lambda one: one.title) if order == "title" else found

    def _facets(self, asked: Asked) -> list[tuple[str, str, str, bool]]:
        """Group, title, address, and whether it holds: with those that hold in other groups."""
        if not self.has_facets:
            return []
        now = {name: asked.query.get(name, [usual])[0] for name, usual in USUAL.items()}
        said = {key: values[0] for key, values in asked.query.items() if key not in FACETS}
        kept = {} if self.forgets_facets else now
        return [
            (group, title, f"{asked.path}?{urlencode({**said, **kept, group: value})}",
             now[group] == value)
            for group, choices in FACETS.items()
            for title, value in choices.items()
        ]  # fmt: skip

    # ---- 1.2 ----

    def _atom(self, rest: list[str], asked: Asked) -> Answer:
        page = int(asked.query.get("page", ["0"])[0])
        match rest:
            case ["catalog"]:
                return _xml(
                    "Books",
                    self._search,
                    _navigation("all", "All series", self.at("/opds/v1.2/series")),
                    _navigation("new", "Latest series", self.at("/opds/v1.2/series/latest")),
                    self._liked,
                )
            case ["search"]:
                template = f"{self.url}{self.at('/opds/v1.2/series')}?search={{searchTerms}}"
                body = (
                    '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
                    f'<Url type="{PUBLISHES}" template="{template}&amp;count={{count?}}"/>'
                    "</OpenSearchDescription>"
                )
                return Answer(body=body.encode())
            case ["series"] | ["series", "latest" | "liked"]:
                shelves = self._found(asked)
                if rest[-1] == "latest" and "Sort" not in asked.query:
                    shelves = shelves[::-1]
                if rest[-1] == "liked":
                    shelves = shelves[1:2]
                entries = [
                    _navigation(one.id, one.title, self.at(f"/opds/v1.2/series/{one.id}"))
                    for one in shelves[page * AT_ONCE : (page + 1) * AT_ONCE]
                ]
                more = self._next(asked, page, len(shelves))
                return _xml("Series", *map(_facet, self._facets(asked)), more, *entries)
            case ["series", id]:
                shelf = next((one for one in self.shelves if one.id == id), None)
                if shelf is None:
                    return Answer(404)
                books = shelf.books[page * AT_ONCE : (page + 1) * AT_ONCE]
                entries = [self._book(one) for one in books]
                return _xml(shelf.title, self._next(asked, page, len(shelf.books)), *entries)
        return Answer(404)

    @property
    def _search(self) -> str:
        if not self.has_search:
            return ""
        kind, where = "application/opensearchdescription+xml", self.at("/opds/v1.2/search")
        if not self.has_description:
            kind = PUBLISHES
            where = self.at("/opds/v1.2/series?search={searchTerms}")
        return f'<link rel="search" type="{kind}" href="{where}"/>'

    @property
    def _liked(self) -> str:
        if not self.says_what_is_popular:
            return ""
        where = self.at("/opds/v1.2/series/liked")
        rel = "http://opds-spec.org/sort/popular"
        return _navigation("liked", "What people like", where).replace("subsection", rel)

    def _next(self, asked: Asked, page: int, total: int) -> str:
        if (page + 1) * AT_ONCE >= total:
            return ""
        said = {key: values[0] for key, values in asked.query.items()} | {"page": page + 1}
        href = escape(f"{asked.path}?{urlencode(said)}")
        return f'<link rel="next" type="{PUBLISHES}" href="{href}"/>'

    def _book(self, book: Book) -> str:
        pages = self.at(f"/opds/books/{book.id}/pages/{{pageNumber}}?width={{maxWidth}}")
        stream = (
            f'<link rel="http://vaemendis.net/opds-pse/stream" type="image/jpeg" href="{pages}"'
            f' pse:count="{len(book.pages)}"/>'
        )
        return (
            f"<entry><id>urn:book:{book.id}</id><title>{escape(book.title)}</title>"
            "<updated>2026-01-02T03:04:05Z</updated><author><name>A. Writer</name></author>"
            f"<dcterms:language>{book.language}</dcterms:language>"
            '<content type="html">&lt;p&gt;About &lt;b&gt;it&lt;/b&gt;.&lt;/p&gt;</content>'
            f'<link rel="http://opds-spec.org/image" type="image/jpeg"'
            f' href="{self.at(f"/opds/books/{book.id}/cover")}"/>'
            f'<link rel="http://opds-spec.org/acquisition" type="{book.file_type}"'
            f' href="/opds/books/{book.id}/file"/>'
            + (stream if book.is_streamed else "")
            + "</entry>"
        )

    # ---- 2.0 ----

    def _json(self, rest: list[str], asked: Asked) -> Answer:
        match rest:
            case ["catalog"]:
                search = {"rel": "search", "href": "/opds/v2/search{?query}", "templated": True,
                          "type": JSON}  # fmt: skip
                new = {"rel": "http://opds-spec.org/sort/new", "href": "new", "type": JSON,
                       "title": "New"}  # fmt: skip
                groups = self._groups()
                return _feed("Books", [search], navigation=[new], groups=groups)
            case ["search"]:
                books = [(one, book) for one in self._found(asked) for book in one.books]
                return _feed("Found", [], publications=[self._publication(*one) for one in books])
            case ["liked"]:
                liked = self.shelves[1]
                books = [self._publication(liked, book) for book in liked.books]
                return _feed("Most read", [], publications=books)
            case ["new"]:
                group = [self._publication(one, one.books[0]) for one in self._found(asked)]
                parts = [{"metadata": {"title": "Recently added"}, "publications": group}]
                return _feed("New", [], groups=parts, facets=_grouped(self._facets(asked)))
            case ["series", id]:
                shelf = next((one for one in self.shelves if one.id == id), None)
                if shelf is None:
                    return Answer(404)
                books = [self._publication(shelf, book) for book in shelf.books]
                return _feed(shelf.title, [], publications=books)
            case ["books", id, "manifest"]:
                found = next(b for one in self.shelves for b in one.books if b.id == id)
                pages = [
                    {"href": f"../../../books/{id}/pages/{at}", "type": "image/jpeg"}
                    for at in range(len(found.pages))
                ]
                return Answer(body={"metadata": {"title": found.title}, "readingOrder": pages})
        return Answer(404)

    def _groups(self) -> list[dict[str, Any]]:
        """What people like, where there is enough to tell that from the rest."""
        if not self.says_what_is_popular or len(self.shelves) < 2:
            return []
        liked = self.shelves[1]
        return [
            {
                "metadata": {"title": "Most read"},
                "links": [{"rel": "self", "href": "liked", "type": JSON}],
                "publications": [self._publication(liked, liked.books[0])],
            }
        ]

    def _publication(self, shelf: Shelf, book: Book) -> dict[str, Any]:
        links = [{"rel": "http://opds-spec.org/acquisition", "href": f"/opds/books/{book.id}/file",
                  "type": book.file_type}]  # fmt: skip
        if book.is_streamed:
            links.append({"rel": "self", "href": f"/opds/v2/books/{book.id}/manifest",
                          "type": "application/divina+json"})  # fmt: skip
        series = {"name": shelf.title, "position": book.position,
                  "links": [{"href": f"/opds/v2/series/{shelf.id}", "type": JSON}]}  # fmt: skip
        return {
            "metadata": {
                "@type": "http://schema.org/Book",
                "title": book.title,
                "identifier": f"urn:book:{book.id}",
                "author": [{"name": "A. Writer"}],
                "language": book.language,
                "modified": "2026-01-02T03:04:05Z",
                "numberOfPages": len(book.pages),
                "belongsTo": {"series": [series]},
            },
            "links": links,
            "images": [{"href": f"/opds/books/{book.id}/cover", "type": "image/jpeg"}],
        }


def _navigation(id: str, title: str, href: str) -> str:
    return (
        f"<entry><id>urn:{id}</id><title>{escape(title)}</title>"
        '<updated>2026-01-01T00:00:00Z</updated><content type="text">What is there</content>'
        f'<link rel="subsection" type="{NAVIGATION}" href="{href}"/></entry>'
    )


def _facet(facet: tuple[str, str, str, bool]) -> str:
    group, title, href, is_active = facet
    active = ' opds:activeFacet="true"' if is_active else ""
    return (
        f'<link rel="http://opds-spec.org/facet" type="{PUBLISHES}" href="{escape(href)}"'
        f' title="{title}" opds:facetGroup="{group}"{active}/>'
    )


def _grouped(facets: list[tuple[str, str, str, bool]]) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for group, title, href, is_active in facets:
        own = {"rel": "self"} if is_active else {}
        link = {"href": href, "title": title, "type": JSON, **own}
        found.setdefault(group, []).append(link)
    return [{"metadata": {"title": group}, "links": links} for group, links in found.items()]


def _xml(title: str, *parts: str) -> Answer:
    inner = "".join(parts)
    body = f"{FEED}<id>urn:{title}</id><title>{escape(title)}</title>{inner}</feed>"
    return Answer(body=body.encode(), headers={"content-type": "application/atom+xml"})


def _feed(title: str, links: list[dict[str, Any]], **more: Any) -> Answer:
    own = {"rel": "self", "href": "/opds/v2/catalog", "type": JSON}
    return Answer(body={"metadata": {"title": title}, "links": [own, *links], **more})
