"""Programs that sign in with an app password, stay signed in, and leave."""

from collections.abc import Collection
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import access_tokens
from app.auth.app_passwords import scopes_of
from app.auth.asking import Carrier, Principal
from app.auth.events import By, SecurityEvent, What
from app.auth.models import TokenFamily
from app.auth.refresh_tokens import Families, Reused
from app.auth.service import count_try_from
from app.auth.throttle import Throttles
from app.errors import Invalid, NotAllowed
from app.events import publish
from app.foundation.security.secrets import Keys
from app.foundation.web.client import Client
from app.foundation.web.policies import BadKey, Scope


class Issued(msgspec.Struct, frozen=True):
    access_token: str
    refresh_token: str
    scopes: list[Scope]


async def sign_in(
    session: AsyncSession,
    keys: Keys,
    principal: Principal,
    wanted: Collection[Scope] | None,
    client: Client,
    by: By,
) -> Issued:
    """Only an app password is exchanged: a password would pass by the second factor, and a token
    would prolong itself."""
    if principal.carrier is not Carrier.APP_PASSWORD or principal.key_id is None:
        raise NotAllowed("Tokens are given for an app password only.")
    scopes = principal.scopes if wanted is None else frozenset(wanted)
    if not scopes:
        raise Invalid("Ask for one scope at least.")
    if not scopes <= principal.scopes:
        raise NotAllowed("This app password may do less than you ask for.")
    secret, family = await Families(session).begin(principal.key_id, scopes, client, by.device)
    await publish(session, SecurityEvent(What.PROGRAM_SIGNED_IN, principal.person.id, by))
    return await _issued(session, keys, secret, family, principal.person.id)


async def refresh(
    session: AsyncSession, keys: Keys, throttles: Throttles, secret: str, client: Client, by: By
) -> Issued:
    try:
        following, family = await Families(session).refresh(secret, client)
    except Reused as error:
        about: dict[str, str | int | bool | None] = {"name": error.name}
        await publish(session, SecurityEvent(What.REFRESH_TOKEN_REUSED, error.user_id, by, about))
        # The answer is a refusal, and a refused request keeps nothing else.
        await session.commit()
        raise
    except BadKey:
        await count_try_from(throttles, client, "key")
        raise
    return await _issued(session, keys, following, family, family.app_password.user_id)


async def sign_out(session: AsyncSession, secret: str) -> None:
    await Families(session).end(secret)


async def _issued(
    session: AsyncSession, keys: Keys, secret: str, family: TokenFamily, user_id: UUID
) -> Issued:
    whose = access_tokens.Family(family.id, user_id)
    token = await access_tokens.sign(session, keys, whose)
    held = scopes_of(family.scopes)
    return Issued(token, secret, [scope for scope in Scope if scope in held])
