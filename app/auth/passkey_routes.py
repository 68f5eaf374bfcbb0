"""`/account/passkeys`, and signing in with one. Every form here needs scripts to be filled in; what
stands beside it does not."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.answers import renew_session, throttles_of, welcome
from app.auth.backup_codes import BackupCodes, make_codes
from app.auth.devices import device_name
from app.auth.events import SecurityEvent, What, by, refused_sign_in
from app.auth.factor_routes import OVERVIEW, end_others, show_codes
from app.auth.forms import NewPasskey, PasskeyName, PasskeyProof, SignInByPasskey
from app.auth.models import Second, Way
from app.auth.other_ways import refuse_switched_off_passwords
from app.auth.passkey_shapes import BadPasskey
from app.auth.passkeys import Ceremony, passkey_of, passkeys_here
from app.auth.prove_routes import proved
from app.auth.second_routes import begin_again, challenge_of, come_in
from app.auth.second_step import has_second_factor
from app.auth.service import count_try_from, let_go
from app.errors import Invalid
from app.events import publish
from app.foundation.web import Flash, Policy, done, local_path, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

JSON = "application/json"


class PasskeyDoor(Controller):
    """Without anybody signed in."""

    path = "/login"
    opt = {"policy": Policy.PUBLIC}

    @post("/passkey/options", name="login.passkey.options", status_code=200, media_type=JSON)
    async def options(self, request: HTMXRequest, session: AsyncSession) -> Response[bytes]:
        passkeys = passkeys_here(request, session)
        await count_try_from(throttles_of(request), client_of(request), "passkey")
        return _as_json(await passkeys.sign_in_options(Ceremony.SIGN_IN))

    @post("/passkey", name="login.passkey", status_code=200)
    async def sign_in(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        # Where a provider alone may let people in, a passkey of ours may not either.
        await refuse_switched_off_passwords(session)
        form = await Form.read(request, SignInByPasskey)
        try:
            sent = form.value.credential if form.value is not None else ""
            passkey = await passkeys_here(request, session).verify(Ceremony.SIGN_IN, sent)
        except BadPasskey as error:
            await refused_sign_in(request, None, "passkey")
            return _back(request, f"/login?next={local_path(form.values['next'])}", error)
        response = done(request, local_path(form.values["next"]))
        stays = bool(form.values["stay"])
        person, way = passkey.user, Way.PASSKEY
        return await welcome(request, session, person, response, stays=stays, way=way)

    @post("/second/passkey/options", name="login.second.options", status_code=200, media_type=JSON)
    async def second_options(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        challenge = await challenge_of(request, session)
        if challenge is None:
            return begin_again(request)
        passkeys = passkeys_here(request, session)
        return _as_json(await passkeys.sign_in_options(Ceremony.SECOND, challenge.user_id))

    @post("/second/passkey", name="login.second.passkey", status_code=200)
    async def second(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        form = await Form.read(request, PasskeyProof)
        challenge = await challenge_of(request, session)
        if challenge is None:
            return begin_again(request)
        try:
            sent = form.value.credential if form.value is not None else ""
            passkeys = passkeys_here(request, session)
            await passkeys.verify(Ceremony.SECOND, sent, challenge.user_id)
        except BadPasskey as error:
            await refused_sign_in(request, challenge.user_id, "second factor")
            return _back(request, "/login/second", error)
        return await come_in(request, session, challenge, Second.PASSKEY)


class PasskeyProofs(Controller):
    path = "/account/prove/passkey"
    opt = {"policy": Policy.SIGNED_IN, "unenrolled": True}

    @post("/options", name="prove.passkey.options", status_code=200, media_type=JSON)
    async def options(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[bytes]:
        passkeys = passkeys_here(request, session)
        return _as_json(await passkeys.sign_in_options(Ceremony.PROVE, person.id))

    @post("/", name="prove.passkey", status_code=200)
    async def prove(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, PasskeyProof)
        form.values["next"] = local_path(form.values["next"])
        try:
            sent = form.value.credential if form.value is not None else ""
            await passkeys_here(request, session).verify(Ceremony.PROVE, sent, person.id)
        except BadPasskey as error:
            return _back(request, f"/account/prove?next={form.values['next']}", error)
        return await proved(request, session, form, Second.PASSKEY)


class OwnPasskeys(Controller):
    path = "/account/passkeys"
    opt = {"policy": Policy.SIGNED_IN, "proof": True, "unenrolled": True}

    @post("/options", name="passkeys.options", status_code=200, media_type=JSON)
    async def options(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[bytes]:
        return _as_json(await passkeys_here(request, session).registration_options(person))

    @post("/", name="passkeys.add", status_code=200)
    async def add(self, request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
        form = await Form.read(request, NewPasskey)
        was_on = await has_second_factor(session, person.id)
        has_codes = await BackupCodes(session).left(person.id) > 0
        await let_go(session)
        codes, hashes = ([], []) if has_codes else await make_codes()
        name = form.values["name"] or device_name(request.headers.get("user-agent", ""))
        try:
            sent = form.value.credential if form.value is not None else ""
            await passkeys_here(request, session).register(person, sent, name)
        except Invalid as error:
            return _back(request, OVERVIEW, error)
        about = {"name": name}
        await publish(session, SecurityEvent(What.PASSKEY_ADDED, person.id, by(request), about))
        if not was_on:
            await end_others(request, session, person)
        words = _("“%(name)s” is a passkey of yours now.", name=name)
        response = await show_codes(request, session, person, codes, hashes, words)
        return await renew_session(request, session, response, Second.PASSKEY)

    @get("/{passkey_id:uuid}", name="passkeys.show")
    async def show_one(
        self, request: HTMXRequest, passkey_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        one = await passkey_of(session, person.id, passkey_id)
        return show(request, "auth/passkey.html", one=one, form=Form.of(PasskeyName(name=one.name)))

    @post("/{passkey_id:uuid}", name="passkeys.rename", status_code=200)
    async def rename(
        self, request: HTMXRequest, passkey_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        one = await passkey_of(session, person.id, passkey_id)
        form = await Form.read(request, PasskeyName)
        if form.value is None:
            return show(request, "auth/passkey.html", 422, one=one, form=form)
        one.name = form.value.name
        return done(request, OVERVIEW, flash=_("Saved."))

    @post("/{passkey_id:uuid}/remove", name="passkeys.remove", status_code=200)
    async def remove(
        self, request: HTMXRequest, passkey_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        one = await passkey_of(session, person.id, passkey_id)
        await session.delete(one)
        await session.flush()
        if not await has_second_factor(session, person.id):
            await BackupCodes(session).forget(person.id)
        about = {"name": one.name}
        await publish(session, SecurityEvent(What.PASSKEY_REMOVED, person.id, by(request), about))
        return done(
            request, OVERVIEW, flash=_("“%(name)s” opens nothing here any more.", name=one.name)
        )


def _as_json(options: str) -> Response[bytes]:
    return Response(options.encode(), media_type=JSON)


def _back(request: HTMXRequest, then: str, error: Invalid) -> Response[Any]:
    """Nothing was typed that could be lost, so the screen with the button comes anew."""
    return done(request, then, flash=Flash(_(error.message), "bad"))
