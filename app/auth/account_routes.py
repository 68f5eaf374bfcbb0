"""`/account/password`, `/account/sessions`."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.answers import end_session, renew_session, throttles_of
from app.auth.events import SecurityEvent, What, by
from app.auth.forms import ChangePassword
from app.auth.principal import current_session, forget_recent
from app.auth.service import change_password, check_new_password, proves_to_be
from app.auth.sessions import Sessions
from app.auth.words import way_of
from app.events import publish
from app.foundation.web import Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext

SIGN_INS = "/account/sessions"
PASSWORD = "auth/password.html"  # noqa: S105 - a screen


class SignInSafety(Controller):
    path = "/account"
    opt = {"policy": Policy.SIGNED_IN}

    @get("/password", name="account.password")
    async def show_password(self, request: HTMXRequest) -> Response[Any]:
        return show(request, PASSWORD, form=Form.blank(ChangePassword))

    @post("/password", name="account.password.change", status_code=200)
    async def change_own_password(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, ChangePassword)
        typed = form.value
        if typed is not None:
            about = (person.name, person.email)
            check_new_password(form, typed.password, typed.password_again, *about)
            client, throttles = client_of(request), throttles_of(request)
            if not await proves_to_be(session, throttles, person, typed.password_now, client):
                form.wrong("password_now", _("This is not your password."))
        if form.value is None:
            return show(request, PASSWORD, 422, form=form)
        this_id = current_session(request).session_id
        await change_password(session, person, form.value.password, but=this_id)
        await publish(session, SecurityEvent(What.PASSWORD_CHANGED, person.id, by(request)))
        words = _("Your password is changed. Every other browser has been signed out.")
        return await renew_session(request, session, done(request, "/account", flash=words))

    @get("/sessions", name="account.sessions")
    async def show_sessions(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return show(
            request,
            "auth/sessions.html",
            sign_ins=await Sessions(session).of(person),
            way_of=way_of,
            this_id=current_session(request).session_id,
        )

    @post("/sessions/{session_id:uuid}/remove", name="account.sessions.end", status_code=200)
    async def end_session_of_mine(
        self, request: HTMXRequest, session_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        await Sessions(session).end_one_of(person, session_id)
        event = SecurityEvent(What.SESSION_ENDED, person.id, by(request), {"count": 1})
        await publish(session, event)
        if session_id == current_session(request).session_id:
            return end_session(request, done(request, "/login", flash=_("You are signed out.")))
        forget_recent()
        return done(request, SIGN_INS, flash=_("That browser is signed out."))

    @post("/sessions/remove-others", name="account.sessions.end_others", status_code=200)
    async def end_other_sessions(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        this_id = current_session(request).session_id
        number = await Sessions(session).end_all_of(person.id, but=this_id)
        event = SecurityEvent(What.SESSION_ENDED, person.id, by(request), {"count": number})
        await publish(session, event)
        forget_recent()
        words = ngettext(
            "%(num)s other browser is signed out.", "%(num)s other browsers are signed out.", number
        )
        return done(request, SIGN_INS, flash=words)
