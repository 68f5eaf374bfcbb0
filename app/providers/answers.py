"""What a driver answers, or why it does not, in a sentence."""

from collections.abc import Awaitable

from app.errors import BunkoError
from app.foundation.logger import get_logger
from app.providers.errors import Unexpected

log = get_logger("bunko.providers")


async def answered[T](asked: Awaitable[T]) -> T:
    """A driver that is not ours may raise anything. Where one stumbles, that too is told of the one
    thing that was asked, and nothing else that waits for this provider or another fails with it."""
    try:
        return await asked
    except BunkoError:
        raise
    except Exception as error:
        log.warning("a driver stumbled", exc_info=True)
        raise Unexpected(
            "The driver of this provider stumbled over an answer (%(mistake)s).",
            mistake=type(error).__name__,
        ) from error
