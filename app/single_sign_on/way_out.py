"""Signing out at the provider as well (OpenID Connect RP-Initiated Logout 1.0).

A session that began there keeps, sealed, which provider it was and the ID token. When it ends, both go
with the browser for some minutes, for a screen that offers the way there: else whoever sits down next
would come in again without being asked.
"""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.other_ways import WayOut
from app.errors import NotFound
from app.foundation.security.sealing import seal, unseal
from app.foundation.security.signing import from_base64, to_base64
from app.foundation.web import Policy, done, show
from app.foundation.web.client import client_of
from app.foundation.web.context import AnyRequest
from app.foundation.web.cookies import SIGN_IN, make_cookie, read_cookie
from app.single_sign_on.addresses import after_sign_out
from app.single_sign_on.asking import ProviderIsAway, is_allowed_url
from app.single_sign_on.models import SignInProvider
from app.single_sign_on.protocol import discover
from app.single_sign_on.sealed import key_of
from app.single_sign_on.service import Providers

SCREEN = "single_sign_on/left.html"
ABOUT = b"way out"
LONGEST_TOKEN = 2600
"""What fits into a cookie, sealed. Without the token providers ask who wants to leave."""
LIVES = 10 * 60


class Origin(msgspec.Struct, frozen=True):
    provider_id: UUID
    token: str = ""


def origin_of(request: AnyRequest, provider: SignInProvider, token: str) -> bytes:
    kept = Origin(provider.id, token if len(token) <= LONGEST_TOKEN else "")
    return seal(key_of(request), msgspec.json.encode(kept), ABOUT)


def way_out_of(request: AnyRequest, sealed: bytes) -> WayOut | None:
    origin = _opened(request, sealed)
    if origin is None:
        return None
    cookie = make_cookie(client_of(request), SIGN_IN, to_base64(sealed), seconds=LIVES)
    return WayOut(f"/login/with/{origin.provider_id}/left", cookie)


@get(
    "/login/with/{provider_id:uuid}/left", name="single_sign_on.left", opt={"policy": Policy.PUBLIC}
)
async def offer_way_out(
    request: HTMXRequest, provider_id: UUID, session: AsyncSession
) -> Response[Any]:
    """Where the provider does not offer it, there is nothing to say."""
    origin = _opened(request, from_base64(read_cookie(request, SIGN_IN) or ""))
    address = None
    if origin is not None and origin.provider_id == provider_id:
        address = await _address(request, session, origin)
    if address is None:
        return done(request, "/login")
    provider = await Providers(session).one(provider_id)
    return show(request, SCREEN, provider=provider, address=address, shell=False)


async def _address(request: AnyRequest, session: AsyncSession, origin: Origin) -> str | None:
    try:
        provider = await Providers(session).one(origin.provider_id)
        metadata = await discover(provider)
    except (NotFound, ProviderIsAway):
        return None
    base = metadata.end_session_endpoint
    if base is None or not is_allowed_url(base, private=provider.allows_private):
        return None
    query = {"client_id": provider.client_id, "post_logout_redirect_uri": after_sign_out(request)}
    if origin.token:
        query["id_token_hint"] = origin.token
    return base + ("&" if "?" in base else "?") + urlencode(query)


def _opened(request: AnyRequest, sealed: bytes | None) -> Origin | None:
    opened = unseal(key_of(request), sealed, ABOUT) if sealed else None
    return msgspec.json.decode(opened, type=Origin) if opened is not None else None
