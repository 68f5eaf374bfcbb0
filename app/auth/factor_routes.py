"""`/account/two-factor`: what one shows besides the password, and setting it up."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.answers import AnyRequest, renew_session
from app.auth.authenticator import Authenticators, address_of, qr_code
from app.auth.backup_codes import BackupCodes, as_kept, make_codes
from app.auth.devices import device_name
from app.auth.events import SecurityEvent, What, by
from app.auth.factor_rule import must_enrol
from app.auth.forms import CodesAsFile, SixDigits
from app.auth.models import Second
from app.auth.passkeys import offers_passkeys, passkeys_of
from app.auth.principal import current_session, forget_recent, principal_of
from app.auth.second_step import has_second_factor
from app.auth.service import let_go
from app.auth.sessions import Sessions
from app.errors import Invalid
from app.events import publish
from app.foundation.security.secrets import Keys
from app.foundation.web import Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.forms import Form
from app.foundation.web.hosts import split_host
from app.foundation.web.i18n import _

OVERVIEW = "/account/two-factor"
APP = f"{OVERVIEW}/app"
PROOF = {"proof": True}
SCREEN, SET_UP = "auth/two_factor.html", "auth/two_factor_app.html"
CODES, REMOVE = "auth/backup_codes.html", "auth/two_factor_remove.html"
FEW = 3


class TwoFactor(Controller):
    path = OVERVIEW
    opt = {"policy": Policy.SIGNED_IN, "proof": True, "unenrolled": True}

    @get("/", name="two_factor.show", opt={"proof": False})
    async def show_factors(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        app = await Authenticators(session, keys_of(request)).of(person.id)
        left = await BackupCodes(session).left(person.id)
        is_alone = await _is_alone(request)
        return show(
            request,
            SCREEN,
            shell=not is_alone,
            is_alone=is_alone,
            app=app,
            codes_left=left,
            few=FEW,
            passkeys=await passkeys_of(session, person.id),
            offers_passkeys=offers_passkeys(request),
            device=device_name(request.headers.get("user-agent", "")),
        )

    @post("/app", name="two_factor.app.begin", status_code=200)
    async def begin_app(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        await Authenticators(session, keys_of(request)).begin(person.id)
        return done(request, APP)

    @get("/app", name="two_factor.app.show")
    async def show_app(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return await _app_screen(request, session, person, Form.blank(SixDigits))

    @get("/app/qr.svg", name="two_factor.app.qr", media_type="image/svg+xml")
    async def show_qr_code(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        seed = await Authenticators(session, keys_of(request)).new_seed(person.id)
        if seed is None:
            return done(request, OVERVIEW)
        picture = qr_code(address_of(seed, person.name, _host_of(request)))
        return Response(picture, media_type="image/svg+xml")

    @post("/app/confirm", name="two_factor.app.confirm", status_code=200)
    async def confirm_app(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, SixDigits)
        if form.value is None:
            return await _app_screen(request, session, person, form)
        was_on = await has_second_factor(session, person.id)
        has_codes = await BackupCodes(session).left(person.id) > 0
        await let_go(session)
        codes, hashes = ([], []) if has_codes else await make_codes()
        digits = form.value.code.replace(" ", "")
        if not await Authenticators(session, keys_of(request)).confirm(person.id, digits):
            form.wrong("code", _("This code is not right. Wait for the next one and try again."))
            return await _app_screen(request, session, person, form)
        await publish(session, SecurityEvent(What.TWO_FACTOR_ON, person.id, by(request)))
        if not was_on:
            # They began with the password alone.
            await end_others(request, session, person)
        words = _("The app is set up. From now on Bunko asks for its code after your password.")
        response = await show_codes(request, session, person, codes, hashes, words)
        return await renew_session(request, session, response, Second.CODE)

    @get("/app/remove", name="two_factor.app.remove.ask")
    async def ask_to_remove_app(self, request: HTMXRequest) -> Response[Any]:
        return show(request, REMOVE)

    @post("/app/remove", name="two_factor.app.remove", status_code=200)
    async def remove_app(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        await Authenticators(session, keys_of(request)).remove(person.id)
        if not await has_second_factor(session, person.id):
            await BackupCodes(session).forget(person.id)
        await publish(session, SecurityEvent(What.TWO_FACTOR_OFF, person.id, by(request)))
        return done(request, OVERVIEW, flash=_("The app is no longer asked for."))

    @get("/codes", name="two_factor.codes.ask")
    async def ask_for_codes(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        left = await BackupCodes(session).left(person.id)
        return show(request, CODES, codes=[], codes_left=left)

    @post("/codes", name="two_factor.codes.make", status_code=200)
    async def make_new_codes(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        if not await has_second_factor(session, person.id):
            return done(request, OVERVIEW)
        await let_go(session)
        codes, hashes = await make_codes()
        await BackupCodes(session).replace(person.id, hashes)
        await publish(session, SecurityEvent(What.BACKUP_CODES_MADE, person.id, by(request)))
        return show(request, CODES, codes=codes, codes_left=0)

    # Gives back what was sent, so it may be asked for as long as the codes are on the screen.
    @post("/codes/file", name="two_factor.codes.file", status_code=200, opt={"proof": False})
    async def codes_as_file(self, request: HTMXRequest, person: User) -> Response[Any]:
        form = await Form.read(request, CodesAsFile)
        codes = [code for code in form.value.codes if as_kept(code)] if form.value else []
        if not codes:
            raise Invalid("There are no codes in this form.")
        head = _(
            "Backup codes of %(name)s for Bunko at %(host)s",
            name=person.name,
            host=client_of(request).host,
        )
        lines = [head, _("Each works once."), "", *codes, ""]
        return Response(
            "\r\n".join(lines).encode(),
            media_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="bunko-backup-codes.txt"'},
        )


def keys_of(request: AnyRequest) -> Keys:
    keys: Keys = request.app.state.secrets
    return keys


async def end_others(request: AnyRequest, session: AsyncSession, person: User) -> None:
    await Sessions(session).end_all_of(person.id, but=current_session(request).session_id)
    forget_recent()


async def _app_screen(
    request: HTMXRequest, session: AsyncSession, person: User, form: Form[SixDigits]
) -> Response[Any]:
    seed = await Authenticators(session, keys_of(request)).new_seed(person.id)
    if seed is None:
        return done(request, OVERVIEW)
    groups = [seed[start : start + 4] for start in range(0, len(seed), 4)]
    status = 422 if form.errors else 200
    is_alone = await _is_alone(request)
    host = _host_of(request)
    return show(
        request,
        SET_UP,
        status,
        shell=not is_alone,
        is_alone=is_alone,
        form=form,
        groups=groups,
        host=host,
    )


async def _is_alone(request: AnyRequest) -> bool:
    """Whether nothing else is open to this person yet: their screens stand without the way about."""
    principal = principal_of(request)
    return principal is not None and await must_enrol(request, principal)


async def show_codes(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    codes: list[str],
    hashes: list[str],
    words: str,
) -> Response[Any]:
    """After the first factor there are backup codes, shown now or never; else it was all."""
    if not codes:
        return done(request, OVERVIEW, flash=words)
    await BackupCodes(session).replace(person.id, hashes)
    return show(request, CODES, codes=codes, codes_left=0, flash=words)


def _host_of(request: AnyRequest) -> str:
    name, _port = split_host(client_of(request).host)
    return name or ""
