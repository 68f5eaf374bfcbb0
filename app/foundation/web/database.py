"""The session of a request: made when first asked for, committed once, before the answer leaves.

Advanced Alchemy's `autocommit_include_redirects` has the same rule, but (1.12) logs a failed
commit at debug level and still sends the success; here it becomes an error screen. Its Litestar
plugin also imports a command line kit into every web process.
"""

from litestar.datastructures import State
from litestar.types import Message, Scope
from sqlalchemy.ext.asyncio import AsyncSession

SESSION_KEY = "database_session"
REFUSED = "database_refused"


def provide_session(state: State, scope: Scope) -> AsyncSession:
    """The request's own session, the same for middleware, guards, dependencies and handler."""
    kept: AsyncSession | None = scope["state"].get(SESSION_KEY)
    if kept is None:
        kept = scope["state"][SESSION_KEY] = state["session_maker_class"]()
    return kept


def session_so_far(scope: Scope) -> AsyncSession | None:
    return scope["state"].get(SESSION_KEY)


async def autocommit_include_redirects(message: Message, scope: Scope) -> None:
    """Before an answer starts: 2xx and 3xx commit, everything else rolls back.

    A commit that fails raises here, before a byte was sent, so it is answered as an error.
    """
    if message["type"] != "http.response.start" or "state" not in scope:
        return
    session = scope["state"].pop(SESSION_KEY, None)
    if session is None:
        return
    try:
        if 200 <= message["status"] < 400 and not scope["state"].get(REFUSED):
            await session.commit()
    finally:
        # Closing rolls back what was not committed.
        await session.close()


def never_commit(scope: Scope) -> None:
    """The handler failed: whatever the status of the answer (a redirect to sign in), no write stays."""
    scope["state"][REFUSED] = True


async def close_what_is_left(scope: Scope) -> None:
    """The client went away before any answer started."""
    session = scope["state"].pop(SESSION_KEY, None)
    if session is not None:
        await session.close()
