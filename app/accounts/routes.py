"""`/account`: one's own name, and how the screens look."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.forms import LooksChoice, Profile, StrangerLooks, ThemeChoice
from app.accounts.models import User
from app.accounts.names import WrongEmail
from app.accounts.service import EmailTaken, People
from app.errors import Invalid
from app.foundation.web import Policy, done, show
from app.foundation.web.context import language_of
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, languages, use_language
from app.foundation.web.looks import keep_looks

SCREEN = "accounts/account.html"
LOOKS = "accounts/looks.html"


class Account(Controller):
    path = "/account"
    opt = {"policy": Policy.SIGNED_IN}

    @get("/", name="account.show")
    async def show_account(self, request: HTMXRequest, person: User) -> Response[Any]:
        form = Form.of(Profile(name=person.name))
        return show(request, SCREEN, form=form)

    @post("/", name="account.change", opt={"proof": True}, status_code=200)
    async def change_account(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, Profile)
        if form.value is not None:
            try:
                await People(session).rename(person, form.value.name)
            except Invalid as error:
                form.wrong("name", error)
        if form.errors:
            return show(request, SCREEN, 422, form=form)
        return done(request, "/account", flash=_("Saved."))

    @post("/theme", name="account.theme", status_code=200)
    async def choose_theme(self, request: HTMXRequest, person: User) -> Response[Any]:
        form = await Form.read(request, ThemeChoice)
        if form.value is None:
            raise Invalid("There is no such theme.")
        person.preference.theme = form.value.theme
        return _looking(request, person, done(request, form.value.next))

    @get("/looks", name="account.looks")
    async def show_looks(self, request: HTMXRequest, person: User) -> Response[Any]:
        chosen = person.preference
        form = Form.blank(
            LooksChoice,
            theme=chosen.theme,
            text_size=chosen.text_size,
            language=chosen.language,
            reduced_motion=chosen.reduced_motion,
        )
        return show(request, LOOKS, form=form)

    @post("/looks", name="account.looks.change", status_code=200)
    async def change_looks(self, request: HTMXRequest, person: User) -> Response[Any]:
        form = await Form.read(request, LooksChoice)
        typed = form.value
        if typed is not None and not _is_spoken(typed.language):
            form.wrong("language", _("Choose one of these."))
        if typed is None or form.errors:
            return show(request, LOOKS, 422, form=form)
        chosen = person.preference
        chosen.theme, chosen.language = typed.theme, typed.language
        chosen.text_size, chosen.reduced_motion = typed.text_size, typed.reduced_motion
        use_language(language_of(request))
        return _looking(request, person, done(request, "/account/looks", flash=_("Saved.")))


@post("/looks", name="looks.choose", opt={"policy": Policy.PUBLIC}, status_code=200)
async def choose_looks(request: HTMXRequest) -> Response[Any]:
    """For the screens before anyone is signed in: only this browser remembers it."""
    form = await Form.read(request, StrangerLooks)
    if form.value is None or not _is_spoken(form.value.language):
        raise Invalid("Choose a theme and a language from the lists.")
    response = done(request, form.value.next)
    response.cookies.append(keep_looks(request, form.value.theme, form.value.language))
    return response


def _is_spoken(language: str | None) -> bool:
    return language is None or language in languages()


def _looking(request: HTMXRequest, person: User, response: Response[Any]) -> Response[Any]:
    chosen = person.preference
    response.cookies.append(keep_looks(request, chosen.theme, chosen.language))
    return response


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


routes: list[ControllerRouterHandler] = [Account, choose_looks]
