"""A search has two seconds; what takes longer ends in a sentence, not in a queue behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Unavailable
from app.foundation.web.i18n import lazy_gettext

MOST_MS = 2000
CANCELLED = "57014"  # PostgreSQL manual, appendix A: query_canceled
TOO_LONG = lazy_gettext(
    "This search took too long. Try longer words, or take a filter away, and search again."
)

_BOUNDS = text(
    "SELECT set_config('statement_timeout', :most, true),"
    " set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('enable_seqscan', 'off', true)"
)


@asynccontextmanager
async def in_time(session: AsyncSession) -> AsyncIterator[None]:
    """For all that this transaction still asks.

    Each question is planned for its own words: of a plan for any, which Postgres takes from the
    sixth time on, it is unknown how many a range of years leaves, and it read the whole shelf. And
    never by walking a table in the hope of enough rows that fit: where those of series lie before
    those of chapters, common words walked past 100,000 of them.
    """
    await session.execute(_BOUNDS, {"most": str(MOST_MS)})
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != CANCELLED:
            raise
        raise Unavailable(str(TOO_LONG)) from error
