"""`/login`, `/logout`."""

from typing import Any

from litestar import Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.registration import Registration
from app.auth.answers import end_session, let_in, throttles_of
from app.auth.events import SecurityEvent, What, by, refused_sign_in
from app.auth.forms import GoOn, SignIn
from app.auth.guard import has_owner
from app.auth.models import Way
from app.auth.other_ways import (
    SignInWays,
    other_ways,
    refuse_switched_off_passwords,
    way_out,
)
from app.auth.passkeys import offers_passkeys
from app.auth.principal import current_session
from app.auth.proxied import name_told, person_told
from app.auth.service import sign_in
from app.auth.sessions import Sessions
from app.events import publish
from app.foundation.web import Policy, done, local_path, show
from app.foundation.web.client import client_of
from app.foundation.web.cookies import TABLET, read_cookie
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.settings import chosen

SCREEN = "auth/login.html"


@get("/login", name="login.show", opt={"policy": Policy.PUBLIC})
async def show_login(request: HTMXRequest, session: AsyncSession, next: str = "/") -> Response[Any]:
    if request.scope["user"] is not None:
        return done(request, local_path(next))
    if not await has_owner(session):
        return done(request, "/setup")
    form = Form.blank(SignIn, next=local_path(next), stay=True)
    return await _screen(request, session, form)


@post("/login", name="login.sign_in", opt={"policy": Policy.PUBLIC}, status_code=200)
async def sign_in_here(request: HTMXRequest, session: AsyncSession) -> Response[Any]:
    await refuse_switched_off_passwords(session)
    form = await Form.read(request, SignIn)
    form.values["next"] = local_path(form.values["next"])
    typed = form.value
    if typed is None:
        return await _screen(request, session, form, 422)
    found = await sign_in(
        session, throttles_of(request), typed.name, typed.password, client_of(request)
    )
    if found.person is None:
        await refused_sign_in(request, found.known)
        return await _refused(request, session, form, found.wait)
    then = form.values["next"]
    return await let_in(request, session, found.person, then=then, stays=typed.stay)


@post("/login/proxy", name="login.by_proxy", opt={"policy": Policy.PUBLIC}, status_code=200)
async def sign_in_by_proxy(request: HTMXRequest, session: AsyncSession) -> Response[Any]:
    form = await Form.read(request, GoOn)
    person = await person_told(request, session)
    then = local_path(form.values["next"])
    return await let_in(request, session, person, then=then, stays=False, way=Way.PROXY)


@post(
    "/logout",
    name="login.sign_out",
    opt={"policy": Policy.SIGNED_IN, "unenrolled": True},
    status_code=200,
)
async def sign_out(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    known = current_session(request)
    sessions = Sessions(session)
    way, origin = await sessions.beginning_of(known.session_id)
    await sessions.end(known.session_id)
    await publish(session, SecurityEvent(What.SIGN_OUT, person.id, by(request)))
    out = way_out(request, way, origin)
    if out is not None:
        response = done(request, out.address)
        response.cookies.append(out.cookie)
    else:
        then = "/tablet" if known.tablet_id else "/login"
        response = done(request, then, flash=_("You are signed out."))
    return end_session(request, response)


async def _screen(
    request: HTMXRequest, session: AsyncSession, form: Form[SignIn], status: int = 200
) -> Response[Any]:
    rules = await chosen(session, Registration)
    return show(
        request,
        SCREEN,
        status,
        form=form,
        registration_is_open=rules.is_open,
        name_told=await name_told(request, session),
        ways=await other_ways(session),
        by_password=(await chosen(session, SignInWays)).by_password,
        is_tablet=read_cookie(request, TABLET),
        offers_passkeys=offers_passkeys(request),
    )


async def _refused(
    request: HTMXRequest, session: AsyncSession, form: Form[SignIn], wait: int
) -> Response[Any]:
    """One sentence for a wrong name, a wrong password, a disabled person and a waiting time."""
    form.errors[""] = _(
        "The name and the password do not belong together. "
        "After several wrong tries, wait a few minutes before the next."
    )
    response = await _screen(request, session, form, 422)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
