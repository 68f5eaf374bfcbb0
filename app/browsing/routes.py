"""Home and the shelf of a library; and everything else this room serves."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing import (
    chapter_routes,
    help_routes,
    nav,
    original_routes,
    scan_routes,
    series_marks,
    series_routes,
)
from app.browsing.covers import cover_url
from app.browsing.home import home_rows
from app.browsing.libraries import shelf_for
from app.browsing.shelf import screenful
from app.browsing.shelf_address import ShelfAddress
from app.browsing.words import chapter_line
from app.foundation.web.policies import Policy
from app.foundation.web.render import show

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


__all__ = ["nav", "routes"]

routes = [
    *(home, library_shelf, help_routes.show_keys),
    *scan_routes.routes,
    *series_routes.routes,
    *series_marks.routes,
    *chapter_routes.routes,
    *original_routes.routes,
]
