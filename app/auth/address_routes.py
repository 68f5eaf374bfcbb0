"""`/account/email`: one's mail address; `/confirm`: that it is read."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.names import WrongEmail
from app.accounts.service import EmailTaken, People
from app.auth import addresses, throttle
from app.auth.answers import throttles_of
from app.auth.events import SecurityEvent, What, by
from app.auth.forms import ChangeEmail
from app.auth.service import count_try_from, let_go
from app.auth.tokens import BadToken
from app.errors import TooManyTries
from app.events import publish
from app.foundation.mail import can_send
from app.foundation.web import Flash, Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

SCREEN, ADDRESS = "auth/email.html", "/account/email"
CONFIRM, USELESS = "auth/confirm.html", "auth/confirm_useless.html"


class MailAddress(Controller):
    path = ADDRESS
    opt = {"policy": Policy.SIGNED_IN, "proof": True}

    @get("/", name="account.email")
    async def show_email(self, request: HTMXRequest, person: User) -> Response[Any]:
        return _screen(request, person, Form.blank(ChangeEmail, email=person.email or ""))

    @post("/", name="account.email.change", status_code=200)
    async def change_email(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, ChangeEmail)
        if form.value is None:
            return _screen(request, person, form, 422)
        wanted, before = form.value.email, person.email
        if wanted == before:
            return done(request, ADDRESS, flash=_("Saved."))
        try:
            if wanted and can_send(request.app.state.settings):
                return await _ask_for_proof(request, session, person, wanted)
            await People(session).change_email(person, wanted)
        except (EmailTaken, WrongEmail) as error:
            form.wrong("email", error)
            return _screen(request, person, form, 422)
        await publish(session, _changed(request, person, before))
        return done(request, ADDRESS, flash=_("Saved."))

    @post("/confirm", name="account.email.send_link", status_code=200)
    async def send_link_again(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        address = addresses.waiting(person)
        if address is None or not can_send(request.app.state.settings):
            return done(request, ADDRESS, flash=Flash(_("There is nothing to confirm."), "info"))
        await _count_letter(request, session, person)
        await addresses.send_link(session, person)
        return done(request, ADDRESS, flash=_on_its_way(address))

    @post("/new/remove", name="account.email.forget_new", status_code=200)
    async def forget_new_address(self, request: HTMXRequest, person: User) -> Response[Any]:
        person.new_email = None
        return done(request, ADDRESS, flash=_("Your address stays as it is."))


class ConfirmAddress(Controller):
    path = "/confirm/{token:str}"
    opt = {"policy": Policy.PUBLIC}

    @get("", name="address.follow")
    async def follow_link(
        self, request: HTMXRequest, token: str, session: AsyncSession
    ) -> Response[Any]:
        try:
            one, email = await addresses.whose_link(session, token)
        except BadToken:
            return show(request, USELESS, 404)
        return show(request, CONFIRM, one=one, email=email, token=token)

    @post("", name="address.confirm", status_code=200)
    async def confirm_address(
        self, request: HTMXRequest, token: str, session: AsyncSession
    ) -> Response[Any]:
        await let_go(session)
        await count_try_from(throttles_of(request), client_of(request), "confirm")
        try:
            found = await addresses.confirm(session, token)
        except BadToken:
            return show(request, USELESS, 404)
        if found.before is not None:
            await publish(session, _changed(request, found.person, found.before))
        await publish(session, SecurityEvent(What.EMAIL_CONFIRMED, found.person.id, by(request)))
        words = _("%(email)s is confirmed.", email=found.email)
        is_theirs = request.scope["user"] is not None
        return done(request, "/account" if is_theirs else "/login", flash=words)


async def _ask_for_proof(
    request: HTMXRequest, session: AsyncSession, person: User, wanted: str
) -> Response[Any]:
    await People(session).await_email(person, wanted)
    await _count_letter(request, session, person)
    await addresses.send_link(session, person)
    return done(request, ADDRESS, flash=_on_its_way(wanted))


async def _count_letter(request: HTMXRequest, session: AsyncSession, person: User) -> None:
    """So that nobody's mailbox is filled by way of us."""
    wait = await throttles_of(request).take(throttle.letters_to(f"address {person.id}"))
    if wait:
        raise TooManyTries("There were too many letters in a short time.", wait)


def _on_its_way(address: str) -> Flash:
    return Flash(
        _(
            "A letter to %(address)s is on its way. Follow its link within a day.",
            address=address,
        ),
        "info",
    )


def _changed(request: HTMXRequest, person: User, before: str | None) -> SecurityEvent:
    return SecurityEvent(What.EMAIL_CHANGED, person.id, by(request), {"was": before})


def _screen(
    request: HTMXRequest, person: User, form: Form[ChangeEmail], status: int = 200
) -> Response[Any]:
    has_mail = can_send(request.app.state.settings)
    return show(request, SCREEN, status, form=form, has_mail=has_mail)
