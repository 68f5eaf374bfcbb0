"""`/setup`: the first owner; the first library follows."""

from typing import Any

from litestar import Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Theme
from app.accounts.names import WrongName, checked_name
from app.auth.answers import begin_session, throttles_of
from app.auth.events import SecurityEvent, What, by
from app.auth.forms import SetUp
from app.auth.hashing import hasher
from app.auth.history import came_in
from app.auth.service import check_new_password, count_try_from, let_go
from app.auth.setup import WrongCode, is_code, make_first_owner, refuse_lost_database
from app.events import publish
from app.foundation.web import Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.looks import kept_looks

SCREEN = "auth/setup.html"
FIRST_LIBRARY = "/admin/libraries/new"


@get("/setup", name="setup.show", opt={"policy": Policy.SETUP})
async def show_setup(request: HTMXRequest, code: str = "") -> Response[Any]:
    refuse_lost_database(request.app.state.settings)
    return show(request, SCREEN, form=Form.blank(SetUp, code=code[:200]), from_link=bool(code))


@post("/setup", name="setup.make_owner", opt={"policy": Policy.SETUP}, status_code=200)
async def set_up(request: HTMXRequest, session: AsyncSession) -> Response[Any]:
    settings = request.app.state.settings
    refuse_lost_database(settings)
    await let_go(session)
    await count_try_from(throttles_of(request), client_of(request), "setup")
    form = await _checked(request, session)
    typed = form.value
    if typed is None:
        from_link = bool(form.values["code"]) and not form.error("code")
        return show(request, SCREEN, 422, form=form, from_link=from_link)
    await let_go(session)
    password_hash = await hasher().hash(typed.password)
    owner = await make_first_owner(session, settings, typed.code, typed.name, password_hash)
    # As it looked before there was anybody.
    kept = kept_looks(request)
    owner.preference.theme, owner.preference.language = Theme(kept.theme), kept.language
    await publish(session, SecurityEvent(What.SETUP, owner.id, by(request, owner.id)))
    welcome = _("Welcome, %(name)s. Now tell Bunko where your manga is.", name=owner.name)
    response = done(request, FIRST_LIBRARY, flash=welcome)
    await begin_session(request, session, owner, response, stays=True)
    return await came_in(request, session, owner, response, "setup")


async def _checked(request: HTMXRequest, session: AsyncSession) -> Form[SetUp]:
    form = await Form.read(request, SetUp)
    typed = form.value
    if typed is None:
        return form
    try:
        checked_name(typed.name)
    except WrongName as error:
        form.wrong("name", error)
    check_new_password(form, typed.password, typed.password_again, typed.name)
    if not await is_code(session, typed.code):
        form.wrong("code", WrongCode())
    return form
