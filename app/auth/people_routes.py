"""`/admin/users`: whom an owner lets in."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.forms import PersonDetails
from app.accounts.models import Role, User
from app.accounts.routes import save_names
from app.accounts.service import LastOwner, People
from app.auth.events import By, SecurityEvent, What, Words, by
from app.auth.forms import NewPassword, NewPerson
from app.auth.hashing import hasher
from app.auth.principal import forget_recent
from app.auth.service import change_password, check_new_password, let_go
from app.auth.sessions import Sessions
from app.errors import Conflict
from app.events import publish
from app.foundation.web import Policy, done, show
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.paging import ROWS, Cursor, onwards

LIST = "/admin/users"
PROOF = {"proof": True}
NEW, EDIT = "accounts/user_new.html", "accounts/user_edit.html"
PASSWORD, DISABLE = "accounts/user_password.html", "accounts/user_disable.html"


class NotYourself(Conflict):
    def __init__(self) -> None:
        super().__init__("You cannot do this to yourself. Ask another owner.")


class Users(Controller):
    path = LIST
    opt = {"policy": Policy.OWNER}

    @get("/", name="users.list")
    async def list_users(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        place = Cursor.of(request, LIST).unpack(request.query_params.get("after"), 1)
        after, people = str(place[0]) if place else None, People(session)
        found = await people.known(after=after, limit=ROWS + 1)
        shown = found[:ROWS]
        return show(
            request,
            "accounts/users.html",
            people=[*(await people.waiting() if after is None else ()), *shown],
            first_href=LIST if after is not None else "",
            next_href=onwards(
                request, LIST, len(found) > ROWS, *(one.name_key for one in shown[-1:])
            ),
        )

    @get("/new", name="users.new", opt=PROOF)
    async def new_user(self, request: HTMXRequest) -> Response[Any]:
        return show(request, NEW, form=Form.blank(NewPerson))

    @post("/", name="users.create", opt=PROOF, status_code=200)
    async def create_user(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        form = await Form.read(request, NewPerson)
        typed = form.value
        if typed is not None:
            check_new_password(form, typed.password, typed.password_again, typed.name, typed.email)
            await save_names(form, People(session), User(), typed.name, typed.email)
        typed = form.value
        if typed is None:
            return show(request, NEW, 422, form=form)
        await let_go(session)
        password_hash = await hasher().hash(typed.password)
        person = await People(session).create(
            typed.name,
            password_hash,
            role=typed.role,
            email=typed.email,
            age_limit=typed.age_limit,
        )
        about: Words = {"role": person.role.value, "age_limit": person.age_limit}
        await publish(session, SecurityEvent(What.USER_CREATED, person.id, by(request), about))
        words = _("%(name)s can sign in now.", name=person.name)
        return done(request, f"{LIST}/{person.id}", flash=words)

    @get("/{user_id:uuid}", name="users.edit", opt=PROOF)
    async def edit_user(
        self, request: HTMXRequest, user_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        one = await People(session).one(user_id)
        details = PersonDetails(name=one.name, email=one.email, role=one.role)
        return show(request, EDIT, form=Form.of(details), one=one)

    @post("/{user_id:uuid}", name="users.change", opt=PROOF, status_code=200)
    async def change_user(
        self, request: HTMXRequest, user_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        people = People(session)
        one = await people.one(user_id)
        form = await Form.read(request, PersonDetails)
        was = (one.role, one.email)
        if form.value is not None:
            await _change(form, form.value, people, one, by=person)
        if form.errors:
            return show(request, EDIT, 422, form=form, one=one)
        for event in _changes(one, *was, by(request)):
            await publish(session, event)
        forget_recent()
        return done(request, LIST, flash=_("Saved."))

    @get("/{user_id:uuid}/password", name="users.password", opt=PROOF)
    async def show_password(
        self, request: HTMXRequest, user_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        one = await People(session).one(user_id)
        return show(request, PASSWORD, form=Form.blank(NewPassword), one=one)

    @post("/{user_id:uuid}/password", name="users.password.reset", opt=PROOF, status_code=200)
    async def reset_password(
        self, request: HTMXRequest, user_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        one = await People(session).one(user_id)
        if one.id == person.id:
            raise Conflict("Your own password is changed on the screen of your account.")
        form = await Form.read(request, NewPassword)
        if form.value is not None:
            check_new_password(
                form, form.value.password, form.value.password_again, one.name, one.email
            )
        if form.value is None:
            return show(request, PASSWORD, 422, form=form, one=one)
        await let_go(session)
        await change_password(session, one, form.value.password)
        await publish(session, SecurityEvent(What.PASSWORD_RESET, one.id, by(request)))
        forget_recent()
        words = _("The password is changed, and %(name)s is signed out everywhere.", name=one.name)
        return done(request, LIST, flash=words)

    @get("/{user_id:uuid}/disable", name="users.disable.ask", opt=PROOF)
    async def ask_to_disable(
        self, request: HTMXRequest, user_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        return show(request, DISABLE, one=await People(session).one(user_id))

    @post("/{user_id:uuid}/disable", name="users.disable", opt=PROOF, status_code=200)
    async def disable_user(
        self, request: HTMXRequest, user_id: UUID, person: User, session: AsyncSession
    ) -> Response[Any]:
        people = People(session)
        one = await people.one(user_id)
        if one.id == person.id:
            raise NotYourself
        await people.disable(one)
        await Sessions(session).end_all_of(one.id)
        await publish(session, SecurityEvent(What.USER_DISABLED, one.id, by(request)))
        forget_recent()
        return done(request, LIST, flash=_("%(name)s cannot sign in any more.", name=one.name))

    @post("/{user_id:uuid}/disable/remove", name="users.enable", opt=PROOF, status_code=200)
    async def enable_user(
        self, request: HTMXRequest, user_id: UUID, session: AsyncSession
    ) -> Response[Any]:
        people = People(session)
        one = await people.one(user_id)
        await people.enable(one)
        await publish(session, SecurityEvent(What.USER_ENABLED, one.id, by(request)))
        return done(request, LIST, flash=_("%(name)s can sign in again.", name=one.name))


def _changes(one: User, old_role: Role, old_email: str | None, who: By) -> Iterator[SecurityEvent]:
    if one.role is not old_role:
        about: Words = {"role": one.role.value, "was": old_role.value}
        yield SecurityEvent(What.ROLE_CHANGED, one.id, who, about)
    if one.email != old_email:
        yield SecurityEvent(What.EMAIL_CHANGED, one.id, who, {"was": old_email})


async def _change(
    form: Form[PersonDetails], typed: PersonDetails, people: People, one: User, *, by: User
) -> None:
    await save_names(form, people, one, typed.name, typed.email)
    if typed.role is not one.role:
        if one.id == by.id:
            form.wrong("role", NotYourself())
        else:
            await _change_role(form, typed, people, one)


async def _change_role(
    form: Form[PersonDetails], typed: PersonDetails, people: People, one: User
) -> None:
    try:
        await people.give_role(one, typed.role)
    except LastOwner as error:
        form.wrong("role", error)
    else:
        # Other rights are proved anew (OWASP ASVS 5.0, 7.2.4).
        await Sessions(people.session).end_all_of(one.id)
