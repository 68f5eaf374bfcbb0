"""Moving one thing among many, against what a plain list would do."""

from hypothesis import given
from hypothesis import strategies as st

from app.collections.order import Step, moved

# What is asked is the order, not how fast a busy machine makes and tries an example.


@st.composite
def wholes(draw):
    ids = draw(st.lists(st.uuids(), min_size=1, max_size=30, unique=True))
    places = draw(
        st.lists(st.integers(-50, 500), min_size=len(ids), max_size=len(ids), unique=True).map(
            sorted
        )
    )
    return list(zip(ids, places, strict=True)), draw(st.sampled_from(ids))


@given(wholes(), st.sampled_from(Step))
def test_the_new_order_is_that_of_a_list_from_which_it_was_taken_and_put_back(whole, step):
    placed, which = whole

    changes = moved(placed, which, step)

    ids = [one for one, _ in placed]
    here = ids.index(which)
    rest = [one for one in ids if one != which]
    there = {
        Step.FIRST: 0,
        Step.UP: max(0, here - 1),
        Step.DOWN: min(len(rest), here + 1),
        Step.LAST: len(rest),
    }[step]
    expected = [*rest[:there], which, *rest[there:]]
    places = {**dict(placed), **changes}
    assert sorted(ids, key=places.__getitem__) == expected
    assert sorted(places.values()) == [place for _, place in placed], "no place is lost or new"


@given(wholes())
def test_up_and_down_again_leaves_everything_as_it_was(whole):
    placed, which = whole
    up = moved(placed, which, Step.UP)
    after = sorted(((one, up.get(one, place)) for one, place in placed), key=lambda row: row[1])

    down = moved(after, which, Step.DOWN) if up else {}

    assert {**dict(after), **down} == dict(placed)
