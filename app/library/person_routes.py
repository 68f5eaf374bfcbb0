"""`/admin/users/…/sees`: which libraries, ages, tags and genres an owner opens to a person."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.service import People
from app.auth.events import SecurityEvent, What, Words, by
from app.events import publish
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.forms import SeesForm
from app.library.hidden import HiddenTags
from app.library.queries import given_to
from app.library.service import AllLibraries

SCREEN = "library/person_sees.html"


class PersonSees(Controller):
    path = "/admin/users/{user_id:uuid}/sees"
    opt = {"policy": Policy.OWNER, "proof": True}

    @get("", name="library.sees")
    async def show_what_they_see(
        self, request: HTMXRequest, person: User, session: AsyncSession, user_id: UUID
    ) -> Response[Any]:
        one = await People(session).one(user_id)
        now = SeesForm(
            libraries=await given_to(session, one),
            age_limit=one.age_limit,
            unrated=one.unrated,
            tags="\n".join(await HiddenTags(session).names_for(one)),
        )
        libraries = await AllLibraries(session).all_for(person)
        return show(request, SCREEN, form=Form.of(now), one=one, libraries=libraries)

    @post("", name="library.sees.change", status_code=200)
    async def change_what_they_see(
        self, request: HTMXRequest, person: User, session: AsyncSession, user_id: UUID
    ) -> Response[Any]:
        people = People(session)
        one = await people.one(user_id)
        form = await Form.read(request, SeesForm)
        if form.value is not None:
            await _hide(form, session, one)
        typed = form.value
        if typed is None:
            libraries = await AllLibraries(session).all_for(person)
            return show(request, SCREEN, 422, form=form, one=one, libraries=libraries)
        await people.limit_age(one, typed.age_limit, typed.unrated)
        if not one.is_owner:
            await AllLibraries(session).give(one, typed.libraries)
        about: Words = {
            "age_limit": typed.age_limit,
            "unrated": typed.unrated.value,
            "libraries": len(typed.libraries),
        }
        await publish(session, SecurityEvent(What.LIMITS_CHANGED, one.id, by(request), about))
        return done(request, f"/admin/users/{one.id}", flash=_("Saved."))


async def _hide(form: Form[SeesForm], session: AsyncSession, one: User) -> None:
    lines = [line.strip() for line in str(form.values["tags"]).splitlines()]
    unknown = await HiddenTags(session).hide(one, [line for line in lines if line])
    if unknown:
        words = _("No series here has this tag or genre: %(names)s.")
        form.wrong("tags", words % {"names": ", ".join(unknown)})


routes: list[ControllerRouterHandler] = [PersonSees]
