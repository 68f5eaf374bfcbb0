"""`/admin/tablets`: which browsers are family tablets, and who can be chosen there."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.answers import end_session
from app.auth.devices import device_name
from app.auth.events import SecurityEvent, What, by
from app.auth.principal import current_session, forget_recent
from app.auth.sessions import Sessions
from app.auth.tablet_forms import TabletForm
from app.auth.tablets import COOKIE_SECONDS, Tablets
from app.events import publish
from app.foundation.web import Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.cookies import TABLET, make_cookie
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

LIST = "/admin/tablets"
ONE = "auth/tablet_edit.html"


class TabletAdmin(Controller):
    path = LIST
    opt = {"policy": Policy.OWNER}

    @get("", name="tablets.list")
    async def list_tablets(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        return show(request, "auth/tablets.html", tablets=await Tablets(session).all())

    @get("/new", name="tablets.new", opt={"proof": True})
    async def new_tablet(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        form = Form.blank(TabletForm, name=device_name(request.headers.get("user-agent", "")))
        return await _screen(request, session, form)

    @post("/new", name="tablets.trust", opt={"proof": True}, status_code=200)
    async def trust_this_browser(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        """Whoever picks it up next must not find an owner signed in."""
        form = await _read(request)
        typed = form.value
        if typed is None:
            return await _screen(request, session, form, 422)
        client = client_of(request)
        secret, tablet = await Tablets(session).trust(
            typed.name, client.scheme, typed.people, by=person
        )
        about = {"tablet": tablet.name}
        await publish(session, SecurityEvent(What.TABLET_TRUSTED, by=by(request), about=about))
        await Sessions(session).end(current_session(request).session_id)
        words = _("This is a family tablet now. You are signed out of it.")
        response = end_session(request, done(request, "/tablet", flash=words))
        response.cookies.append(make_cookie(client, TABLET, secret, seconds=COOKIE_SECONDS))
        return response

    @get("/{tablet_id:uuid}", name="tablets.edit", opt={"proof": True})
    async def edit_tablet(
        self, request: HTMXRequest, tablet_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        tablets = Tablets(session)
        tablet = await tablets.one(tablet_id)
        chosen = await tablets.chosen_for(tablet)
        form = Form.of(TabletForm(name=tablet.name, people=chosen))
        return await _screen(request, session, form, tablet_id=tablet_id)

    @post("/{tablet_id:uuid}", name="tablets.change", opt={"proof": True}, status_code=200)
    async def change_tablet(
        self, request: HTMXRequest, tablet_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        tablets = Tablets(session)
        tablet = await tablets.one(tablet_id)
        form = await _read(request)
        typed = form.value
        if typed is None:
            return await _screen(request, session, form, 422, tablet_id=tablet_id)
        tablet.name = typed.name
        await tablets.choose(tablet, typed.people)
        forget_recent()
        about = {"tablet": tablet.name}
        await publish(session, SecurityEvent(What.TABLET_CHANGED, by=by(request), about=about))
        return done(request, LIST, flash=_("Saved."))

    @post("/{tablet_id:uuid}/remove", name="tablets.take_back", status_code=200)
    async def take_back(
        self, request: HTMXRequest, tablet_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        tablets = Tablets(session)
        tablet = await tablets.one(tablet_id)
        about = {"tablet": tablet.name}
        await publish(session, SecurityEvent(What.TABLET_TAKEN_BACK, by=by(request), about=about))
        await tablets.take_back(tablet)
        forget_recent()
        words = _("“%(name)s” is trusted no more, and everybody on it is signed out.")
        return done(request, LIST, flash=words % {"name": tablet.name})


async def _read(request: HTMXRequest) -> Form[TabletForm]:
    form = await Form.read(request, TabletForm)
    if form.value is not None and not form.value.people:
        form.wrong("people", _("Choose at least one person."))
    return form


async def _screen(
    request: HTMXRequest,
    session: AsyncSession,
    form: Form[TabletForm],
    status: int = 200,
    *,
    tablet_id: UUID | None = None,
) -> Response[Any]:
    readers = await Tablets(session).who_can_be_chosen(form.values["people"] or ())
    return show(request, ONE, status, form=form, readers=readers, tablet_id=tablet_id)
