"""What was found is marked where it stands, whatever its spelling, and foreign text stays text."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from app.library.grams import search_text
from app.search.marks import marked, snippet


def test_the_words_are_marked_in_the_text_as_it_is_written():
    assert marked("The Lighthouse Keeper", ["light"]) == "The <mark>Light</mark>house Keeper"
    assert marked("ワンピース", [search_text("わんぴ")]) == "<mark>ワンピ</mark>ース"
    assert marked("ﾜﾝﾋﾟｰｽ", [search_text("ワンピ")]) == "<mark>ﾜﾝﾋﾟ</mark>ｰｽ"
    assert marked("Café Noir", ["cafe"]) == "<mark>Café</mark> Noir"
    assert marked("Cafe\u0301 Noir", ["cafe"]) == "<mark>Cafe\u0301</mark> Noir"
    assert marked("Spider-Man", ["spider man"]) == "<mark>Spider-Man</mark>"
    assert marked("ＡＫＩＲＡ", ["kir"]) == "Ａ<mark>ＫＩＲ</mark>Ａ"


def test_marks_that_touch_are_one():
    assert marked("lamplight", ["lamp", "light", "pli"]) == "<mark>lamplight</mark>"


def test_SEC44_foreign_markup_is_never_markup():
    assert marked("<b>lamp</b>", ["lamp", "b"]) == (
        "&lt;<mark>b</mark>&gt;<mark>lamp</mark>&lt;/<mark>b</mark>&gt;"
    )


@given(st.text(max_size=80), st.lists(st.text(max_size=4).map(search_text), max_size=4))
def test_without_its_marks_the_text_is_as_it_was(text, needles):
    plain = str(marked(text, needles)).replace("<mark>", "").replace("</mark>", "")

    assert plain == str(escape(text))


def test_a_snippet_shows_the_place_in_a_long_text():
    text = "before " * 200 + "the lamp is lit" + " after" * 200

    found = snippet(text, ["lamp"])

    assert found is not None
    assert found.startswith("…") and found.endswith("…")
    assert "<mark>lamp</mark>" in found and len(found) < 200
    assert snippet(text, ["absent"]) is None
