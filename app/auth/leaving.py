"""Deleting a person, by an owner or by themselves: rows go, what others use may be handed on."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.forms import Leaving
from app.accounts.models import Role, User
from app.accounts.names import checked_name
from app.accounts.service import People
from app.errors import Invalid
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

PATIENCE_MS = 30_000
"""Somebody who read for years leaves many rows."""
MOST_HEIRS = 200
"""To choose from."""


async def heirs_of(session: AsyncSession, person: User, *, by: User) -> Sequence[User]:
    """To whom lists can be handed, owners first. Whoever deletes themselves may know only who runs
    this Bunko."""
    query = select(User).where(User.id != person.id, User.disabled_at.is_(None))
    if not by.is_owner:
        query = query.where(User.role == Role.OWNER)
    order = ((User.role == Role.OWNER).desc(), User.name_key)
    return (await session.scalars(query.order_by(*order).limit(MOST_HEIRS))).all()


def heir_in(form: Form[Leaving], person: User, heirs: Sequence[User]) -> User | None:
    """The mistakes go into the form; None without one is nobody."""
    typed = form.value
    if typed is None:
        return None
    if not _is_name(typed.name, person):
        form.wrong("name", _("Type the name exactly: %(name)s.", name=person.name))
    if typed.data == "all":
        return None
    known = {heir.id: heir for heir in heirs}
    if typed.heir not in known:
        form.wrong("heir", _("Choose who gets them."))
        return None
    return known[typed.heir]


async def delete_person(session: AsyncSession, person: User, *, heir: User | None) -> None:
    await session.execute(text(f"SET LOCAL statement_timeout = {PATIENCE_MS}"))
    await People(session).delete(person, heir=heir)


def _is_name(typed: str, person: User) -> bool:
    try:
        return checked_name(typed) == person.name
    except Invalid:
        return False
