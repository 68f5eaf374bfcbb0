"""The places in the rail that lead to shelves."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.foundation.web.context import AnyRequest, NavEntry, person_of, register_nav
from app.foundation.web.database import provide_session
from app.foundation.web.i18n import _
from app.library.models import Library
from app.library.queries import libraries_of


async def shelves(request: AnyRequest) -> list[NavEntry]:
    """Home, and every library this person may see."""
    person: User = person_of(request)
    session: AsyncSession = provide_session(request.app.state, request.scope)
    rows = await session.execute(
        select(Library.id, Library.name, Library.series_total)
        .where(libraries_of(person))
        .order_by(Library.sort_key, Library.id)
    )
    # A kept total would tell people with limits how much there is that they do not see.
    counts = person.age_limit is None
    return [
        NavEntry(href="/", icon="home", label=_("Home")),
        *(
            NavEntry(
                f"/libraries/{row.id}", "shelf", row.name, row.series_total if counts else None
            )
            for row in rows
        ),
    ]


def administration(request: AnyRequest) -> list[NavEntry]:
    person: User = person_of(request)
    return [NavEntry("/admin/libraries", "folder", _("Libraries"))] if person.is_owner else []


register_nav(shelves, order=10)
register_nav(administration, order=110, admin=True)
