"""`/admin/jobs`: what Bunko is doing, did, and does by itself; and the stream of `/events`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.types import ControllerRouterHandler
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Invalid
from app.foundation.queue import cancel, retry
from app.foundation.queue.models import JobState
from app.foundation.queue.timetable import run_now, switch
from app.foundation.web.context import AnyRequest, NavEntry, person_of, register_nav
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _
from app.foundation.web.paging import Cursor
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.monitoring import audit_routes, events, queries, words
from app.monitoring.forms import TimetableForm

SCREEN = "/admin/jobs"
PARTS = "monitoring/_jobs.html"


class Jobs(Controller):
    path = SCREEN
    opt = {"policy": Policy.OWNER}

    @get("", name="monitoring.jobs")
    async def list_jobs(
        self, request: HTMXRequest, session: AsyncSession, after: str | None = None
    ) -> Response[Any]:
        parts = await _parts(request, session, after)
        return show(request, "monitoring/jobs.html", fragment=PARTS, **parts)

    @post("/{job_id:uuid}/cancel", name="monitoring.cancel", status_code=200)
    async def cancel_job(
        self, request: HTMXRequest, session: AsyncSession, job_id: UUID
    ) -> Response[Any]:
        await cancel(session, job_id)
        return await _done(request, session, _("It stops as soon as it can."))

    @post("/{job_id:uuid}/retry", name="monitoring.retry", status_code=200)
    async def retry_job(
        self, request: HTMXRequest, session: AsyncSession, job_id: UUID
    ) -> Response[Any]:
        await retry(session, job_id)
        return await _done(request, session, _("It is begun again."))

    @post("/timetable/run", name="monitoring.run_now", status_code=200)
    async def run_job_now(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        line = await _line(request)
        await run_now(session, line.kind, line.key)
        return await _done(request, session, _("It begins as soon as a worker is free."))

    @post("/timetable/pause", name="monitoring.pause", status_code=200)
    async def pause_line(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        line = await _line(request)
        await switch(session, line.kind, line.key, on=False)
        return await _done(request, session, _("It is done only when you ask for it."))

    @post("/timetable/pause/remove", name="monitoring.resume", status_code=200)
    async def resume_line(self, request: HTMXRequest, session: AsyncSession) -> Response[Any]:
        line = await _line(request)
        await switch(session, line.kind, line.key, on=True)
        return await _done(request, session, _("It is done by itself again."))


async def _line(request: HTMXRequest) -> TimetableForm:
    form = await Form.read(request, TimetableForm)
    if form.value is None:
        raise Invalid("This form sent something that Bunko does not know.")
    return form.value


async def _done(request: HTMXRequest, session: AsyncSession, flash: str) -> Response[Any]:
    await session.flush()
    parts = await _parts(request, session, None)
    return done(request, SCREEN, PARTS, flash=flash, **parts)


async def _parts(request: HTMXRequest, session: AsyncSession, after: str | None) -> dict[str, Any]:
    """What `_jobs.html` shows: everything, or a further part of what has ended."""
    cursor = Cursor.of(request, "ended jobs")
    edge = _edge(cursor, after)
    lines, next_edge = await queries.ended(session, edge)
    token = cursor.pack(next_edge[0].isoformat(), str(next_edge[1])) if next_edge else None
    first: dict[str, Any] = {"unfinished": [], "timetable": [], "running": 0, "waiting": 0}
    if edge is None:
        running, waiting = await queries.how_many(session, JobState.RUNNING, JobState.WAITING)
        first = {
            "unfinished": await queries.unfinished(session),
            "timetable": await queries.timetable(session),
            "running": running,
            "waiting": waiting,
        }
    return {
        **first,
        "is_first": edge is None,
        "most_counted": queries.MOST_COUNTED,
        "ended": lines,
        "next_href": f"{SCREEN}?after={token}" if token else "",
        "words": words,
    }


def _edge(cursor: Cursor, token: str | None) -> queries.Edge | None:
    place = cursor.unpack(token, 2)
    return (datetime.fromisoformat(str(place[0])), UUID(str(place[1]))) if place else None


def administration(request: AnyRequest) -> Iterable[NavEntry]:
    return [NavEntry(SCREEN, "play", _("Jobs"))] if person_of(request).is_owner else []


register_nav(administration, order=130, admin=True)
routes: list[ControllerRouterHandler] = [Jobs, *audit_routes.routes, *events.routes]
