"""`/account`: one's own name, and how the screens look."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.forms import Profile, ThemeChoice
from app.accounts.models import User
from app.accounts.names import WrongEmail
from app.accounts.service import EmailTaken, People
from app.errors import Invalid
from app.foundation.web import Policy, done, show
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _

SCREEN = "accounts/account.html"


class Account(Controller):
    path = "/account"
    opt = {"policy": Policy.SIGNED_IN}  # noqa: RUF012

    @get("/", name="account.show")
    async def show_account(self, request: HTMXRequest, person: User) -> Response[Any]:
        form = Form.of(Profile(name=person.name, email=person.email))
        return show(request, SCREEN, form=form)

    @post("/", name="account.change", status_code=200)
    async def change_account(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, Profile)
        if form.value is not None:
            await save_names(form, People(session), person, form.value.name, form.value.email)
        if form.errors:
            return show(request, SCREEN, 422, form=form)
        return done(request, "/account", flash=_("Saved."))

    @post("/theme", name="account.theme", status_code=200)
    async def choose_theme(self, request: HTMXRequest, person: User) -> Response[Any]:
        form = await Form.read(request, ThemeChoice)
        if form.value is None:
            raise Invalid("There is no such theme.")
        person.preference.theme = form.value.theme
        return done(request, form.value.next)


async def save_names(
    form: Form[Any], people: People, person: User, name: str, email: str | None
) -> None:
    """Both fields are tried, so that the reader learns both mistakes at once."""
    with people.session.no_autoflush:
        try:
            await people.rename(person, name)
        except Invalid as error:
            form.wrong("name", error)
        try:
            await people.change_email(person, email)
        except (EmailTaken, WrongEmail) as error:
            form.wrong("email", error)
        if form.errors and person in people.session:
            # The screen around the form still shows the person as they are.
            await people.session.refresh(person, ["name", "name_key", "email"])


routes = [Account]
