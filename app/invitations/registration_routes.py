"""`/register` for strangers, while it is open; `/admin/registration` for owners."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.registration import Registration
from app.accounts.routes import save_names
from app.accounts.service import People
from app.auth.answers import begin_session, throttles_of
from app.auth.events import SecurityEvent, What, by
from app.auth.hashing import hasher
from app.auth.history import came_in
from app.auth.service import check_new_password, count_try_from, let_go
from app.events import publish
from app.foundation.db.setting_store import load
from app.foundation.web import Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.settings import choose
from app.invitations.forms import Stranger
from app.invitations.registration import open_registration, register, turn_away
from app.library.service import AllLibraries

RULES = "/admin/registration"
PEOPLE = "/admin/users"
SCREEN, RULES_SCREEN = "invitations/register.html", "invitations/registration.html"


class Register(Controller):
    path = "/register"
    opt = {"policy": Policy.PUBLIC}

    @get("", name="registration.show")
    async def show_registration(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        rules = await open_registration(session)
        if request.scope["user"] is not None:
            return done(request, "/")
        return show(request, SCREEN, form=Form.blank(Stranger), rules=rules)

    @post("", name="registration.register", status_code=200)
    async def register_here(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        rules = await open_registration(session)
        await let_go(session)
        await count_try_from(throttles_of(request), client_of(request), "register")
        form = await Form.read(request, Stranger)
        typed = form.value
        if typed is not None:
            check_new_password(form, typed.password, typed.password_again, typed.name)
            await save_names(form, People(session), User(), typed.name, None)
        typed = form.value
        if typed is None:
            return show(request, SCREEN, 422, form=form, rules=rules)
        await let_go(session)
        password_hash = await hasher().hash(typed.password)
        person = await register(session, rules, typed.name, password_hash)
        about: dict[str, str | bool] = {"waits": rules.asks_owner, "name": person.name}
        await publish(session, SecurityEvent(What.REGISTERED, person.id, by(request), about))
        if rules.asks_owner:
            return done(request, "/login", flash=_("Thank you. An owner has to let you in first."))
        response = done(request, "/", flash=_("Welcome, %(name)s.", name=person.name))
        await begin_session(request, session, person, response, stays=True)
        return await came_in(request, session, person, response, "registration")


class RegistrationAdmin(Controller):
    opt = {"policy": Policy.OWNER}

    @get(RULES, name="registration.rules", opt={"proof": True})
    async def show_rules(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = Form.of(await load(session, Registration))
        libraries = await AllLibraries(session).all_for(person)
        return show(request, RULES_SCREEN, form=form, libraries=libraries)

    @post(RULES, name="registration.rules.change", opt={"proof": True}, status_code=200)
    async def change_rules(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, Registration)
        if form.value is None:
            libraries = await AllLibraries(session).all_for(person)
            return show(request, RULES_SCREEN, 422, form=form, libraries=libraries)
        await choose(session, form.value)
        about = {"section": "registration"}
        await publish(session, SecurityEvent(What.SETTING_CHANGED, by=by(request), about=about))
        return done(request, RULES, flash=_("Saved."))

    @post(
        PEOPLE + "/{user_id:uuid}/turn-away",
        name="registration.turn_away",
        opt={"proof": True},
        status_code=200,
    )
    async def turn_somebody_away(
        self, request: HTMXRequest, user_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        person = await turn_away(session, user_id)
        about = {"name": person.name}
        await publish(session, SecurityEvent(What.TURNED_AWAY, by=by(request), about=about))
        return done(request, PEOPLE, flash=_("%(name)s was turned away.", name=person.name))
