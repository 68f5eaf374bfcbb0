"""The marks of what was read, and how each is taken back."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.errors import Invalid
from app.foundation.web.flashes import Flash
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done
from app.reading import progress

SIGNED_IN = {"policy": Policy.SIGNED_IN}


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


mark_routes: list[ControllerRouterHandler] = [
    read_one,
    read_before,
    unread_one,
    read_all,
    unread_all,
]
