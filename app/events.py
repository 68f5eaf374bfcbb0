"""Facts that lower rooms announce and higher rooms act upon.

Subscribers run in the transaction of the one who publishes, so a fact and its
consequences are kept together or not at all. They may only write rows: what
leaves the process (wake-ups, live updates) goes out after the commit.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

type Listener[Fact] = Callable[[AsyncSession, Fact], Awaitable[None]]

_listeners: dict[type, list[Listener[Any]]] = defaultdict(list)


def on[Fact](fact_type: type[Fact]) -> Callable[[Listener[Fact]], Listener[Fact]]:
    """Subscribe to one type of fact: `@on(ChapterAdded)`."""

    def subscribe(listener: Listener[Fact]) -> Listener[Fact]:
        _listeners[fact_type].append(listener)
        return listener

    return subscribe


async def publish(session: AsyncSession, fact: object) -> None:
    """Run everyone who listens to this type, in the order they subscribed."""
    for listener in _listeners[type(fact)]:
        await listener(session, fact)
