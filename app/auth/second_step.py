"""Between the password and the second factor: a challenge of five minutes that opens nothing else
(OWASP ASVS 5.0, 6.6.2)."""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.accounts.models import User
from app.auth.authenticator import Authenticators, has_authenticator
from app.auth.backup_codes import BackupCodes
from app.auth.models import (
    Authenticator,
    BackupCode,
    Passkey,
    Second,
    SignInChallenge,
    Throttle,
    Way,
)
from app.auth.sessions import SECRET_BYTES, Sessions, hash_secret
from app.auth.throttle import second_step
from app.foundation.db import now
from app.foundation.security.secrets import Keys
from app.foundation.web.client import Client

LIVES = timedelta(minutes=5)


class Challenges:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def begin(
        self,
        person: User,
        client: Client,
        *,
        way: Way,
        stays: bool,
        then: str,
        origin: bytes | None = None,
    ) -> str:
        """The secret for a cookie of its own."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        self.session.add(
            SignInChallenge(
                secret_hash=hash_secret(secret),
                user_id=person.id,
                scheme=client.scheme,
                way=way,
                stays=stays,
                then=then,
                origin=origin,
                expires_at=now() + LIVES,
            )
        )
        await self.session.flush()
        return secret

    async def found(self, secret: str | None, scheme: str) -> SignInChallenge | None:
        """With its person and their preference; None when it is over, or was never."""
        if not secret:
            return None
        return await self.session.scalar(
            select(SignInChallenge)
            .join(SignInChallenge.user)
            .join(User.preference)
            .options(contains_eager(SignInChallenge.user).contains_eager(User.preference))
            .where(
                SignInChallenge.secret_hash == hash_secret(secret),
                SignInChallenge.scheme == scheme,
                SignInChallenge.expires_at > now(),
                User.disabled_at.is_(None),
            )
        )

    async def spend(self, challenge_id: UUID) -> bool:
        """Whether it was there still: one sign-in comes of one challenge."""
        spent = await self.session.execute(
            delete(SignInChallenge).where(SignInChallenge.id == challenge_id)
        )
        assert isinstance(spent, CursorResult)
        return spent.rowcount == 1

    async def forget_ended(self) -> None:
        await self.session.execute(
            delete(SignInChallenge).where(SignInChallenge.expires_at <= now())
        )


async def has_second_factor(session: AsyncSession, user_id: UUID) -> bool:
    """Whether the password alone does not let this person in."""
    has_passkey = select(exists().where(Passkey.user_id == user_id))
    return await has_authenticator(session, user_id) or bool(await session.scalar(has_passkey))


async def reset_second_factor(session: AsyncSession, user_id: UUID) -> None:
    """They lost what they had to show: the password alone is asked for, of everybody else too who
    was signed in as them."""
    for table in (Authenticator, BackupCode, Passkey):
        await session.execute(delete(table).where(table.user_id == user_id))
    await session.execute(delete(Throttle).where(Throttle.key == second_step(user_id).key))
    await Sessions(session).end_all_of(user_id)


async def accepted(session: AsyncSession, keys: Keys, user_id: UUID, typed: str) -> Second | None:
    """What a typed code was, and spent with it: six digits from the app, or a backup code."""
    digits = typed.replace(" ", "")
    if await Authenticators(session, keys).accepts(user_id, digits):
        return Second.CODE
    if await BackupCodes(session).spend(user_id, typed):
        return Second.BACKUP_CODE
    return None
