"""`/admin/users/…/hidden`: what an owner keeps from a person, by tag and genre."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.service import People
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.forms import HiddenForm
from app.library.hidden import HiddenTags

SCREEN = "library/hidden.html"


class Hidden(Controller):
    path = "/admin/users/{user_id:uuid}/hidden"
    opt = {"policy": Policy.OWNER}  # noqa: RUF012  (Litestar reads it from the class)

    @get("", name="library.hidden")
    async def show_hidden(
        self, request: HTMXRequest, session: AsyncSession, user_id: UUID
    ) -> Response[Any]:
        one = await People(session).one(user_id)
        names = await HiddenTags(session).names_for(one)
        return show(request, SCREEN, form=Form.of(HiddenForm(tags="\n".join(names))), one=one)

    @post("", name="library.hide", status_code=200)
    async def change_hidden(
        self, request: HTMXRequest, session: AsyncSession, user_id: UUID
    ) -> Response[Any]:
        one = await People(session).one(user_id)
        form = await Form.read(request, HiddenForm)
        if form.value is not None:
            lines = [line.strip() for line in form.value.tags.splitlines()]
            unknown = await HiddenTags(session).hide(one, [line for line in lines if line])
            if unknown:
                words = _("No series here has this tag or genre: %(names)s.")
                form.wrong("tags", words % {"names": ", ".join(unknown)})
        if form.errors:
            return show(request, SCREEN, 422, form=form, one=one)
        return done(request, f"/admin/users/{one.id}", flash=_("Saved."))


routes: list[ControllerRouterHandler] = [Hidden]
