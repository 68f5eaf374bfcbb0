"""Who a provider says somebody is, and what they are here."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import NO_PASSWORD, Role, User
from app.accounts.names import WrongName
from app.accounts.service import LastOwner, NameTaken, People
from app.auth.other_ways import SignInWays
from app.auth.sessions import Sessions
from app.errors import Conflict, Invalid, NotFound
from app.foundation.db import new_id, now
from app.foundation.db.setting_store import load
from app.foundation.security.text import clean_line
from app.library.service import AllLibraries
from app.single_sign_on.models import LinkedIdentity, SignInProvider
from app.single_sign_on.protocol import NAMES

MOST_PROVIDERS = 20


class IssuerTaken(Invalid):
    def __init__(self) -> None:
        super().__init__("There is a provider with this issuer already.")


class LastWayIn(Conflict):
    def __init__(self) -> None:
        super().__init__("This is your only way to sign in. Link another one first.")


class NobodyIsLeft(Conflict):
    def __init__(self) -> None:
        super().__init__(
            "Passwords are switched off, and without this no owner could come in any more. Let "
            "passwords count again first."
        )


class NotLinked(Conflict):
    def __init__(self) -> None:
        super().__init__(
            "Nobody here is linked to this account yet. Sign in as you did before, and link it on "
            "the screen of your account."
        )


class LinkedElsewhere(Conflict):
    def __init__(self) -> None:
        super().__init__("This account is linked to somebody else here.")


class Providers:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def all(self) -> list[SignInProvider]:
        query = select(SignInProvider).order_by(SignInProvider.name, SignInProvider.id)
        return list((await self.session.scalars(query.limit(MOST_PROVIDERS))).all())

    async def open_ones(self) -> list[SignInProvider]:
        return [one for one in await self.all() if one.is_on]

    async def one(self, provider_id: UUID) -> SignInProvider:
        found = await self.session.get(SignInProvider, provider_id)
        if found is None:
            raise NotFound("There is no such provider.")
        return found

    async def open_one(self, provider_id: UUID) -> SignInProvider:
        found = await self.one(provider_id)
        if not found.is_on:
            raise NotFound("There is no such provider.")
        return found

    async def add(self, provider: SignInProvider) -> None:
        number = await self.session.scalar(select(func.count()).select_from(SignInProvider))
        if (number or 0) >= MOST_PROVIDERS:
            raise Conflict("There are too many providers. Remove one first.")
        taken = exists().where(SignInProvider.issuer == provider.issuer)
        if await self.session.scalar(select(taken)):
            raise IssuerTaken
        self.session.add(provider)
        await self.session.flush()

    async def remove(self, provider: SignInProvider) -> None:
        await self.session.execute(delete(SignInProvider).where(SignInProvider.id == provider.id))
        await self.keep_a_way_in()

    async def leads_an_owner_in(self) -> bool:
        """Whether an owner who may sign in is linked to a provider that is on."""
        way = (
            exists()
            .where(LinkedIdentity.user_id == User.id)
            .where(LinkedIdentity.provider_id == SignInProvider.id, SignInProvider.is_on)
        )
        rules = (User.role == Role.OWNER, User.disabled_at.is_(None), way)
        return bool(await self.session.scalar(select(exists().where(*rules))))

    async def keep_a_way_in(self) -> None:
        """After a change: raises NobodyIsLeft where passwords are off and it led the last owner in."""
        ways = await load(self.session, SignInWays)
        if not ways.by_password and not await self.leads_an_owner_in():
            raise NobodyIsLeft


class Identities:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def of(self, person: User) -> list[LinkedIdentity]:
        rows = await self.session.scalars(
            select(LinkedIdentity)
            .join(LinkedIdentity.provider)
            .options(contains_eager(LinkedIdentity.provider))
            .where(LinkedIdentity.user_id == person.id)
            .order_by(LinkedIdentity.created_at, LinkedIdentity.id)
        )
        return list(rows.all())

    async def person_for(self, provider: SignInProvider, claims: Mapping[str, Any]) -> User | None:
        """Only by the subject of this provider: names and mail addresses may change hands."""
        found = await self.session.scalar(
            select(LinkedIdentity)
            .options(joinedload(LinkedIdentity.user).joinedload(User.preference))
            .where(
                LinkedIdentity.provider_id == provider.id,
                LinkedIdentity.subject == claims["sub"],
            )
        )
        if found is None:
            return None
        found.used_at = now()
        return found.user

    async def link(self, person: User, provider: SignInProvider, claims: Mapping[str, Any]) -> None:
        """Of two who link the same one at once, one does."""
        subject = claims["sub"]
        made = insert(LinkedIdentity).values(
            id=new_id(),
            provider_id=provider.id,
            user_id=person.id,
            subject=subject,
            called=_words(claims) or subject[:60],
            created_at=now(),
            used_at=now(),
        )
        await self.session.execute(made.on_conflict_do_nothing())
        holder = await self.session.scalar(
            select(LinkedIdentity.user_id).where(
                LinkedIdentity.provider_id == provider.id, LinkedIdentity.subject == subject
            )
        )
        if holder != person.id:
            raise LinkedElsewhere

    async def unlink(self, person: User, identity_id: UUID) -> None:
        """Raises NotFound for what is not theirs, and LastWayIn."""
        mine = await self.session.scalars(
            select(LinkedIdentity.id).where(LinkedIdentity.user_id == person.id).with_for_update()
        )
        linked = set(mine)
        if identity_id not in linked:
            raise NotFound("This is not linked to your account.")
        has_password = person.has_password and (await load(self.session, SignInWays)).by_password
        if not has_password and len(linked) == 1:
            raise LastWayIn
        await self.session.execute(delete(LinkedIdentity).where(LinkedIdentity.id == identity_id))


async def make_person(
    session: AsyncSession, provider: SignInProvider, claims: Mapping[str, Any]
) -> User:
    """Somebody new, with the libraries that the owners chose for this provider."""
    people = People(session)
    role = role_in(provider, claims) or Role.READER
    person = None
    for name in _names(claims):
        with suppress(NameTaken, WrongName):
            async with session.begin_nested():
                person = await people.create(name, NO_PASSWORD, role=role)
            break
    if person is None:
        person = await people.create(f"reader {secrets.token_hex(4)}", NO_PASSWORD, role=role)
    given = [UUID(one) for one in provider.libraries.get("given", [])]
    await AllLibraries(session).give(person, given)
    await Identities(session).link(person, provider, claims)
    return person


async def follow_role(
    session: AsyncSession, provider: SignInProvider, person: User, claims: Mapping[str, Any]
) -> Role | None:
    """The role of before, where the provider gave another one. The last owner stays one."""
    role, before = role_in(provider, claims), person.role
    if role is None or role is before or (person.is_owner and not provider.owner_value):
        return None
    try:
        await People(session).give_role(person, role)
    except LastOwner:
        return None
    await Sessions(session).end_all_of(person.id)
    return before


def role_in(provider: SignInProvider, claims: Mapping[str, Any]) -> Role | None:
    """What a claim says (`groups`, or `realm_access.roles`); None where none is asked."""
    if not provider.role_claim:
        return None
    told: Any = claims
    for step in provider.role_claim.split("."):
        told = told.get(step) if isinstance(told, Mapping) else None
    values = told if isinstance(told, list) else [told]
    if provider.owner_value and provider.owner_value in values:
        return Role.OWNER
    if provider.manager_value and provider.manager_value in values:
        return Role.MANAGER
    return Role.READER


def _words(claims: Mapping[str, Any]) -> str:
    for name in NAMES:
        told = claims.get(name)
        if isinstance(told, str) and told.strip():
            return clean_line(told, 60)
    return ""


def _names(claims: Mapping[str, Any]) -> list[str]:
    """What they might be called here; a mail address without its domain."""
    base = _words(claims).partition("@")[0].strip()[:50]
    return [base, *(f"{base} {number}" for number in range(2, 10))] if base else []
