"""`/tablet`: who reads now, chosen from faces; `/account/pin`: what keeps one's own from others."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.service import People
from app.auth.answers import AnyRequest, begin_session, throttles_of
from app.auth.events import SecurityEvent, What, by, refused_sign_in
from app.auth.hashing import hasher
from app.auth.history import came_in
from app.auth.models import Tablet
from app.auth.principal import forget_recent, session_of
from app.auth.service import let_go
from app.auth.sessions import Sessions
from app.auth.tablet_forms import NewPin, PinTyped
from app.auth.tablets import NoTablet, Tablets, WeakPin, check_pin, pin_limit
from app.events import publish
from app.foundation.web import Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.cookies import TABLET, read_cookie
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

PICKER, PIN = "auth/tablet.html", "auth/tablet_pin.html"
NONE = "auth/tablet_none.html"
OWN_PIN = "auth/pin.html"


class FamilyTablet(Controller):
    path = "/tablet"
    opt = {"policy": Policy.PUBLIC}

    @get("", name="tablet.show")
    async def show_faces(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        try:
            tablet = await _this_tablet(request, session)
        except NoTablet:
            return show(request, NONE, 404, shell=False)
        people = await Tablets(session).people_on(tablet)
        return show(request, PICKER, shell=False, tablet=tablet, people=people)

    @get("/{user_id:uuid}", name="tablet.pin")
    async def ask_for_pin(
        self, request: HTMXRequest, user_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        tablet = await _this_tablet(request, session)
        one = await Tablets(session).one_on(tablet, user_id)
        return show(request, PIN, shell=False, form=Form.blank(PinTyped), one=one)

    @post("/{user_id:uuid}", name="tablet.switch", status_code=200)
    async def switch_to(
        self, request: HTMXRequest, user_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        tablets = Tablets(session)
        tablet = await _this_tablet(request, session)
        one = await tablets.one_on(tablet, user_id)
        form = await Form.read(request, PinTyped)
        if one.pin_hash is not None:
            wait = await _wrong_pin(request, session, form, one)
            if form.errors:
                return _refused(request, form, one, wait)
        await tablets.note_use(tablet)
        about = {"tablet": tablet.name}
        await publish(session, SecurityEvent(What.SWITCHED, one.id, by(request, one.id), about))
        response = done(request, "/")
        await begin_session(request, session, one, response, stays=False, tablet=tablet)
        return await came_in(request, session, one, response, "tablet")


class OwnPin(Controller):
    path = "/account/pin"
    opt = {"policy": Policy.SIGNED_IN, "proof": True}

    @get("", name="account.pin")
    async def show_pin(self, request: HTMXRequest) -> Response[Any]:
        return show(request, OWN_PIN, form=Form.blank(NewPin))

    @post("", name="account.pin.change", status_code=200)
    async def change_pin(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, NewPin)
        if form.value is not None:
            _check_new_pin(form, form.value)
        typed = form.value
        if typed is None:
            return show(request, OWN_PIN, 422, form=form)
        await let_go(session)
        await _keep_pin(request, session, person, await hasher().hash(typed.pin))
        return done(request, "/account/pin", flash=_("Your PIN is set."))

    @post("/remove", name="account.pin.remove", status_code=200)
    async def remove_pin(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        await _keep_pin(request, session, person, None)
        return done(request, "/account/pin", flash=_("You have no PIN any more."))


@post(
    "/admin/users/{user_id:uuid}/pin/remove",
    name="users.pin.remove",
    opt={"policy": Policy.OWNER, "proof": True},
    status_code=200,
)
async def remove_pin_of(
    request: HTMXRequest, user_id: UUID, session: AsyncSession
) -> Response[Any]:
    one = await People(session).one(user_id)
    await _keep_pin(request, session, one, None)
    words = _("%(name)s has no PIN any more.", name=one.name)
    return done(request, f"/admin/users/{one.id}", flash=words)


async def _this_tablet(request: AnyRequest, session: AsyncSession) -> Tablet:
    secret = read_cookie(request, TABLET)
    return await Tablets(session).behind(secret, client_of(request).scheme)


async def _wrong_pin(
    request: HTMXRequest, session: AsyncSession, form: Form[PinTyped], one: User
) -> int:
    """Counted before it is looked at, like a password; seconds until the next counts."""
    typed = form.value
    if typed is None or one.pin_hash is None:
        return 0
    throttles, limit = throttles_of(request), pin_limit(one.id)
    await let_go(session)
    wait = await throttles.take(limit)
    is_right = await hasher().verify(one.pin_hash, typed.pin)
    if is_right and not wait:
        await throttles.clear(limit)
        return 0
    form.wrong("pin", _("This is not the PIN. After several wrong ones, wait before the next."))
    await refused_sign_in(request, one.id, "pin")
    return await throttles.wait(limit)


def _check_new_pin(form: Form[NewPin], typed: NewPin) -> None:
    try:
        check_pin(typed.pin)
    except WeakPin as error:
        form.wrong("pin", error)
    if typed.pin != typed.pin_again:
        form.wrong("pin_again", _("This is not the same as above."))


def _refused(request: HTMXRequest, form: Form[PinTyped], one: User, wait: int) -> Response[Any]:
    response = show(request, PIN, 422, shell=False, form=form, one=one)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


async def _keep_pin(
    request: HTMXRequest, session: AsyncSession, person: User, pin_hash: str | None
) -> None:
    """Who was let in without it chooses anew."""
    person.pin_hash = pin_hash
    known = session_of(request)
    await Sessions(session).end_on_tablets(person.id, but=known.session_id if known else None)
    about = {"has_pin": pin_hash is not None}
    await publish(session, SecurityEvent(What.PIN_CHANGED, person.id, by(request), about))
    forget_recent()
