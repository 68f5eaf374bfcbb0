"""Family tablets: a browser that an owner trusted, on which readers change places without signing in.

Trust lasts as long as whoever gave it is an owner here, and three months after the last use. Owners
and managers are never among those who can be chosen. A PIN is short, so wrong ones are counted per
person wherever they are typed, and cost far more than wrong passwords.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.accounts.models import Role, User
from app.auth.models import Session, Tablet, TabletPerson
from app.auth.sessions import hash_secret
from app.auth.throttle import Limit
from app.errors import Conflict, Invalid, NotFound
from app.foundation.db import new_id, now
from app.foundation.security.text import clean_line
from app.foundation.valkey.rights import rights_changed

SECRET_BYTES = 32
LONGEST_SECRET = 200
LONGEST_NAME = 60
IDLE = timedelta(days=90)
COOKIE_SECONDS = 400 * 24 * 60 * 60
"""The longest that browsers keep one (RFC 6265bis, 5.6)."""
MOST = 50
"""Tablets of one household."""
MOST_PEOPLE = 200


class NoTablet(NotFound):
    def __init__(self) -> None:
        super().__init__("This browser is no family tablet, or is trusted no more.")


class TabletView(NamedTuple):
    """One tablet as owners see it."""

    tablet: Tablet
    trusted_by: str
    people: list[str]


def pin_limit(user_id: UUID) -> Limit:
    """Four tries are free; then a minute, two, four … up to an hour. The password is always asked
    for instead, so nobody is shut out."""
    hour = timedelta(hours=1)
    return Limit(f"pin:{user_id}", free=4, longest=hour, step=60)


class Tablets:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def trust(
        self, name: str, scheme: str, people: Iterable[UUID], *, by: User
    ) -> tuple[str, Tablet]:
        """The secret that this browser keeps from now on, and its row."""
        if (await self.session.scalar(select(func.count()).select_from(Tablet)) or 0) >= MOST:
            raise Conflict("There are too many family tablets. Take one of them back first.")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        tablet = Tablet(
            id=new_id(),
            secret_hash=hash_secret(secret),
            scheme=scheme,
            name=clean_line(name, LONGEST_NAME),
            trusted_by=by.id,
        )
        self.session.add(tablet)
        await self.session.flush()
        await self.choose(tablet, people)
        return secret, tablet

    async def choose(self, tablet: Tablet, people: Iterable[UUID]) -> None:
        """Exactly these appear; whoever does not any more is signed out of it."""
        able = select(User.id).where(User.id.in_(set(people)), _may_be_chosen())
        chosen = set(await self.session.scalars(able))
        await self.session.execute(delete(TabletPerson).where(TabletPerson.tablet_id == tablet.id))
        self.session.add_all(TabletPerson(tablet_id=tablet.id, user_id=one) for one in chosen)
        await self.session.execute(
            delete(Session).where(Session.tablet_id == tablet.id, Session.user_id.not_in(chosen))
        )
        rights_changed(self.session)

    async def behind(self, secret: str | None, scheme: str) -> Tablet:
        """The tablet that this browser is; raises NoTablet."""
        if not secret or len(secret) > LONGEST_SECRET or not secret.isascii():
            raise NoTablet
        found = await self.session.scalar(
            select(Tablet)
            .join(User, User.id == Tablet.trusted_by)
            .where(
                Tablet.secret_hash == hash_secret(secret), Tablet.scheme == scheme, _is_trusted()
            )
        )
        if found is None:
            raise NoTablet
        return found

    async def people_on(self, tablet: Tablet) -> Sequence[User]:
        """Who can be chosen there now."""
        return (
            await self.session.scalars(
                select(User)
                .join(TabletPerson, TabletPerson.user_id == User.id)
                .where(TabletPerson.tablet_id == tablet.id, _may_be_chosen())
                .order_by(User.name_key)
            )
        ).all()

    async def one_on(self, tablet: Tablet, user_id: UUID) -> User:
        found = await self.session.scalar(
            select(User)
            .options(joinedload(User.preference))
            .join(TabletPerson, TabletPerson.user_id == User.id)
            .where(TabletPerson.tablet_id == tablet.id, User.id == user_id, _may_be_chosen())
        )
        if found is None:
            raise NotFound("There is nobody like that on this tablet.")
        return found

    async def note_use(self, tablet: Tablet) -> None:
        await self.session.execute(
            update(Tablet).where(Tablet.id == tablet.id).values(used_at=now())
        )

    async def one(self, tablet_id: UUID) -> Tablet:
        found = await self.session.get(Tablet, tablet_id)
        if found is None:
            raise NotFound("There is no such family tablet.")
        return found

    async def chosen_for(self, tablet: Tablet) -> list[UUID]:
        found = select(TabletPerson.user_id).where(TabletPerson.tablet_id == tablet.id)
        return list(await self.session.scalars(found))

    async def who_can_be_chosen(self, chosen: Iterable[UUID] = ()) -> Sequence[User]:
        """By name; where there are more than MOST_PEOPLE, at least those who are `chosen`."""
        order = (User.id.in_(set(chosen)).desc(), User.name_key)
        found = select(User).where(_may_be_chosen()).order_by(*order).limit(MOST_PEOPLE)
        people = (await self.session.scalars(found)).all()
        return sorted(people, key=lambda one: one.name_key)

    async def all(self) -> list[TabletView]:
        """There are never more than MOST."""
        rows = await self.session.execute(
            select(Tablet, User.name)
            .join(User, User.id == Tablet.trusted_by)
            .order_by(Tablet.used_at.desc(), Tablet.id.desc())
        )
        names = await self.session.execute(
            select(TabletPerson.tablet_id, User.name)
            .join(User, User.id == TabletPerson.user_id)
            .order_by(User.name_key)
        )
        people: dict[UUID, list[str]] = {}
        for tablet_id, name in names:
            people.setdefault(tablet_id, []).append(name)
        return [TabletView(tablet, by, people.get(tablet.id, [])) for tablet, by in rows]

    async def take_back(self, tablet: Tablet) -> None:
        """It is a browser like any other again, and everybody on it is signed out."""
        await self.session.execute(delete(Tablet).where(Tablet.id == tablet.id))
        rights_changed(self.session)


class WeakPin(Invalid):
    pass


def check_pin(pin: str) -> None:
    """Raises WeakPin with a sentence."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        raise WeakPin("Use 4 to 8 digits.")
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    # One digit over and over, or digits in a row.
    if steps in ({0}, {1}, {-1}):
        raise WeakPin("This is one of the PINs that are tried first. Choose another.")


def _is_trusted() -> ColumnElement[bool]:
    """Asked together with whoever gave the trust."""
    return and_(Tablet.used_at > now() - IDLE, User.role == Role.OWNER, User.disabled_at.is_(None))


def _may_be_chosen() -> ColumnElement[bool]:
    return and_(User.role == Role.READER, User.disabled_at.is_(None))
