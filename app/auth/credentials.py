"""What a request brings to say who asks: the cookie of a session, and keys in its headers.

A key is of ours by its looks: an app password as the password of Basic or in `X-API-Key`, an access
token as Bearer. Everything else in those headers is foreign. Beside a cookie, or where no key opens
anything, it is passed over: proxies in front of Bunko ask for passwords of their own. Where only
keys lead in, it is refused like a key that is wrong, whatever it was.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from hashlib import sha256
from typing import Any

import msgspec
from litestar.connection import ASGIConnection

from app.accounts.models import User
from app.accounts.names import name_key
from app.auth import access_tokens
from app.auth.access_tokens import KEY_NAME, key_name
from app.auth.app_passwords import AppPasswords, scopes_of
from app.auth.asking import Carrier, Principal
from app.auth.random_keys import APP_PASSWORD, is_key
from app.auth.refresh_tokens import Families
from app.foundation.db import day_of, now
from app.foundation.web.cookies import SESSION, read_cookie
from app.foundation.web.database import provide_session

LONGEST_SECRET = 200
LONGEST_HEADER = 3000

type Connection = ASGIConnection[Any, Any, Any, Any]


class Key(msgspec.Struct, frozen=True):
    """One of ours by its looks; nobody has believed it yet."""

    carrier: Carrier
    secret: str
    name: str | None = None
    """Whom Basic names beside it."""


class Sent(msgspec.Struct, frozen=True):
    cookie: str | None = None
    keys: tuple[Key, ...] = ()
    is_foreign: bool = False
    """Whether there was a header that is none of ours."""

    def digest(self, scheme: str) -> bytes:
        """By which what was found is known again for a moment."""
        parts = [scheme, self.cookie or ""]
        parts += [f"{key.carrier}:{key.name}:{key.secret}" for key in self.keys]
        return sha256("\n".join(parts).encode()).digest()


def cookie_of(connection: Connection) -> str | None:
    secret = read_cookie(connection, SESSION)
    return secret if secret and len(secret) <= LONGEST_SECRET and secret.isascii() else None


def sent_with(connection: Connection) -> Sent:
    headers = connection.headers
    authorization = headers.get("authorization", "")[:LONGEST_HEADER]
    api_key = headers.get("x-api-key", "")[:LONGEST_HEADER]
    looked_at = [_of_authorization(authorization)] if authorization else []
    if api_key:
        looked_at.append(_app_password(api_key.strip()))
    keys = tuple(key for key in looked_at if key is not None)
    return Sent(cookie_of(connection), keys, is_foreign=len(keys) < len(looked_at))


async def principal_of_key(connection: Connection, key: Key) -> Principal | None:
    """Whom the key names, if it is good and they may come in."""
    if key.carrier is Carrier.APP_PASSWORD:
        return await _by_app_password(connection, key)
    return await _by_access_token(connection, key)


def _of_authorization(value: str) -> Key | None:
    kind, _, rest = value.partition(" ")
    rest = rest.strip()
    if kind.lower() == "basic":
        return _of_basic(rest)
    is_ours = kind.lower() == "bearer" and (key_name(rest) or "").startswith(KEY_NAME)
    return Key(Carrier.ACCESS_TOKEN, rest) if is_ours else None


def _of_basic(encoded: str) -> Key | None:
    """RFC 7617. What cannot be read is of nobody."""
    try:
        name, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except (Base64Error, ValueError):
        return None
    return _app_password(password, name) if colon else None


def _app_password(secret: str, name: str | None = None) -> Key | None:
    looks_like_one = secret.startswith(APP_PASSWORD) and len(secret) <= LONGEST_SECRET
    return Key(Carrier.APP_PASSWORD, secret, name) if looks_like_one else None


async def _by_app_password(connection: Connection, key: Key) -> Principal | None:
    if not is_key(key.secret, APP_PASSWORD):
        return None
    known = AppPasswords(provide_session(connection.app.state, connection.scope))
    row = await known.found(key.secret)
    if row is None or row.user.disabled_at is not None or not _is_named(row.user, key.name):
        return None
    today = day_of(now())
    if row.used_on != today:
        await known.note_use(row, today)
    return Principal(row.user, key.carrier, scopes_of(row.scopes), key_id=row.id)


async def _by_access_token(connection: Connection, key: Key) -> Principal | None:
    session = provide_session(connection.app.state, connection.scope)
    told = await access_tokens.verified(session, connection.app.state.secrets, key.secret)
    family = await Families(session).found(told.id) if told is not None else None
    if told is None or family is None:
        return None
    person = family.app_password.user
    if person.id != told.user_id or person.disabled_at is not None:
        return None
    return Principal(person, key.carrier, scopes_of(family.scopes), key_id=family.app_password_id)


def _is_named(person: User, typed: str | None) -> bool:
    if typed is None:
        return True
    if "@" in typed:
        return (person.email or "").lower() == typed.strip().lower()
    return person.name_key == name_key(typed)
