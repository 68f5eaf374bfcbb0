"""Which pages stand on one screen together, and what comes before and after. No I/O.

A chapter is a list of views. A view is what a turn of the page brings: one page, two side by side,
a half of one, or a part of a strip.
"""

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum

import msgspec

from app.library.models import Direction

PART = 8
"""Pages of a long strip on one screen without scripts."""


class Mode(StrEnum):
    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"
    VERTICAL = "vertical"
    WEBTOON = "webtoon"
    CONTINUOUS = "continuous"

    @property
    def is_strip(self) -> bool:
        return self in (Mode.WEBTOON, Mode.CONTINUOUS)

    @property
    def is_rtl(self) -> bool:
        return self is Mode.RIGHT_TO_LEFT


class Layout(StrEnum):
    SINGLE = "single"
    COVER_ALONE = "double-cover"
    DOUBLE = "double"


class Wide(StrEnum):
    """What becomes of a page wider than high, where pages stand one by one."""

    ALONE = "alone"
    SPLIT = "split"
    ROTATE = "rotate"


class Half(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


class Shape(msgspec.Struct, frozen=True):
    """In pixels; 0 × 0 while nobody has measured the page, which then counts as a narrow one."""

    width: int = 0
    height: int = 0

    @property
    def is_wide(self) -> bool:
        return self.width > self.height


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`is_shifted` moves the pairs on by one page; `is_narrow` says that two do not fit abreast."""

    mode: Mode
    layout: Layout = Layout.SINGLE
    is_shifted: bool = False
    wide: Wide = Wide.ALONE
    half_steps: bool = False
    is_narrow: bool = False

    @property
    def is_double(self) -> bool:
        is_across = self.mode in (Mode.LEFT_TO_RIGHT, Mode.RIGHT_TO_LEFT)
        return is_across and self.layout is not Layout.SINGLE and not self.is_narrow


class Shown(msgspec.Struct, frozen=True):
    """A page, or the half of it that is meant."""

    page: int
    half: Half | None = None
    is_turned: bool = False


class View(msgspec.Struct, frozen=True):
    """`shown` in reading order; `step` counts the views of one and the same page from 1."""

    shown: tuple[Shown, ...]
    step: int = 1

    @property
    def first(self) -> int:
        return self.shown[0].page

    @property
    def last(self) -> int:
        """The highest page, which is the one that progress saves."""
        return self.shown[-1].page

    @property
    def is_pair(self) -> bool:
        return len(self.shown) == 2

    def left_to_right(self, mode: Mode) -> tuple[Shown, ...]:
        """As they stand on the screen; a strip from top to bottom."""
        return self.shown[::-1] if mode.is_rtl else self.shown


def views_of(shapes: Sequence[Shape], plan: Plan, passed_over: Collection[int] = ()) -> list[View]:
    """Every page once, or as two halves; in reading order. Pages that are passed over are in none."""
    pages = [(page, shape) for page, shape in enumerate(shapes, 1) if page not in passed_over]
    if plan.mode.is_strip:
        return list(_parts([page for page, _shape in pages]))
    if plan.is_double:
        return list(_pairs(pages, plan))
    return [
        View((shown,), step)
        for page, shape in pages
        for step, shown in enumerate(_steps(page, shape, plan), 1)
    ]


def index_of(views: Sequence[View], page: int, step: int = 1) -> int:
    """Of the view that shows the page, and the step of it where there are several. What lies before
    the first or beyond the last is the first or the last."""
    low, high = 0, len(views) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if (views[middle].first, views[middle].step) <= (page, step):
            low = middle
        else:
            high = middle - 1
    return low


def mode_of(
    *,
    chosen: Mode | None,
    series: Direction | None,
    is_strip: bool,
    device: Mode | None,
    default: Mode | None,
    library: Direction,
) -> Mode:
    """The person's choice for this series, the series' own word, what its pages look like, what
    this device and this person read by default, and last what is usual in the library."""
    if chosen is not None:
        return chosen
    if series is not None:
        return Mode(series.value)
    if is_strip:
        return Mode.WEBTOON
    return device or default or Mode(library.value)


def _parts(pages: Sequence[int]) -> Iterator[View]:
    for at in range(0, len(pages), PART):
        yield View(tuple(Shown(page) for page in pages[at : at + PART]))


def _pairs(pages: Sequence[tuple[int, Shape]], plan: Plan) -> Iterator[View]:
    """Wide pages stand alone, and pairs begin anew behind them."""
    has_cover = plan.layout is Layout.COVER_ALONE and not (pages and pages[0][1].is_wide)
    stands_alone = has_cover != plan.is_shifted
    waiting: list[Shown] = []
    for page, shape in pages:
        if shape.is_wide and waiting:
            yield View(tuple(waiting))
            waiting = []
        waiting.append(Shown(page))
        if shape.is_wide or stands_alone or len(waiting) == 2:
            yield View(tuple(waiting))
            waiting = []
        stands_alone = stands_alone and shape.is_wide
    if waiting:
        yield View(tuple(waiting))


def _steps(page: int, shape: Shape, plan: Plan) -> list[Shown]:
    if shape.is_wide and plan.wide is Wide.SPLIT:
        halves = [Half.LEFT, Half.RIGHT]
        return [Shown(page, half) for half in (halves[::-1] if plan.mode.is_rtl else halves)]
    if shape.is_wide and plan.wide is Wide.ROTATE:
        return [Shown(page, is_turned=True)]
    if plan.half_steps:
        return [Shown(page, Half.TOP), Shown(page, Half.BOTTOM)]
    return [Shown(page)]
