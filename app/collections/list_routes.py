"""`/lists/…`: one's own reading lists, and those that others share."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import members, places
from app.collections.along import WORD
from app.collections.cards import cut
from app.collections.forms import ListForm
from app.collections.list_queries import (
    chapters_in,
    covers_of,
    lists_for,
    next_unread,
    sums_of,
)
from app.collections.lists import AllLists
from app.collections.models import ReadingList
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.paging import onwards
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.words import chapter_name

LIST = "/lists"
GRID, E_INK_GRID = 48, 12
ROWS, E_INK_ROWS = 100, 20


class Lists(Controller):
    path = LIST
    opt = {"policy": Policy.SIGNED_IN}

    @get("", name="list.list")
    async def list_lists(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        size = places.size_for(request, GRID, E_INK_GRID)
        after = places.named_after(request, LIST)
        lines, more = cut(await lists_for(session, person, after=after, limit=size + 1), size)
        last = (lines[-1].sort_key, str(lines[-1].id)) if lines else ()
        return show(
            request,
            "collections/lists.html",
            fragment="collections/_lists.html",
            lines=lines,
            covers=await covers_of(session, person, [line.id for line in lines]),
            first_href=LIST if after else "",
            next_href=onwards(request, LIST, more, *last),
        )

    @get("/new", name="list.new")
    async def new_list(self, request: HTMXRequest) -> Response[Any]:
        return show(request, "collections/list_new.html", form=Form.blank(ListForm))

    @post("/new", name="list.create", status_code=200)
    async def create_list(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, ListForm)
        sent = form.value
        if sent is None:
            return show(request, "collections/list_new.html", 422, form=form)
        made = await AllLists(session).create(
            person, sent.name, sent.summary, is_shared=sent.is_shared
        )
        return done(request, then=f"{LIST}/{made.id}")

    @get("/{list_id:uuid}", name="list.show")
    async def show_list(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        reading_list = await AllLists(session).one_for(person, list_id)
        return show(
            request,
            "collections/list.html",
            fragment="collections/_list_chapters.html",
            sums=await sums_of(session, person, reading_list),
            going_on=await next_unread(session, person, reading_list),
            is_mine=reading_list.owner_id == person.id,
            **await rows_of(request, session, person, reading_list, f"{LIST}/{list_id}"),
        )

    @get("/{list_id:uuid}/print", name="list.print")
    async def print_list(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        """All of it on one screen, for paper."""
        reading_list = await AllLists(session).one_for(person, list_id)
        return show(
            request,
            "collections/list_print.html",
            reading_list=reading_list,
            rows=await chapters_in(session, person, reading_list, limit=members.MOST_MEMBERS),
            chapter_name=chapter_name,
        )

    @get("/{list_id:uuid}/edit", name="list.edit")
    async def edit_list(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        reading_list = await AllLists(session).one_of(person, list_id)
        known = ListForm(
            name=reading_list.name,
            summary=reading_list.summary or "",
            is_shared=reading_list.is_shared,
        )
        return await _edit_screen(request, session, person, reading_list, Form.of(known))

    @post("/{list_id:uuid}/edit", name="list.change", status_code=200)
    async def change_list(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        reading_list = await AllLists(session).one_of(person, list_id)
        form = await Form.read(request, ListForm)
        if form.value is None:
            return await _edit_screen(request, session, person, reading_list, form)
        members.name_it(reading_list, form.value.name, form.value.summary)
        reading_list.is_shared = form.value.is_shared
        return done(request, then=f"{LIST}/{reading_list.id}", flash=_("Saved."))

    @get("/{list_id:uuid}/remove", name="list.confirm_removal")
    async def confirm_removal(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        reading_list = await AllLists(session).one_of(person, list_id)
        return show(request, "collections/list_remove.html", reading_list=reading_list)

    @post("/{list_id:uuid}/remove", name="list.remove")
    async def remove_list(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        lists = AllLists(session)
        reading_list = await lists.one_of(person, list_id)
        await lists.remove(reading_list)
        text = _("Removed the list “%(name)s”.", name=reading_list.name)
        undo = f"{LIST}/{reading_list.id}/restore"
        return done(request, then=LIST, flash=Flash(text, undo=undo))

    @post("/{list_id:uuid}/restore", name="list.restore")
    async def restore_list(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        reading_list = await AllLists(session).one_of(person, list_id, removed=True)
        reading_list.removed_at = None
        return done(request, then=f"{LIST}/{list_id}", flash=_("Everything is as it was."))


async def rows_of(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    reading_list: ReadingList,
    path: str,
) -> dict[str, Any]:
    """A part of the chapters, and the way to the next part."""
    size = places.size_for(request, ROWS, E_INK_ROWS)
    after = places.position_after(request, path)
    found = await chapters_in(session, person, reading_list, after=after, limit=size + 1)
    rows, more = cut(found, size)
    last = (rows[-1].place,) if rows else ()
    return {
        "reading_list": reading_list,
        "rows": rows,
        "along": f"{WORD}={reading_list.id}",
        "chapter_name": chapter_name,
        "here": places.same_place(request),
        "first_href": path if after is not None else "",
        "next_href": onwards(request, path, more, *last, path=path),
    }


async def _edit_screen(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    reading_list: ReadingList,
    form: Form[ListForm],
) -> Response[Any]:
    rows = await rows_of(request, session, person, reading_list, f"{LIST}/{reading_list.id}/edit")
    status = 422 if form.errors else 200
    return show(request, "collections/list_edit.html", status, form=form, **rows)


routes = [Lists]
