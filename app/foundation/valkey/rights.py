"""Rights changed: what processes keep for a moment is forgotten, here and everywhere, at the commit.

Before it, another request could read the old rights once more and keep them.
"""

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.foundation.valkey.live import FORGET, Live
from app.foundation.valkey.local_cache import LocalCache

_MARK = "rights changed"
_live: Live | None = None


def tell_through(live: Live | None) -> None:
    """How this process tells the others; without it they trust what they keep until it is old."""
    global _live
    _live = live


def rights_changed(session: AsyncSession) -> None:
    """In this session somebody lost or won a right: a role, an age limit, a library, a sign-in."""
    session.info[_MARK] = True
    if not event.contains(session.sync_session, "after_commit", _committed):
        event.listen(session.sync_session, "after_commit", _committed)


def _committed(session: Session) -> None:
    # The end of a savepoint is told by the same event.
    if session.in_nested_transaction() or not session.info.pop(_MARK, False):
        return
    LocalCache.clear_all()
    if _live is not None:
        _live.tell_soon(FORGET)
