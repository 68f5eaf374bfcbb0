"""Which pages stand together: every mode, direction, layout and shape of pages."""

from datetime import UTC, datetime
from itertools import product
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.library.models import Direction
from app.reading import places
from app.reading.views import (
    PART,
    Half,
    Layout,
    Mode,
    Plan,
    Shape,
    Wide,
    index_of,
    mode_of,
    views_of,
)

NARROW, WIDE, UNKNOWN = Shape(1000, 1500), Shape(2000, 1500), Shape()
_chapters = st.lists(st.sampled_from([NARROW, WIDE, UNKNOWN]), max_size=40)
_plans = st.builds(
    Plan,
    mode=st.sampled_from(Mode),
    layout=st.sampled_from(Layout),
    is_shifted=st.booleans(),
    wide=st.sampled_from(Wide),
    half_steps=st.booleans(),
    is_narrow=st.booleans(),
)
NOW = datetime(2026, 11, 26, tzinfo=UTC)
ACROSS = (Mode.LEFT_TO_RIGHT, Mode.RIGHT_TO_LEFT)


def _pages(plan: Plan, *shapes: Shape) -> list[tuple[int, ...]]:
    return [tuple(shown.page for shown in view.shown) for view in views_of(shapes, plan)]


def _double(layout: Layout = Layout.DOUBLE, **more: bool) -> Plan:
    return Plan(mode=Mode.RIGHT_TO_LEFT, layout=layout, **more)


@given(_chapters, _plans)
def test_every_page_appears_once_or_as_its_two_halves_and_in_order(shapes, plan):
    shown = [one for view in views_of(shapes, plan) for one in view.shown]

    assert [one.page for one in shown] == sorted(one.page for one in shown)
    for page in range(1, len(shapes) + 1):
        halves = [one.half for one in shown if one.page == page]
        assert halves == [None] or set(halves) in (
            {Half.LEFT, Half.RIGHT},
            {Half.TOP, Half.BOTTOM},
        )
        assert len(halves) == len(set(halves))


@given(_chapters, _plans, st.sets(st.integers(1, 40)))
def test_pages_that_are_passed_over_are_in_no_view_and_all_others_are(shapes, plan, passed_over):
    shown = {one.page for view in views_of(shapes, plan, passed_over) for one in view.shown}

    assert shown == set(range(1, len(shapes) + 1)) - passed_over


@given(_chapters, _plans)
def test_a_view_shows_one_page_a_pair_or_a_part(shapes, plan):
    for view in views_of(shapes, plan):
        most = PART if plan.mode.is_strip else 2 if plan.is_double else 1
        assert 1 <= len(view.shown) <= most
        assert plan.mode.is_strip or not view.is_pair or view.last == view.first + 1


@given(_chapters, _plans)
def test_wide_pages_stand_alone(shapes, plan):
    for view in views_of(shapes, plan):
        if view.is_pair and not plan.mode.is_strip:
            assert not any(shapes[one.page - 1].is_wide for one in view.shown)


@given(_chapters, _plans)
def test_every_view_is_found_again_by_its_page_and_step(shapes, plan):
    views = views_of(shapes, plan)

    for at, view in enumerate(views):
        assert index_of(views, view.first, view.step) == at
        assert index_of(views, view.last, view.step) == at


@given(_chapters.filter(len), _plans, st.integers(-5, 10**9), st.integers(1, 9))
def test_any_page_asked_for_is_a_view(shapes, plan, page, step):
    views = views_of(shapes, plan)

    at = index_of(views, page, step)

    nearest = max(1, min(page, len(shapes)))
    assert views[at].first <= nearest <= views[at].last


@given(_chapters.filter(len), _plans)
def test_reading_on_view_by_view_goes_forward_and_ends_with_the_last_alone(shapes, plan):
    views = views_of(shapes, plan)
    progress = places.begin(uuid4(), uuid4(), len(shapes), NOW)

    for view in views:
        assert progress.completed_at is None and progress.page <= view.last
        places.turn(
            progress,
            view.last,
            len(shapes),
            version=progress.version,
            device="",
            at=NOW,
            completes=view == views[-1],
        )
        assert progress.page == view.last
        resumed = places.place_in(progress, len(shapes)).page
        assert progress.completed_at or views[index_of(views, resumed)].last == view.last

    assert progress.completed_at == NOW and progress.page == len(shapes)


@given(_chapters, st.sampled_from(Layout), st.booleans())
def test_pairs_are_the_same_in_both_directions_but_stand_the_other_way_round(
    shapes, layout, is_shifted
):
    plans = [Plan(mode=mode, layout=layout, is_shifted=is_shifted) for mode in ACROSS]

    ltr, rtl = (views_of(shapes, plan) for plan in plans)

    assert [v.left_to_right(Mode.LEFT_TO_RIGHT) for v in ltr] == [
        v.left_to_right(Mode.RIGHT_TO_LEFT)[::-1] for v in rtl
    ]


@pytest.mark.parametrize("count", range(1, 8))
@pytest.mark.parametrize("mode", ACROSS)
def test_two_abreast_for_every_parity(count, mode):
    plan = Plan(mode=mode, layout=Layout.DOUBLE)

    pages = _pages(plan, *[NARROW] * count)

    assert pages == [tuple(range(n, min(n + 2, count + 1))) for n in range(1, count + 1, 2)]


def test_the_cover_stands_alone_where_it_is_wished():
    assert _pages(_double(Layout.COVER_ALONE), *[NARROW] * 4) == [(1,), (2, 3), (4,)]


def test_shifting_moves_every_pair_on_by_one():
    assert _pages(_double(is_shifted=True), *[NARROW] * 4) == [(1,), (2, 3), (4,)]
    shifted = _double(Layout.COVER_ALONE, is_shifted=True)
    assert _pages(shifted, *[NARROW] * 4) == [(1, 2), (3, 4)]


def test_behind_a_wide_page_pairs_begin_anew():
    pages = _pages(_double(Layout.COVER_ALONE), *[NARROW] * 4, WIDE, NARROW, NARROW)

    assert pages == [(1,), (2, 3), (4,), (5,), (6, 7)]


def test_a_wide_first_page_is_its_own_cover_and_shifting_still_works():
    shapes = [WIDE, *[NARROW] * 4]

    assert _pages(_double(Layout.COVER_ALONE), *shapes) == [(1,), (2, 3), (4, 5)]
    shifted = _double(Layout.COVER_ALONE, is_shifted=True)
    assert _pages(shifted, *shapes) == [(1,), (2,), (3, 4), (5,)]


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode not in ACROSS])
def test_two_abreast_is_for_paged_across_only(mode):
    plan = Plan(mode=mode, layout=Layout.DOUBLE)

    assert mode.is_strip or _pages(plan, NARROW, NARROW) == [(1,), (2,)]


def test_what_is_too_narrow_for_two_shows_one():
    assert _pages(_double(is_narrow=True), NARROW, NARROW) == [(1,), (2,)]


@pytest.mark.parametrize(
    ("mode", "first", "second"),
    [
        (Mode.LEFT_TO_RIGHT, Half.LEFT, Half.RIGHT),
        (Mode.RIGHT_TO_LEFT, Half.RIGHT, Half.LEFT),
        (Mode.VERTICAL, Half.LEFT, Half.RIGHT),
    ],
)
def test_halves_of_a_wide_page_follow_the_reading_direction(mode, first, second):
    views = views_of([NARROW, WIDE], Plan(mode=mode, wide=Wide.SPLIT))

    assert [(v.first, v.step, v.shown[0].half) for v in views] == [
        (1, 1, None),
        (2, 1, first),
        (2, 2, second),
    ]


def test_half_page_steps_go_down_each_page_and_leave_what_is_split_already():
    plan = Plan(mode=Mode.RIGHT_TO_LEFT, half_steps=True, wide=Wide.SPLIT)

    halves = [view.shown[0].half for view in views_of([NARROW, WIDE], plan)]

    assert halves == [Half.TOP, Half.BOTTOM, Half.RIGHT, Half.LEFT]


def test_turned_pages_are_the_wide_ones():
    views = views_of([NARROW, WIDE], Plan(mode=Mode.LEFT_TO_RIGHT, wide=Wide.ROTATE))

    assert [view.shown[0].is_turned for view in views] == [False, True]


_modes = [None, Mode.LEFT_TO_RIGHT, Mode.CONTINUOUS]


@pytest.mark.parametrize(
    ("chosen", "series", "is_strip", "device", "default"),
    list(product(_modes, [None, Direction.RIGHT_TO_LEFT], [False, True], _modes, _modes)),
)
def test_the_direction_is_the_first_that_anybody_names(chosen, series, is_strip, device, default):
    found = mode_of(
        chosen=chosen,
        series=series,
        is_strip=is_strip,
        device=device,
        default=default,
        library=Direction.VERTICAL,
    )

    named = [chosen, series and Mode(series.value), Mode.WEBTOON if is_strip else None]
    assert found == next(filter(None, [*named, device, default, Mode.VERTICAL]))


def test_every_direction_a_series_can_have_is_a_mode():
    assert {Mode(direction.value) for direction in Direction} == set(Mode) - {Mode.CONTINUOUS}
