"""`/series/…/sources`: where the chapters of a series come from, and what is wanted of each."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar_htmx import HTMXRequest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.follow_forms import MOST_LANGUAGES, ChoiceForm
from app.downloads.follow_jobs import check_soon
from app.downloads.follow_sources import (
    former_sources,
    one_for,
    priority_of,
    series_for,
    sources_of,
)
from app.downloads.following import resume, stop
from app.downloads.releases_wanted import download_those
from app.downloads.updates import of_series
from app.downloads.updates_words import (
    health_state,
    keep_options,
    keep_words,
    language_options,
    rhythm,
    wishes,
)
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.providers.models import Release, Source

MANAGER = {"policy": Policy.MANAGER}
MOST_GROUPS_SHOWN = 20


@get("/series/{series_id:uuid}/sources", name="series.sources", opt=MANAGER)
async def list_sources(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await series_for(session, person, series_id)
    return show(
        request,
        "downloads/follow_sources.html",
        fragment="downloads/_follow_sources.html",
        series=series,
        sources=await sources_of(session, series),
        former=await former_sources(session, series),
        health_state=health_state,
        keep_words=keep_words,
        rhythm=rhythm,
        wishes=wishes,
    )


@post("/series/{series_id:uuid}/sources/check", name="series.check_sources", opt=MANAGER)
async def check_series(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await series_for(session, person, series_id)
    for line in await sources_of(session, series):
        if line.source.stopped_at is None:
            await check_soon(session, line.source, person.id)
    text = _("It is being checked. New chapters appear here in a moment.")
    return done(request, then=f"/series/{series_id}/sources", flash=text)


@post("/series/{series_id:uuid}/releases/download", name="series.download_releases", opt=MANAGER)
async def download_series(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await series_for(session, person, series_id)
    count = await download_those(session, person, of_series(series))
    text = ngettext("%(num)s chapter is queued.", "%(num)s chapters are queued.", count)
    return done(request, then=f"/series/{series_id}", flash=text)


@post("/sources/{source_id:uuid}/check", name="source.check", opt=MANAGER)
async def check_one(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID
) -> Response[Any]:
    source = await one_for(session, person, source_id)
    await check_soon(session, source, person.id)
    text = _("It is being checked. New chapters appear here in a moment.")
    return done(request, then=_home(source), flash=text)


@get("/sources/{source_id:uuid}/edit", name="source.edit", opt=MANAGER)
async def edit_source(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID
) -> Response[Any]:
    source = await one_for(session, person, source_id)
    known = ChoiceForm(
        languages=source.languages, groups="\n".join(source.groups), keep=source.keep
    )
    return await _form(request, session, source, Form.of(known))


@post("/sources/{source_id:uuid}/edit", name="source.change", status_code=200, opt=MANAGER)
async def change_source(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID
) -> Response[Any]:
    source = await one_for(session, person, source_id)
    form = await Form.read(request, ChoiceForm)
    wish = form.value
    if wish is None:
        return await _form(request, session, source, form)
    source.languages, source.groups = wish.chosen_languages, wish.chosen_groups
    source.keep = wish.keep
    await check_soon(session, source, person.id)
    return done(request, then=_home(source), flash=_("Saved. It is being checked with that."))


@post("/sources/{source_id:uuid}/up", name="source.up", opt=MANAGER)
async def move_up(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID
) -> Response[Any]:
    return await _moved(request, person, session, source_id, up=True)


@post("/sources/{source_id:uuid}/down", name="source.down", opt=MANAGER)
async def move_down(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID
) -> Response[Any]:
    return await _moved(request, person, session, source_id, up=False)


@get("/sources/{source_id:uuid}/stop", name="source.confirm_stop", opt=MANAGER)
async def confirm_stop(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID
) -> Response[Any]:
    source = await one_for(session, person, source_id)
    return show(request, "downloads/follow_stop.html", source=source, back=_home(source))


@post("/sources/{source_id:uuid}/stop", name="source.stop", opt=MANAGER)
async def stop_following(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID
) -> Response[Any]:
    source = await one_for(session, person, source_id)
    await stop(session, source)
    text = _("“%(title)s” is no longer followed there.", title=source.title)
    undo = f"/sources/{source.id}/follow"
    return done(request, then=_home(source), flash=Flash(text, undo=undo))


@post("/sources/{source_id:uuid}/follow", name="source.follow", opt=MANAGER)
async def follow_again(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID
) -> Response[Any]:
    source = await one_for(session, person, source_id)
    await resume(session, source)
    text = _("“%(title)s” is followed again.", title=source.title)
    return done(request, then=_home(source), flash=text)


async def _moved(
    request: HTMXRequest, person: User, session: AsyncSession, source_id: UUID, *, up: bool
) -> Response[Any]:
    source = await one_for(session, person, source_id)
    await priority_of(session, source, up=up)
    return done(request, then=_home(source))


async def _form(
    request: HTMXRequest, session: AsyncSession, source: Source, form: Form[ChoiceForm]
) -> Response[Any]:
    of_source = Release.source_id == source.id
    tags = await session.scalars(
        select(Release.language)
        .where(of_source, Release.language.is_not(None))
        .group_by(Release.language)
        .order_by(func.count().desc(), Release.language)
    )
    group = func.unnest(Release.groups).label("name")
    groups = await session.execute(
        select(group, func.count())
        .where(of_source)
        .group_by(group)
        .order_by(func.count().desc(), group)
        .limit(MOST_GROUPS_SHOWN)
    )
    known = [*source.languages, *(tag for tag in tags if tag), *source.provider.languages]
    return show(
        request,
        "downloads/follow_edit.html",
        422 if form.errors else 200,
        source=source,
        form=form,
        back=_home(source),
        languages=language_options(list(dict.fromkeys(known))),
        groups=[(name, count) for name, count in groups],
        places=range(MOST_LANGUAGES),
        keeps=keep_options(),
    )


def _home(source: Source) -> str:
    return f"/series/{source.series_id}/sources"


routes = [
    list_sources,
    check_series,
    download_series,
    check_one,
    edit_source,
    change_source,
    move_up,
    move_down,
    confirm_stop,
    stop_following,
    follow_again,
]
