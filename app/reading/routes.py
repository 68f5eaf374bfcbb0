"""The reader, and the marks of what was read. GETs save nothing: the turn itself does."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.devices import device_name
from app.errors import Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.reading import listeners, progress
from app.reading.company import keeping
from app.reading.image_routes import image_routes
from app.reading.images import images_of
from app.reading.queries import open_chapter
from app.reading.reader import image_of
from app.reading.screens import end_context, missing_context, reader_context

SIGNED_IN = {"policy": Policy.SIGNED_IN}
_PAGE_DIGITS = 7


class Turn(Struct, kw_only=True):
    """`page` beyond the last is the end of the chapter; `version` is that of the screen."""

    page: Annotated[int, Meta(ge=0, le=10_000_000)]
    version: Annotated[int, Meta(ge=0, le=2_000_000_000)]


@get("/read/{chapter_id:uuid}", name="reading.chapter", opt=SIGNED_IN)
async def read_chapter(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    chapter = await open_chapter(session, person, chapter_id)
    if chapter.file is None:
        context = await missing_context(request, session, person, chapter)
        return show(request, "reading/missing.html", 404, shell=False, **context)
    wanted = _page_asked_for(request)
    context = await reader_context(request, session, person, chapter, wanted)
    template = "reading/strip.html" if context["is_stacked"] else "reading/page.html"
    return show(request, template, shell=False, **context)


@post("/read/{chapter_id:uuid}/turn", name="reading.turn", status_code=200, opt=SIGNED_IN)
async def turn_page(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    form = await Form.read(request, Turn)
    turn = form.value
    if turn is None:
        raise Invalid(_("This turn of the page could not be understood."))
    chapter = await open_chapter(session, person, chapter_id)
    if chapter.file is None:
        return done(request, then=f"/read/{chapter_id}")
    is_end = turn.page > chapter.page_count
    target = max(1, min(turn.page, chapter.page_count))
    image = await image_of(images_of(request.app).files, chapter, target)
    if not image.reason:
        # A page that cannot be shown was not read.
        await progress.turn_to(
            session,
            person,
            chapter_id,
            target,
            version=turn.version,
            device=device_name(request.headers.get("user-agent", "")),
        )
    kept = keeping(request)
    if is_end:
        return done(request, then=f"/read/{chapter_id}/end" + (f"?{kept}" if kept else ""))
    return done(request, then=f"/read/{chapter_id}?page={target}" + (f"&{kept}" if kept else ""))


@get("/read/{chapter_id:uuid}/end", name="reading.end", opt=SIGNED_IN)
async def end_of_chapter(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    chapter = await open_chapter(session, person, chapter_id)
    context = await end_context(request, session, person, chapter)
    return show(request, "reading/end.html", shell=False, **context)


@post("/chapters/{chapter_id:uuid}/read", name="reading.chapter_read", opt=SIGNED_IN)
async def read_one(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    series_id = await progress.series_of(session, person, chapter_id)
    return await _read(request, session, person, series_id, [chapter_id])


@post("/chapters/{chapter_id:uuid}/read/before", name="reading.read_before", opt=SIGNED_IN)
async def read_before(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    """What stands before this chapter; not the chapter itself."""
    series_id = await progress.series_of(session, person, chapter_id)
    before = await progress.chapters_of(session, person, series_id, before=chapter_id)
    return await _read(request, session, person, series_id, before)


@post("/chapters/{chapter_id:uuid}/read/remove", name="reading.chapter_unread", opt=SIGNED_IN)
async def unread_one(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    series_id = await progress.series_of(session, person, chapter_id)
    return await _unread(request, session, person, series_id, [chapter_id])


@post("/series/{series_id:uuid}/read", name="reading.series_read", opt=SIGNED_IN)
async def read_all(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    """With `?at=` the undo of a removal made at that moment."""
    chapter_ids = await progress.chapters_of(session, person, series_id)
    at = _moment(request)
    if at is not None:
        await progress.bring_back(session, person, series_id, at)
        return done(request, then=f"/series/{series_id}", flash=_("Everything is as it was."))
    return await _read(request, session, person, series_id, chapter_ids)


@post("/series/{series_id:uuid}/read/remove", name="reading.series_unread", opt=SIGNED_IN)
async def unread_all(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    """With `?at=` the undo of a marking made at that moment."""
    chapter_ids = await progress.chapters_of(session, person, series_id)
    at = _moment(request)
    if at is not None:
        await progress.take_back(session, person, series_id, at)
        return done(request, then=f"/series/{series_id}", flash=_("Everything is as it was."))
    return await _unread(request, session, person, series_id, chapter_ids)


async def _read(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    series_id: UUID,
    chapter_ids: list[UUID],
) -> Response[Any]:
    marked = await progress.mark_read(session, person, series_id, chapter_ids)
    text = ngettext(
        "%(num)s chapter marked as read.", "%(num)s chapters marked as read.", marked.count
    )
    undo = f"/series/{series_id}/read/remove?at={_stamp(marked.at)}" if marked.count else ""
    return done(request, then=f"/series/{series_id}", flash=Flash(text, undo=undo))


async def _unread(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    series_id: UUID,
    chapter_ids: list[UUID],
) -> Response[Any]:
    marked = await progress.mark_unread(session, person, series_id, chapter_ids)
    text = ngettext(
        "%(num)s chapter marked as unread.", "%(num)s chapters marked as unread.", marked.count
    )
    undo = f"/series/{series_id}/read?at={_stamp(marked.at)}" if marked.count else ""
    return done(request, then=f"/series/{series_id}", flash=Flash(text, undo=undo))


def _page_asked_for(request: HTMXRequest) -> int | None:
    """None resumes. More digits than any chapter has pages are the last page."""
    text = request.query_params.get("page", "")
    if not text.isascii() or not text.isdigit():
        return None
    return int(text[:_PAGE_DIGITS])


def _stamp(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%S.%f")


def _moment(request: HTMXRequest) -> datetime | None:
    text = request.query_params.get("at")
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid(_("This can no longer be undone.")) from error


routes: list[ControllerRouterHandler] = [
    *image_routes,
    read_chapter,
    turn_page,
    end_of_chapter,
    read_one,
    read_before,
    unread_one,
    read_all,
    unread_all,
]
LISTENERS = [listeners]
