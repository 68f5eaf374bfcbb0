"""What is done with the series that were chosen on a shelf, and how it is taken back."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.accounts.models import User
from app.browsing import selection_trash
from app.browsing.jobs import mark_series_later
from app.browsing.models import ActKind
from app.browsing.selection import AT_ONCE, MARKS, Acts, Chosen, read_anew
from app.browsing.selection_forms import AddForm, SelectionForm, back_to, carried, chosen_by, did
from app.collections.list_queries import lists_for
from app.collections.lists import AllLists
from app.collections.shared import AllCollections, collections_for
from app.foundation.db import now
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.events import ScanWanted

SIGNED_IN = {"policy": Policy.SIGNED_IN}
MANAGERS = {"policy": Policy.MANAGER}
MOST_CHOICES = 200


class Selection(Controller):
    path = "/libraries/{library_id:uuid}/selection"
    opt = SIGNED_IN  # Litestar reads it from the class

    @post("/read", name="selection.read", status_code=200)
    async def mark_read(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        return await _mark(request, session, person, library_id, ActKind.READ)

    @post("/read/remove", name="selection.unread", status_code=200)
    async def mark_unread(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        return await _mark(request, session, person, library_id, ActKind.UNREAD)

    @post("/favourite", name="selection.favourite", status_code=200)
    async def favourite(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        form, chosen = await chosen_by(request, session, person, library_id, SelectionForm)
        act = await Acts(session, person).favourite(chosen)
        text = ngettext(
            "%(num)s series is a favourite now.",
            "%(num)s series are favourites now.",
            len(act.ids),
        )
        return did(request, form, act, text)

    @post("/lists", name="selection.list", status_code=200)
    async def add_to_list(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        form, chosen = await chosen_by(request, session, person, library_id, AddForm)
        lists = AllLists(session)
        if form.to:
            reading_list = await lists.one_of(person, form.to)
        elif form.name:
            reading_list = await lists.create(person, form.name)
        else:
            known = await lists_for(session, person, limit=MOST_CHOICES, only_mine=True)
            rows = [
                (one.id, one.name, ngettext("%(num)s chapter", "%(num)s chapters", one.total))
                for one in known
            ]
            title = _("Add to a reading list")
            return _which(request, form, chosen, rows, title, _("New reading list"))
        act = await Acts(session, person).put_on_list(chosen, reading_list)
        text = ngettext(
            "%(num)s chapter added to “%(name)s”.",
            "%(num)s chapters added to “%(name)s”.",
            len(act.ids),
            name=reading_list.name,
        )
        return did(request, form, act, text)

    @post("/collections", name="selection.collect", status_code=200, opt=MANAGERS)
    async def add_to_collection(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        form, chosen = await chosen_by(request, session, person, library_id, AddForm)
        collections = AllCollections(session)
        if form.to:
            collection = await collections.one_to_change(person, form.to)
        elif form.name:
            collection = await collections.create(person, form.name)
        else:
            known = await collections_for(session, person, limit=MOST_CHOICES)
            rows = [
                (one.id, one.name, ngettext("%(num)s series", "%(num)s series", one.count))
                for one in known
            ]
            title = _("Add to a collection")
            return _which(request, form, chosen, rows, title, _("New collection"))
        act = await Acts(session, person).collect(chosen, collection)
        text = ngettext(
            "%(num)s series added to “%(name)s”.",
            "%(num)s series added to “%(name)s”.",
            len(act.ids),
            name=collection.name,
        )
        return did(request, form, act, text)

    @post("/scan", name="selection.scan", status_code=200, opt=MANAGERS)
    async def scan_again(
        self, request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
    ) -> Response[Any]:
        form, chosen = await chosen_by(request, session, person, library_id, SelectionForm)
        await read_anew(session, chosen)
        await events.publish(session, ScanWanted(library_id, person.id))
        text = ngettext(
            "The files of %(num)s series are read anew by the next scan.",
            "The files of %(num)s series are read anew by the next scan.",
            len(chosen.ids),
        )
        return done(request, then=back_to(form, library_id), flash=text)


@post("/acts/{act_id:uuid}/undo", name="selection.undo", status_code=200, opt=SIGNED_IN)
async def undo_act(
    request: HTMXRequest, person: User, session: AsyncSession, act_id: UUID
) -> Response[Any]:
    acts = Acts(session, person)
    act = await acts.one(act_id)
    chosen = await Chosen.still(session, person, act.library_id, act.ids)
    text = _("Everything is as it was.")
    if (act.kind, True) in MARKS and chosen.chapters > AT_ONCE:
        act.undone_at = now()
        await mark_series_later(session, act, undo=True)
        text = _("Everything will be as it was in a moment.")
    else:
        await acts.undo(act)
    return done(request, then=f"/libraries/{act.library_id}", flash=text)


async def _mark(
    request: HTMXRequest, session: AsyncSession, person: User, library_id: UUID, kind: ActKind
) -> Response[Any]:
    form, chosen = await chosen_by(request, session, person, library_id, SelectionForm)
    acts = Acts(session, person)
    if chosen.chapters > AT_ONCE:
        act = await acts.mark_later(chosen, kind)
        await mark_series_later(session, act)
        text = _("So many chapters take a moment. You can go on meanwhile.")
        return did(request, form, act, text)
    act, count = await acts.mark(chosen, kind)
    if kind is ActKind.READ:
        text = ngettext(
            "%(num)s chapter marked as read.", "%(num)s chapters marked as read.", count
        )
    else:
        text = ngettext(
            "%(num)s chapter marked as unread.", "%(num)s chapters marked as unread.", count
        )
    return did(request, form, act, text, undo=bool(count))


def _which(
    request: HTMXRequest,
    form: AddForm,
    chosen: Chosen,
    rows: list[tuple[UUID, str, str]],
    title: str,
    new_label: str,
) -> Response[Any]:
    """The screen that asks where to; it brings the chosen ones along."""
    return show(
        request,
        "browsing/selection_add.html",
        title=title,
        new_label=new_label,
        choices=[(*row, False) for row in rows],
        action=request.url.path,
        back=back_to(form, chosen.library_id),
        pairs=carried(form, chosen),
        count=len(chosen.ids),
        form=Form.blank(AddForm),
    )


routes: list[ControllerRouterHandler] = [Selection, undo_act, *selection_trash.routes]
