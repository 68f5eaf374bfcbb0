"""`/login/second`: the code that is asked for after the password."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.answers import throttles_of, welcome
from app.auth.backup_codes import BackupCodes
from app.auth.events import SecurityEvent, What, by, refused_sign_in
from app.auth.forms import SecondStep
from app.auth.models import Second, SignInChallenge
from app.auth.passkeys import offers_passkeys, passkeys_of
from app.auth.second_step import Challenges, accepted
from app.auth.service import let_go
from app.auth.throttle import second_step
from app.events import publish
from app.foundation.web import Flash, Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.cookies import SECOND_STEP, drop_cookie, read_cookie
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext

SCREEN = "auth/second.html"


class SecondFactor(Controller):
    path = "/login/second"
    opt = {"policy": Policy.PUBLIC}

    @get("/", name="login.second")
    async def ask(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        challenge = await challenge_of(request, session)
        if challenge is None:
            return begin_again(request)
        return await _screen(request, session, challenge, Form.blank(SecondStep))

    @post("/", name="login.second.code", status_code=200)
    async def check(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        form = await Form.read(request, SecondStep)
        challenge = await challenge_of(request, session)
        if challenge is None:
            return begin_again(request)
        if form.value is None:
            return await _screen(request, session, challenge, form, 422)
        await let_go(session)
        # Counted before it is looked at, and for good: whatever happens next was a try.
        wait = await throttles_of(request).take(second_step(challenge.user_id))
        if wait:
            return await _too_often(request, session, challenge, form, wait)
        keys = request.app.state.secrets
        second = await accepted(session, keys, challenge.user_id, form.value.code)
        if second is None:
            return await _wrong(request, session, challenge, form)
        return await come_in(request, session, challenge, second)


async def challenge_of(request: HTMXRequest, session: AsyncSession) -> SignInChallenge | None:
    secret = read_cookie(request, SECOND_STEP)
    return await Challenges(session).found(secret, client_of(request).scheme)


def begin_again(request: HTMXRequest) -> Response[Any]:
    words = _("Five minutes went by since your password, or you are signed in already.")
    response = done(request, "/login", flash=Flash(words, "info"))
    response.cookies.append(drop_cookie(client_of(request), SECOND_STEP))
    return response


async def come_in(
    request: HTMXRequest, session: AsyncSession, challenge: SignInChallenge, second: Second
) -> Response[Any]:
    """Both factors were right: the challenge is over, and a session begins."""
    if not await Challenges(session).spend(challenge.id):
        return begin_again(request)
    if second is Second.BACKUP_CODE:
        used = SecurityEvent(What.BACKUP_CODE_USED, challenge.user_id, by(request))
        await publish(session, used)
    response = done(request, challenge.then, flash=await _few_codes(session, challenge, second))
    response.cookies.append(drop_cookie(client_of(request), SECOND_STEP))
    await throttles_of(request).clear(second_step(challenge.user_id))
    return await welcome(
        request,
        session,
        challenge.user,
        response,
        stays=challenge.stays,
        way=challenge.way,
        second=second,
        origin=challenge.origin,
    )


async def _few_codes(
    session: AsyncSession, challenge: SignInChallenge, second: Second
) -> Flash | None:
    if second is not Second.BACKUP_CODE:
        return None
    left = await BackupCodes(session).left(challenge.user_id)
    words = ngettext(
        "You have %(num)s backup code left. Make new ones in your account.",
        "You have %(num)s backup codes left. Make new ones in your account.",
        left,
    )
    return Flash(words, "warn")


async def _screen(
    request: HTMXRequest,
    session: AsyncSession,
    challenge: SignInChallenge,
    form: Form[SecondStep],
    status: int = 200,
) -> Response[Any]:
    has_passkey = offers_passkeys(request) and bool(await passkeys_of(session, challenge.user_id))
    return show(request, SCREEN, status, form=form, has_passkey=has_passkey)


async def _wrong(
    request: HTMXRequest,
    session: AsyncSession,
    challenge: SignInChallenge,
    form: Form[SecondStep],
) -> Response[Any]:
    await refused_sign_in(request, challenge.user_id, "second factor")
    form.wrong("code", _("This code is not right, or it was used already."))
    return await _screen(request, session, challenge, form, 422)


async def _too_often(
    request: HTMXRequest,
    session: AsyncSession,
    challenge: SignInChallenge,
    form: Form[SecondStep],
    wait: int,
) -> Response[Any]:
    minutes = -(-wait // 60)
    form.errors[""] = ngettext(
        "There were too many wrong codes. Wait %(num)s minute, then sign in again.",
        "There were too many wrong codes. Wait %(num)s minutes, then sign in again.",
        minutes,
    )
    response = await _screen(request, session, challenge, form, 429)
    response.headers["Retry-After"] = str(wait)
    return response
