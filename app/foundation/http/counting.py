"""How many requests really left while a block ran, by the tasks that it began as well.

with requests_sent() as sent:
    await driver.search(wish)
sent.number
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec


class Sent(msgspec.Struct):
    number: int = 0


_sent: ContextVar[Sent | None] = ContextVar("sent", default=None)


@contextmanager
def requests_sent() -> Iterator[Sent]:
    sent = Sent()
    token = _sent.set(sent)
    try:
        yield sent
    finally:
        _sent.reset(token)


def count_one() -> None:
    if (sent := _sent.get()) is not None:
        sent.number += 1
