"""Reading along something that is not a series. Who keeps such things (reading lists) stands on a
higher floor and says here how to go along one; the reader asks by the word in its address:

    /read/{chapter}?list={list_id}

The same goes for what higher rooms have to say when a chapter ends.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.reading.queries import Neighbour, OpenChapter

UUID_LENGTH = 36


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """What a chapter is read along: its neighbours there come before those of the series.

    `place` counts from 1; both numbers are of what the person may see.
    """

    title: str
    href: str
    place: int
    total: int
    before: Neighbour | None
    after: Neighbour | None


type Guide = Callable[[AsyncSession, User, UUID, UUID], Awaitable[Trail | None]]
"""(session, person, what is gone along, chapter) → None where the person may not, or it is not in it."""
type Afterword = Callable[[AsyncSession, User, OpenChapter], Awaitable[dict[str, Any]]]

_guides: dict[str, Guide] = {}
_afterwords: dict[str, Afterword] = {}


def guide_along(word: str, guide: Guide) -> None:
    """`word` is the name in the query of the reader's address."""
    _guides[word] = guide


def say_at_the_end(template: str, afterword: Afterword) -> None:
    """A fragment for the end of every chapter, and where what it needs comes from."""
    _afterwords[template] = afterword


def keeping(request: HTMXRequest) -> str:
    """`list=…` as it stands in the address, to be kept through turns; empty without one."""
    for word in _guides:
        along = _id(request.query_params.get(word))
        if along is not None:
            return f"{word}={along}"
    return ""


async def trail_of(
    request: HTMXRequest, session: AsyncSession, person: User, chapter_id: UUID
) -> Trail | None:
    """One query, and only where the address names something."""
    for word, guide in _guides.items():
        along = _id(request.query_params.get(word))
        if along is not None:
            return await guide(session, person, along, chapter_id)
    return None


async def last_words(
    session: AsyncSession, person: User, chapter: OpenChapter
) -> tuple[list[str], dict[str, Any]]:
    """Fragments, and the context they share."""
    context: dict[str, Any] = {}
    for afterword in _afterwords.values():
        context |= await afterword(session, person, chapter)
    return list(_afterwords), context


def _id(text: str | None) -> UUID | None:
    if text is None or len(text) != UUID_LENGTH:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
