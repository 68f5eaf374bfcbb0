"""The frame of every screen: the places in the rail that lead to shelves, and what is new for this
person. All of it is asked in one statement: it is asked with every screen."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.downloads.queries import at_work_count
from app.foundation.web.context import (
    AnyRequest,
    NavEntry,
    add_context,
    person_of,
    register_nav,
)
from app.foundation.web.database import provide_session
from app.foundation.web.i18n import _
from app.library.models import Library
from app.library.queries import Asker, libraries_of, sees_all_of_it
from app.notifications.queries import MOST_COUNTED, unread_count

NEWS = "news"
SHELF_OF_THIS_SCREEN = "shelf_of_this_screen"
"""In the request's state: the library that a screen below another address belongs to."""


async def shelves(request: AnyRequest) -> list[NavEntry]:
    """Home, and every library this person may see."""
    person: User = person_of(request)
    session: AsyncSession = provide_session(request.app.state, request.scope)
    rows = (await session.execute(_frame(Asker.like(person)), Asker.values(person))).all()
    coming_in = rows[0].coming_in if person.manages else 0
    request.scope["state"][NEWS] = {"unread": rows[0].unread, "coming_in": coming_in}
    here = request.scope["state"].get(SHELF_OF_THIS_SCREEN)
    return [
        NavEntry(href="/", icon="home", label=_("Home")),
        *(
            NavEntry(f"/libraries/{row.id}", "shelf", row.name, row.total, row.id == here)
            for row in rows
            if row.id is not None
        ),
    ]


@cache
def _frame(person: Asker) -> Select[UUID | None, str, int | None, int, int]:
    """A row for each library; one without, where there is none."""
    counts = select(
        unread_count(person).label("unread"), at_work_count().label("coming_in")
    ).subquery("counts")
    return (
        select(
            Library.id,
            Library.name,
            case((sees_all_of_it(person), Library.series_total)).label("total"),
            counts.c.unread,
            counts.c.coming_in,
        )
        .select_from(counts.outerjoin(Library, libraries_of(person)))
        .order_by(Library.sort_key, Library.id)
    )


async def whats_new(request: AnyRequest) -> dict[str, Any]:
    """Notifications, and the downloads that come in at the moment, for the head of the screen."""
    return {**request.scope["state"].get(NEWS, {}), "most_unread": MOST_COUNTED}


def administration(request: AnyRequest) -> list[NavEntry]:
    person: User = person_of(request)
    return [NavEntry("/admin/libraries", "folder", _("Libraries"))] if person.is_owner else []


register_nav(shelves, order=10)
add_context(whats_new)
register_nav(administration, order=110, admin=True)
