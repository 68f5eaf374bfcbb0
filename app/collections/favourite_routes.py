"""The heart on a series, and the screen of what was given one."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import favourites, places
from app.collections.cards import cut
from app.collections.forms import HeartForm
from app.errors import Invalid
from app.foundation.web.forms import Form
from app.foundation.web.paging import moment_after, onwards
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.models import Series

SIGNED_IN = {"policy": Policy.SIGNED_IN}
GRID, E_INK_GRID = 48, 12
KIND = "favourites"


@get("/favourites", name="collections.favourites", opt=SIGNED_IN)
async def list_favourites(
    request: HTMXRequest, person: User, session: AsyncSession
) -> Response[Any]:
    size = places.size_for(request, GRID, E_INK_GRID)
    after = moment_after(request, KIND)
    rows = await favourites.favourites_of(session, person, after=after, limit=size + 1)
    cards, more = cut(rows, size)
    last = (cards[-1].place.isoformat(), str(cards[-1].id)) if cards else ()
    return show(
        request,
        "collections/favourites.html",
        fragment="collections/_cards.html",
        cards=cards,
        first_href=request.url.path if after else "",
        next_href=onwards(request, KIND, more, *last),
    )


@post("/series/{series_id:uuid}/favourite", name="series.favourite", status_code=200, opt=SIGNED_IN)
async def favourite_series(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    then = await _next(request)
    series = await favourites.favourite(session, person, series_id)
    return _heart(request, series, then, is_favourite=True)


@post(
    "/series/{series_id:uuid}/favourite/remove",
    name="series.unfavourite",
    status_code=200,
    opt=SIGNED_IN,
)
async def unfavourite_series(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    then = await _next(request)
    series = await favourites.forget(session, person, series_id)
    return _heart(request, series, then, is_favourite=False)


async def _next(request: HTMXRequest) -> str:
    form = await Form.read(request, HeartForm)
    if form.value is None:
        raise Invalid("This form sent something that Bunko does not know.")
    return form.value.next


def _heart(request: HTMXRequest, series: Series, then: str, *, is_favourite: bool) -> Response[Any]:
    return done(
        request,
        then=then or f"/series/{series.id}",
        fragment="collections/_series_favourite.html",
        series_id=series.id,
        is_favourite=is_favourite,
        heart_then=then,
    )


routes: list[ControllerRouterHandler] = [list_favourites, favourite_series, unfavourite_series]
