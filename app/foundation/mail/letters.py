"""What kinds of letters there are.

    @letter("welcome", template="mail/welcome.html")
    async def welcome(session: AsyncSession, to: Recipient, library: str) -> Words | None: ...

The function is called by the worker, each time it writes the letter: what the template says, or None
where the letter is not wanted any more. One-time secrets are made here, so that they stand in no job.
The title of the template is the subject; the text part says the same as the HTML.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Concatenate
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.foundation.queue.registry import checked_arguments

type Words = dict[str, Any]


class Recipient(msgspec.Struct, frozen=True):
    """`address` None is someone who gets no mail; `language` None has chosen none."""

    user_id: UUID | None
    name: str
    address: str | None
    language: str | None = None


type Writer = Callable[Concatenate[AsyncSession, Recipient, ...], Awaitable[Words | None]]
type AddressBook = Callable[[AsyncSession, UUID], Awaitable[Recipient | None]]


@dataclass(frozen=True)
class Letter:
    name: str
    template: str
    write: Writer
    argument_types: dict[str, Any]

    def arguments(self, words: dict[str, Any]) -> dict[str, Any]:
        return checked_arguments(self.name, self.argument_types, words)


LETTERS: dict[str, Letter] = {}
_books: list[AddressBook] = []


def letter(name: str, *, template: str) -> Callable[[Writer], Letter]:
    """Make a function a kind of letter."""

    def register(write: Writer) -> Letter:
        types = {
            argument: kind
            for argument, kind in write.__annotations__.items()
            if argument not in ("return", "session", "to")
        }
        if name in LETTERS and LETTERS[name].write.__module__ != write.__module__:
            raise RuntimeError(f"two letters are named {name}")
        return LETTERS.setdefault(name, Letter(name, template, write, types))

    return register


def set_address_book(book: AddressBook) -> None:
    """Who knows where people get their mail. None is somebody who is gone or may not sign in."""
    _books[:] = [book]


async def recipient(session: AsyncSession, user_id: UUID) -> Recipient | None:
    return await _books[0](session, user_id)
