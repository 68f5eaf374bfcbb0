"""Bookmarks: set in the reader, kept with a note, found again in a list."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.paging import moment_after, onwards
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, local_path, show
from app.library.words import chapter_name
from app.reading import bookmarks
from app.reading.bookmarks import LONGEST_NOTE
from app.reading.opinions import series_to_judge

SIGNED_IN = {"policy": Policy.SIGNED_IN}
KIND = "bookmarks"
ROWS = 24


class BookmarkForm(msgspec.Struct, kw_only=True):
    """Without a `note` the one that is there stays. `next` is where a browser goes on."""

    note: Annotated[str, Meta(max_length=LONGEST_NOTE)] | None = None
    next: Annotated[str, Meta(max_length=500)] = ""


class NextForm(msgspec.Struct, kw_only=True):
    next: Annotated[str, Meta(max_length=500)] = ""


@get("/bookmarks", name="reading.bookmarks", opt=SIGNED_IN)
async def list_bookmarks(
    request: HTMXRequest, person: User, session: AsyncSession
) -> Response[Any]:
    return await _list(request, person, session, "reading/bookmarks.html")


@get("/series/{series_id:uuid}/bookmarks", name="reading.series_bookmarks", opt=SIGNED_IN)
async def list_bookmarks_of_series(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await series_to_judge(session, person, series_id)
    return await _list(
        request, person, session, "reading/series_bookmarks.html", series_id, series=series
    )


@post(
    "/chapters/{chapter_id:uuid}/pages/{page:int}/bookmark",
    name="reading.bookmark",
    status_code=200,
    opt=SIGNED_IN,
)
async def bookmark_page(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID, page: int
) -> Response[Any]:
    form = await Form.read(request, BookmarkForm)
    if form.value is None:
        raise Invalid(_("This note is too long. Nothing was changed."))
    await bookmarks.bookmark(session, person, chapter_id, page, form.value.note)
    return done(request, then=_next(form.value.next, chapter_id, page))


@post(
    "/chapters/{chapter_id:uuid}/pages/{page:int}/bookmark/remove",
    name="reading.bookmark_remove",
    status_code=200,
    opt=SIGNED_IN,
)
async def remove_bookmark(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID, page: int
) -> Response[Any]:
    form = await Form.read(request, NextForm)
    await bookmarks.remove(session, person, chapter_id, page)
    undo = f"/chapters/{chapter_id}/pages/{page}/bookmark/restore"
    then = _next(form.value.next if form.value else "", chapter_id, page)
    return done(request, then=then, flash=Flash(_("The bookmark is gone."), undo=undo))


@post(
    "/chapters/{chapter_id:uuid}/pages/{page:int}/bookmark/restore",
    name="reading.bookmark_restore",
    status_code=200,
    opt=SIGNED_IN,
)
async def restore_bookmark(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID, page: int
) -> Response[Any]:
    await bookmarks.restore(session, person, chapter_id, page)
    return done(request, then="/bookmarks", flash=_("The bookmark is back."))


async def _list(
    request: HTMXRequest,
    person: User,
    session: AsyncSession,
    screen: str,
    series_id: UUID | None = None,
    **context: Any,
) -> Response[Any]:
    kind = f"{KIND} {series_id or ''}"
    after = moment_after(request, kind)
    found = await bookmarks.bookmarks_of(
        session, person, series_id=series_id, after=after, limit=ROWS + 1
    )
    lines = found[:ROWS]
    last = (lines[-1].created_at.isoformat(), str(lines[-1].id)) if lines else ()
    return show(
        request,
        screen,
        fragment="reading/_bookmarks.html",
        lines=lines,
        is_of_series=series_id is not None,
        first_href=request.url.path if after else "",
        next_href=onwards(request, kind, len(found) > ROWS, *last),
        here=request.url.path,
        chapter_name=chapter_name,
        longest_note=LONGEST_NOTE,
        **context,
    )


def _next(address: str, chapter_id: UUID, page: int) -> str:
    return local_path(address, f"/read/{chapter_id}?page={page}")


bookmark_routes: list[ControllerRouterHandler] = [
    list_bookmarks,
    list_bookmarks_of_series,
    bookmark_page,
    remove_bookmark,
    restore_bookmark,
]
