"""`/account/sign-ins`: who came in and who tried to; and the notice of a new device."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.history import KEPT, sign_ins_of
from app.auth.principal import current_session, session_of
from app.auth.words import way_of
from app.foundation.web import Policy, add_context, done, show
from app.foundation.web.context import AnyRequest
from app.foundation.web.i18n import _
from app.foundation.web.paging import moment_after, onwards

ADDRESS = "/account/sign-ins"
KIND = "sign-ins"
ROWS = 48


class SignInHistory(Controller):
    path = ADDRESS
    opt = {"policy": Policy.SIGNED_IN}

    @get("/", name="account.sign_ins")
    async def show_sign_ins(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        after = moment_after(request, KIND)
        found = await sign_ins_of(session, person, after=after, limit=ROWS + 1)
        lines = found[:ROWS]
        last = (lines[-1].at.isoformat(), str(lines[-1].id)) if lines else ()
        return show(
            request,
            "auth/sign_ins.html",
            fragment="auth/_sign_ins.html",
            lines=lines,
            first_href=ADDRESS if after else "",
            next_href=onwards(request, KIND, len(found) > ROWS, *last),
            way_of=way_of,
            days=KEPT.days,
        )

    @post("/seen", name="account.sign_ins.seen", status_code=200)
    async def know_new_device(self, request: HTMXRequest, person: User) -> Response[Any]:
        """Not from the new device itself: there it says nothing about whose it is."""
        if person.new_session_id != current_session(request).session_id:
            person.new_session_id = None
        return done(request, "/", flash=_("Good to know."))


async def _new_device(request: AnyRequest) -> dict[str, Any]:
    known, person = session_of(request), request.scope["user"]
    told = person.new_session_id
    return {"new_device": told is not None and known is not None and known.session_id != told}


add_context(_new_device)
