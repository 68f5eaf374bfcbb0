"""What an edit means, whatever files and other people say."""

from hypothesis import given
from hypothesis import strategies as st

from app.metadata.changes import Present, Wish, plan
from app.metadata.facts import Credit, OtherTitle, SeriesFacts
from app.metadata.fields import FIELDS, as_typed, text_of
from app.metadata.merge import FIELDS as MERGED
from app.metadata.merge import merged, voices

ME = {"origin": "person", "by": "1", "name": "alice", "at": "2026-01-01T00:00:00+00:00"}
words = st.text("abc あ|,é\n", min_size=1, max_size=8).map(str.strip).filter(bool)
facts = st.builds(
    SeriesFacts,
    title=st.none() | words,
    sort_title=st.none() | words,
    summary=st.none() | words,
    status=st.none() | st.sampled_from(["ongoing", "completed"]),
    year=st.none() | st.integers(1900, 2100),
    age_rating=st.none() | st.integers(0, 18),
    direction=st.none() | st.sampled_from(["rtl", "ltr"]),
    other_titles=st.lists(st.builds(OtherTitle, words, st.just("localized")), max_size=3),
    creators=st.lists(st.builds(Credit, words, st.sampled_from(["writer", "editor"])), max_size=3),
    genres=st.lists(words, max_size=3),
    tags=st.lists(words, max_size=3),
)
told = st.builds(
    voices,
    folder_title=words,
    file_title=st.none() | words,
    sidecars=st.just({}),
    books=st.lists(facts, max_size=3),
)
locks = st.sets(st.sampled_from(MERGED))


@given(told, told, locks)
def test_a_locked_field_never_changes_whatever_the_files_say(before, after, locked):
    first = merged(before)

    again = merged(after, locked=locked, sources=first.sources)

    assert not again.values.keys() & locked
    assert again.values == {n: v for n, v in merged(after).values.items() if n not in locked}
    kept = {name: first.sources[name] for name in locked & first.sources.keys()}
    assert {name: again.sources[name] for name in kept} == kept


@given(told, facts, st.sampled_from(sorted(FIELDS)))
def test_unlocking_is_the_pure_merge_of_what_the_files_say(said, mine, name):
    answer = merged(said)
    files = {n: Present(answer.values[n], source=answer.sources.get(n)) for n in FIELDS}
    held = Present(getattr(mine, name), locked=True, source=ME)
    shown = as_typed(name, held.value)

    made = plan({**files, name: held}, {name: Wish(shown, shown, was_kept=True)}, files, ME)

    assert (made.changes, made.clashes) == ({name: files[name]}, {})
    assert not made.changes[name].locked


@given(facts, st.sampled_from(sorted(FIELDS)))
def test_what_is_shown_and_sent_back_untouched_is_no_change(said, name):
    value = getattr(said, name)
    shown = as_typed(name, value)

    made = plan({name: Present(value)}, {name: Wish(shown, shown)}, {name: Present(value)}, ME)

    assert (made.changes, made.clashes) == ({}, {})


@given(facts, st.sampled_from(sorted(FIELDS)))
def test_a_text_read_once_is_read_the_same_again(said, name):
    value = as_typed(name, getattr(said, name))

    assert as_typed(name, value) == value
    assert text_of(name, value) == text_of(name, as_typed(name, value))


def test_a_change_locks_and_the_same_change_by_two_people_is_no_clash():
    now = {"year": Present(1999, source="comicinfo")}

    mine = plan(now, {"year": Wish(1998, 1999)}, now, ME)
    same = plan({"year": Present(1998, True, ME)}, {"year": Wish(1998, 1999)}, now, ME)

    assert mine.changes == {"year": Present(1998, locked=True, source=ME)}
    assert (same.changes, same.clashes) == ({}, {})


def test_two_different_changes_of_one_field_are_asked_about():
    theirs = {"year": Present(2001, True, ME), "title": Present("Domu")}

    made = plan(
        theirs,
        {"year": Wish(1998, 1999), "title": Wish("Domu!", "Domu")},
        {"year": Present(1999), "title": Present("Domu")},
        ME,
    )

    assert made.clashes.keys() == {"year"}
    clash = made.clashes["year"]
    assert (clash.mine, clash.theirs, clash.former) == (1998, 2001, 1999)


def test_taking_back_what_somebody_changed_meanwhile_is_asked_about():
    now = {"year": Present(2001, True, ME)}

    made = plan(now, {"year": Wish(1998, 1998, was_kept=True)}, {"year": Present(1999)}, ME)

    assert made.clashes["year"].mine == 1999
