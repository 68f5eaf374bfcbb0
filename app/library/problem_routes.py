"""`/admin/libraries/…/problems`: what is wrong on disk, and what a person decides about it."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.duplicates import pairs_in, use_instead
from app.library.events import ScanWanted
from app.library.forms import DuplicateForm
from app.library.models import Library
from app.library.problems import (
    CAN_BE_GONE,
    advice,
    look_again,
    lost_root,
    missing_in,
    problems_of,
)
from app.library.service import AllLibraries


class Problems(Controller):
    path = "/admin/libraries/{library_id:uuid}"
    opt = {"policy": Policy.MANAGER}

    @get("/problems", name="library.problems")
    async def list_problems(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        library_id: UUID,
        after: UUID | None = None,
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        problems, next_id = await problems_of(session, library, after)
        missing, missing_count = await missing_in(session, person, library)
        return show(
            request,
            "library/problems.html",
            library=library,
            offline=[root for root in library.roots if root.offline_since],
            can_be_gone=CAN_BE_GONE,
            problems=problems,
            advice=advice,
            missing=missing,
            missing_count=missing_count,
            pairs=await pairs_in(session, person, library),
            next_href=f"{_home(library)}?after={next_id}" if next_id else "",
        )

    @post("/problems/check", name="library.check_problems")
    async def check_problems(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        """Every file that has a line is judged anew, changed or not."""
        library = await AllLibraries(session).one_for(person, library_id)
        await look_again(session, library)
        await events.publish(session, ScanWanted(library.id, person.id))
        return done(request, then=_home(library), flash=_("All of them are being checked again."))

    @post("/problems/{problem_id:uuid}/check", name="library.check_problem")
    async def check_problem(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        library_id: UUID,
        problem_id: UUID,
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        await look_again(session, library, problem_id)
        await events.publish(session, ScanWanted(library.id, person.id))
        return done(request, then=_home(library), flash=_("It is being checked again."))

    @get("/roots/{root_id:uuid}/gone", name="library.confirm_gone")
    async def confirm_gone(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        library_id: UUID,
        root_id: UUID,
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        root = lost_root(library, root_id)
        return show(request, "library/gone.html", library=library, root=root)

    @post("/roots/{root_id:uuid}/gone", name="library.gone")
    async def give_up(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        library_id: UUID,
        root_id: UUID,
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        root = lost_root(library, root_id)
        await events.publish(session, ScanWanted(library.id, person.id, (root.id,)))
        text = _("Bunko looks once more, and takes what is not there off the shelf.")
        return done(request, then=_home(library), flash=text)

    @post("/duplicates", name="library.use_instead")
    async def use_one(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        library = await AllLibraries(session).one_for(person, library_id)
        form = await Form.read(request, DuplicateForm)
        if form.value is None:
            raise Invalid("This form sent something that Bunko does not know.")
        await use_instead(session, person, form.value.keep, form.value.drop)
        return done(
            request,
            then=_home(library),
            flash=_("Done. The other file is in the trash for 30 days."),
        )


def _home(library: Library) -> str:
    return f"/admin/libraries/{library.id}/problems"


routes = [Problems]
