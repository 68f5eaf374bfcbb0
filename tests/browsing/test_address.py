"""What an address of a shelf says is what it asks for, and the other way round."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.browsing.shelf_address import shelf_href
from app.browsing.shelf_query import (
    LAST_YEAR,
    SEEDS,
    filter_pairs,
    look_of,
    look_pairs,
    order_pairs,
    wish_of,
)
from app.browsing.shelf_taste import Taste, forget_taste, keep_taste
from app.browsing.wish import LETTERS, Age, Density, Format, Look, Only, ReadState, Sort, View, Wish
from app.library.models import SeriesStatus

LIBRARY = UUID("01a20d44-ebf2-7364-8c46-73f9988c3540")
_keys = st.text(min_size=1, max_size=8).filter(str.isprintable)
_years = st.none() | st.integers(0, LAST_YEAR)


def _several(words):
    return st.lists(words, unique=True, max_size=3).map(tuple)


WISHES = st.builds(
    Wish,
    sort=st.sampled_from(Sort),
    state=st.none() | st.sampled_from(ReadState),
    letter=st.none() | st.sampled_from(LETTERS),
    genre=_several(_keys),
    tag=_several(_keys),
    person=_several(_keys),
    status=_several(st.sampled_from(SeriesStatus)),
    language=_several(_keys),
    age=_several(st.sampled_from(Age)),
    format=_several(st.sampled_from(Format)),
    only=_several(st.sampled_from(Only)),
    since=_years,
    until=_years,
)
LOOKS = st.builds(Look, view=st.sampled_from(View), density=st.sampled_from(Density))


@given(WISHES, LOOKS, st.sampled_from(Sort), LOOKS, st.integers(0, SEEDS - 1))
def test_what_is_written_into_an_address_is_read_from_it(wish, look, sort, taste, seed):
    if wish.sort is Sort.RANDOM:
        wish = Wish(sort=Sort.RANDOM, seed=seed, tag=wish.tag)

    pairs = [*order_pairs(wish, sort), *filter_pairs(wish), *look_pairs(look, taste)]
    said = parse_qs(urlencode(pairs))

    assert wish_of(said, sort) == wish
    assert look_of(said, taste) == look


@given(
    st.dictionaries(
        st.sampled_from([*Wish.__struct_fields__, "view"]),
        st.lists(st.text(max_size=8), max_size=3),
    )
)
def test_anything_at_all_is_a_wish(said):
    wish = wish_of(said)

    assert wish_of(parse_qs(urlencode(filter_pairs(wish))), wish.sort).filtered == wish.filtered


@given(WISHES, LOOKS)
def test_a_taste_is_kept_without_its_place_on_the_shelf(wish, look):
    person = SimpleNamespace(preference=SimpleNamespace(shelves={}))
    pairs = [*order_pairs(wish, Sort.TITLE), *filter_pairs(wish), *look_pairs(look, Look())]

    keep_taste(person, LIBRARY, parse_qs(urlencode(pairs)))

    taste = Taste.of(person, LIBRARY)
    assert taste.look == look and taste.wish.sort is wish.sort
    assert taste.wish.letter is None and taste.wish.seed == 0
    forget_taste(person, LIBRARY)
    assert Taste.of(person, LIBRARY) == Taste()


def test_links_from_elsewhere_name_things_as_people_do():
    assert shelf_href(LIBRARY) == f"/libraries/{LIBRARY}"
    assert shelf_href(LIBRARY, genre="Slice of Life", status="ongoing") == (
        f"/libraries/{LIBRARY}?genre=slice+of+life&status=ongoing"
    )
