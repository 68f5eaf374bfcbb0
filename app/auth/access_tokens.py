"""Access tokens: JWTs (RFC 9068) that live a quarter of an hour and are still asked about.

One algorithm, two keys by name, made from the master secret in memory. A token says whose family
it is of; whether that family still stands, and what it may do, its row says at every request.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.db import now
from app.foundation.db.setting_store import setting
from app.foundation.security.secrets import Keys
from app.foundation.security.signing import from_base64
from app.foundation.web.settings import choose, chosen

LIFETIME = timedelta(minutes=15)
ALGORITHM = "HS256"
TYPE = "at+jwt"
ISSUER = "bunko"
AUDIENCE = "bunko-api"
KEY_NAME = "bunko-"
CLAIMS = ["iss", "aud", "exp", "iat", "sub", "jti", "sid"]
LONGEST = 2000


@setting("token_keys")
class TokenKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Names only: the keys themselves are made from the master secret and are kept nowhere."""

    current: str = f"{KEY_NAME}1"
    previous: str = ""
    """Still believed, for the tokens that were signed with it."""


class Family(msgspec.Struct, frozen=True):
    """What a good token says: whose, and of which family."""

    id: UUID
    user_id: UUID


async def sign(session: AsyncSession, keys: Keys, family: Family) -> str:
    import jwt

    moment = now()
    names = await chosen(session, TokenKeys)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(family.user_id),
        "sid": str(family.id),
        "jti": secrets.token_urlsafe(12),
        "iat": int(moment.timestamp()),
        "exp": int((moment + LIFETIME).timestamp()),
    }
    headers = {"typ": TYPE, "kid": names.current}
    return jwt.encode(claims, _key(keys, names.current), ALGORITHM, headers=headers)


async def verified(session: AsyncSession, keys: Keys, token: str) -> Family | None:
    return opened(keys, await chosen(session, TokenKeys), token)


def opened(keys: Keys, names: TokenKeys, token: str) -> Family | None:
    """None for everything that `sign` did not write within the last quarter of an hour."""
    import jwt

    name = key_name(token)
    if name is None or name not in (names.current, names.previous):
        return None
    try:
        claims = jwt.decode(
            token,
            _key(keys, name),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": CLAIMS, "strict_aud": True},
        )
        return _family(claims)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError):
        return None


def key_name(token: str) -> str | None:
    """The key a token of our shape says it was signed with; None for tokens of others.

    A head with anything more in it (`crit`, `jku`, `jwk`, `x5u`) is none of ours.
    """
    import jwt

    if len(token) > LONGEST or not token.isascii():
        return None
    if from_base64(token.rpartition(".")[2]) is None:
        return None  # another way of writing the same signature
    try:
        head: dict[str, Any] = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    name = head.get("kid")
    is_ours = set(head) == {"alg", "typ", "kid"} and head["alg"] == ALGORITHM
    return name if is_ours and head["typ"] == TYPE and isinstance(name, str) else None


async def rotate(session: AsyncSession, *, at_once: bool) -> TokenKeys:
    """A new key; the one before signs no more, and is believed no more either if `at_once`."""
    before = await chosen(session, TokenKeys)
    after = TokenKeys(
        current=f"{KEY_NAME}{secrets.token_hex(4)}", previous="" if at_once else before.current
    )
    await choose(session, after)
    return after


def _family(claims: dict[str, Any]) -> Family | None:
    issued, ends = claims["iat"], claims["exp"]
    if type(issued) is not int or type(ends) is not int:
        return None
    lives = timedelta(seconds=ends - issued)
    is_young = datetime.fromtimestamp(issued, now().tzinfo) <= now()
    if not timedelta() < lives <= LIFETIME or not is_young:
        return None
    return Family(UUID(claims["sid"]), UUID(claims["sub"]))


def _key(keys: Keys, name: str) -> bytes:
    return keys.sub(f"access token {name}")
