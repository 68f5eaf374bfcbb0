"""`/series/…/releases`: everything that is released of a series, wherever it is."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.follow_sources import SourceLine, series_for, sources_of
from app.downloads.releases_list import Place, Wish, releases_of
from app.downloads.updates import E_INK_ROWS, ROWS, Line
from app.downloads.updates_words import language_options, release_name, release_state, release_who
from app.foundation.web.looks import looks_of
from app.foundation.web.paging import Cursor
from app.foundation.web.policies import Policy
from app.foundation.web.render import show
from app.search.discover import id_in, languages_in

CURSOR = "releases"
PART = "downloads/_releases_part.html"
"""What comes anew by itself while a provider is asked."""


@get("/series/{series_id:uuid}/releases", name="series.releases", opt={"policy": Policy.MANAGER})
async def list_releases(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await series_for(session, person, series_id)
    sources = [one for one in await sources_of(session, series) if one.source.stopped_at is None]
    typed = _typed(request, sources)
    wish = Wish(
        [one.source.id for one in sources if typed["source"] in ("", str(one.source.id))],
        typed["language"],
    )
    kind = f"{CURSOR} {series.id} {sorted(typed.items())}"
    after = _after(request, kind)
    size = E_INK_ROWS if looks_of(request).is_e_ink else ROWS
    found = await releases_of(session, person, wish, after=after, limit=size + 1)
    lines, here = found[:size], f"/series/{series.id}/releases"
    return show(
        request,
        "downloads/releases.html",
        fragment=PART if "part" in request.query_params else "downloads/_releases.html",
        series=series,
        sources=[(str(one.source.id), one.provider.name) for one in sources],
        languages=language_options(_languages(sources)),
        typed=typed,
        lines=lines,
        is_looking=any(one.is_checking for one in sources),
        here=here,
        first_href=_address(here, typed) if after else "",
        next_href=_next(request, kind, here, typed, lines) if len(found) > size else "",
        release_name=release_name,
        release_state=release_state,
        release_who=release_who,
    )


def _typed(request: HTMXRequest, sources: list[SourceLine]) -> dict[str, str]:
    """What the address asks for; what is no filter is none."""
    said = request.query_params
    source, known = id_in(said.get("source", "")), {one.source.id for one in sources}
    language = next(iter(languages_in([said.get("language", "")])), "")
    return {"source": str(source) if source in known else "", "language": language}


def _languages(sources: list[SourceLine]) -> list[str]:
    """Those that are followed; one beyond them can be asked for by its address."""
    return list(dict.fromkeys(tag for one in sources for tag in one.source.languages))


def _after(request: HTMXRequest, kind: str) -> Place | None:
    place = Cursor.of(request, kind).unpack(request.query_params.get("after"), 2)
    if place is None:
        return None
    number, last = place
    return (None if number is None else Decimal(str(number)), UUID(str(last)))


def _next(
    request: HTMXRequest, kind: str, here: str, typed: dict[str, str], lines: list[Line]
) -> str:
    last = lines[-1]
    number = None if last.number is None else str(last.number)
    return _address(here, {**typed, "after": Cursor.of(request, kind).pack(number, str(last.id))})


def _address(here: str, asked: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{here}?{query}" if query else here


routes = [list_releases]
