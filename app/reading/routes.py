"""The reader. GETs save nothing: the turn itself does."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.policies import Policy, Scope
from app.foundation.web.render import done, show
from app.library.words import chapter_name
from app.reading import listeners, nav, progress
from app.reading.bookmark_routes import bookmark_routes
from app.reading.company import keeping
from app.reading.contents import contents_of
from app.reading.device_routes import device_routes
from app.reading.devices import Devices, device_hash, with_cookie
from app.reading.history_routes import history_routes
from app.reading.image_routes import image_routes
from app.reading.mark_routes import mark_routes
from app.reading.opening import OpenView, opened_at, shown_without_fault
from app.reading.opinion_routes import opinion_routes
from app.reading.places import Place
from app.reading.profiles import MOST_PIXELS, Screen
from app.reading.queries import OpenChapter, open_chapter
from app.reading.screens import end_context, missing_context, reader_context, views_around
from app.reading.settings_routes import settings_routes

SIGNED_IN = {"policy": Policy.SIGNED_IN}
_PAGE_DIGITS = 7
_Pixels = Annotated[int, Meta(ge=0, le=MOST_PIXELS)]


class Turn(Struct, kw_only=True):
    """`page` beyond the last is the end of the chapter; `version` is that of the screen. Scripts
    add the size of the screen."""

    page: Annotated[int, Meta(ge=0, le=10_000_000)]
    version: Annotated[int, Meta(ge=0, le=2_000_000_000)]
    screen_width: _Pixels = 0
    screen_height: _Pixels = 0


class Saved(Struct, kw_only=True):
    """Where the person is now: what scripts send with the next turn, and show if it is elsewhere."""

    version: int
    page: int
    device: str = ""


@get("/read/{chapter_id:uuid}", name="reading.chapter", opt=SIGNED_IN)
async def read_chapter(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    chapter = await open_chapter(session, person, chapter_id, device_hash(request))
    if chapter.file is None:
        return await _missing(request, person, session, chapter)
    opened = await opened_at(request, person, chapter, _number(request, "page"), _step(request))
    context = await reader_context(request, session, person, opened)
    template = "reading/strip.html" if opened.manner.mode.is_strip else "reading/page.html"
    return show(request, template, shell=False, **context)


@get("/read/{chapter_id:uuid}/views", name="reading.views", opt=SIGNED_IN)
async def views_of_chapter(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    """The views around a page, for scripts that turn without a new screen."""
    chapter = await open_chapter(session, person, chapter_id, device_hash(request))
    if chapter.file is None:
        return await _missing(request, person, session, chapter)
    opened = await opened_at(request, person, chapter, _number(request, "page"), _step(request))
    return show(
        request,
        "reading/views.html",
        shell=False,
        chapter=chapter,
        pages=chapter.page_count,
        keep="",
        opened=await views_around(request, opened),
    )


@post("/read/{chapter_id:uuid}/turn", name="reading.turn", status_code=200, opt=SIGNED_IN)
async def turn_page(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    turn = await _turn_of(request)
    chapter = await open_chapter(session, person, chapter_id, device_hash(request))
    if chapter.file is None:
        return done(request, then=f"/read/{chapter_id}")
    opened = await opened_at(request, person, chapter, turn.page, _step(request))
    _place, secret = await _save(request, session, person, opened, turn)
    kept = keeping(request)
    if turn.page > chapter.page_count:
        then = f"/read/{chapter_id}/end" + (f"?{kept}" if kept else "")
    else:
        step = f"&step={opened.view.step}" if opened.view.step > 1 else ""
        target = max(1, turn.page)
        then = f"/read/{chapter_id}?page={target}{step}" + (f"&{kept}" if kept else "")
    return with_cookie(request, done(request, then=then), secret, chapter.device)


@post(
    "/read/{chapter_id:uuid}/place",
    name="reading.place",
    status_code=200,
    opt={**SIGNED_IN, "scope": Scope.PROGRESS},
)
async def save_place(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    """The turn as scripts make it: saved, and nothing to show."""
    turn = await _turn_of(request)
    chapter = await open_chapter(session, person, chapter_id, device_hash(request))
    if chapter.file is None:
        raise Invalid(_("The file of this chapter is not there at the moment."))
    opened = await opened_at(request, person, chapter, turn.page, _step(request))
    place, secret = await _save(request, session, person, opened, turn)
    saved = Saved(version=place.version, page=place.page, device=place.device or "")
    answer = Response(saved, media_type="application/json")
    return with_cookie(request, answer, secret, chapter.device)


@get("/read/{chapter_id:uuid}/end", name="reading.end", opt=SIGNED_IN)
async def end_of_chapter(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    chapter = await open_chapter(session, person, chapter_id, device_hash(request))
    context = await end_context(request, session, person, chapter)
    return show(request, "reading/end.html", shell=False, **context)


@get("/read/{chapter_id:uuid}/chapters", name="reading.contents", opt=SIGNED_IN)
async def show_contents(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    """The chapter picker: the series around the chapter that is open."""
    chapter = await open_chapter(session, person, chapter_id)
    contents = await contents_of(session, person, chapter, _number(request, "from"))
    kept = keeping(request)
    return show(
        request,
        "reading/contents.html",
        chapter=chapter,
        contents=contents,
        chapter_name=chapter_name,
        keep=f"&{kept}" if kept else "",
        keep_first=f"?{kept}" if kept else "",
    )


async def _missing(
    request: HTMXRequest, person: User, session: AsyncSession, chapter: OpenChapter
) -> Response[Any]:
    context = await missing_context(request, session, person, chapter)
    return show(request, "reading/missing.html", 404, shell=False, **context)


async def _turn_of(request: HTMXRequest) -> Turn:
    turn = (await Form.read(request, Turn)).value
    if turn is None:
        raise Invalid(_("This turn of the page could not be understood."))
    return turn


async def _save(
    request: HTMXRequest, session: AsyncSession, person: User, opened: OpenView, turn: Turn
) -> tuple[Place, str]:
    """Where the person is now, and by which secret their device will be known."""
    chapter = opened.chapter
    if opened.manner.settings.incognito:
        return chapter.place, ""
    screen = Screen(turn.screen_width, turn.screen_height) if turn.screen_width else None
    device, secret = await Devices(session).meet(person, request, chapter.device, screen)
    shown = await shown_without_fault(request, opened, turn.page)
    if shown is None:
        # A page that cannot be shown was not read.
        return chapter.place, secret
    place = await progress.turn_to(
        session,
        person,
        chapter.id,
        shown,
        version=turn.version,
        device=device.name,
        completes=opened.is_last,
    )
    return place, secret


def _number(request: HTMXRequest, name: str) -> int | None:
    """None where none is asked for. More digits than any chapter has pages are the last page."""
    text = request.query_params.get(name, "")
    if not text.isascii() or not text.isdigit():
        return None
    return int(text[:_PAGE_DIGITS])


def _step(request: HTMXRequest) -> int:
    return _number(request, "step") or 1


routes: list[ControllerRouterHandler] = [
    *image_routes,
    read_chapter,
    views_of_chapter,
    turn_page,
    save_place,
    end_of_chapter,
    show_contents,
    *mark_routes,
    *settings_routes,
    *device_routes,
    *bookmark_routes,
    *history_routes,
    *opinion_routes,
]
LISTENERS = [listeners]

__all__ = ["LISTENERS", "nav", "routes"]
