"""What somebody thinks of a series, and which pages of it nobody has to see again and again."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.reading import opinions, repeats
from app.reading.opinions import HIGHEST, LONGEST_NOTE

SIGNED_IN = {"policy": Policy.SIGNED_IN}
OWNER = {"policy": Policy.OWNER}


class OpinionForm(msgspec.Struct, kw_only=True):
    rating: Annotated[int, Meta(ge=1, le=HIGHEST)] | None = None
    note: Annotated[str, Meta(max_length=LONGEST_NOTE)] = ""


class RepeatsForm(msgspec.Struct, kw_only=True):
    """`shown` names every page on the screen, `skip` those that were ticked."""

    shown: list[str]
    skip: list[str]


@get("/series/{series_id:uuid}/opinion", name="series.opinion", opt=SIGNED_IN)
async def show_opinion(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await opinions.series_to_judge(session, person, series_id)
    said = await opinions.opinion_of(session, person, series_id)
    values = {"rating": said.rating, "note": said.note} if said else {}
    form = Form.blank(OpinionForm, **values)
    return show(request, "reading/opinion.html", series=series, form=form, highest=HIGHEST)


@post("/series/{series_id:uuid}/opinion", name="series.judge", status_code=200, opt=SIGNED_IN)
async def judge_series(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await opinions.series_to_judge(session, person, series_id)
    form = await Form.read(request, OpinionForm)
    if form.value is None:
        return show(request, "reading/opinion.html", 422, series=series, form=form, highest=HIGHEST)
    await opinions.judge(session, person, series, form.value.rating, form.value.note)
    return done(request, then=f"/series/{series_id}", flash=_("Noted, for your eyes only."))


@get("/series/{series_id:uuid}/repeats", name="series.repeats", opt=OWNER)
async def show_repeats(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await opinions.series_to_judge(session, person, series_id)
    found = await repeats.repeats_in(session, series)
    return show(request, "reading/repeats.html", series=series, repeats=found)


@post("/series/{series_id:uuid}/repeats", name="series.skip_repeats", status_code=200, opt=OWNER)
async def skip_repeats(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await opinions.series_to_judge(session, person, series_id)
    form = await Form.read(request, RepeatsForm)
    if form.value is None:
        raise Invalid(_("This form sent something that Bunko does not know."))
    chosen = _identities(form.value.skip)
    await repeats.skip(session, series, person, chosen=chosen, shown=_identities(form.value.shown))
    text = ngettext(
        "The reader passes over %(num)s page of this series.",
        "The reader passes over %(num)s pages of this series.",
        len(chosen),
    )
    return done(
        request,
        then=f"/series/{series_id}",
        flash=text if chosen else _("The reader shows every page of this series."),
    )


def _identities(values: list[str]) -> list[repeats.Identity]:
    found = [repeats.parsed(value) for value in values]
    if None in found or len(found) > repeats.MOST:
        raise Invalid(_("This form sent something that Bunko does not know."))
    return [identity for identity in found if identity is not None]


opinion_routes: list[ControllerRouterHandler] = [
    show_opinion,
    judge_series,
    show_repeats,
    skip_repeats,
]
