"""What was read when, and what it adds up to."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import NotFound
from app.foundation.db import day_of, now
from app.foundation.web.flashes import Flash
from app.foundation.web.i18n import _, number
from app.foundation.web.paging import moment_after, onwards
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.words import chapter_name
from app.reading import history, statistics
from app.reading.year_chart import half_years

SIGNED_IN = {"policy": Policy.SIGNED_IN}
KIND = "history"
ROWS = 48


@get("/history", name="reading.history", opt=SIGNED_IN)
async def show_history(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    after = moment_after(request, KIND)
    found = await history.history_of(session, person, after=after, limit=ROWS + 1)
    lines = found[:ROWS]
    last = (lines[-1].ended_at.isoformat(), str(lines[-1].chapter_id)) if lines else ()
    return show(
        request,
        "reading/history.html",
        fragment="reading/_history.html",
        lines=lines,
        first_href=request.url.path if after else "",
        next_href=onwards(request, KIND, len(found) > ROWS, *last),
        chapter_name=chapter_name,
        time_spent=time_spent,
    )


@post(
    "/history/{chapter_id:uuid}/{day:date}/remove",
    name="reading.history_remove",
    status_code=200,
    opt=SIGNED_IN,
)
async def remove_from_history(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID, day: date
) -> Response[Any]:
    await history.forget(session, person, chapter_id, day)
    text = _("Taken out of your history. Your place in the chapter stays.")
    return _gone(request, text, chapter_id, day)


@post(
    "/history/{chapter_id:uuid}/{day:date}/take-back",
    name="reading.history_take_back",
    status_code=200,
    opt=SIGNED_IN,
)
async def take_reading_back(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID, day: date
) -> Response[Any]:
    await history.take_back(session, person, chapter_id, day)
    text = _("Your place is where it was before, as if you had not read this.")
    return _gone(request, text, chapter_id, day)


@post(
    "/history/{chapter_id:uuid}/{day:date}/restore",
    name="reading.history_restore",
    status_code=200,
    opt=SIGNED_IN,
)
async def restore_history(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID, day: date
) -> Response[Any]:
    await history.restore(session, person, chapter_id, day)
    return done(request, then="/history", flash=_("Everything is as it was."))


@get("/statistics", name="reading.statistics", opt=SIGNED_IN)
async def show_statistics(
    request: HTMXRequest, person: User, session: AsyncSession
) -> Response[Any]:
    days = await statistics.days_of(session, person)
    today = day_of(now())
    years = sorted({today.year, *(each.day.year for each in days)}, reverse=True)
    year = _year(request, years)
    of_year = [each for each in days if each.day.year == year]
    return show(
        request,
        "reading/statistics.html",
        year=year,
        years=years,
        sums=statistics.sums_of(of_year),
        all_sums=statistics.sums_of(days),
        streaks=statistics.streaks_of([each.day for each in days], today),
        charts=half_years(year, of_year),
        months=statistics.months_of(of_year),
        genres=await statistics.genres_of(session, person, year),
        favourites=await statistics.favourites_of(session, person, year),
        time_spent=time_spent,
    )


def time_spent(seconds: int) -> str:
    """ "12 min", "3 h 20 min"."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return _("%(num)s min", num=minutes)
    hours, rest = divmod(minutes, 60)
    return _("%(hours)s h %(minutes)s min", hours=number(hours), minutes=rest)


def _year(request: HTMXRequest, years: list[int]) -> int:
    """The one asked for, if anything was read in it; this one without a wish."""
    asked = request.query_params.get("year", str(years[0]))
    found = next((year for year in years if str(year) == asked), None)
    if found is None:
        raise NotFound("Nothing was read in that year.")
    return found


def _gone(request: HTMXRequest, text: str, chapter_id: UUID, day: date) -> Response[Any]:
    undo = f"/history/{chapter_id}/{day.isoformat()}/restore"
    return done(request, then="/history", flash=Flash(text, undo=undo))


history_routes: list[ControllerRouterHandler] = [
    show_history,
    remove_from_history,
    take_reading_back,
    restore_history,
    show_statistics,
]
