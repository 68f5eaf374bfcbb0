"""Many series into the trash: asked on a screen of its own."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.selection import Acts
from app.browsing.selection_forms import SelectionForm, back_to, carried, chosen_by, did
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import show
from app.library.trash import Trash


class SelectionTrash(Controller):
    path = "/libraries/{library_id:uuid}/selection/trash"
    opt = {"policy": Policy.MANAGER}  # noqa: RUF012

    @post("/ask", name="selection.confirm_trash", status_code=200)
    async def ask(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        form, chosen = await chosen_by(request, session, person, library_id, SelectionForm)
        files = await Trash(session).files_of(person, chosen.ids)
        what = ngettext("%(num)s series", "%(num)s series", len(chosen.ids))
        return show(
            request,
            "browsing/selection_trash.html",
            what=what,
            titles=list(dict.fromkeys(file.series.title for file in files)),
            happens=_happens(len(files)),
            action=f"/libraries/{library_id}/selection/trash",
            back=back_to(form, library_id),
            pairs=carried(form, chosen),
            read_only=any(file.library.read_only for file in files),
        )

    @post("", name="selection.trash", status_code=200)
    async def put(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        form, chosen = await chosen_by(request, session, person, library_id, SelectionForm)
        act = await Acts(session, person).put_in_trash(chosen)
        text = ngettext(
            "%(num)s series is in the trash.", "%(num)s series are in the trash.", len(chosen.ids)
        )
        return did(request, form, act, text)


def _happens(count: int) -> list[str]:
    return [
        ngettext(
            "%(num)s file moves to the trash of its library folder.",
            "%(num)s files move to the trash of their library folder.",
            count,
        ),
        _("They leave every screen. After 30 days the trash is emptied."),
    ]


routes: list[ControllerRouterHandler] = [SelectionTrash]
