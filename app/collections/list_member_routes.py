"""Chapters in and out of reading lists."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import places
from app.collections.favourites import series_of
from app.collections.forms import AddForm, MoveForm
from app.collections.list_queries import lists_for
from app.collections.list_routes import LIST, rows_of
from app.collections.lists import AllLists, chapter_of, chapters_of_series
from app.collections.models import ReadingList
from app.errors import Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.words import chapter_name

MOST_CHOICES = 200


class ListMembers(Controller):
    path = ""
    opt = {"policy": Policy.SIGNED_IN}

    @get("/series/{series_id:uuid}/lists", name="series.lists")
    async def choose_for_series(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        series = await series_of(session, person, series_id)
        return await _choice_screen(
            request, session, person, Form.blank(AddForm), f"/series/{series.id}", series.title
        )

    @post("/series/{series_id:uuid}/lists", name="series.list", status_code=200)
    async def list_series(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        """All its chapters, in their order."""
        series = await series_of(session, person, series_id)
        chapter_ids = await chapters_of_series(session, person, series.id)
        then = f"/series/{series.id}"
        return await _add(request, session, person, chapter_ids, then, series.title)

    @get("/chapters/{chapter_id:uuid}/lists", name="chapter.lists")
    async def choose_for_chapter(
        self, request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
    ) -> Response[Any]:
        chapter = await chapter_of(session, person, chapter_id)
        then, title = f"/series/{chapter.series_id}", chapter_name(chapter)
        form = Form.blank(AddForm)
        return await _choice_screen(request, session, person, form, then, title, chapter.id)

    @post("/chapters/{chapter_id:uuid}/lists", name="chapter.list", status_code=200)
    async def list_chapter(
        self, request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
    ) -> Response[Any]:
        chapter = await chapter_of(session, person, chapter_id)
        then = f"/series/{chapter.series_id}"
        title = chapter_name(chapter)
        return await _add(request, session, person, [chapter.id], then, title)

    @post("/lists/{list_id:uuid}/chapters/{chapter_id:uuid}/move", name="list.move")
    async def move_chapter(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        list_id: UUID,
        chapter_id: UUID,
    ) -> Response[Any]:
        form = await Form.read(request, MoveForm)
        if form.value is None:
            raise Invalid("This form sent something that Bunko does not know.")
        lists = AllLists(session)
        reading_list = await lists.one_of(person, list_id)
        await lists.move(person, reading_list, chapter_id, form.value.to)
        return await _moved(request, session, person, reading_list, chapter_id)

    @post("/lists/{list_id:uuid}/chapters/{chapter_id:uuid}/remove", name="list.take_out")
    async def take_chapter_out(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        list_id: UUID,
        chapter_id: UUID,
    ) -> Response[Any]:
        lists = AllLists(session)
        reading_list = await lists.one_of(person, list_id)
        place = await lists.take_out(person, reading_list, chapter_id)
        back = f"{LIST}/{list_id}/chapters/{chapter_id}/restore?place={place}"
        flash = Flash(_("Taken out of the list."), undo="" if place is None else back)
        return await _moved(request, session, person, reading_list, chapter_id, flash)

    @post("/lists/{list_id:uuid}/chapters/{chapter_id:uuid}/restore", name="list.put_back")
    async def put_chapter_back(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        list_id: UUID,
        chapter_id: UUID,
    ) -> Response[Any]:
        lists = AllLists(session)
        reading_list = await lists.one_of(person, list_id)
        place = places.place_to_put_back(request)
        await lists.put_back(person, reading_list, chapter_id, place)
        return done(request, then=f"{LIST}/{list_id}", flash=_("Everything is as it was."))


async def _add(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    chapter_ids: Sequence[UUID],
    then: str,
    title: str,
) -> Response[Any]:
    form = await Form.read(request, AddForm)
    lists = AllLists(session)
    if form.value and form.value.to:
        reading_list = await lists.one_of(person, form.value.to)
    elif form.value and form.value.name:
        reading_list = await lists.create(person, form.value.name)
    else:
        form.errors.setdefault("name", _("Give it a name."))
        asked = chapter_ids[0] if len(chapter_ids) == 1 else None
        return await _choice_screen(request, session, person, form, then, title, asked)
    count = await lists.add(person, reading_list, chapter_ids)
    text = ngettext(
        "%(num)s chapter added to “%(name)s”.",
        "%(num)s chapters added to “%(name)s”.",
        count,
        name=reading_list.name,
    )
    if not count:
        text = _("“%(name)s” has it already.", name=reading_list.name)
    is_one = count == 1 and len(chapter_ids) == 1
    undo = f"{LIST}/{reading_list.id}/chapters/{chapter_ids[0]}/remove" if is_one else ""
    return done(request, then=then, flash=Flash(text, undo=undo))


async def _choice_screen(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    form: Form[AddForm],
    back: str,
    title: str,
    asked: UUID | None = None,
) -> Response[Any]:
    return show(
        request,
        "collections/list_add.html",
        422 if form.errors else 200,
        form=form,
        back=back,
        title=title,
        action=request.url.path,
        choices=await lists_for(session, person, limit=MOST_CHOICES, only_mine=True, asked=asked),
    )


async def _moved(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    reading_list: ReadingList,
    chapter_id: UUID,
    flash: Flash | None = None,
) -> Response[Any]:
    """Back to the row that moved; for htmx the rows as they stand now."""
    path = f"{LIST}/{reading_list.id}/edit"
    return done(
        request,
        then=f"{path}{places.same_place(request)}#c-{chapter_id}",
        fragment="collections/_list_rows.html",
        flash=flash,
        **await rows_of(request, session, person, reading_list, path),
    )


routes = [ListMembers]
