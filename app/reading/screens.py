"""What the templates of the reader are given."""

from typing import Any

from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.devices import device_name
from app.library.models import Direction
from app.library.words import chapter_name
from app.reading.addresses import chapter_cover_url, cover_version
from app.reading.company import Trail, keeping, last_words, trail_of
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
    trail = await trail_of(request, session, person, chapter.id)
    before, after = await neighbours(session, person, chapter)
    context = _common(request, chapter, before, after, trail) | {
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


async def end_context(
    request: HTMXRequest, session: AsyncSession, person: User, chapter: OpenChapter
) -> dict[str, Any]:
    """On a trail its next chapter comes first; the next of the series is offered beside it."""
    trail = await trail_of(request, session, person, chapter.id)
    before, in_series = await neighbours(session, person, chapter)
    context = _common(request, chapter, before, in_series, trail)
    after = context["after"]
    if after is not None:
        version = cover_version(after.file_id, after.revision, 1)
        context["next_cover"] = [chapter_cover_url(after.id, version, w) for w in (320, 640)]
    last, more = await last_words(session, person, chapter)
    if after is not None and in_series is not None and after.id == in_series.id:
        in_series = None
    return (
        context
        | more
        | {
            "pages": chapter.page_count,
            "in_series": in_series if trail else None,
            "afterwords": last,
        }
    )


async def missing_context(
    request: HTMXRequest, session: AsyncSession, person: User, chapter: OpenChapter
) -> dict[str, Any]:
    trail = await trail_of(request, session, person, chapter.id)
    before, after = await neighbours(session, person, chapter)
    return _common(request, chapter, before, after, trail)


def _common(
    request: HTMXRequest,
    chapter: OpenChapter,
    before: Neighbour | None,
    after: Neighbour | None,
    trail: Trail | None,
) -> dict[str, Any]:
    """`keep` and `keep_first` end the addresses of the reader that stay on the trail: "&list=…" or
    "?list=…", or nothing."""
    kept = keeping(request) if trail else ""
    return {
        "chapter": chapter,
        "before": trail.before if trail else before,
        "after": trail.after if trail else after,
        "trail": trail,
        "kept_field": kept.split("="),
        "keep": f"&{kept}" if kept else "",
        "keep_first": f"?{kept}" if kept else "",
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
