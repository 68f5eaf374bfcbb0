"""`/admin/users/…/delete`, `/account/delete`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.forms import Leaving
from app.accounts.models import User
from app.accounts.service import People
from app.auth.answers import end_session
from app.auth.events import SecurityEvent, What, by
from app.auth.leaving import delete_person, heir_in, heirs_of
from app.auth.people_routes import LIST, NotYourself
from app.auth.principal import forget_recent
from app.events import publish
from app.foundation.web import Policy, done, show
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

SCREEN, OWN_SCREEN = "accounts/user_delete.html", "accounts/account_delete.html"


class DeletePerson(Controller):
    path = LIST + "/{user_id:uuid}/delete"
    opt = {"policy": Policy.OWNER, "proof": True}

    @get("", name="users.delete.ask")
    async def ask(
        self, request: HTMXRequest, user_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        one = await _another(session, user_id, person)
        heirs = await heirs_of(session, one, by=person)
        return show(request, SCREEN, form=Form.blank(Leaving), one=one, heirs=_choices(heirs))

    @post("", name="users.delete", status_code=200)
    async def delete(
        self, request: HTMXRequest, user_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        one = await _another(session, user_id, person)
        heirs = await heirs_of(session, one, by=person)
        form = await Form.read(request, Leaving)
        heir = heir_in(form, one, heirs)
        if form.value is None:
            return show(request, SCREEN, 422, form=form, one=one, heirs=_choices(heirs))
        await _delete(request, session, one, heir)
        return done(request, LIST, flash=_("%(name)s is deleted.", name=one.name))


class DeleteYourself(Controller):
    path = "/account/delete"
    opt = {"policy": Policy.SIGNED_IN, "proof": True}

    @get("", name="account.delete.ask")
    async def ask(self, request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
        heirs = await heirs_of(session, person, by=person)
        return show(request, OWN_SCREEN, form=Form.blank(Leaving), heirs=_choices(heirs))

    @post("", name="account.delete", status_code=200)
    async def delete(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        heirs = await heirs_of(session, person, by=person)
        form = await Form.read(request, Leaving)
        heir = heir_in(form, person, heirs)
        if form.value is None:
            return show(request, OWN_SCREEN, 422, form=form, heirs=_choices(heirs))
        await _delete(request, session, person, heir)
        return end_session(request, done(request, "/login", flash=_("Your account is deleted.")))


def _choices(heirs: Sequence[User]) -> list[tuple[str, str]]:
    return [(str(heir.id), heir.name) for heir in heirs]


async def _another(session: AsyncSession, user_id: UUID, person: User) -> User:
    if user_id == person.id:
        raise NotYourself
    return await People(session).one(user_id)


async def _delete(
    request: HTMXRequest, session: AsyncSession, one: User, heir: User | None
) -> None:
    about: dict[str, str | None] = {"name": one.name, "lists_to": heir.name if heir else None}
    await publish(session, SecurityEvent(What.PERSON_DELETED, one.id, by(request), about))
    await delete_person(session, one, heir=heir)
    forget_recent()
