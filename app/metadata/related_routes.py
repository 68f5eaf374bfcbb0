"""`/series/…/edit/related`: what belongs together, said by those who manage it."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.metadata.models import RelationKind
from app.metadata.related import Relations, candidates, related_to, relation_word
from app.metadata.sheet import series_to_edit

LONGEST_QUERY = 200


class RelationForm(msgspec.Struct, kw_only=True):
    """`kind` is what the other series is to this one."""

    other: UUID
    kind: RelationKind


class RelatedAdmin(Controller):
    path = "/series/{series_id:uuid}/edit/related"
    opt = {"policy": Policy.MANAGER}

    @get("", name="series.related")
    async def edit_related(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        series = await series_to_edit(session, person, series_id)
        asked = asked_for(request)
        related = await related_to(session, person, series)
        known = {one.id for one in related}
        found = await candidates(session, person, series, asked) if asked else []
        return show(
            request,
            "metadata/related.html",
            series=series,
            related=related,
            asked=asked,
            found=[one for one in found if one.id not in known],
            kinds=[(kind.value, relation_word(kind)) for kind in RelationKind],
        )

    @post("", name="series.relate", status_code=200)
    async def relate(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        await series_to_edit(session, person, series_id)
        form = await Form.read(request, RelationForm)
        if form.value is None:
            raise Invalid("This form sent something that Bunko does not know.")
        sent = form.value
        other = await Relations(session, person).add(series_id, sent.other, sent.kind)
        here = f"/series/{series_id}/edit/related"
        text = _("%(relation)s: “%(title)s”.", relation=relation_word(sent.kind), title=other.title)
        return done(request, then=here, flash=Flash(text, undo=f"{here}/{other.id}/remove"))

    @post("/{other_id:uuid}/remove", name="series.unrelate")
    async def unrelate(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        series_id: UUID,
        other_id: UUID,
    ) -> Response[Any]:
        other, kind = await Relations(session, person).remove(series_id, other_id)
        here = f"/series/{series_id}/edit/related"
        text = _("“%(title)s” is no longer related.", title=other.title)
        undo = f"{here}/{other_id}/restore?kind={kind.value}"
        return done(request, then=here, flash=Flash(text, undo=undo))

    @post("/{other_id:uuid}/restore", name="series.relate_again")
    async def relate_again(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        series_id: UUID,
        other_id: UUID,
    ) -> Response[Any]:
        await series_to_edit(session, person, series_id)
        kinds = {kind.value: kind for kind in RelationKind}
        kind = kinds.get(request.query_params.get("kind", ""))
        if kind is None:
            raise Invalid("This can no longer be undone.")
        await Relations(session, person).add(series_id, other_id, kind)
        then = f"/series/{series_id}/edit/related"
        return done(request, then=then, flash=_("Everything is as it was."))


def asked_for(request: HTMXRequest) -> str:
    """The words of a title that is looked for."""
    return request.query_params.get("q", "").replace("\x00", "")[:LONGEST_QUERY].strip()


routes = [RelatedAdmin]
