"""What a person does on the screen of a series: marks of places and of parts, the version they read.

Marks go by places: a place is read when any of its chapters is, so all of them are marked alike.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar_htmx import HTMXRequest
from msgspec import Meta, Struct
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.browsing.series_address import LONGEST, SeriesAddress
from app.browsing.series_lines import LISTED
from app.browsing.series_range import Of, SeriesRange, number_of
from app.browsing.words import version_name
from app.collections.favourites import series_of
from app.errors import Invalid, NotFound
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.i18n import _, ngettext
from app.foundation.web.policies import Policy
from app.foundation.web.render import done, show
from app.library.models import Chapter, Series
from app.library.queries import visible_to
from app.reading import progress
from app.reading.progress import Marked
from app.reading.versions import prefer, prefer_none

SIGNED_IN = {"policy": Policy.SIGNED_IN}
OF_CHAPTER = "chapter"


class Back(Struct, kw_only=True):
    """`back` is the query of the series' screen that the form stood on, or OF_CHAPTER."""

    back: Annotated[str, Meta(max_length=LONGEST)] = ""


class RangeForm(Struct, kw_only=True):
    of: Of = Of.CHAPTER
    first: Annotated[str, Meta(max_length=20)] = ""
    last: Annotated[str, Meta(max_length=20)] = ""


@post("/chapters/{chapter_id:uuid}/place/read", name="browsing.place_read", opt=SIGNED_IN)
async def read_place(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    here = await _place_of(session, person, chapter_id)
    found = await _chapters(session, here.series_id, Chapter.position == here.position)
    marked = await progress.mark_read(session, person, here.series_id, found)
    return done(request, then=await _back(request, here), flash=_read_flash(here.series_id, marked))


@post("/chapters/{chapter_id:uuid}/place/read/through", name="browsing.through", opt=SIGNED_IN)
async def read_through(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    """Everything up to this place, which is included."""
    here = await _place_of(session, person, chapter_id)
    found = await _chapters(session, here.series_id, LISTED, Chapter.position <= here.position)
    marked = await progress.mark_read(session, person, here.series_id, found)
    return done(request, then=await _back(request, here), flash=_read_flash(here.series_id, marked))


@post("/chapters/{chapter_id:uuid}/place/read/remove", name="browsing.place_unread", opt=SIGNED_IN)
async def unread_place(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    here = await _place_of(session, person, chapter_id)
    found = await _chapters(session, here.series_id, Chapter.position == here.position)
    marked = await progress.mark_unread(session, person, here.series_id, found)
    flash = _unread_flash(here.series_id, marked)
    return done(request, then=await _back(request, here), flash=flash)


@post("/chapters/{chapter_id:uuid}/version", name="browsing.version", opt=SIGNED_IN)
async def prefer_version(
    request: HTMXRequest, person: User, session: AsyncSession, chapter_id: UUID
) -> Response[Any]:
    """The series goes on in the language and by the groups of this chapter."""
    chapter = await prefer(session, person, chapter_id)
    flash = _("This series goes on in: %(version)s.", version=version_name(chapter))
    return done(request, then=await _back(request, chapter), flash=flash)


@post("/series/{series_id:uuid}/version/remove", name="browsing.any_version", opt=SIGNED_IN)
async def prefer_any_version(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    await prefer_none(session, person, series_id)
    address = SeriesAddress.again(await _query_before(request), series_id)
    return done(request, then=address.to(), flash=_("Your language decides again."))


@get("/series/{series_id:uuid}/range", name="browsing.range", opt=SIGNED_IN)
async def series_range(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series = await series_of(session, person, series_id)
    said = request.query_params
    of = Of.VOLUME if said.get("of") == Of.VOLUME else Of.CHAPTER
    first = said.get("first", "")
    form = Form.blank(RangeForm, of=of, first=first if number_of(first) else "")
    return _ask(request, series, form)


@post("/series/{series_id:uuid}/range/read", name="browsing.range_read", opt=SIGNED_IN)
async def read_range(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series, form, found = await _found(request, person, session, series_id)
    if not found:
        return _ask(request, series, form, 422)
    marked = await progress.mark_read(session, person, series_id, found)
    return done(request, then=f"/series/{series_id}", flash=_read_flash(series_id, marked))


@post("/series/{series_id:uuid}/range/read/remove", name="browsing.range_unread", opt=SIGNED_IN)
async def unread_range(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    series, form, found = await _found(request, person, session, series_id)
    if not found:
        return _ask(request, series, form, 422)
    marked = await progress.mark_unread(session, person, series_id, found)
    return done(request, then=f"/series/{series_id}", flash=_unread_flash(series_id, marked))


@post("/series/{series_id:uuid}/range/file", name="browsing.range_file", opt=SIGNED_IN)
async def download_range(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> Response[Any]:
    """To the archive of it, once it is known that there is something in it."""
    series, form, found = await _found(request, person, session, series_id)
    if not found:
        return _ask(request, series, form, 422)
    part = _part(form)
    ends = (("first", part.first), ("last", part.last))
    query = "".join(f"&{name}={number}" for name, number in ends if number is not None)
    return done(request, then=f"/series/{series_id}/file?of={part.of}{query}")


def _ask(
    request: HTMXRequest, series: Series, form: Form[RangeForm], status: int = 200
) -> Response[Any]:
    kinds = [(Of.CHAPTER, _("Chapters")), (Of.VOLUME, _("Volumes"))]
    return show(
        request, "browsing/series_range.html", status, series=series, form=form, kinds=kinds
    )


async def _found(
    request: HTMXRequest, person: User, session: AsyncSession, series_id: UUID
) -> tuple[Series, Form[RangeForm], list[UUID]]:
    """The chapters of the range; none where the form says why."""
    series = await series_of(session, person, series_id)
    form = await Form.read(request, RangeForm)
    for name in ("first", "last"):
        written = str(form.values[name] or "").strip()
        if written and not form.errors[name] and number_of(written) is None:
            form.errors[name] = _("Write a number, such as 12 or 12.5.")
    if form.value is None:
        return series, form, []
    part = _part(form)
    if part.is_upside_down:
        form.errors["last"] = _("This is before the beginning.")
        return series, form, []
    found = await _chapters(session, series_id, LISTED, part.condition())
    if not found:
        form.errors["first"] = _("There is nothing with these numbers.")
    return series, form, found


def _part(form: Form[RangeForm]) -> SeriesRange:
    value = form.value
    assert value is not None
    return SeriesRange(value.of, number_of(value.first), number_of(value.last))


async def _place_of(session: AsyncSession, person: User, chapter_id: UUID) -> Chapter:
    found = await session.scalar(
        select(Chapter)
        .join(Series, Series.id == Chapter.series_id)
        .where(Chapter.id == chapter_id, visible_to(person))
        .where(Chapter.trashed_at.is_(None), Series.trashed_at.is_(None))
    )
    if found is None:
        raise NotFound("There is no such chapter.")
    return found


async def _chapters(
    session: AsyncSession, series_id: UUID, *which: ColumnElement[bool]
) -> list[UUID]:
    """Of a series that was found visible before."""
    found = select(Chapter.id).where(
        Chapter.series_id == series_id, Chapter.trashed_at.is_(None), *which
    )
    return list(await session.scalars(found))


async def _back(request: HTMXRequest, chapter: Chapter) -> str:
    query = await _query_before(request)
    if query == OF_CHAPTER:
        return f"/chapters/{chapter.id}"
    return SeriesAddress.again(query, chapter.series_id).at_chapter(chapter.id)


async def _query_before(request: HTMXRequest) -> str:
    form = await Form.read(request, Back)
    if form.value is None:
        raise Invalid(_("This form sent something that Bunko does not know."))
    return form.value.back


def _read_flash(series_id: UUID, marked: Marked) -> Flash:
    text = ngettext(
        "%(num)s chapter marked as read.", "%(num)s chapters marked as read.", marked.count
    )
    undo = f"/series/{series_id}/read/remove?at={_stamp(marked.at)}" if marked.count else ""
    return Flash(text, undo=undo)


def _unread_flash(series_id: UUID, marked: Marked) -> Flash:
    text = ngettext(
        "%(num)s chapter marked as unread.", "%(num)s chapters marked as unread.", marked.count
    )
    undo = f"/series/{series_id}/read?at={_stamp(marked.at)}" if marked.count else ""
    return Flash(text, undo=undo)


def _stamp(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%S.%f")


routes = [
    *(read_place, read_through, unread_place),
    *(prefer_version, prefer_any_version),
    *(series_range, read_range, unread_range, download_range),
]
