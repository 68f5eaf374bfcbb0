"""A chapter opened at one of its views, for whoever asks on whatever they read on."""

from collections.abc import Sequence

import msgspec
from litestar_htmx import HTMXRequest

from app.accounts.models import User
from app.reading.devices import user_agent_of
from app.reading.images import images_of as images_of_app
from app.reading.manner import Here, Manner, here_of, manner_of
from app.reading.open_files import OpenFiles
from app.reading.pictures import PageImage, images_of
from app.reading.places import clamped
from app.reading.queries import OpenChapter
from app.reading.repeats import passed_over
from app.reading.shapes import is_strip, shapes_of
from app.reading.views import Shape, Shown, View, index_of, views_of


class OpenView(msgspec.Struct, frozen=True, kw_only=True):
    """A chapter opened at one of its views."""

    chapter: OpenChapter
    manner: Manner
    views: Sequence[View]
    at: int
    asked: int
    passed_over: frozenset[int]
    """Pages that an owner chose to leave out."""

    @property
    def view(self) -> View:
        return self.views[self.at]

    @property
    def page(self) -> int:
        """Where reading goes on: of a strip the page that was asked for, else the first one shown."""
        if not self.manner.mode.is_strip:
            return self.view.first
        shown = (one.page for one in self.view.shown if one.page <= self.asked)
        return max(shown, default=self.view.first)

    @property
    def is_last(self) -> bool:
        return self.at == len(self.views) - 1

    def beside(self, step: int) -> View | None:
        at = self.at + step
        return self.views[at] if 0 <= at < len(self.views) else None


def here(request: HTMXRequest, person: User, chapter: OpenChapter) -> Here:
    return here_of(
        person, user_agent_of(request), series=chapter.series_settings, device=chapter.device
    )


async def manner_here(request: HTMXRequest, person: User, chapter: OpenChapter) -> Manner:
    return manner_of(
        here(request, person, chapter),
        series=chapter.direction,
        is_strip=chapter.direction is None and await is_strip(files_of(request), chapter),
        library=chapter.library_direction,
    )


async def opened_at(
    request: HTMXRequest, person: User, chapter: OpenChapter, page: int | None, step: int = 1
) -> OpenView:
    """`page` None resumes; absurd ones are clamped."""
    manner = await manner_here(request, person, chapter)
    if manner.needs_shapes:
        shapes = await shapes_of(files_of(request), chapter)
    else:
        shapes = [Shape()] * chapter.page_count
    passed_over = _passed_over(chapter)
    views = views_of(shapes, manner.plan, passed_over)
    wanted = chapter.place.page if page is None else page
    return OpenView(
        chapter=chapter,
        manner=manner,
        views=views,
        at=index_of(views, wanted, step),
        asked=wanted,
        passed_over=passed_over,
    )


def _passed_over(chapter: OpenChapter) -> frozenset[int]:
    if not chapter.skipped or chapter.file is None:
        return frozenset()
    return passed_over(chapter.file.table, {(crc32, size) for crc32, size in chapter.skipped})


def files_of(request: HTMXRequest) -> OpenFiles:
    return images_of_app(request.app).files


async def shown_without_fault(request: HTMXRequest, opened: OpenView, asked: int) -> int | None:
    """The highest page of the view that can be shown, or None. Of a strip it is the page asked
    for: what stands below on the same screen may not have been scrolled to."""
    view = opened.view
    if opened.manner.mode.is_strip:
        view = View((Shown(clamped(asked, opened.chapter.page_count)),))
    images = await images_in(request, opened, view, checked=True)
    shown = max((image.page for image in images if not image.reason), default=None)
    # Behind the last view stands nothing but what is passed over.
    is_end = opened.is_last and shown == opened.view.last
    return opened.chapter.page_count if is_end else shown


async def images_in(
    request: HTMXRequest, opened: OpenView, view: View, *, checked: bool = False
) -> list[PageImage]:
    made = images_of_app(request.app)
    return await images_of(made, opened.chapter, opened.manner, view, checked=checked)
