"""What the templates of the reader are given."""

from typing import Any

from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.devices import device_name
from app.library.models import Direction
from app.library.words import chapter_name
from app.reading.addresses import chapter_cover_url, cover_version
from app.reading.images import images_of
from app.reading.places import clamped
from app.reading.queries import Neighbour, OpenChapter, neighbours
from app.reading.reader import (
    direction_of,
    image_of,
    images_of_part,
    is_stacked,
    next_image,
    part_of,
)

MOST_OPTIONS = 300
"""Beyond this many pages the picker is a number field: a list would outweigh the page."""


async def reader_context(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    chapter: OpenChapter,
    wanted: int | None,
) -> dict[str, Any]:
    """One page, or one part of a strip. `wanted` None resumes; absurd ones are clamped."""
    files = images_of(request.app).files
    direction = await direction_of(files, chapter)
    page = clamped(wanted if wanted is not None else chapter.place.page, chapter.page_count)
    before, after = await neighbours(session, person, chapter)
    context = _common(chapter, before, after) | {
        "page": page,
        "pages": chapter.page_count,
        "is_rtl": direction is Direction.RIGHT_TO_LEFT,
        "is_stacked": is_stacked(direction),
        "elsewhere": _elsewhere(request, chapter, page),
        "most_options": MOST_OPTIONS,
        "next_image": next_image(chapter, page, is_phone=_is_phone(request)),
    }
    if context["is_stacked"]:
        part = part_of(page, chapter.page_count)
        images = await images_of_part(files, chapter, part)
        return context | {
            "part": part,
            "images": images,
            "has_gaps": direction is Direction.VERTICAL,
            "next_image": next_image(chapter, part[-1], is_phone=_is_phone(request)),
        }
    return context | {"image": await image_of(files, chapter, page)}


async def end_context(session: AsyncSession, person: User, chapter: OpenChapter) -> dict[str, Any]:
    before, after = await neighbours(session, person, chapter)
    context = _common(chapter, before, after)
    if after is not None:
        version = cover_version(after.file_id, after.revision, 1)
        context["next_cover"] = [chapter_cover_url(after.id, version, w) for w in (320, 640)]
    return context | {"pages": chapter.page_count}


async def missing_context(
    session: AsyncSession, person: User, chapter: OpenChapter
) -> dict[str, Any]:
    before, after = await neighbours(session, person, chapter)
    return _common(chapter, before, after)


def _common(
    chapter: OpenChapter, before: Neighbour | None, after: Neighbour | None
) -> dict[str, Any]:
    return {
        "chapter": chapter,
        "before": before,
        "after": after,
        "chapter_name": chapter_name,
    }


def _elsewhere(request: HTMXRequest, chapter: OpenChapter, page: int) -> str | None:
    """The device that is further on in this chapter than the screen; None where none is."""
    place = chapter.place
    if not place.is_begun or place.is_read or place.page <= page:
        return None
    here = device_name(request.headers.get("user-agent", ""))
    return "" if place.device in (None, here) else place.device


def _is_phone(request: HTMXRequest) -> bool:
    return "Mobi" in request.headers.get("user-agent", "")
