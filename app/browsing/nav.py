"""The places in the rail that lead to shelves."""

from functools import cache
from uuid import UUID

from sqlalchemy import Select, case, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.context import AnyRequest, NavEntry, person_of, register_nav
from app.foundation.web.database import provide_session
from app.foundation.web.i18n import _
from app.library.models import Library
from app.library.queries import Asker, libraries_of, sees_all_of_it

SHELF_OF_THIS_SCREEN = "shelf_of_this_screen"
"""In the request's state: the library that a screen below another address belongs to."""


async def shelves(request: AnyRequest) -> list[NavEntry]:
    """Home, and every library this person may see."""
    person: User = person_of(request)
    session: AsyncSession = provide_session(request.app.state, request.scope)
    rows = await session.execute(_libraries(Asker.like(person)), Asker.values(person))
    here = request.scope["state"].get(SHELF_OF_THIS_SCREEN)
    return [
        NavEntry(href="/", icon="home", label=_("Home")),
        *(
            NavEntry(f"/libraries/{row.id}", "shelf", row.name, row.total, row.id == here)
            for row in rows
        ),
    ]


@cache
def _libraries(person: Asker) -> Select[UUID, str, int | None]:
    return (
        select(
            Library.id,
            Library.name,
            case((sees_all_of_it(person), Library.series_total)).label("total"),
        )
        .where(libraries_of(person))
        .order_by(Library.sort_key, Library.id)
    )


def administration(request: AnyRequest) -> list[NavEntry]:
    person: User = person_of(request)
    return [NavEntry("/admin/libraries", "folder", _("Libraries"))] if person.is_owner else []


register_nav(shelves, order=10)
register_nav(administration, order=110, admin=True)
