"""What the screen of results shows: a little of everything, or one group to its end."""

from typing import Any, NamedTuple, Self
from uuid import UUID

import msgspec
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.looks import looks_of
from app.foundation.web.paging import Cursor
from app.search import words
from app.search.chapters import ChapterPlace, find_chapters
from app.search.language import Query, parse
from app.search.marks import marked
from app.search.results import E_INK, FULL, everything
from app.search.series import Place, find_series

KINDS = ("series", "chapters")

__all__ = ["Wish", "marked", "results"]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: the one group that is shown whole, empty for some of each."""

    query: Query
    kind: str
    after: str | None
    size: int
    cursor: Cursor

    @classmethod
    def read(cls, request: HTMXRequest, person: User) -> Self:
        """Kinds that do not exist and forged places are as if not said."""
        said = request.query_params
        query = parse(said.get("q", ""))
        kind = said.get("kind", "")
        if kind not in KINDS:
            kind = "" if query.words else "series"
        return cls(
            query=query,
            kind=kind,
            after=said.get("after"),
            size=E_INK if looks_of(request).is_e_ink else FULL,
            cursor=Cursor.of(request, f"search {kind} {query.text}"),
        )

    def words(self) -> dict[str, Any]:
        """For every template of a search."""
        return {
            "search_text": self.query.text,
            "query": self.query,
            "chips": [
                (words.chip_label(term), words.search_url(self.query.without(term)))
                for term in self.query.filters
            ],
            "words": words,
            "marked": marked,
            "kind": self.kind,
        }

    def next_url(self, place: tuple[Any, ...]) -> str:
        token = self.cursor.pack(
            *(str(value) if isinstance(value, UUID) else value for value in place)
        )
        return words.search_url(self.query.text, kind=self.kind, after=token)


class Found(NamedTuple):
    context: dict[str, Any]
    total: int
    fragment: str | None = None
    """The rows alone, for a list that goes on."""


async def results(session: AsyncSession, person: User, wish: Wish) -> Found:
    if wish.kind == "series":
        return await _series(session, person, wish)
    if wish.kind == "chapters":
        return await _chapters(session, person, wish)
    found = await everything(session, person, wish.query)
    return Found({"found": found, "next_href": ""}, found.total)


async def _series(session: AsyncSession, person: User, wish: Wish) -> Found:
    place = _place(wish, Place)
    hits = await find_series(session, person, wish.query, limit=wish.size, after=place)
    next_href = wish.next_url(hits.rows[-1].at) if hits.more else ""
    return Found({"hits": hits, "next_href": next_href}, hits.total, "search/_series_rows.html")


async def _chapters(session: AsyncSession, person: User, wish: Wish) -> Found:
    place = _place(wish, ChapterPlace)
    hits = await find_chapters(session, person, wish.query, limit=wish.size, after=place)
    next_href = wish.next_url(hits.rows[-1].place) if hits.more else ""
    return Found({"hits": hits, "next_href": next_href}, hits.total, "search/_chapter_rows.html")


def _place(wish: Wish, kind: Any) -> Any:
    """The values of a signed place, as what they are compared with."""
    length = 3 if kind is Place else 4
    values = wish.cursor.unpack(wish.after, length)
    if values is None:
        return None
    wanted = tuple[int, str, UUID] if kind is Place else tuple[str, UUID, int, UUID]
    try:
        return msgspec.convert(values, wanted)
    except msgspec.ValidationError:
        return None
