"""`/account/app-passwords`: keys for reading apps and programs, and who is signed in with them."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.app_password_forms import LIVES, SCOPES, NewAppPassword
from app.auth.app_passwords import AppPasswords
from app.auth.events import SecurityEvent, What, Words, by
from app.auth.refresh_tokens import Families
from app.errors import Conflict, Invalid, NotAllowed
from app.events import publish
from app.foundation.db import now
from app.foundation.web import Policy, done, show
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Scope

LIST = "/account/app-passwords"
NEW = "auth/app_password_new.html"


class AppPasswordScreens(Controller):
    path = LIST
    opt = {"policy": Policy.SIGNED_IN}

    @get("/", name="account.app_passwords")
    async def list_app_passwords(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return show(
            request,
            "auth/app_passwords.html",
            app_passwords=await AppPasswords(session).of(person),
            programs=await Families(session).of(person),
            scopes=SCOPES,
            moment=now(),
        )

    @get("/new", name="account.app_passwords.new", opt={"proof": True})
    async def new_app_password(self, request: HTMXRequest, person: User) -> Response[Any]:
        return _form(request, person, Form.blank(NewAppPassword, scopes=[Scope.READ]))

    @post("/", name="account.app_passwords.make", opt={"proof": True}, status_code=200)
    async def make_app_password(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, NewAppPassword)
        typed = form.value
        if typed is None:
            return _form(request, person, form)
        known = AppPasswords(session)
        try:
            secret, made = await known.make(person, typed.name, typed.scopes, lives=typed.lifetime)
        except (Invalid, Conflict, NotAllowed) as error:
            form.wrong("name" if typed.scopes else "scopes", error)
            return _form(request, person, form)
        about: Words = {
            "name": made.name,
            "scopes": " ".join(made.scopes),
        }
        event = SecurityEvent(What.APP_PASSWORD_MADE, person.id, by(request), about)
        await publish(session, event)
        # Shown now or never, so there is nothing to redirect to; sent twice it is refused by name.
        return show(request, "auth/app_password_made.html", secret=secret, made=made)

    @post("/{app_password_id:uuid}/remove", name="account.app_passwords.revoke", status_code=200)
    async def revoke_app_password(
        self, request: HTMXRequest, person: User, session: AsyncSession, app_password_id: UUID
    ) -> Response[Any]:
        name = await AppPasswords(session).revoke(person, app_password_id)
        event = SecurityEvent(What.APP_PASSWORD_REVOKED, person.id, by(request), {"name": name})
        await publish(session, event)
        return done(request, LIST, flash=_("“%(name)s” opens nothing any more.", name=name))

    @post("/programs/{family_id:uuid}/remove", name="account.programs.end", status_code=200)
    async def end_program(
        self, request: HTMXRequest, person: User, session: AsyncSession, family_id: UUID
    ) -> Response[Any]:
        await Families(session).end_one_of(person, family_id)
        await publish(session, SecurityEvent(What.PROGRAM_SIGNED_OUT, person.id, by(request)))
        return done(request, LIST, flash=_("That program is signed out."))


def _form(request: HTMXRequest, person: User, form: Form[NewAppPassword]) -> Response[Any]:
    """Only owners are offered what only owners may give."""
    scopes = [one for one in SCOPES if one[0] is not Scope.ADMIN or person.is_owner]
    status = 422 if form.errors else 200
    return show(request, NEW, status, form=form, scopes=scopes, lives=LIVES)
