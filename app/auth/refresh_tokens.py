"""Programs that exchanged an app password for short-lived tokens (RFC 6749, 6; RFC 9700, 4.14).

A refresh token works once and gives the next. Its family dies when one that was used before comes
again: either the program or a thief has an old one, and nobody can tell which.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.accounts.models import User
from app.auth.devices import device_name
from app.auth.models import AppPassword, RefreshToken, TokenFamily
from app.auth.random_keys import REFRESH_TOKEN, is_key, new_key
from app.auth.sessions import hash_secret
from app.errors import NotFound
from app.foundation.db import now
from app.foundation.valkey.rights import rights_changed
from app.foundation.web.client import Client
from app.foundation.web.policies import BadKey, Scope

IDLE = timedelta(days=30)
ABSOLUTE = timedelta(days=90)
AT_ONCE = timedelta(seconds=10)
"""Two requests of one program may meet: the second is refused, and the family lives."""
MOST = 10
"""Families of one app password; the oldest makes room."""

_IS_GOOD = (
    TokenFamily.expires_at > bindparam("moment"),
    or_(AppPassword.expires_at.is_(None), AppPassword.expires_at > bindparam("moment")),
)
# Made once: every request with an access token asks it.
_FOUND = (
    select(TokenFamily)
    .join(TokenFamily.app_password)
    .join(AppPassword.user)
    .join(User.preference)
    .options(
        contains_eager(TokenFamily.app_password)
        .contains_eager(AppPassword.user)
        .contains_eager(User.preference)
    )
    .where(TokenFamily.id == bindparam("its_id"), *_IS_GOOD)
    .execution_options(populate_existing=True)
)


class Reused(BadKey):
    """An old refresh token came again; the family is gone."""

    def __init__(self, user_id: UUID, name: str) -> None:
        super().__init__()
        self.user_id = user_id
        self.name = name


class Families:
    """The verbs of `token_family` and `refresh_token`."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def begin(
        self, app_password_id: UUID, scopes: frozenset[Scope], client: Client, user_agent: str
    ) -> tuple[str, TokenFamily]:
        """The first refresh token, and its family."""
        await self._make_room(app_password_id)
        family = TokenFamily(
            app_password_id=app_password_id,
            scopes=[scope.value for scope in Scope if scope in scopes],
            device=device_name(user_agent),
            network=client.network,
            expires_at=now() + ABSOLUTE,
        )
        self.session.add(family)
        await self.session.flush()
        return self._next_of(family), family

    async def found(self, family_id: UUID) -> TokenFamily | None:
        """The living family with its app password and person, in one query."""
        return await self.session.scalar(_FOUND, {"its_id": family_id, "moment": now()})

    async def refresh(self, secret: str, client: Client) -> tuple[str, TokenFamily]:
        """Of many at once with the same secret, one gets the next. Raises BadKey, Reused."""
        if not is_key(secret, REFRESH_TOKEN):
            raise BadKey
        moment = now()
        family_id = await self.session.scalar(
            update(RefreshToken)
            .where(
                RefreshToken.secret_hash == hash_secret(secret),
                RefreshToken.spent_at.is_(None),
                RefreshToken.expires_at > moment,
            )
            .values(spent_at=moment)
            .returning(RefreshToken.family_id)
        )
        if family_id is None:
            await self._refuse(secret, moment)
            raise BadKey
        family = await self.found(family_id)
        if family is None or family.app_password.user.disabled_at is not None:
            raise BadKey
        family.used_at, family.network = moment, client.network
        return self._next_of(family), family

    async def end(self, secret: str) -> None:
        """The program says goodbye; a secret nobody knows has ended already (RFC 7009, 2.2)."""
        rights_changed(self.session)
        its_family = select(RefreshToken.family_id).where(
            RefreshToken.secret_hash == hash_secret(secret)
        )
        await self.session.execute(
            delete(TokenFamily).where(TokenFamily.id == its_family.scalar_subquery())
        )

    async def of(self, person: User) -> Sequence[TokenFamily]:
        """The living ones of this person, the last used first."""
        return (
            await self.session.scalars(
                select(TokenFamily)
                .join(TokenFamily.app_password)
                .options(contains_eager(TokenFamily.app_password))
                .where(AppPassword.user_id == person.id, *_IS_GOOD)
                .order_by(TokenFamily.used_at.desc(), TokenFamily.id.desc()),
                {"moment": now()},
            )
        ).all()

    async def end_one_of(self, person: User, family_id: UUID) -> None:
        rights_changed(self.session)
        mine = select(AppPassword.id).where(AppPassword.user_id == person.id)
        ended = await self.session.scalar(
            delete(TokenFamily)
            .where(TokenFamily.id == family_id, TokenFamily.app_password_id.in_(mine))
            .returning(TokenFamily.id)
        )
        if ended is None:
            raise NotFound("This program is signed out already.")

    async def forget_ended(self, before: datetime) -> None:
        """A family goes with its last token; a spent token is kept as long, to be known again."""
        await self.session.execute(delete(TokenFamily).where(TokenFamily.expires_at < before))
        idle = TokenFamily.used_at < before - IDLE
        await self.session.execute(delete(TokenFamily).where(idle))

    def _next_of(self, family: TokenFamily) -> str:
        secret = new_key(REFRESH_TOKEN)
        self.session.add(
            RefreshToken(
                family_id=family.id,
                secret_hash=hash_secret(secret),
                expires_at=min(now() + IDLE, family.expires_at),
            )
        )
        return secret

    async def _refuse(self, secret: str, moment: datetime) -> None:
        """Raises Reused for a token that was spent a while ago, after its family is gone."""
        row = (
            await self.session.execute(
                select(TokenFamily.id, AppPassword.user_id, AppPassword.name)
                .join(RefreshToken, RefreshToken.family_id == TokenFamily.id)
                .join(AppPassword, AppPassword.id == TokenFamily.app_password_id)
                .where(
                    RefreshToken.secret_hash == hash_secret(secret),
                    RefreshToken.spent_at < moment - AT_ONCE,
                )
            )
        ).one_or_none()
        if row is not None:
            rights_changed(self.session)
            await self.session.execute(delete(TokenFamily).where(TokenFamily.id == row.id))
            raise Reused(row.user_id, row.name)

    async def _make_room(self, app_password_id: UUID) -> None:
        rest = (
            select(TokenFamily.id)
            .where(TokenFamily.app_password_id == app_password_id)
            .order_by(TokenFamily.used_at.desc(), TokenFamily.id.desc())
            .offset(MOST - 1)
        )
        await self.session.execute(delete(TokenFamily).where(TokenFamily.id.in_(rest)))
