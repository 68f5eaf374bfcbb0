"""`/api/v1/libraries`."""

from litestar import get
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.api.parts import ROWS, After, Limit, address_of_next
from app.api.queries import libraries_after
from app.api.responses import problems
from app.api.schemas import LibraryLine, LibraryList
from app.foundation.web.paging import Cursor
from app.foundation.web.policies import Policy, Scope


@get(
    "/libraries",
    name="api.libraries",
    opt={"policy": Policy.SIGNED_IN, "scope": Scope.READ},
    summary="The libraries you may see",
    operation_id="listLibraries",
    tags=["Libraries"],
    responses=problems(400, 401, 403, 422, 429),
)
async def list_libraries(
    request: HTMXRequest,
    person: User,
    session: AsyncSession,
    limit: Limit = ROWS,
    after: After = None,
) -> LibraryList:
    """In the order of their names, a part at a time: follow `next` until it is null."""
    cursor = Cursor.of(request, "api libraries")
    rows = await libraries_after(session, person, cursor.unpack(after, 2), limit)
    lines = [
        LibraryLine(
            id=library.id,
            name=library.name,
            direction=library.direction,
            language=library.language,
            series_count=total,
        )
        for library, total in rows[:limit]
    ]
    token = None
    if len(rows) > limit:
        last = rows[limit - 1][0]
        token = cursor.pack(last.sort_key, str(last.id))
    return LibraryList(items=lines, next=address_of_next(request, limit, token))
