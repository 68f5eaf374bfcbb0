"""Home, and what is put away from its rows."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.covers import cover_url
from app.browsing.home import home_rows
from app.browsing.words import chapter_line
from app.foundation.web.flashes import Flash
from app.foundation.web.i18n import _
from app.foundation.web.looks import looks_of
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.reading.away import fetch_back, put_away

SIGNED_IN = {"policy": Policy.SIGNED_IN}


@get("/", name="browsing.home", opt=SIGNED_IN)
async def home(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    return show(
        request,
        "browsing/home.html",
        **await home_rows(session, person, looks_of(request)),
        cover_url=cover_url,
        chapter_line=chapter_line,
    )


@post("/series/{series_id:uuid}/away", name="series.put_away", status_code=200, opt=SIGNED_IN)
async def put_series_away(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    title = await put_away(session, person, series_id)
    text = _("“%(title)s” comes back here when you read on.", title=title)
    return done(request, then="/", flash=Flash(text, undo=f"/series/{series_id}/away/remove"))


@post("/series/{series_id:uuid}/away/remove", name="series.fetch_back", opt=SIGNED_IN)
async def fetch_series_back(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    await fetch_back(session, person, series_id)
    return done(request, then="/", flash=_("Everything is as it was."))


routes: list[ControllerRouterHandler] = [home, put_series_away, fetch_series_back]
