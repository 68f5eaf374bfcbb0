"""App passwords: a secret for each program, with a name, scopes and an end of its own."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.accounts.models import User
from app.auth.models import AppPassword
from app.auth.random_keys import APP_PASSWORD, hash_of_md5, new_key
from app.auth.sessions import hash_secret
from app.errors import Conflict, Invalid, NotAllowed, NotFound
from app.foundation.db import new_id, now
from app.foundation.security.text import clean_line
from app.foundation.valkey.rights import rights_changed
from app.foundation.web.policies import Scope

MOST = 50
LONGEST_NAME = 60

# Made once: every request with a key asks it.
_FOUND = (
    select(AppPassword)
    .join(AppPassword.user)
    .join(User.preference)
    .options(contains_eager(AppPassword.user).contains_eager(User.preference))
    .where(
        AppPassword.secret_hash == bindparam("its_hash"),
        or_(AppPassword.expires_at.is_(None), AppPassword.expires_at > bindparam("moment")),
    )
)


class NameInUse(Invalid):
    def __init__(self) -> None:
        super().__init__("You have an app password of this name already.")


class AppPasswords:
    """The verbs of the `app_password` table."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def make(
        self, person: User, name: str, scopes: Collection[Scope], *, lives: timedelta | None = None
    ) -> tuple[str, AppPassword]:
        """The secret, shown now or never, and its row."""
        if Scope.ADMIN in scopes and not person.is_owner:
            raise NotAllowed("Only owners make app passwords that administer Bunko.")
        if not scopes:
            raise Invalid("Choose what it may be used for.")
        await self._refuse_too_many(person)
        secret = new_key(APP_PASSWORD)
        moment = now()
        made = await self.session.scalar(
            insert(AppPassword)
            .values(
                id=new_id(),
                user_id=person.id,
                name=clean_line(name, LONGEST_NAME),
                scopes=[scope.value for scope in Scope if scope in scopes],
                secret_hash=hash_secret(secret),
                md5_hash=hash_of_md5(secret),
                created_at=moment,
                expires_at=moment + lives if lives else None,
            )
            .on_conflict_do_nothing(index_elements=[AppPassword.user_id, AppPassword.name])
            .returning(AppPassword)
        )
        if made is None:
            raise NameInUse
        return secret, made

    async def found(self, secret: str) -> AppPassword | None:
        """The living one with its person and their preference, in one query."""
        asked = {"its_hash": hash_secret(secret), "moment": now()}
        return await self.session.scalar(_FOUND, asked)

    async def of(self, person: User) -> Sequence[AppPassword]:
        """All of this person, the newest first; also those that have ended."""
        mine = select(AppPassword).where(AppPassword.user_id == person.id)
        return (await self.session.scalars(mine.order_by(AppPassword.id.desc()))).all()

    async def note_use(self, row: AppPassword, today: date) -> None:
        """One write a day and key; committed at once, so that it survives a refused request."""
        await self.session.execute(
            update(AppPassword).where(AppPassword.id == row.id).values(used_on=today)
        )
        await self.session.commit()

    async def revoke(self, person: User, app_password_id: UUID) -> str:
        """Its name; with it go the tokens it was exchanged for, with the next request."""
        return await self._delete(person, AppPassword.id == app_password_id)

    async def revoke_named(self, person: User, name: str) -> str:
        return await self._delete(person, AppPassword.name == name)

    async def forget_ended(self, before: datetime) -> None:
        await self.session.execute(delete(AppPassword).where(AppPassword.expires_at < before))

    async def _delete(self, person: User, rule: object) -> str:
        rights_changed(self.session)
        name: str | None = await self.session.scalar(
            delete(AppPassword)
            .where(AppPassword.user_id == person.id, rule)  # type: ignore[arg-type]
            .returning(AppPassword.name)
        )
        if name is None:
            raise NotFound("There is no such app password.")
        return name

    async def _refuse_too_many(self, person: User) -> None:
        number = select(func.count()).where(AppPassword.user_id == person.id)
        if (await self.session.scalar(number) or 0) >= MOST:
            raise Conflict(
                "That is as many app passwords as one person can have. Revoke one first."
            )


def scopes_of(stored: Collection[str]) -> frozenset[Scope]:
    return frozenset(Scope(scope) for scope in stored)
