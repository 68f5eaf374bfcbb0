"""What is typed is understood, and nothing that is typed is an error."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.search.language import LONGEST, MOST_TERMS, Field, parse


def said(text: str) -> list[tuple[str, str, bool]]:
    return [(term.field.value, term.text, term.negated) for term in parse(text).terms]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("lamp light", [("", "lamp", False), ("", "light", False)]),
        ('"seven lies" lamp', [("", "seven lies", False), ("", "lamp", False)]),
        ("“seven lies”", [("", "seven lies", False)]),
        ("-horror sea", [("", "horror", True), ("", "sea", False)]),
        ('-"sea wolf"', [("", "sea wolf", True)]),
        ("by:minase", [("by", "minase", False)]),
        ("author:Minase", [("by", "minase", False)]),
        ('tag:"Slice of Life"', [("tag", "slice of life", False)]),
        ("-genre:horror", [("genre", "horror", True)]),
        ("lang:pt_BR", [("language", "pt-br", False)]),
        ("STATUS:Ended", [("status", "completed", False)]),
        ("is:new", [("is", "unread", False)]),
        ('in:"My manga"', [("in", "my manga", False)]),
        ("Re:Zero", [("", "re zero", False)]),
        ("spider-man", [("", "spider man", False)]),
        ("ワンピース", [("", "わんぴーす", False)]),
        ("ﾜﾝﾋﾟｰｽ", [("", "わんぴーす", False)]),
        ("ÉTÉ", [("", "ete", False)]),
        ("ＡＫＩＲＡ", [("", "akira", False)]),
        ("title:", [("", "title", False)]),
        ("灯　光", [("", "灯", False), ("", "光", False)]),
        ("%_\\", []),
        ('"" - " :', []),
        ("", []),
    ],
)
def test_words_phrases_minus_and_fields_are_told_apart(text, terms):
    assert said(text) == terms


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("year:2019", 2019, 2019),
        ("year:2015..2019", 2015, 2019),
        ("year:2015..", 2015, 9999),
        ("year:..1999", 0, 1999),
        ("year:>2015", 2016, 9999),
        ("year:>=2015", 2015, 9999),
        ("year:<2015", 0, 2014),
        ("age:<=13", 0, 13),
        ("age:16+", 16, 16),
    ],
)
def test_numbers_are_ranges(text, least, most):
    [term] = parse(text).terms

    assert (term.least, term.most) == (least, most)


@pytest.mark.parametrize(
    "text", ["year:soon", "year:99999", "status:odd", "is:odd", "lang:日本", "age:²"]
)
def test_values_that_mean_nothing_are_left_out_and_named(text):
    query = parse(f"lamp {text}")

    assert query.words == ["lamp"]
    assert query.ignored == (text,)


def test_a_term_can_be_taken_out_of_the_text():
    query = parse('lamp year:>2018 "seven lies"')

    assert query.without(query.terms[1]) == 'lamp "seven lies"'


@given(st.text(max_size=700))
@example('"' * 600)
@example("-" * 600)
@example(":" * 600)
@example("a:" * 300)
@example('x:"' * 200)
@example("\x00\x00 \x00")
@example("\ud800")
@example("👨‍👩‍👧‍👦 مرحبا \u202e abc")
def test_SEC35_no_text_is_an_error_and_every_query_is_small(text):
    query = parse(text)

    assert len(query.terms) <= MOST_TERMS
    assert len(query.text) <= LONGEST
    for term in query.terms:
        assert "%" not in term.text or term.field is not Field.WORDS
        assert term.text or term.field in (Field.YEAR, Field.AGE)
    assert parse(query.text).terms == query.terms


@given(
    st.lists(
        st.sampled_from(['"', "-", ":", "a", " ", "tag:", "year:", "..", ">", "灯"]), max_size=200
    )
)
def test_what_is_understood_is_understood_again(parts):
    query = parse("".join(parts))

    assert parse(query.text).terms == query.terms


def test_SEC46_time_grows_with_the_text_and_ends_at_its_cap():
    started = time.thread_time()

    for sign in ('"', "-", ":", "a ", "x:", '"a ', "tag:"):
        parse(sign * 10_000)

    assert time.thread_time() - started < 1
