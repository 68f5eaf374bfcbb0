"""OpenID Connect by code with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9207).

Authlib is imported where it is used: most installations never need it.
"""

import secrets
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from app.errors import Invalid
from app.foundation.db import now
from app.foundation.valkey.local_cache import LocalCache
from app.single_sign_on.asking import ProviderIsAway, ask, basic, is_allowed_url
from app.single_sign_on.models import SignInProvider

ALGORITHMS = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip
LIVES = 600
"""Seconds that somebody has at the provider."""
LEEWAY = 120
"""Seconds by which the clocks may differ."""
OLDEST = 3600
"""Seconds after which a token is too old, whatever it says itself."""
DISCOVERY = "/.well-known/openid-configuration"
LONGEST_CODE = 4096
NAMES = ("preferred_username", "nickname", "name", "email")
"""Claims by which somebody can be called, the best first."""

_known: LocalCache[str, "Metadata"] = LocalCache(seconds=3600, size=32)
_keys: LocalCache[str, dict[str, Any]] = LocalCache(seconds=3600, size=32)
_renewed: LocalCache[str, bool] = LocalCache(seconds=60, size=32)


class Refused(Invalid):
    """Whatever was wrong with what came back: one sentence."""

    def __init__(self) -> None:
        super().__init__("That sign-in did not work. Begin it anew from the sign-in screen.")


class SentBack(Invalid):
    def __init__(self) -> None:
        super().__init__("The other server sent you back without letting you in.")


class Vouched(NamedTuple):
    """What a provider says about somebody, and the ID token in which it said who they are."""

    claims: dict[str, Any]
    token: str


class Metadata(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Attempt(msgspec.Struct, frozen=True):
    """What the browser that began a sign-in keeps until it comes back, encrypted in its cookie."""

    provider_id: str
    state: str
    nonce: str
    verifier: str
    until: int
    then: str
    links: str = ""
    """The person who wants to link it to their account; empty for a sign-in."""
    anew: bool = False
    """Whether the provider has to ask who this is, although it may remember."""

    @classmethod
    def begin(
        cls, provider: SignInProvider, *, then: str, links: str = "", anew: bool = False
    ) -> "Attempt":
        return cls(
            provider_id=str(provider.id),
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            until=int(now().timestamp()) + LIVES,
            then=then,
            links=links,
            anew=anew,
        )


async def discover(provider: SignInProvider) -> Metadata:
    known = _known.get(provider.issuer)
    if known is not None:
        return known
    address = provider.issuer.rstrip("/") + DISCOVERY
    told = await ask(address, private=provider.allows_private)
    try:
        found = msgspec.convert(told, Metadata)
    except msgspec.ValidationError as error:
        raise ProviderIsAway from error
    endpoints = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
    if found.issuer != provider.issuer or not all(
        is_allowed_url(url, private=provider.allows_private) for url in endpoints
    ):
        raise ProviderIsAway
    return _known.put(provider.issuer, found)


def way_there(
    provider: SignInProvider, metadata: Metadata, attempt: Attempt, redirect_uri: str
) -> str:
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": provider.scopes,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": create_s256_code_challenge(attempt.verifier),
        "code_challenge_method": "S256",
    }
    if attempt.anew:
        query |= {"prompt": "login", "max_age": str(LIVES)}
    base = metadata.authorization_endpoint
    return base + ("&" if "?" in base else "?") + urlencode(query)


async def vouched_for(
    provider: SignInProvider, secret: str | None, attempt: Attempt, code: str, redirect_uri: str
) -> Vouched:
    """What the provider says about whoever brought this code; raises Refused."""
    metadata = await discover(provider)
    told = await _tokens(provider, metadata, secret, attempt, code, redirect_uri)
    token, access = told.get("id_token"), told.get("access_token")
    if not isinstance(token, str):
        raise Refused
    claims = await checked(provider, metadata, token, attempt.nonce, access)
    if attempt.anew and not was_asked_just_now(claims):
        raise Refused
    if isinstance(access, str) and _lacks(provider, claims):
        claims = await _with_userinfo(provider, metadata, access, claims)
    return Vouched(claims, token)


async def checked(
    provider: SignInProvider, metadata: Metadata, token: str, nonce: str, access: Any = None
) -> dict[str, Any]:
    """The claims of an ID token that is good in every respect (OpenID Connect Core 1.0, 3.1.3.7)."""
    from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    async def decoded() -> Any:
        keys = KeySet.import_key_set(await _key_set(provider, metadata))  # type: ignore[arg-type]
        return jwt.decode(token, keys, algorithms=ALGORITHMS)

    try:
        try:
            found = await decoded()
        except (JoseError, ValueError):
            if not _may_renew(provider):
                raise
            # It may have new keys.
            _keys.drop(provider.issuer)
            found = await decoded()
        options = {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "nonce": {"essential": True, "value": nonce},
            "sub": {"essential": True},
        }
        params = {"nonce": nonce, "client_id": provider.client_id, "access_token": access}
        claims = CodeIDToken(found.claims, found.header, options, params)
        moment = int(now().timestamp())
        claims.validate(now=moment, leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused from error
    subject, made_at = claims["sub"], claims["iat"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise Refused
    if not moment - OLDEST - LEEWAY <= made_at <= moment + LEEWAY:
        raise Refused
    return dict(claims)


def was_asked_just_now(claims: dict[str, Any]) -> bool:
    """A provider that was given a `max_age` has to say when it asked (OpenID Connect Core 1.0, 2)."""
    asked_at = claims.get("auth_time")
    earliest = now().timestamp() - LIVES - LEEWAY
    return isinstance(asked_at, int | float) and asked_at >= earliest


def forget_what_is_known(issuer: str) -> None:
    for cache in (_known, _keys, _renewed):
        cache.drop(issuer)


async def _tokens(
    provider: SignInProvider,
    metadata: Metadata,
    secret: str | None,
    attempt: Attempt,
    code: str,
    redirect_uri: str,
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": attempt.verifier,
    }
    authorization = None
    if secret is None:
        form["client_id"] = provider.client_id
    elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
        authorization = basic(provider.client_id, secret)
    else:
        form |= {"client_id": provider.client_id, "client_secret": secret}
    return await ask(
        metadata.token_endpoint,
        private=provider.allows_private,
        form=form,
        authorization=authorization,
    )


def _lacks(provider: SignInProvider, claims: dict[str, Any]) -> bool:
    role_claim = provider.role_claim.partition(".")[0]
    return bool(role_claim and role_claim not in claims) or not any(n in claims for n in NAMES)


async def _with_userinfo(
    provider: SignInProvider, metadata: Metadata, access: str, claims: dict[str, Any]
) -> dict[str, Any]:
    """Several providers keep names and groups out of their ID tokens (OpenID Connect Core 1.0, 5.3).
    What the token says itself counts."""
    if metadata.userinfo_endpoint is None:
        return claims
    bearer = f"Bearer {access}"
    told = await ask(
        metadata.userinfo_endpoint, private=provider.allows_private, authorization=bearer
    )
    if told.get("sub") != claims["sub"]:
        raise Refused
    return {**told, **claims}


async def _key_set(provider: SignInProvider, metadata: Metadata) -> dict[str, Any]:
    known = _keys.get(provider.issuer)
    if known is None:
        told = await ask(metadata.jwks_uri, private=provider.allows_private)
        known = _keys.put(provider.issuer, told)
    return known


def _may_renew(provider: SignInProvider) -> bool:
    """Once a minute: a forged token must not make us ask each time."""
    if _renewed.get(provider.issuer):
        return False
    return _renewed.put(provider.issuer, True)
