"""`/downloads`: what is on its way into the library, what became of it, and acts on it."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads import queries, service, settings_section, words
from app.downloads.forms import WhichForm
from app.downloads.queries import Filter, Show
from app.downloads.service import Which
from app.downloads.settings import preview
from app.errors import Invalid
from app.foundation.web.context import AnyRequest, NavEntry, person_of, register_nav
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.paging import Cursor
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show

SCREEN = "/downloads"
PARTS = "downloads/_downloads.html"
NAMES = "downloads/_names.html"


class Act(NamedTuple):
    """`said`: what became of so many."""

    change: Callable[[AsyncSession, Which], Awaitable[int]]
    said: Callable[[int], str]


PAUSE = Act(service.pause, words.paused)
RESUME = Act(service.resume, words.resumed)
CANCEL = Act(service.cancel, words.cancelled)
RETRY = Act(service.retry, words.begun_again)
RETRY_FAILED = Act(service.retry_failed, words.begun_again)
TOP = Act(service.move_to_top, words.moved_to_top)
BOTTOM = Act(service.move_to_bottom, words.moved_to_bottom)


class Downloads(Controller):
    path = SCREEN
    opt = {"policy": Policy.MANAGER}

    @get("", name="downloads.list")
    async def list_downloads(
        self,
        request: HTMXRequest,
        person: User,
        session: AsyncSession,
        after: str | None = None,
    ) -> Response[Any]:
        parts = await _parts(request, person, session, _asked(request), after)
        return show(request, "downloads/downloads.html", fragment=PARTS, **parts)

    @post("/pause", name="downloads.pause", status_code=200)
    async def pause_all(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return await _change_many(request, person, session, PAUSE)

    @post("/pause/remove", name="downloads.resume", status_code=200)
    async def resume_all(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return await _change_many(request, person, session, RESUME)

    @post("/retry", name="downloads.retry", status_code=200)
    async def retry_all(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return await _change_many(request, person, session, RETRY_FAILED)

    @get("/cancel", name="downloads.confirm_cancel")
    async def confirm_cancel(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        asked = _asked(request)
        title = await queries.series_named(session, person, asked.series_id)
        return show(
            request,
            "downloads/cancel.html",
            asked=asked,
            title=title,
            back=_address(asked),
            open=await queries.how_many_open(session, person, asked),
            most=queries.MOST_COUNTED,
        )

    @post("/cancel", name="downloads.cancel", status_code=200)
    async def cancel_all(
        self, request: HTMXRequest, person: User, session: AsyncSession
    ) -> Response[Any]:
        return await _change_many(request, person, session, CANCEL)

    @post("/{download_id:uuid}/pause", name="download.pause", status_code=200)
    async def pause_one(
        self, request: HTMXRequest, person: User, session: AsyncSession, download_id: UUID
    ) -> Response[Any]:
        return await _change_one(request, person, session, download_id, PAUSE)

    @post("/{download_id:uuid}/pause/remove", name="download.resume", status_code=200)
    async def resume_one(
        self, request: HTMXRequest, person: User, session: AsyncSession, download_id: UUID
    ) -> Response[Any]:
        return await _change_one(request, person, session, download_id, RESUME)

    @post("/{download_id:uuid}/cancel", name="download.cancel", status_code=200)
    async def cancel_one(
        self, request: HTMXRequest, person: User, session: AsyncSession, download_id: UUID
    ) -> Response[Any]:
        return await _change_one(request, person, session, download_id, CANCEL)

    @post("/{download_id:uuid}/retry", name="download.retry", status_code=200)
    async def retry_one(
        self, request: HTMXRequest, person: User, session: AsyncSession, download_id: UUID
    ) -> Response[Any]:
        return await _change_one(request, person, session, download_id, RETRY)

    @post("/{download_id:uuid}/top", name="download.top", status_code=200)
    async def move_to_top(
        self, request: HTMXRequest, person: User, session: AsyncSession, download_id: UUID
    ) -> Response[Any]:
        return await _change_one(request, person, session, download_id, TOP)

    @post("/{download_id:uuid}/bottom", name="download.bottom", status_code=200)
    async def move_to_bottom(
        self, request: HTMXRequest, person: User, session: AsyncSession, download_id: UUID
    ) -> Response[Any]:
        return await _change_one(request, person, session, download_id, BOTTOM)


async def _change_one(
    request: HTMXRequest,
    person: User,
    session: AsyncSession,
    download_id: UUID,
    act: Act,
) -> Response[Any]:
    sent = await _sent(request)
    await queries.one_for(session, person, download_id)
    changed = await act.change(session, Which(download_id=download_id))
    undo = _address(sent.filter, to=f"{SCREEN}/{download_id}/retry") if act is CANCEL else ""
    return await _done(request, person, session, sent, _flash(act, changed, undo))


async def _change_many(
    request: HTMXRequest, person: User, session: AsyncSession, act: Act
) -> Response[Any]:
    sent = await _sent(request)
    which = Which(person=person, series_id=sent.series, provider_id=sent.provider)
    changed = await act.change(session, which)
    return await _done(request, person, session, sent, _flash(act, changed))


def _flash(act: Act, changed: int, undo: str = "") -> Flash:
    if not changed:
        return Flash(_("There was nothing to change."), "info")
    return Flash(act.said(changed), undo=undo)


async def _done(
    request: HTMXRequest, person: User, session: AsyncSession, sent: WhichForm, flash: Flash
) -> Response[Any]:
    """Back to where that person was in the list."""
    await session.flush()
    parts = await _parts(request, person, session, sent.filter, sent.after)
    return done(request, parts["here"], PARTS, flash=flash, **parts)


async def _sent(request: HTMXRequest) -> WhichForm:
    """A form says it; of an Undo, its address."""
    if request.query_params:
        asked = _asked(request)
        return WhichForm(show=asked.show, series=asked.series_id, provider=asked.provider_id)
    form = await Form.read(request, WhichForm)
    if form.value is None:
        raise Invalid("This form sent something that Bunko does not know.")
    return form.value


def _asked(request: HTMXRequest) -> Filter:
    """What the address says; what makes no sense in it is passed over."""
    given = request.query_params
    shown = given.get("show", "")
    return Filter(
        show=Show(shown) if shown in Show else Show.ACTIVE,
        series_id=_id(given.get("series")),
        provider_id=_id(given.get("provider")),
    )


def _id(given: str | None) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None


def _address(asked: Filter, *, to: str = SCREEN, **more: str) -> str:
    named = {"show": "" if asked.show is Show.ACTIVE else asked.show.value}
    named |= {"series": str(asked.series_id or ""), "provider": str(asked.provider_id or "")}
    query = urlencode({name: value for name, value in (named | more).items() if value})
    return f"{to}?{query}" if query else to


async def _parts(
    request: HTMXRequest, person: User, session: AsyncSession, asked: Filter, after: str | None
) -> dict[str, Any]:
    cursor = Cursor.of(request, f"downloads {asked.show.is_over}")
    edge = cursor.unpack(after, 2 if asked.show.is_over else 3)
    found, next_edge = await queries.lines(session, person, asked, edge)
    totals = await queries.totals(session, person, asked)
    most = queries.MOST_COUNTED
    return {
        "asked": asked,
        "address": _address,
        "here": _address(asked, after=after if edge and after else ""),
        "after": after if edge else "",
        "is_first": edge is None,
        "lines": found,
        "totals": totals,
        "most": most,
        "summary": words.summary_of(totals, most),
        "waiting_href": _address(asked.showing(Show.WAITING)),
        "tabs": words.tabs_of(totals, most),
        "series_title": await queries.series_named(session, person, asked.series_id),
        "providers": await queries.providers(session),
        "next_href": _address(asked, after=cursor.pack(*next_edge)) if next_edge else "",
        "words": words,
    }


def _place(request: AnyRequest) -> list[NavEntry]:
    person: User = person_of(request)
    return [NavEntry(SCREEN, "down", _("Downloads"))] if person.manages else []


@get("/downloads/names", name="downloads.names", opt={"policy": Policy.OWNER})
async def preview_names(request: HTMXRequest, template: str = "") -> Response[Any]:
    """What a template makes of a few chapters, while somebody types it."""
    names, wrong = preview(template)
    return show(request, "downloads/names.html", fragment=NAMES, names=names, wrong=wrong)


register_nav(_place, order=60, admin=True)
settings_section.register()
routes: list[ControllerRouterHandler] = [Downloads, preview_names]
