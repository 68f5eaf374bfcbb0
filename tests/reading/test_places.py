"""Where a turn leads, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.reading.models import Progress
from app.reading.places import begin, place_in, scaled, turn

DAWN = datetime(2026, 1, 1, tzinfo=UTC)
PAGES = 10


def _row(**more: object) -> Progress:
    row = begin(uuid4(), uuid4(), PAGES, DAWN)
    row.completed_at = row.reread_page = None
    for name, value in more.items():
        setattr(row, name, value)
    return row


def _turn(row: Progress, page: int, version: int | None = None) -> bool:
    newest = row.version if version is None else version
    return turn(row, page, PAGES, version=newest, device="Tablet", at=DAWN + timedelta(hours=1))


def test_showing_the_last_page_completes_the_chapter():
    row = _row(page=9, version=3)

    _turn(row, 10)

    assert (row.page, row.completed_at) == (10, DAWN + timedelta(hours=1))


def test_a_page_beyond_the_end_is_the_end():
    row = _row()

    _turn(row, 10**9)

    assert row.page == PAGES and row.completed_at


def test_paging_back_by_the_same_person_is_real():
    row = _row(page=7, version=4)

    assert _turn(row, 6)

    assert (row.page, row.version) == (6, 5)


def test_reading_again_moves_its_own_marker_and_stays_completed():
    row = _row(page=10, version=4, completed_at=DAWN)

    _turn(row, 3)

    assert (row.page, row.reread_page, row.completed_at) == (10, 3, DAWN)
    assert place_in(row, PAGES).page == 3


def test_a_second_reading_that_reaches_the_end_leaves_no_marker():
    row = _row(page=10, version=4, completed_at=DAWN, reread_page=9)

    _turn(row, 10)

    assert (row.reread_page, row.completed_at) == (None, DAWN)
    assert place_in(row, PAGES).page == 1


def test_an_overtaken_turn_that_is_ahead_applies():
    row = _row(page=5, version=9)

    assert _turn(row, 8, version=2)
    assert row.page == 8


@pytest.mark.parametrize("version", [0, 2, 99])
def test_SEC74_a_stale_write_never_moves_it_back(version: int):
    row = _row(page=8, version=9)

    assert not _turn(row, 5, version=version)
    assert (row.page, row.version) == (8, 9)


def test_SEC74_a_stale_write_does_not_start_a_second_reading():
    row = _row(page=10, version=9, completed_at=DAWN)

    assert not _turn(row, 5, version=3)
    assert row.reread_page is None


def test_a_longer_file_in_its_place_scales_the_page():
    row = _row(page=5, version=1)

    assert place_in(row, 20).page == 10
    assert place_in(row, 3).page == 2


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 500))
def test_scaling_stays_inside_and_keeps_the_end(page: int, of: int, to: int):
    assert 1 <= scaled(min(page, of), of, to) <= to
    assert scaled(of, of, to) == to


class Reading(RuleBasedStateMachine):
    """Two devices turn pages; each knows the version it last saw."""

    def __init__(self) -> None:
        super().__init__()
        self.row = _row()
        self.seen = [0, 0]

    def standing(self) -> tuple[bool, int]:
        marker = self.row.reread_page if self.row.completed_at else self.row.page
        return self.row.completed_at is not None, PAGES if marker is None else marker

    @rule(device=st.integers(0, 1))
    def look(self, device: int) -> None:
        self.seen[device] = self.row.version

    @rule(device=st.integers(0, 1), page=st.integers(-3, PAGES + 3), times=st.integers(1, 3))
    def test_turn(self, device: int, page: int, times: int) -> None:
        before, is_stale = self.standing(), self.seen[device] != self.row.version
        _turn(self.row, page, version=self.seen[device])
        after, version = self.standing(), self.row.version
        for _ in range(times - 1):
            _turn(self.row, page, version=self.seen[device])
        # Sent twice is sent once.
        assert (self.standing(), self.row.version) == (after, version)
        if is_stale:
            assert after >= before

    @invariant()
    def completed_stays_and_pages_exist(self) -> None:
        assert 0 <= self.row.page <= PAGES
        assert self.row.reread_page is None or 1 <= self.row.reread_page < PAGES
        assert (self.row.completed_at is None) == (self.row.page < PAGES)


test_SEC74_progress_is_idempotent_and_no_stale_write_moves_it_back = Reading.TestCase
