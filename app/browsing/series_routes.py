"""The screen of a series."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing import nav
from app.browsing.series import SeriesView, beginning_of, series_for
from app.browsing.series_address import SeriesAddress, next_up
from app.browsing.series_lines import Lines, lines_of
from app.browsing.series_sums import sums_of
from app.browsing.series_volumes import VolumeBox, VolumeSum, in_volumes
from app.browsing.shelf_address import shelf_href
from app.browsing.words import (
    also_in,
    box_name,
    chapter_who,
    credit_lines,
    holes_sentence,
    series_facts,
    version_name,
)
from app.downloads.updates import MOST_COMING, coming
from app.downloads.updates_words import release_name, release_state, release_who
from app.foundation.web.looks import looks_of
from app.foundation.web.policies import Policy
from app.foundation.web.render import show
from app.library.models import ChapterKind, Series
from app.library.words import chapter_name, plain
from app.metadata.related import related_to
from app.reading import addresses


@get("/series/{series_id:uuid}", name="browsing.series", opt={"policy": Policy.SIGNED_IN})
async def series_screen(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    view = await series_for(session, person, series_id)
    series = view.series
    request.scope["state"][nav.SHELF_OF_THIS_SCREEN] = series.library_id
    address = SeriesAddress.read(request.query_params, series_id)
    found = await lines_of(session, person, series, address.part(looks_of(request)))
    counted = _counted(found)
    sums = await sums_of(session, person, series, counted)
    return show(
        request,
        "browsing/series.html",
        series=series,
        library=view.library,
        cover=[addresses.cover_url(series.id, view.cover_version, width) for width in (320, 640)],
        series_id=series.id,
        is_favourite=view.is_favourite,
        lines=found.lines,
        boxes=_boxes(view, address, found, sums.volumes),
        has_volumes=any(line.shown.volume is not None for line in found.lines),
        **address.links(found),
        **await _start(session, person, view, address, found),
        **await _releases(session, person, series, address),
        gaps=holes_sentence(sums.holes, volumes=counted is ChapterKind.VOLUME),
        versions=sums.versions,
        chosen=view.chosen,
        facts=series_facts(series, view.library),
        credits=credit_lines(series.creators),
        tags=view.tags,
        related=await related_to(session, person, series) if view.has_related else [],
        shelf_href=shelf_href,
        chapter_name=chapter_name,
        chapter_who=chapter_who,
        version_name=version_name,
        also_in=also_in,
        box_name=box_name,
        plain=plain,
    )


async def _start(
    session: AsyncSession, person: User, view: SeriesView, address: SeriesAddress, found: Lines
) -> dict[str, Any]:
    """Where to go on, and the first chapter where there is nothing to go on with."""
    beginning = None
    if view.next is None:
        is_start = found.lines and address.is_the_start
        shown = found.lines[0].shown.id if is_start else None
        beginning = shown or await beginning_of(session, person, view.series)
    return {"next": next_up(view, beginning), "first_id": beginning}


async def _releases(
    session: AsyncSession, person: User, series: Series, address: SeriesAddress
) -> dict[str, Any]:
    """What is followed has chapters elsewhere; they stand at the beginning only."""
    shown = series.is_followed and address.is_the_start
    return {
        "coming": await coming(session, person, series) if shown else [],
        "most_coming": MOST_COMING,
        "release_name": release_name,
        "release_state": release_state,
        "release_who": release_who,
    }


def _boxes(
    view: SeriesView, address: SeriesAddress, found: Lines, volumes: Sequence[VolumeSum]
) -> list[VolumeBox]:
    if not address.in_volumes or all(line.shown.volume is None for line in found.lines):
        return []
    wanted = {address.at} if address.at else {view.next.id} if view.next else set()
    return in_volumes(found.lines, volumes, wanted)


def _counted(found: Lines) -> ChapterKind:
    """What may have holes in its numbers: chapters, or volumes where those are the files."""
    kinds = {line.shown.kind for line in found.lines}
    of_volumes = ChapterKind.CHAPTER not in kinds and ChapterKind.VOLUME in kinds
    return ChapterKind.VOLUME if of_volumes else ChapterKind.CHAPTER


routes = [series_screen]
