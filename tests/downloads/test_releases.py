"""Of several releases of one chapter one is wanted, and none that is here."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.downloads.releases import Held, Shelf, by_place, numbers_restart, wanted_of
from app.providers.models import Keep, Release, Source

FOLLOWED = datetime(2026, 6, 1, tzinfo=UTC)


def source(**more) -> Source:
    told = {"languages": ["en"], "groups": [], "keep": Keep.ALL, "followed_at": FOLLOWED}
    return Source(**{"id": uuid4(), **told, **more})


def release(number: str | None = "1", **more) -> Release:
    said = {
        "id": uuid4(),
        "remote_id": str(uuid4()),
        "number": Decimal(number) if number else None,
        "number_text": number or "",
        "title": "",
        "language": "en",
        "groups": ["Night Owls"],
        "seen_at": FOLLOWED,
    }
    return Release(**{**said, **more})


def later(**more) -> datetime:
    return FOLLOWED + timedelta(**more)


def test_everything_that_can_be_had_once_and_in_reading_order():
    two, one, half = release("2"), release("1"), release("1.5")

    assert wanted_of([two, one, half], source()) == [one, half, two]


def test_who_wants_nothing_gets_nothing():
    assert wanted_of([release()], source(keep=Keep.NONE)) == []


def test_only_what_came_after_it_was_followed():
    old, new = release("1"), release("2", seen_at=later(hours=1))

    assert wanted_of([old, new], source(keep=Keep.NEW)) == [new]


def test_another_group_does_not_make_an_old_chapter_new():
    old = release("1")
    again = release("1", seen_at=later(hours=1), groups=["Day Larks"])

    assert wanted_of([old, again], source(keep=Keep.NEW)) == []


def test_what_stands_on_the_shelf_in_another_language_does_not_make_an_old_chapter_new():
    old, mine = release("1"), Held(number=Decimal(1), language="ja")

    assert wanted_of([old], source(keep=Keep.NEW, languages=["en"]), [mine]) == []
    assert wanted_of([old], source(keep=Keep.ALL, languages=["en"]), [mine]) == [old]


def test_what_was_taken_down_or_lies_elsewhere_is_left_alone():
    gone = release("1", removed_at=later())
    elsewhere = release("2", why_not="It can only be read at its publisher.")

    assert wanted_of([gone, elsewhere], source()) == []


def test_the_preferred_language_then_the_preferred_group():
    spanish = release(language="es", groups=["Day Larks"])
    english, preferred = release(), release(groups=["Day Larks"], seen_at=later(hours=5))
    wish = source(languages=["en", "es"], groups=["day larks"])

    assert wanted_of([spanish, english, preferred], wish) == [preferred]


def test_a_language_that_is_not_followed_is_not_wanted():
    assert wanted_of([release(language="fr")], source()) == []
    assert len(wanted_of([release(language="fr")], source(languages=[]))) == 1


def test_without_a_preference_the_first_that_came_stays_the_one():
    first, second = release(), release(groups=["Day Larks"], seen_at=later(hours=1))

    assert wanted_of([second, first], source()) == [first]
    assert wanted_of([second, first], source(), taken={first.id}) == []


def test_a_preferred_group_that_comes_later_replaces():
    first, better = release(), release(groups=["Day Larks"], seen_at=later(hours=1))
    wish = source(groups=["Day Larks"])

    assert wanted_of([first, better], wish, taken={first.id}) == [better]
    assert wanted_of([first, better], wish, taken={first.id, better.id}) == []


def test_a_later_version_by_the_same_group_replaces():
    first = release(title="The lamp", chapter_id=uuid4())
    second = release(title="The lamp (v2)", seen_at=later(hours=1))

    assert wanted_of([first, second], source()) == [second]


def test_what_is_here_is_not_wanted_whoever_brought_it():
    here = [Held(id=uuid4(), number=Decimal(1), language="en")]

    assert wanted_of([release("1")], source(groups=["Day Larks"]), here) == []
    assert wanted_of([release("1", language="en")], source(), [Held(number=Decimal(2))]) != []


def test_a_chapter_in_another_language_does_not_stand_in_the_way():
    here = [Held(id=uuid4(), number=Decimal(1), language="fr")]

    assert len(wanted_of([release("1")], source(), here)) == 1


def test_a_file_with_many_chapters_or_a_whole_volume_covers_them():
    book = Held(id=uuid4(), number=Decimal(1), number_end=Decimal(8), language="en")
    volume = Held(id=uuid4(), volume=Decimal(2), language="en")
    releases = [release("3"), release("9", volume=Decimal(2)), release("10", volume=Decimal(3))]

    assert wanted_of(releases, source(), [book, volume]) == [releases[2]]


def test_where_numbers_begin_again_with_each_volume_both_are_chapters():
    one, other = release("1", volume=Decimal(1)), release("1", volume=Decimal(2))

    assert wanted_of([one, other], source()) == [one, other]


def test_groups_that_cut_volumes_differently_tell_the_same_story():
    one = release("5", volume=Decimal(1))
    other = release("5", volume=Decimal(2), groups=["Day Larks"], seen_at=later(hours=1))

    assert wanted_of([one, other], source()) == [one]


def test_chapters_without_a_number_are_told_apart_by_what_they_are_called():
    extra, other, again = (
        release(None, number_text="Extra"),
        release(None, number_text="Afterword"),
        release(None, number_text="extra!", groups=["Day Larks"], seen_at=later(hours=1)),
    )

    assert set(wanted_of([extra, other, again], source())) == {extra, other}


numbers = st.one_of(st.none(), st.sampled_from(["1", "1.5", "2", "3"]))
volumes = st.one_of(st.none(), st.sampled_from([Decimal(1), Decimal(2)]))


@st.composite
def some_releases(draw) -> list[Release]:
    return [
        release(
            draw(numbers),
            remote_id=str(at),
            volume=draw(volumes),
            title=draw(st.sampled_from(["", "Extra", "The lamp v2"])),
            language=draw(st.sampled_from(["en", "de", "fr", None])),
            groups=draw(st.sampled_from([[], ["A"], ["B"], ["A", "B"]])),
            seen_at=later(hours=draw(st.integers(-2, 2))),
            removed_at=draw(st.sampled_from([None, None, later()])),
            why_not=draw(st.sampled_from([None, None, "Not here."])),
            chapter_id=draw(st.sampled_from([None, None, uuid4()])),
        )
        for at in range(draw(st.integers(0, 12)))
    ]


sources = st.builds(
    source,
    languages=st.sampled_from([[], ["en"], ["de", "en"]]),
    groups=st.sampled_from([[], ["A"], ["B", "A"]]),
    keep=st.sampled_from([Keep.ALL, Keep.NEW]),
)


@given(some_releases(), sources)
def test_never_two_of_one_place_and_only_what_can_be_had(releases, wish):
    wanted = wanted_of(releases, wish)

    places = by_place(wanted, restarts=numbers_restart(releases))
    assert all(len(at_place) == 1 for at_place in places.values())
    assert all(one.why_not is None and one.removed_at is None for one in wanted)
    assert all(not wish.languages or one.language in (None, *wish.languages) for one in wanted)


@given(some_releases(), sources)
def test_what_was_taken_up_is_not_wanted_again(releases, wish):
    wanted = wanted_of(releases, wish)

    assert wanted_of(releases, wish, taken={one.id for one in wanted}) == []


@given(some_releases(), sources, st.randoms())
def test_the_order_they_are_listed_in_does_not_matter(releases, wish, random):
    mixed = list(releases)
    random.shuffle(mixed)

    assert wanted_of(mixed, wish) == wanted_of(releases, wish)


@given(some_releases(), sources)
def test_a_place_that_is_filled_by_somebody_unknown_stays_filled(releases, wish):
    here = [
        Held(id=uuid4(), number=one.number, volume=one.volume, title=one.number_text or one.title)
        for one in releases
    ]
    shelf = Shelf(here, restarts=numbers_restart([*releases, *here]))

    assert all(not shelf.at(one) for one in wanted_of(releases, wish, here))
