"""What the templates of the reader are given."""

from typing import Any

from litestar_htmx import HTMXRequest
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.auth.devices import device_name
from app.library.words import chapter_name
from app.reading.addresses import chapter_cover_url, cover_version
from app.reading.company import Trail, keeping, last_words, trail_of
from app.reading.devices import device_hash, user_agent_of
from app.reading.images import images_of
from app.reading.keys import ACTIONS, keys_of
from app.reading.manner import Here
from app.reading.opening import OpenView, here, images_in, opened_at
from app.reading.pictures import PageImage
from app.reading.queries import Neighbour, OpenChapter, neighbours, open_chapter
from app.reading.taps import zones_of
from app.reading.views import View

MOST_OPTIONS = 300
"""Beyond this many pages the picker is a number field: a list would outweigh the page."""
AROUND = (2, 9)
"""Views before and after the one shown that scripts are given at once."""
PARTS_AROUND = (0, 1)


async def reader_context(
    request: HTMXRequest, session: AsyncSession, person: User, opened: OpenView
) -> dict[str, Any]:
    """One view of a chapter, whole without scripts."""
    chapter, manner = opened.chapter, opened.manner
    trail = await trail_of(request, session, person, chapter.id)
    before, after = await neighbours(session, person, chapter)
    is_page = not manner.mode.is_strip
    images = await images_in(request, opened, opened.view, checked=is_page)
    assert chapter.file is not None
    wanted = [(one.page, one.recipe) for one in images if one.recipe and one.page >= opened.page]
    await images_of(request.app).make_ready(chapter.file, wanted)
    common = _common(request, chapter, before, after, trail)
    ahead = await _images_ahead(request, session, person, opened, common["after"])
    return (
        common
        | view_context(opened, opened.view)
        | {
            "images": images,
            "page": opened.page,
            "body_class": _body_class(opened),
            "pages": chapter.page_count,
            "previous": opened.beside(-1),
            "following": opened.beside(1),
            "zones": zones_of(
                manner.settings.taps,
                is_rtl=manner.mode.is_rtl,
                is_inverted=manner.settings.invert_taps,
            ),
            "elsewhere": _elsewhere(request, chapter, opened.view.last),
            "most_options": MOST_OPTIONS,
            "passed_over": len(opened.passed_over),
            "actions": [
                one for one in ACTIONS if one.only in ("", "pages" if is_page else "strip")
            ],
            "keys": keys_of(person),
            "next_image": next((image.likely for image in ahead if not image.reason), ""),
        }
        | theme_of(person, manner.here)
    )


async def _images_ahead(
    request: HTMXRequest,
    session: AsyncSession,
    person: User,
    opened: OpenView,
    after: Neighbour | None,
) -> list[PageImage]:
    """Of the next screen; after the last one that is the next chapter, at one more query."""
    if (following := opened.beside(1)) is not None:
        return await images_in(request, opened, following)
    if after is None:
        return []
    chapter = await open_chapter(session, person, after.id, device_hash(request))
    if chapter.file is None:
        return []
    beyond = await opened_at(request, person, chapter, None)
    return await images_in(request, beyond, beyond.view)


async def views_around(request: HTMXRequest, opened: OpenView) -> list[dict[str, Any]]:
    """What scripts turn through without asking for each page."""
    before, after = PARTS_AROUND if opened.manner.mode.is_strip else AROUND
    around = opened.views[max(0, opened.at - before) : opened.at + after + 1]
    return [
        view_context(opened, view) | {"images": await images_in(request, opened, view)}
        for view in around
    ]


def view_context(opened: OpenView, view: View) -> dict[str, Any]:
    return {
        "view": view,
        "is_last": view == opened.views[-1],
        "manner": opened.manner,
        "said": opened.manner.settings,
        "is_rtl": opened.manner.mode.is_rtl,
    }


def theme_of(person: User, here: Here) -> dict[str, Any]:
    """An e-ink reader shows e-ink, unless its person chose another theme."""
    if here.profile.is_e_ink and person.preference.theme.value == "auto":
        return {"theme": "e-ink"}
    return {}


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
        | theme_of(person, here(request, person, chapter))
    )


async def missing_context(
    request: HTMXRequest, session: AsyncSession, person: User, chapter: OpenChapter
) -> dict[str, Any]:
    trail = await trail_of(request, session, person, chapter.id)
    before, after = await neighbours(session, person, chapter)
    return _common(request, chapter, before, after, trail) | theme_of(
        person, here(request, person, chapter)
    )


def _body_class(opened: OpenView) -> str:
    """On e-ink the page has the whole screen, with scripts or without."""
    manner = opened.manner
    words = [f"ground-{manner.settings.background.value}"]
    words.append("is-strip" if manner.mode.is_strip else "is-paged")
    if not manner.mode.is_strip and manner.here.profile.is_e_ink:
        words.append("is-bare")
    if _clears_shadows(opened):
        words.append("is-clearing")
    return " ".join(words)


def _clears_shadows(opened: OpenView) -> bool:
    """E-ink keeps shadows of what was shown; one black moment every few turns clears them. Scripts
    count the turns they make themselves."""
    every = opened.manner.settings.refresh_every
    return every > 0 and opened.at > 0 and opened.at % every == 0


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
    own = chapter.device.name if chapter.device else device_name(user_agent_of(request))
    return "" if place.device in (None, own) else place.device
