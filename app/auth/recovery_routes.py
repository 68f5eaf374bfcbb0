"""`/recover`: who forgot their password; and the link that an owner hands over."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.service import People
from app.auth.answers import throttles_of
from app.auth.events import SecurityEvent, What, by
from app.auth.forms import Forgotten, NewPassword
from app.auth.other_ways import refuse_switched_off_passwords
from app.auth.principal import forget_recent
from app.auth.recovery import ask_for_link, new_link, recover, whose_link
from app.auth.service import check_new_password, count_try_from, let_go
from app.auth.tokens import BadToken
from app.errors import Conflict
from app.events import publish
from app.foundation.mail import can_send
from app.foundation.web import Flash, Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

ASK, NEW, USELESS = "auth/recover.html", "auth/recover_new.html", "auth/recover_useless.html"


class Recovery(Controller):
    path = "/recover"
    opt = {"policy": Policy.PUBLIC}

    @get("/", name="recovery.show")
    async def show_recovery(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        await refuse_switched_off_passwords(session)
        has_mail = can_send(request.app.state.settings)
        return show(request, ASK, form=Form.blank(Forgotten), has_mail=has_mail)

    @post("/", name="recovery.ask", status_code=200)
    async def ask_for_letter(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        """One answer, whether anybody is called that or not."""
        await refuse_switched_off_passwords(session)
        if not can_send(request.app.state.settings):
            raise Conflict("This Bunko sends no mail. Ask whoever runs it for a link.")
        form = await Form.read(request, Forgotten)
        typed = form.value
        if typed is None:
            return show(request, ASK, 422, form=form, has_mail=True)
        await let_go(session)
        await count_try_from(throttles_of(request), client_of(request), "recover")
        known = await ask_for_link(session, throttles_of(request), typed.name, by(request))
        await publish(session, SecurityEvent(What.RECOVERY_ASKED, known, by(request)))
        words = _(
            "If somebody here is called that and gets mail, a letter with a link is on its way. "
            "The link works for half an hour."
        )
        return done(request, "/login", flash=Flash(words, "info"))

    @get("/{token:str}", name="recovery.follow")
    async def follow_link(
        self, request: HTMXRequest, token: str, session: AsyncSession
    ) -> Response[Any]:
        try:
            one = await whose_link(session, token)
        except BadToken:
            return show(request, USELESS, 404)
        return show(request, NEW, form=Form.blank(NewPassword), one=one, token=token)

    @post("/{token:str}", name="recovery.choose", status_code=200)
    async def choose_password(
        self, request: HTMXRequest, token: str, session: AsyncSession
    ) -> Response[Any]:
        await let_go(session)
        await count_try_from(throttles_of(request), client_of(request), "recover")
        try:
            one = await whose_link(session, token)
            form = await _read_password(request, one)
            typed = form.value
            if typed is None:
                return show(request, NEW, 422, form=form, one=one, token=token)
            await recover(session, token, typed.password)
        except BadToken:
            return show(request, USELESS, 404)
        await publish(session, SecurityEvent(What.RECOVERED, one.id, by(request, one.id)))
        forget_recent()
        return done(request, "/login", flash=_("Your password is changed. Sign in with it now."))


@post(
    "/admin/users/{user_id:uuid}/recovery",
    name="users.recovery",
    opt={"policy": Policy.OWNER, "proof": True},
    status_code=200,
)
async def make_recovery_link(
    request: HTMXRequest, user_id: UUID, person: User, session: AsyncSession
) -> Response[Any]:
    """Answered with the link itself: it stands on no other screen, and is kept nowhere."""
    one = await People(session).one(user_id)
    if one.id == person.id:
        raise Conflict("Your own password is changed on the screen of your account.")
    if one.disabled_at is not None:
        raise Conflict("They are disabled: enable them first.")
    path = await new_link(session, one)
    await publish(session, SecurityEvent(What.RECOVERY_LINK_MADE, one.id, by(request)))
    base = request.app.state.settings.public_url or client_of(request).origin
    return show(request, "auth/recovery_link.html", one=one, link=f"{base}{path}")


async def _read_password(request: HTMXRequest, one: User) -> Form[NewPassword]:
    form = await Form.read(request, NewPassword)
    typed = form.value
    if typed is not None:
        check_new_password(form, typed.password, typed.password_again, one.name, one.email)
    return form
