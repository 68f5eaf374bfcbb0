"""Secrets that work once: an invitation, a new password, a new address (OWASP ASVS 5.0, 6.4.3).

Only their hash is kept. A link with one shows a form; what spends it is the POST, in the
transaction of what it allows, so that a refused form leaves it good.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import OneTimeToken
from app.auth.sessions import hash_secret
from app.errors import Invalid
from app.foundation.db import now

TOKEN_BYTES = 32
LONGEST = 200


class BadToken(Invalid):
    """Expired, used, of another kind or made up: one answer for all of them."""

    def __init__(self) -> None:
        super().__init__("This link does not work any more. Ask for a new one.")


class Tokens:
    """The verbs of one kind of one-time secret."""

    def __init__(self, session: AsyncSession, kind: str) -> None:
        self.session = session
        self.kind = kind

    async def make(
        self, *, lives: timedelta, user_id: UUID | None = None, data: dict[str, Any] | None = None
    ) -> tuple[str, OneTimeToken]:
        """The secret, shown now or never, and its row. `data` is what it will allow."""
        secret = secrets.token_urlsafe(TOKEN_BYTES)
        row = OneTimeToken(
            kind=self.kind,
            secret_hash=hash_secret(secret),
            user_id=user_id,
            expires_at=now() + lives,
            data=data or {},
        )
        self.session.add(row)
        await self.session.flush()
        return secret, row

    async def good(self, secret: str) -> OneTimeToken:
        """The row behind a secret that still works; raises BadToken."""
        return await self._found(secret, self._unspent(secret))

    async def spend(self, secret: str) -> OneTimeToken:
        """Of many at once one comes through; the others, like every later one, get BadToken."""
        row = await self._found(secret, self._unspent(secret).with_for_update())
        row.spent_at = now()
        await self.session.flush()
        return row

    async def forget(self, user_id: UUID) -> None:
        """None of this kind that this person has works any more."""
        await self.session.execute(
            delete(OneTimeToken).where(
                OneTimeToken.kind == self.kind, OneTimeToken.user_id == user_id
            )
        )

    async def _found(self, secret: str, query: Select[OneTimeToken]) -> OneTimeToken:
        if len(secret) > LONGEST or not secret.isascii():
            raise BadToken
        row = await self.session.scalar(query.execution_options(populate_existing=True))
        if row is None:
            raise BadToken
        return row

    def _unspent(self, secret: str) -> Select[OneTimeToken]:
        return select(OneTimeToken).where(
            OneTimeToken.kind == self.kind,
            OneTimeToken.secret_hash == hash_secret(secret),
            OneTimeToken.spent_at.is_(None),
            or_(OneTimeToken.expires_at.is_(None), OneTimeToken.expires_at > now()),
        )
