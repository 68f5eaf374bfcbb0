"""`/login/with/…`: away to a provider and back; and linking one from the screen of the account."""

import hmac
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.answers import let_in, welcome
from app.auth.events import SecurityEvent, What, Words, by, refused_sign_in
from app.auth.models import Way
from app.errors import DomainError
from app.events import publish
from app.foundation.db import now
from app.foundation.security.sealing import seal, unseal
from app.foundation.security.signing import from_base64, to_base64
from app.foundation.web import Policy, done, local_path, show
from app.foundation.web.client import client_of
from app.foundation.web.cookies import SIGN_IN, drop_cookie, make_cookie, read_cookie
from app.foundation.web.i18n import _
from app.single_sign_on.addresses import callback
from app.single_sign_on.asking import ProviderIsAway
from app.single_sign_on.models import SignInProvider
from app.single_sign_on.protocol import (
    LONGEST_CODE,
    Attempt,
    Refused,
    SentBack,
    discover,
    vouched_for,
    way_there,
)
from app.single_sign_on.sealed import key_of, secret_of
from app.single_sign_on.service import (
    Identities,
    NotLinked,
    Providers,
    follow_role,
    make_person,
)
from app.single_sign_on.way_out import origin_of

FAILED = "single_sign_on/failed.html"
MINUTES = 10 * 60


@get("/login/with/{provider_id:uuid}", name="single_sign_on.begin", opt={"policy": Policy.PUBLIC})
async def begin(
    request: HTMXRequest, provider_id: UUID, session: AsyncSession, next: str = "/"
) -> Response[Any]:
    """Who is signed in already comes to show again who they are: the provider has to ask them."""
    provider = await Providers(session).open_one(provider_id)
    attempt = Attempt.begin(provider, then=local_path(next), anew=request.scope["user"] is not None)
    try:
        return await send_away(request, provider, attempt)
    except ProviderIsAway as error:
        return _failed(request, error, attempt)


@get(
    "/login/with/{provider_id:uuid}/callback",
    name="single_sign_on.come_back",
    opt={"policy": Policy.PUBLIC},
)
async def come_back(
    request: HTMXRequest,
    provider_id: UUID,
    session: AsyncSession,
    code: str = "",
    iss: str = "",
    error: str = "",
) -> Response[Any]:
    """A GET that lets in: the provider's redirect can be nothing else. It is bound to the browser
    that began by a cookie, and its code works once."""
    attempt = _attempt(request, provider_id)
    state = request.query_params.get("state", "")
    try:
        provider = await Providers(session).open_one(provider_id)
        if attempt is None or not _fits(attempt, state):
            raise Refused
        if error:
            raise SentBack
        if not 0 < len(code) <= LONGEST_CODE:
            raise Refused
        response = await _arrive(request, session, provider, attempt, code, iss)
    except DomainError as wrong:
        if attempt is not None:
            await refused_sign_in(request, None, "provider")
        response = _failed(request, wrong, attempt)
    response.cookies.append(drop_cookie(client_of(request), SIGN_IN))
    return response


async def send_away(
    request: HTMXRequest, provider: SignInProvider, attempt: Attempt
) -> Response[Any]:
    """To the provider that an owner named, and to nowhere else."""
    metadata = await discover(provider)
    there = way_there(provider, metadata, attempt, callback(request, provider))
    sealed = seal(key_of(request), msgspec.json.encode(attempt), str(provider.id).encode())
    response: Response[Any] = Response(b"", status_code=303, headers={"Location": there})
    client = client_of(request)
    response.cookies.append(make_cookie(client, SIGN_IN, to_base64(sealed), seconds=MINUTES))
    return response


async def _arrive(
    request: HTMXRequest,
    session: AsyncSession,
    provider: SignInProvider,
    attempt: Attempt,
    code: str,
    iss: str,
) -> Response[Any]:
    metadata = await discover(provider)
    must_say = metadata.authorization_response_iss_parameter_supported
    if "is_head" in request.scope["state"] or ((iss or must_say) and iss != provider.issuer):
        raise Refused
    secret = secret_of(request, provider)
    redirect_uri = callback(request, provider)
    vouched = await vouched_for(provider, secret, attempt, code, redirect_uri)
    claims = vouched.claims
    if attempt.links:
        return await _link(request, session, provider, attempt, claims)
    person = await Identities(session).person_for(provider, claims)
    if person is None:
        person = await _newcomer(request, session, provider, claims)
    elif person.disabled_at is not None:
        raise Refused
    else:
        await _follow(request, session, provider, person, claims)
    origin = origin_of(request, provider, vouched.token)
    return await _let_in(request, session, provider, person, attempt.then, origin)


async def _newcomer(
    request: HTMXRequest, session: AsyncSession, provider: SignInProvider, claims: dict[str, Any]
) -> User:
    if not provider.makes_people:
        raise NotLinked
    person = await make_person(session, provider, claims)
    about: Words = {"role": person.role.value, "provider": provider.name}
    await publish(session, SecurityEvent(What.USER_CREATED, person.id, by(request), about))
    return person


async def _follow(
    request: HTMXRequest,
    session: AsyncSession,
    provider: SignInProvider,
    person: User,
    claims: dict[str, Any],
) -> None:
    before = await follow_role(session, provider, person, claims)
    if before is not None:
        about: Words = {
            "role": person.role.value,
            "was": before.value,
            "provider": provider.name,
        }
        await publish(session, SecurityEvent(What.ROLE_CHANGED, person.id, by(request), about))


async def _let_in(
    request: HTMXRequest,
    session: AsyncSession,
    provider: SignInProvider,
    person: User,
    then: str,
    origin: bytes,
) -> Response[Any]:
    way = Way.PROVIDER
    if not provider.suffices:
        return await let_in(request, session, person, then=then, stays=True, way=way, origin=origin)
    response = done(request, then)
    return await welcome(request, session, person, response, stays=True, way=way, origin=origin)


async def _link(
    request: HTMXRequest,
    session: AsyncSession,
    provider: SignInProvider,
    attempt: Attempt,
    claims: dict[str, Any],
) -> Response[Any]:
    """Only for the person who began it, who is signed in still."""
    person: User | None = request.scope["user"]
    if person is None or str(person.id) != attempt.links:
        raise Refused
    await Identities(session).link(person, provider, claims)
    about: Words = {"provider": provider.name}
    await publish(session, SecurityEvent(What.IDENTITY_LINKED, person.id, by(request), about))
    words = _("You can sign in with %(provider)s now.", provider=provider.name)
    return done(request, attempt.then, flash=words)


def _failed(request: HTMXRequest, error: DomainError, attempt: Attempt | None) -> Response[Any]:
    """Whoever is signed in goes back to where they were, everybody else to the sign-in screen."""
    then = attempt.then if attempt is not None else "/"
    is_in = request.scope["user"] is not None
    back = then if is_in else f"/login?next={quote(then, safe='/')}"
    words = _(error.message)
    return show(request, FAILED, error.status, shell=False, sentence=words, back=back, is_in=is_in)


def _attempt(request: HTMXRequest, provider_id: UUID) -> Attempt | None:
    """What this browser began with this provider, and with no other."""
    sealed = from_base64(read_cookie(request, SIGN_IN) or "")
    opened = unseal(key_of(request), sealed, str(provider_id).encode()) if sealed else None
    return msgspec.json.decode(opened, type=Attempt) if opened is not None else None


def _fits(attempt: Attempt, state: str) -> bool:
    is_in_time = now().timestamp() < attempt.until
    return is_in_time and hmac.compare_digest(attempt.state.encode(), state.encode())
