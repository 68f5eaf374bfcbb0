"""`/collections/…`: seen by everybody as far as they may, changed by managers."""

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.collections import members, places
from app.collections.cards import cut
from app.collections.favourites import series_of
from app.collections.forms import AddForm, CollectionForm, MoveForm
from app.collections.models import Collection
from app.collections.shared import (
    AllCollections,
    cards_of,
    collections_for,
    count_of,
    covers_of,
)
from app.errors import Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.paging import onwards
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show

LIST = "/collections"
MANAGER = {"policy": Policy.MANAGER}
GRID, E_INK_GRID = 48, 12
ROWS = 100
MOST_CHOICES = 200


class Collections(Controller):
    path = LIST
    opt = {"policy": Policy.SIGNED_IN}

    @get("", name="collection.list")
    async def list_collections(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        size = places.size_for(request, GRID, E_INK_GRID)
        after = places.named_after(request, LIST)
        rows = await collections_for(session, person, after=after, limit=size + 1)
        lines, more = cut(rows, size)
        last = (lines[-1].sort_key, str(lines[-1].id)) if lines else ()
        return show(
            request,
            "collections/collections.html",
            fragment="collections/_collections.html",
            lines=lines,
            covers=await covers_of(session, person, [line.id for line in lines]),
            first_href=LIST if after else "",
            next_href=onwards(request, LIST, more, *last),
        )

    @get("/new", name="collection.new", opt=MANAGER)
    async def new_collection(self, request: HTMXRequest) -> Response[Any]:
        form = Form.blank(CollectionForm)
        return show(request, "collections/collection_new.html", form=form)

    @post("/new", name="collection.create", status_code=200, opt=MANAGER)
    async def create_collection(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, CollectionForm)
        if form.value is None:
            return show(request, "collections/collection_new.html", 422, form=form)
        made = await AllCollections(session).create(person, form.value.name, form.value.summary)
        return done(request, then=f"{LIST}/{made.id}")

    @get("/{collection_id:uuid}", name="collection.show")
    async def show_collection(
        self, request: HTMXRequest, person: User, session: AsyncSession, collection_id: UUID
    ) -> Response[Any]:
        collection = await AllCollections(session).one_for(person, collection_id)
        size = places.size_for(request, GRID, E_INK_GRID)
        kind = f"{LIST} {collection.id}"
        after = places.position_after(request, kind)
        rows = await cards_of(session, person, collection, after=after, limit=size + 1)
        cards, more = cut(rows, size)
        last = (cards[-1].place,) if cards else ()
        return show(
            request,
            "collections/collection.html",
            fragment="collections/_cards.html",
            collection=collection,
            count=await count_of(session, person, collection),
            cards=cards,
            first_href=f"{LIST}/{collection.id}" if after is not None else "",
            next_href=onwards(request, kind, more, *last),
        )

    @get("/{collection_id:uuid}/edit", name="collection.edit", opt=MANAGER)
    async def edit_collection(
        self, request: HTMXRequest, person: User, session: AsyncSession, collection_id: UUID
    ) -> Response[Any]:
        collection = await AllCollections(session).one_for(person, collection_id)
        known = CollectionForm(name=collection.name, summary=collection.summary or "")
        return await _edit_screen(request, session, person, collection, Form.of(known))

    @post("/{collection_id:uuid}/edit", name="collection.change", status_code=200, opt=MANAGER)
    async def change_collection(
        self, request: HTMXRequest, person: User, session: AsyncSession, collection_id: UUID
    ) -> Response[Any]:
        collection = await AllCollections(session).one_to_change(person, collection_id)
        form = await Form.read(request, CollectionForm)
        if form.value is None:
            return await _edit_screen(request, session, person, collection, form)
        members.name_it(collection, form.value.name, form.value.summary)
        return done(request, then=f"{LIST}/{collection.id}", flash=_("Saved."))

    @get("/{collection_id:uuid}/remove", name="collection.confirm_removal", opt=MANAGER)
    async def confirm_removal(
        self, request: HTMXRequest, person: User, session: AsyncSession, collection_id: UUID
    ) -> Response[Any]:
        collection = await AllCollections(session).one_for(person, collection_id)
        return show(request, "collections/collection_remove.html", collection=collection)

    @post("/{collection_id:uuid}/remove", name="collection.remove", opt=MANAGER)
    async def remove_collection(
        self, request: HTMXRequest, person: User, session: AsyncSession, collection_id: UUID
    ) -> Response[Any]:
        collections = AllCollections(session)
        collection = await collections.one_to_change(person, collection_id)
        await collections.remove(collection)
        undo = f"{LIST}/{collection.id}/restore"
        text = _("Removed the collection “%(name)s”.", name=collection.name)
        return done(request, then=LIST, flash=Flash(text, undo=undo))

    @post("/{collection_id:uuid}/restore", name="collection.restore", opt=MANAGER)
    async def restore_collection(
        self, request: HTMXRequest, person: User, session: AsyncSession, collection_id: UUID
    ) -> Response[Any]:
        collections = AllCollections(session)
        collection = await collections.one_to_change(person, collection_id, removed=True)
        collection.removed_at = None
        return done(request, then=f"{LIST}/{collection.id}", flash=_("Everything is as it was."))


class CollectionMembers(Controller):
    """Series in and out of collections."""

    path = ""
    opt = MANAGER

    @get("/series/{series_id:uuid}/collections", name="series.collections")
    async def choose_collection(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        return await _choice_screen(request, session, person, series_id, Form.blank(AddForm))

    @post("/series/{series_id:uuid}/collections", name="series.collect", status_code=200)
    async def collect_series(
        self, request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
    ) -> Response[Any]:
        form = await Form.read(request, AddForm)
        collections = AllCollections(session)
        if form.value and form.value.to:
            collection = await collections.one_to_change(person, form.value.to)
        elif form.value and form.value.name:
            collection = await collections.create(person, form.value.name)
        else:
            form.errors.setdefault("name", _("Give it a name."))
            return await _choice_screen(request, session, person, series_id, form)
        is_new = await collections.add(person, collection, series_id)
        undo = f"{LIST}/{collection.id}/series/{series_id}/remove" if is_new else ""
        text = _("It is in the collection “%(name)s” now.", name=collection.name)
        return done(request, then=f"/series/{series_id}", flash=Flash(text, undo=undo))

    @post("/collections/{collection_id:uuid}/series/{series_id:uuid}/move", name="collection.move")
    async def move_series(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        collection_id: UUID,
        series_id: UUID,
    ) -> Response[Any]:
        form = await Form.read(request, MoveForm)
        if form.value is None:
            raise Invalid("This form sent something that Bunko does not know.")
        collections = AllCollections(session)
        collection = await collections.one_to_change(person, collection_id)
        await collections.move(person, collection, series_id, form.value.to)
        return await _moved(request, session, person, collection, series_id)

    @post(
        "/collections/{collection_id:uuid}/series/{series_id:uuid}/remove",
        name="collection.take_out",
    )
    async def take_series_out(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        collection_id: UUID,
        series_id: UUID,
    ) -> Response[Any]:
        collections = AllCollections(session)
        collection = await collections.one_to_change(person, collection_id)
        place = await collections.take_out(person, collection, series_id)
        back = f"{LIST}/{collection.id}/series/{series_id}/restore?place={place}"
        flash = Flash(_("Taken out of the collection."), undo="" if place is None else back)
        return await _moved(request, session, person, collection, series_id, flash)

    @post(
        "/collections/{collection_id:uuid}/series/{series_id:uuid}/restore",
        name="collection.put_back",
    )
    async def put_series_back(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        collection_id: UUID,
        series_id: UUID,
    ) -> Response[Any]:
        collections = AllCollections(session)
        collection = await collections.one_to_change(person, collection_id)
        place = places.place_to_put_back(request)
        await collections.put_back(person, collection, series_id, place)
        return done(request, then=f"{LIST}/{collection.id}", flash=_("Everything is as it was."))


async def _choice_screen(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    series_id: UUID,
    form: Form[AddForm],
) -> Response[Any]:
    series = await series_of(session, person, series_id)
    return show(
        request,
        "collections/collect.html",
        422 if form.errors else 200,
        form=form,
        series=series,
        choices=await collections_for(session, person, limit=MOST_CHOICES, asked=series.id),
    )


async def _edit_screen(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    collection: Collection,
    form: Form[CollectionForm],
) -> Response[Any]:
    rows = await _rows(request, session, person, collection)
    status = 422 if form.errors else 200
    return show(request, "collections/collection_edit.html", status, form=form, **rows)


async def _moved(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    collection: Collection,
    series_id: UUID,
    flash: Flash | None = None,
) -> Response[Any]:
    """Back to the row that moved; for htmx the rows as they stand now."""
    return done(
        request,
        then=f"{LIST}/{collection.id}/edit{places.same_place(request)}#s-{series_id}",
        fragment="collections/_collection_rows.html",
        flash=flash,
        **await _rows(request, session, person, collection),
    )


async def _rows(
    request: HTMXRequest, session: AsyncSession, person: User, collection: Collection
) -> dict[str, Any]:
    path = f"{LIST}/{collection.id}/edit"
    after = places.position_after(request, path)
    rows = await cards_of(session, person, collection, after=after, limit=ROWS + 1)
    cards, more = cut(rows, ROWS)
    last = (cards[-1].place,) if cards else ()
    return {
        "collection": collection,
        "cards": cards,
        "here": places.same_place(request),
        "first_href": path if after is not None else "",
        "next_href": onwards(request, path, more, *last, path=path),
    }


routes = [Collections, CollectionMembers]
