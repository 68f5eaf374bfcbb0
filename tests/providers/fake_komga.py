"""A Komga of our own, as its REST API describes it: read-only, for whoever has the key or the password."""

from base64 import b64encode
from typing import Any

from tests.providers.faking import Answer, Asked, Fake

KEY, NAME, PASSWORD = "a-key-of-komga", "mira@home.example", "seven kites"
DAY = "2026-01-01T00:00:00Z"


class FakeKomga(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.libraries = [{"id": "L1", "name": "Manga"}, {"id": "L2", "name": "Comics"}]
        self.series: list[dict[str, Any]] = []
        self.books: list[dict[str, Any]] = []
        self.pages: list[dict[str, Any]] = []
        self.knows_unpaged = True
        self.may_stream = True

    def answer(self, asked: Asked) -> Answer:
        if asked.method != "GET":
            return _error(405, asked)
        if not self._is_let_in(asked):
            return Answer(401, b"", {"www-authenticate": 'Basic realm="Realm"'})
        match asked.path.removeprefix("/api/v1/").strip("/").split("/"):
            case ["libraries"]:
                return Answer(body=self.libraries)
            case ["series"]:
                return self._list(asked)
            case ["genres"]:
                return Answer(body=["Drama", "Sea tales"])
            case ["tags", "series"]:
                return Answer(body=[])
            case ["series", id]:
                found = [one for one in self.series if one["id"] == id]
                return Answer(body=found[0]) if found else _error(404, asked)
            case ["series", id, "thumbnail"]:
                return Answer(body=f"cover {id}".encode(), headers={"content-type": "image/jpeg"})
            case ["series", _, "books"]:
                return _page(asked, self._there(asked, self.books), self.knows_unpaged)
            case ["books", id, "pages"]:
                return self._pages(asked, id)
            case ["books", _, "pages", number]:
                if not self.may_stream:
                    return _error(403, asked)
                return Answer(body=f"page {number} {asked.query}".encode())
        return _error(404, asked)

    def _is_let_in(self, asked: Asked) -> bool:
        pair = b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        signed = asked.headers.get("authorization") == f"Basic {pair}"
        return signed or asked.headers.get("x-api-key") == KEY

    def _there(self, asked: Asked, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        wish = asked.query.get("deleted", [""])[0]
        return [one for one in rows if not wish or one["deleted"] == (wish == "true")]

    def _list(self, asked: Asked) -> Answer:
        wanted = asked.query.get("search", [""])[0].lower()
        libraries = ",".join(asked.query.get("library_id", [])).split(",")
        found = [
            one
            for one in self._there(asked, self.series)
            if wanted in one["metadata"]["title"].lower()
            and (libraries == [""] or one["libraryId"] in libraries)
        ]
        return _page(asked, found, self.knows_unpaged)

    def _pages(self, asked: Asked, id: str) -> Answer:
        book = next((one for one in self.books if one["id"] == id), None)
        if book is not None and book["media"]["status"] != "READY":
            return _error(404, asked)
        return Answer(body=self.pages)


def a_series(id: str, title: str, *, books: dict[str, Any] | None = None, **said: Any) -> Any:
    """All that it sends of a series; `library` is where it lies, `deleted` whether in the trash."""
    metadata = {
        **{
            "title": title,
            "titleLock": False,
            "titleSort": title,
            "summary": "",
            "status": "ONGOING",
        },
        **{
            "readingDirection": "",
            "publisher": "",
            "ageRating": None,
            "language": "",
            "genres": [],
        },
        **{"tags": [], "totalBookCount": None, "sharingLabels": [], "links": []},
        **{"alternateTitles": [], "created": DAY, "lastModified": DAY},
    }
    about = {"authors": [], "tags": [], "releaseDate": None, "summary": "", "summaryNumber": ""}
    return {
        **{"id": id, "libraryId": said.pop("library", "L1"), "name": title, "url": f"/{title}"},
        **{"created": DAY, "lastModified": DAY, "fileLastModified": DAY, "booksCount": 1},
        **{"deleted": said.pop("deleted", False), "oneshot": said.pop("oneshot", False)},
        **{"metadata": metadata | said, "booksMetadata": about | (books or {})},
    }


def a_book(
    id: str, name: str, *, status: str = "READY", profile: str = "DIVINA", **said: Any
) -> Any:
    media = {
        **{"status": status, "mediaType": "application/zip", "pagesCount": said.pop("pages", 20)},
        **{"comment": "", "mediaProfile": profile, "epubIsKepub": False},
        **{"epubDivinaCompatible": said.pop("divina", False)},
    }
    metadata = {
        **{"title": name, "summary": "", "number": "1", "numberSort": 1.0, "releaseDate": None},
        **{"authors": [], "tags": [], "isbn": "", "links": []},
    }
    return {
        **{"id": id, "seriesId": "S1", "seriesTitle": "", "libraryId": "L1", "name": name},
        **{"number": 1, "created": said.pop("created", DAY), "lastModified": DAY, "sizeBytes": 1},
        **{"deleted": said.pop("deleted", False), "oneshot": said.pop("oneshot", False)},
        **{"media": media, "metadata": metadata | said, "readProgress": None},
    }


def _page(asked: Asked, rows: list[Any], knows_unpaged: bool) -> Answer:
    number, size = (int(asked.query.get(name, [usual])[0]) for name, usual in _PAGING)
    if knows_unpaged and asked.query.get("unpaged") == ["true"]:
        number, size = 0, max(len(rows), 1)
    content = rows[number * size : (number + 1) * size]
    pages = -(-len(rows) // size)
    return Answer(
        body={
            **{
                "content": content,
                "totalElements": len(rows),
                "totalPages": pages,
                "number": number,
            },
            **{"last": number + 1 >= pages, "first": number == 0, "size": size},
            **{"numberOfElements": len(content), "empty": not content},
        }
    )


_PAGING = (("page", "0"), ("size", "20"))


def _error(status: int, asked: Asked) -> Answer:
    said = {"timestamp": DAY, "status": status, "error": "Error", "message": "", "path": asked.path}
    return Answer(status, said)
