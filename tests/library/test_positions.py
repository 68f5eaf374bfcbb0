from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.library.positions import Placed, positions


def chapter(number=None, volume=None, kind="chapter", language=None, title=None, end=None):
    def exact(value):
        return None if value is None else Decimal(str(value))

    return Placed(kind, exact(number), exact(end), exact(volume), None, language, title)


def test_chapters_stand_by_number_even_when_only_some_name_a_volume():
    assert positions([chapter(10), chapter(2, 1), chapter(2.5), chapter(1)]) == [4, 2, 3, 1]


def test_numbers_that_begin_again_in_each_volume_stand_by_volume():
    assert positions([chapter(1, 2), chapter(2, 1), chapter(1, 1)]) == [3, 2, 1]


def test_two_cuts_of_one_story_in_two_languages_share_their_places():
    assert positions(
        [chapter(1, 1, language="en"), chapter(1, 2, language="fr"), chapter(2, 1, language="en")]
    ) == [1, 1, 2]


def test_whole_volumes_stand_before_loose_chapters_and_beside_their_own():
    volume = chapter(None, 2, "volume")
    assert positions([chapter(30), volume, chapter(9, 2), chapter(1, 1), chapter(8)]) == [
        *(5, 2, 4),
        *(1, 3),
    ]


def test_specials_are_last_and_what_has_no_number_before_them():
    assert positions(
        [chapter(1, kind="special"), chapter(kind="oneshot", title="x"), chapter(5)]
    ) == [3, 2, 1]


def test_a_range_is_not_the_chapter_it_begins_with():
    assert positions([chapter(1, end=8), chapter(1)]) == [2, 1]


@given(st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(1, 3), st.booleans())))
def test_positions_are_without_holes_and_do_not_depend_on_the_order_given(rows):
    chapters = [
        chapter(None if whole and volume else number, volume, "volume" if whole else "chapter")
        for number, volume, whole in rows
    ]

    found = positions(chapters)

    assert sorted(set(found)) == list(range(1, len(set(found)) + 1))
    assert positions(chapters[::-1]) == found[::-1]
