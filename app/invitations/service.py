"""Invitations: a link that works once and says what whoever follows it may do here.

open ──accept──► used
 ├────take_back─► gone
 ├────(time)────► expired
 └────(its maker is no owner any more)─► good for nothing
"""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import CursorResult, Select, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Role, User
from app.accounts.service import People
from app.auth.models import OneTimeToken
from app.auth.sessions import hash_secret
from app.auth.tokens import TOKEN_BYTES, BadToken, Tokens
from app.errors import Conflict, NotFound
from app.foundation.db import now
from app.library.service import AllLibraries

KIND = "invitation"
MOST_OPEN = 100


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an invitation gives."""

    role: Role = Role.READER
    libraries: list[UUID] = []
    age_limit: int | None = None
    email: str | None = None
    note: str = ""


class Invitation(NamedTuple):
    id: UUID
    terms: Terms
    made_by: str
    created_at: datetime
    expires_at: datetime | None


class Invitations:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.tokens = Tokens(session, KIND)

    async def invite(self, terms: Terms, *, by: User, lives: timedelta) -> tuple[str, Invitation]:
        """The secret of the link, shown now or never."""
        number = await self.session.scalar(select(func.count()).select_from(_open().subquery()))
        if (number or 0) >= MOST_OPEN:
            raise Conflict("There are too many open invitations. Take some of them back first.")
        secret, row = await self.tokens.make(
            lives=lives, user_id=by.id, data=msgspec.to_builtins(terms)
        )
        return secret, _invitation(row, by.name)

    async def open_ones(self) -> list[Invitation]:
        """The newest first; there are never more than MOST_OPEN."""
        rows = await self.session.execute(
            _open().order_by(OneTimeToken.created_at.desc(), OneTimeToken.id.desc())
        )
        return [_invitation(row, name) for row, name in rows]

    async def new_secret(self, invitation_id: UUID) -> str | None:
        """A link in place of every earlier one; None where the invitation is no longer open."""
        found = _open().where(OneTimeToken.id == invitation_id).with_for_update(of=OneTimeToken)
        row = await self.session.scalar(found)
        if row is None:
            return None
        secret = secrets.token_urlsafe(TOKEN_BYTES)
        row.secret_hash = hash_secret(secret)
        return secret

    async def take_back(self, invitation_id: UUID) -> None:
        found = await self.session.execute(
            delete(OneTimeToken).where(
                OneTimeToken.id == invitation_id,
                OneTimeToken.kind == KIND,
                OneTimeToken.spent_at.is_(None),
            )
        )
        assert isinstance(found, CursorResult)
        if not found.rowcount:
            raise NotFound("There is no such open invitation.")

    async def terms(self, secret: str) -> Terms:
        """What an open invitation gives; raises BadToken."""
        return await self._terms_of(await self.tokens.good(secret))

    async def accept(self, secret: str, name: str, password_hash: str, email: str | None) -> User:
        """Of many who follow one link, one becomes somebody here."""
        terms = await self._terms_of(await self.tokens.spend(secret))
        person = await People(self.session).create(
            name, password_hash, role=terms.role, email=email, age_limit=terms.age_limit
        )
        await AllLibraries(self.session).give(person, terms.libraries)
        return person

    async def _terms_of(self, row: OneTimeToken) -> Terms:
        maker = await self.session.get(User, row.user_id) if row.user_id else None
        if maker is None or not _may_invite(maker):
            # What they could give is not theirs to give any more.
            raise BadToken
        return msgspec.convert(row.data, Terms)


def _may_invite(maker: User) -> bool:
    return maker.is_owner and maker.disabled_at is None


def _open() -> Select[OneTimeToken, str]:
    return (
        select(OneTimeToken, User.name)
        .join(
            User,
            and_(
                User.id == OneTimeToken.user_id,
                User.role == Role.OWNER,
                User.disabled_at.is_(None),
            ),
        )
        .where(
            OneTimeToken.kind == KIND,
            OneTimeToken.spent_at.is_(None),
            OneTimeToken.expires_at > now(),
        )
    )


def _invitation(row: OneTimeToken, made_by: str) -> Invitation:
    terms = msgspec.convert(row.data, Terms)
    return Invitation(row.id, terms, made_by, row.created_at, row.expires_at)
