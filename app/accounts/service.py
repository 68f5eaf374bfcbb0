"""Making and changing people. Passwords arrive here already hashed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.accounts.events import PersonLeaves
from app.accounts.lookalikes import skeletons
from app.accounts.models import Preference, Role, Unrated, User
from app.accounts.names import checked_email, checked_name, name_key
from app.errors import Conflict, Invalid, NotFound
from app.events import publish
from app.foundation.db import new_id, now
from app.foundation.valkey.rights import rights_changed
from app.foundation.web.i18n import _

OWNERS_LOCK = 0x6F776E657273  # "owners": their number is counted and changed by one at a time

NAMES_LOCK = 0x6E616D6573  # "names"


class NameTaken(Invalid):
    def __init__(self) -> None:
        super().__init__("Someone here has this name already.")


class LooksLikeAnother(Invalid):
    def __init__(self) -> None:
        super().__init__("This looks like the name of someone here. Choose another.")


class EmailTaken(Invalid):
    def __init__(self) -> None:
        super().__init__("Someone here has this mail address already.")


class LastOwner(Conflict):
    def __init__(self) -> None:
        super().__init__("Bunko needs one owner at least. Make someone else an owner first.")


class People:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def all(self) -> Sequence[User]:
        """Those who wait to be let in first."""
        return (
            await self.session.scalars(select(User).order_by(User.asked_at, User.name_key))
        ).all()

    async def waiting(self) -> Sequence[User]:
        """To be let in; there are never many (`invitations`)."""
        query = select(User).where(User.asked_at.is_not(None))
        return (await self.session.scalars(query.order_by(User.asked_at, User.id))).all()

    async def known(self, *, after: str | None, limit: int) -> Sequence[User]:
        """Everybody else by name; `after` is the `name_key` of the last who was shown."""
        query = select(User).where(User.asked_at.is_(None))
        if after is not None:
            query = query.where(User.name_key > after)
        return (await self.session.scalars(query.order_by(User.name_key).limit(limit))).all()

    async def one(self, user_id: UUID) -> User:
        person = await self.session.get(User, user_id)
        if person is None:
            raise NotFound("There is nobody like that here.")
        return person

    async def named(self, name: str) -> User:
        person = await self.who_signs_in_as(name)
        if person is None:
            raise NotFound(_("There is nobody called “%(name)s”.", name=name))
        return person

    async def who_signs_in_as(self, typed: str) -> User | None:
        """By name, or by mail address: no name has an @ in it."""
        return await self.session.scalar(
            select(User).options(joinedload(User.preference)).where(signs_in_as(typed))
        )

    async def create(
        self,
        name: str,
        password_hash: str,
        *,
        role: Role = Role.READER,
        email: str | None = None,
        age_limit: int | None = None,
    ) -> User:
        person = User(id=new_id(), password_hash=password_hash, role=role, age_limit=age_limit)
        await self.rename(person, name)
        await self.change_email(person, email)
        person.preference = Preference(user_id=person.id)
        self.session.add(person)
        try:
            await self.session.flush()
        except IntegrityError as error:
            # Someone else took it between the look and the write.
            raise NameTaken from error
        return person

    async def rename(self, person: User, name: str) -> None:
        checked = checked_name(name)
        if checked != person.name:
            await self._refuse_double(person, User.name_key == name_key(checked), NameTaken())
            await self._refuse_lookalike(person, checked)
        person.name, person.name_key = checked, name_key(checked)

    async def change_email(self, person: User, email: str | None) -> None:
        """At once, and not confirmed."""
        checked = await self._free_email(person, email)
        if checked != person.email:
            person.email, person.new_email, person.email_verified_at = checked, None, None

    async def await_email(self, person: User, email: str) -> None:
        """The new address counts once a link that is sent to it was followed."""
        person.new_email = await self._free_email(person, email)

    async def confirm_email(self, person: User, email: str) -> bool:
        """Somebody reads what is sent there. False where it is no address of theirs any more."""
        if email == person.new_email:
            await self.change_email(person, email)
        if email != person.email:
            return False
        person.email_verified_at = now()
        try:
            await self.session.flush()
        except IntegrityError as error:
            raise EmailTaken from error
        return True

    async def give_role(self, person: User, role: Role) -> None:
        if person.is_owner and role is not Role.OWNER:
            await self._keep_an_owner_beside(person)
        person.role = role
        rights_changed(self.session)

    async def limit_age(
        self, person: User, age_limit: int | None, unrated: Unrated = Unrated.LIBRARY
    ) -> None:
        person.age_limit, person.unrated = age_limit, unrated
        rights_changed(self.session)

    async def disable(self, person: User) -> None:
        if person.is_owner:
            await self._keep_an_owner_beside(person)
        person.disabled_at = person.disabled_at or now()
        rights_changed(self.session)

    async def enable(self, person: User) -> None:
        person.disabled_at = person.asked_at = None
        rights_changed(self.session)

    async def delete(self, person: User, *, heir: User | None) -> None:
        """Gone with all that is theirs; what others use goes to `heir`, where there is one."""
        if person.is_owner:
            await self._keep_an_owner_beside(person)
        await publish(self.session, PersonLeaves(person.id, heir.id if heir else None))
        await self.session.execute(delete(User).where(User.id == person.id))
        rights_changed(self.session)

    async def _keep_an_owner_beside(self, person: User) -> None:
        # Two owners who demote each other at the same time take turns here.
        await self.session.execute(
            text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": OWNERS_LOCK}
        )
        others = await self.session.scalar(
            select(func.count()).where(
                User.role == Role.OWNER, User.disabled_at.is_(None), User.id != person.id
            )
        )
        if not others:
            raise LastOwner

    async def _free_email(self, person: User, email: str | None) -> str | None:
        checked = checked_email(email)
        if checked is not None:
            same = func.lower(User.email) == checked.lower()
            await self._refuse_double(person, same, EmailTaken())
        return checked

    async def _refuse_lookalike(self, person: User, name: str) -> None:
        # Two who choose the same shape at the same time take turns here.
        await self.session.execute(
            text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": NAMES_LOCK}
        )
        shape = skeletons(name)
        others = await self.session.scalars(select(User.name).where(User.id != person.id))
        if any(shape & skeletons(other) for other in others):
            raise LooksLikeAnother

    async def _refuse_double(self, person: User, same: ColumnElement[bool], error: Invalid) -> None:
        with self.session.no_autoflush:
            found = await self.session.scalar(select(User.id).where(same, User.id != person.id))
        if found is not None:
            raise error


def signs_in_as(typed: str) -> ColumnElement[bool]:
    if "@" in typed:
        return func.lower(User.email) == typed.strip().lower()
    return User.name_key == name_key(typed)
