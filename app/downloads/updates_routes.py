"""`/updates`: new chapters of followed series, and what is downloaded of them."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads import updates_nav
from app.downloads.follow_checks import is_live
from app.downloads.follow_forms import ReleasesForm
from app.downloads.follow_jobs import check_sources
from app.downloads.follow_sources import ACTIVE
from app.downloads.releases_wanted import check_known, download_those
from app.downloads.service import want
from app.downloads.updates import (
    E_INK_ROWS,
    MOST_NEWS,
    ROWS,
    Line,
    Only,
    how_many_since,
    those,
    updates,
)
from app.downloads.updates_words import day_name, release_name, release_state, release_who
from app.foundation.db import day_of, now
from app.foundation.queue import SOON, enqueue
from app.foundation.queue.models import Job
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.looks import looks_of
from app.foundation.web.paging import Cursor, moment_after
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, local_path, show
from app.library.models import Series
from app.library.queries import known_to
from app.providers.models import Source
from app.reading.addresses import cover_url
from app.search.discover import id_in

__all__ = ["routes", "updates_nav"]

UPDATES = "/updates"
PART = "downloads/_updates_part.html"
"""What comes anew by itself while providers are asked."""
NEWS = f"{UPDATES}/news"
MOST_STATES = 200
SIGNED_IN, MANAGER = {"policy": Policy.SIGNED_IN}, {"policy": Policy.MANAGER}


@get(UPDATES, name="updates.list", opt=SIGNED_IN)
async def list_updates(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    return await _screen(request, person, session)


@get(NEWS, name="updates.news", opt=SIGNED_IN)
async def show_news(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    """What came after a list was shown that somebody still looks at."""
    only, newest = _only(request), ""
    if place := Cursor.of(request, NEWS).unpack(request.query_params.get("since"), 1):
        newest = str(place[0])
    moment = datetime.fromisoformat(newest) if newest else None
    return show(
        request,
        "downloads/news.html",
        fragment="downloads/_news.html",
        news=await how_many_since(session, person, only, moment),
        most_news=MOST_NEWS,
        here=f"{UPDATES}?only={only}",
        news_href=_news_href(request, only, newest),
    )


@post(f"{UPDATES}/download", name="updates.download", status_code=200, opt=MANAGER)
async def download_chosen(
    request: HTMXRequest, person: User, session: AsyncSession
) -> Response[Any]:
    form = await Form.read(request, ReleasesForm)
    wish = form.value
    if wish is None or not (wish.release or wish.all):
        form.wrong("release", _("Choose at least one chapter."))
        return await _screen(request, person, session, form)
    chosen = wish.shown if wish.all else wish.release
    return await _downloaded(request, person, session, chosen, wish.back or UPDATES)


@get("/releases/states", name="releases.states", opt=MANAGER)
async def show_states(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    """Of those that a list shows as coming: how far each is now."""
    asked = [id_in(text) for text in request.query_params.getall("release", [])]
    ids = {one for one in asked[:MOST_STATES] if one is not None}
    return show(
        request,
        "downloads/states.html",
        fragment="downloads/_states.html",
        lines=await those(session, person, ids),
        release_name=release_name,
        release_state=release_state,
    )


@post("/releases/{release_id:uuid}/download", name="release.download", status_code=200, opt=MANAGER)
async def download_one(
    request: HTMXRequest, person: User, session: AsyncSession, release_id: UUID
) -> Response[Any]:
    wish = (await Form.read(request, ReleasesForm)).value or ReleasesForm()
    await check_known(session, person, release_id)
    back = wish.back or UPDATES
    if wish.exact:
        return _queued(request, await want(session, [release_id], requested_by=person.id), back)
    return await _downloaded(request, person, session, [release_id], back)


@post(f"{UPDATES}/check", name="updates.check", opt=MANAGER)
async def check_all(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    """Everything that this person may know of is due now."""
    mine = select(Source.id).join(Series).where(is_live(), known_to(person))
    await session.execute(
        update(Source)
        .where(Source.id.in_(mine), Source.next_check_at > now())
        .values(next_check_at=now())
    )
    await enqueue(session, check_sources, key="", priority=SOON, requested_by=person.id)
    text = _("Everything that is followed is being checked. New chapters appear here.")
    return done(request, then=UPDATES, flash=text)


async def _downloaded(
    request: HTMXRequest, person: User, session: AsyncSession, ids: Sequence[UUID], back: str
) -> Response[Any]:
    return _queued(request, await download_those(session, person, ids), back)


def _queued(request: HTMXRequest, count: int, back: str) -> Response[Any]:
    if not count:
        text = Flash(_("There was nothing to download: it is here, or on its way."), "info")
    else:
        text = Flash(ngettext("%(num)s chapter is queued.", "%(num)s chapters are queued.", count))
    return done(request, then=local_path(back, UPDATES), flash=text)


async def _screen(
    request: HTMXRequest,
    person: User,
    session: AsyncSession,
    form: Form[ReleasesForm] | None = None,
) -> Response[Any]:
    only = _only(request)
    size = E_INK_ROWS if looks_of(request).is_e_ink else ROWS
    after = moment_after(request, UPDATES)
    found = await updates(session, person, only, after, size)
    lines, more = found[:size], len(found) > size
    here = f"{UPDATES}?only={only}"
    return show(
        request,
        "downloads/updates.html",
        422 if form and form.errors else 200,
        fragment=PART if "part" in request.query_params else "downloads/_updates.html",
        is_looking=person.manages and not after and await _is_looking(session),
        here=here,
        news=0,
        news_href="" if after else _news_href(request, only, _newest(lines)),
        days=_days(lines, after[0] if after else None),
        lines=lines,
        only=only,
        filters=_filters(only),
        form=form or Form.blank(ReleasesForm),
        is_any_followed=bool(lines) or await _is_any_followed(session, person),
        first_href=here if after else "",
        next_href=_next(request, here, lines) if more else "",
        cover_url=cover_url,
        release_name=release_name,
        release_state=release_state,
        release_who=release_who,
    )


def _only(request: HTMXRequest) -> Only:
    word = request.query_params.get("only", "")
    return Only(word) if word in set(Only) else Only.ALL


def _filters(only: Only) -> list[tuple[str, str, bool]]:
    words = {Only.ALL: _("All"), Only.UNREAD: _("Unread"), Only.AWAY: _("Not downloaded")}
    return [(text, f"{UPDATES}?only={one}", one is only) for one, text in words.items()]


def _next(request: HTMXRequest, here: str, lines: Sequence[Line]) -> str:
    token = Cursor.of(request, UPDATES).pack(lines[-1].seen_at.isoformat(), str(lines[-1].id))
    return f"{here}&after={token}"


def _newest(lines: Sequence[Line]) -> str:
    return lines[0].seen_at.isoformat() if lines else ""


def _news_href(request: HTMXRequest, only: Only, newest: str) -> str:
    """Where the screen asks what came after its newest line."""
    return f"{NEWS}?only={only}&since={Cursor.of(request, NEWS).pack(newest)}"


def _days(lines: Sequence[Line], before: datetime | None) -> list[tuple[str, list[Line]]]:
    """By day; a day that began on the screen before goes on without its name."""
    today, last = day_of(now()), day_of(before) if before else None

    def day(line: Line) -> date:
        return day_of(line.seen_at)

    return [
        ("" if when == last else day_name(when, today), list(of_day))
        for when, of_day in groupby(lines, day)
    ]


async def _is_looking(session: AsyncSession) -> bool:
    """Whether everything that is due is being checked, or will be in a moment."""
    under_way = Job.kind == check_sources.name, Job.state.in_(ACTIVE)
    return await session.scalar(select(Job.id).where(*under_way).limit(1)) is not None


async def _is_any_followed(session: AsyncSession, person: User) -> bool:
    found = select(Source.id).join(Series).where(is_live(), known_to(person)).limit(1)
    return await session.scalar(found) is not None


routes = [list_updates, show_news, show_states, download_chosen, download_one, check_all]
