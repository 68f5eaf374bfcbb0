"""`/account/prove`: asked before sensitive acts, when the last proof is more than ten minutes old."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.answers import renew_session, throttles_of
from app.auth.forms import Prove
from app.auth.models import Second
from app.auth.other_ways import other_ways
from app.auth.passkeys import offers_passkeys, passkeys_of
from app.auth.principal import current_session
from app.auth.proxied import is_told_by_proxy
from app.auth.service import proves_to_be
from app.auth.sessions import is_proved
from app.foundation.web import Flash, Policy, done, local_path, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

SCREEN = "auth/prove.html"


class Proof(Controller):
    path = "/account/prove"
    opt = {"policy": Policy.SIGNED_IN, "unenrolled": True}

    @get("/", name="prove.show")
    async def ask(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        next: str = "/",
        again: bool = False,
    ) -> Response[Any]:
        if is_proved(current_session(request).proved_at):
            return done(request, local_path(next))
        form = Form.blank(Prove, next=local_path(next), again=again)
        return await _screen(request, session, person, form)

    @post("/", name="prove.with_password", status_code=200)
    async def prove_with_password(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, Prove)
        form.values["next"] = local_path(form.values["next"])
        typed = form.value
        if typed is not None:
            client, throttles = client_of(request), throttles_of(request)
            if not await proves_to_be(session, throttles, person, typed.password, client):
                form.wrong("password", _("This is not your password."))
        if form.value is None:
            return await _screen(request, session, person, form, 422)
        return await proved(request, session, form)


async def _screen(
    request: HTMXRequest, session: AsyncSession, person: User, form: Form[Prove], status: int = 200
) -> Response[Any]:
    has_passkey = offers_passkeys(request) and bool(await passkeys_of(session, person.id))
    return show(
        request,
        SCREEN,
        status,
        form=form,
        has_passkey=has_passkey,
        ways=await other_ways(session, person),
        is_told=await is_told_by_proxy(request, session, person),
    )


async def proved(
    request: HTMXRequest, session: AsyncSession, form: Form[Any], second: Second | None = None
) -> Response[Any]:
    """Back to where they were, with a new session id (OWASP ASVS 5.0, 7.2.4)."""
    words = None
    if form.values["again"]:
        words = Flash(
            _("Thank you. What you sent before was not saved: send it again now."), "warn"
        )
    response = done(request, form.values["next"], flash=words)
    return await renew_session(request, session, response, second)
