"""The line that says how a scan goes, on its own: fetched again whenever that changes."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.libraries import shelf_for
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show


@get("/libraries/{library_id:uuid}/scan", name="browsing.scan", opt={"policy": Policy.SIGNED_IN})
async def library_scan(
    request: HTMXRequest,
    person: User,
    session: AsyncSession,
    library_id: UUID,
    seen: bool = False,
    empty: bool = False,
) -> Response[Any]:
    """`seen` says that the screen showed a scan until now, so its end is worth a word; `empty`, that it
    showed no series yet: it is made anew as soon as there is one."""
    library, total, scan, _ = await shelf_for(session, person, library_id)
    if empty and (total or (seen and scan is None)):
        return done(request, then=f"/libraries/{library_id}")
    return show(
        request,
        "browsing/library_scan.html",
        fragment="browsing/_library_scan.html",
        library=library,
        scan=scan,
        total=total,
        scan_was_seen=seen,
        is_empty=empty,
    )


routes = [library_scan]
