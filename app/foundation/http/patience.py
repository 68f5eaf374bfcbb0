"""Asking again, where that may help."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from app.foundation.http.client import Fetched
from app.foundation.http.errors import LeftMeanwhile, OutboundError, Resting


async def patiently(
    ask: Callable[[], Awaitable[Fetched]], *, tries: int = 3, first_wait: float = 1.0
) -> Fetched:
    """Again after a failure that may pass (5xx, a broken line), with a growing, uneven wait. A host
    that rests is not waited for: whoever asked comes back later. Where it rests because of these
    failures, they are what is told."""
    before: Fetched | OutboundError | None = None
    for attempt in range(1, tries + 1):
        try:
            answer = await ask()
            if answer.status < 500 or attempt == tries:
                return answer
            before = answer
        except Resting as rest:
            if isinstance(before, Fetched):
                return before
            raise (before or rest) from None
        except LeftMeanwhile:
            raise
        except OutboundError as error:
            if not error.is_passing or attempt == tries:
                raise
            before = error
        await asyncio.sleep(first_wait * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
    raise AssertionError
