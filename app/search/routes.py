"""`/search`: everything a person may see, found by one box; recent searches; smart lists. `/discover` is beside it."""

import time
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.context import AnyRequest, add_context
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.search import screens, service, words
from app.search.discover_routes import discover_routes
from app.search.forms import MoveForm, RenameForm, SearchForm, SmartListForm
from app.search.language import parse
from app.search.models import SmartList
from app.search.patience import in_time
from app.search.results import suggestions

LISTS = "/search/lists"
SUGGEST = "search/_suggest.html"


class Search(Controller):
    path = "/search"
    opt = {"policy": Policy.SIGNED_IN}

    @get("", name="search.results")
    async def search(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        started = time.perf_counter()
        wish = screens.Wish.read(request, person)
        if wish.query.is_empty:
            recent = await service.recent_searches(session, person)
            return show(request, "search/empty.html", **wish.words(), recent=recent)
        async with in_time(session):
            found = await screens.results(session, person, wish)
        taken = round((time.perf_counter() - started) * 1000)
        return show(
            request,
            "search/results.html",
            fragment=found.fragment,
            **wish.words(),
            **found.context,
            count=words.total_words(found.total, taken),
        )

    @get("/suggest", name="search.suggest")
    async def suggest(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        """What appears under the box while somebody types."""
        query = parse(request.query_params.get("q", ""))
        recent, found = [], None
        if query.is_empty:
            recent = await service.recent_searches(session, person)
        else:
            async with in_time(session):
                found = await suggestions(session, person, query)
        return show(
            request,
            "search/suggest.html",
            fragment=SUGGEST,
            search_text=query.text,
            query=query,
            recent=recent,
            found=found,
            words=words,
            marked=screens.marked,
        )

    @post("/recent", name="search.remember", status_code=200)
    async def remember(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        """A search that is sent, not only typed, is remembered: looking at an address is not."""
        text = await _text(request)
        await service.remember(session, person, text)
        return done(request, then=words.search_url(text), fragment="search/_nothing.html")

    @post("/recent/remove", name="search.forget", status_code=200)
    async def forget(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        await service.forget(session, person, await _text(request))
        return await self._recent(request, person, session)

    @post("/recent/clear", name="search.forget_all", status_code=200)
    async def forget_all(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        await service.forget_all(session, person)
        return await self._recent(request, person, session)

    async def _recent(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        recent = await service.recent_searches(session, person)
        return done(
            request, then="/search", fragment="search/_recent.html", recent=recent, words=words
        )


class SmartLists(Controller):
    path = LISTS
    opt = {"policy": Policy.SIGNED_IN}

    @get("", name="search.lists")
    async def lists(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return await _show_lists(request, person, session)

    @post("", name="search.save", status_code=200)
    async def save(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        form = await Form.read(request, SmartListForm)
        if form.value is not None:
            try:
                await service.save_as_list(session, person, form.value.name, form.value.q)
            except Invalid as error:
                form.wrong("q", error)
        if form.value is None:
            return await _show_lists(request, person, session, new=form)
        return done(request, then=LISTS, flash=_("Saved. It is a row on your home now."))

    @post("/{list_id:uuid}/rename", name="search.rename", status_code=200)
    async def rename(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        found = await service.smart_list_of(session, person, list_id)
        form = await Form.read(request, RenameForm)
        if form.value is None:
            return await _show_lists(request, person, session, renamed=found, form=form)
        found.name = form.value.name
        return done(request, then=LISTS)

    @post("/{list_id:uuid}/move", name="search.move", status_code=200)
    async def move(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        found = await service.smart_list_of(session, person, list_id)
        form = await Form.read(request, MoveForm)
        if form.value is None:
            raise Invalid("This form sent something that Bunko does not know.")
        await service.move(session, person, found, up=form.value.to == "up")
        return done(request, then=LISTS)

    @post("/{list_id:uuid}/remove", name="search.remove", status_code=200)
    async def remove(
        self, request: HTMXRequest, person: User, session: AsyncSession, list_id: UUID
    ) -> Response[Any]:
        await session.delete(await service.smart_list_of(session, person, list_id))
        return done(request, then=LISTS, flash=_("The list is removed. No series was touched."))


async def _show_lists(
    request: HTMXRequest,
    person: User,
    session: AsyncSession,
    *,
    new: Form[SmartListForm] | None = None,
    renamed: SmartList | None = None,
    form: Form[RenameForm] | None = None,
) -> Response[Any]:
    """`form` with what was wrong with the new name of the list `renamed`."""
    return show(
        request,
        "search/lists.html",
        status_code=422 if new or form else 200,
        lists=await service.smart_lists(session, person),
        new=new or Form.blank(SmartListForm),
        renamed=renamed.id if renamed else None,
        form=form or Form.blank(RenameForm),
        words=words,
    )


async def _text(request: HTMXRequest) -> str:
    form = await Form.read(request, SearchForm)
    if form.value is None:
        raise Invalid("This search cannot be kept.")
    return parse(form.value.q).text


async def _box(_request: AnyRequest) -> dict[str, Any]:
    return {"nav_search": True}


add_context(_box)
routes: list[ControllerRouterHandler] = [Search, SmartLists, *discover_routes]
