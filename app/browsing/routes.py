"""Home, the shelf of a library, the screen of a series."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing import help_routes, nav, original_routes, scan_routes
from app.browsing.covers import cover_url
from app.browsing.home import home_rows
from app.browsing.libraries import shelf_for
from app.browsing.series import in_volumes, lines_of, series_for, volume_totals
from app.browsing.series_address import SeriesAddress
from app.browsing.shelf import screenful
from app.browsing.shelf_address import ShelfAddress
from app.browsing.words import chapter_line, chapter_who, credit_lines, series_facts
from app.foundation.web.policies import Policy
from app.foundation.web.render import show
from app.library.words import chapter_name, volume_name
from app.reading import addresses

SIGNED_IN = {"policy": Policy.SIGNED_IN}


@get("/", name="browsing.home", opt=SIGNED_IN)
async def home(request: HTMXRequest, person: User, session: AsyncSession) -> Response[Any]:
    return show(
        request,
        "browsing/home.html",
        **await home_rows(session, person),
        cover_url=cover_url,
        chapter_line=chapter_line,
    )


@get("/libraries/{library_id:uuid}", name="browsing.library", opt=SIGNED_IN)
async def library_shelf(
    request: HTMXRequest, person: User, session: AsyncSession, library_id: UUID
) -> Response[Any]:
    library, total, scan, offline = await shelf_for(session, person, library_id)
    address = ShelfAddress.read(request, library_id, person)
    found = await screenful(
        session,
        person,
        library_id,
        address.wish,
        after=address.after,
        before=address.before,
        size=address.size,
    )
    return show(
        request,
        "browsing/library.html",
        fragment="browsing/_library_cards.html",
        library=library,
        count=None if address.filtered else total,
        scan=scan,
        total=total,
        offline_roots=offline,
        cards=found.cards,
        **address.links(found),
    )


@get("/series/{series_id:uuid}", name="browsing.series", opt=SIGNED_IN)
async def series_screen(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    view = await series_for(session, person, series_id)
    series, reading = view.series, view.reading
    request.scope["state"][nav.SHELF_OF_THIS_SCREEN] = series.library_id
    address = SeriesAddress.read(request, series)
    lines = await lines_of(
        session,
        person,
        series,
        first=address.first,
        newest_first=address.newest_first,
        unread_only=address.unread_only,
    )
    boxes = []
    next_id = reading.next_chapter_id if reading else None
    has_volumes = any(line.shown.volume is not None for line in lines)
    if address.in_volumes and has_volumes:
        boxes = in_volumes(lines, await volume_totals(session, person, series), next_id)
    return show(
        request,
        "browsing/series.html",
        series=series,
        library=view.library,
        cover=[addresses.cover_url(series.id, view.cover_version, width) for width in (320, 640)],
        series_id=series.id,
        is_favourite=view.is_favourite,
        lines=lines,
        boxes=boxes,
        has_volumes=has_volumes,
        **await address.links(session, person, lines, reading),
        facts=series_facts(series, view.library),
        credits=credit_lines(series.creators),
        chapter_name=chapter_name,
        chapter_who=chapter_who,
        volume_name=volume_name,
    )


__all__ = ["nav", "routes"]

routes = [
    *(home, library_shelf, series_screen, help_routes.show_keys),
    *scan_routes.routes,
    *original_routes.routes,
]
