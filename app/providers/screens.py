"""The list of providers, as every act that changes it shows it again."""

from typing import Any

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.queue.wake import tell_after_commit
from app.foundation.web.context import AnyRequest
from app.foundation.web.render import done
from app.providers import queries, words
from app.providers.checking import TOPIC

LIST = "/admin/providers"
ALL = "providers/_list.html"


async def all_of_them(
    request: AnyRequest, session: AsyncSession, flash: str | None = None
) -> Response[Any]:
    """After one of them changed."""
    await session.flush()
    tell_after_commit(session, TOPIC)
    all_seen = await queries.overview(session)
    return done(request, LIST, ALL, flash=flash, all_seen=all_seen, words=words)
