from hypothesis import given
from hypothesis import strategies as st

from app.library.grams import grams, query_grams, search_text


def test_kana_of_either_script_and_width_are_one():
    assert search_text("ワンピース") == search_text("ﾜﾝﾋﾟｰｽ") == search_text("わんぴーす")


def test_one_letter_and_pairs_find_a_title_in_any_script():
    have = set(grams(["鋼の錬金術師", "Iron Lantern"]))

    for query in ("錬", "錬金", "lan", "IRON", "r"):
        assert set(query_grams(query)) <= have
    assert not set(query_grams("錬鋼")) <= have


def test_grams_do_not_reach_over_words():
    assert {"nl", "onl", "nla"}.isdisjoint(grams(["Iron Lantern"]))


def test_a_query_asks_for_the_rarest_grams_of_its_words():
    assert query_grams("lantern a of") == ["ant", "ern", "lan", "nte", "of", "ter"]
    assert query_grams("a") == ["a"]
    assert query_grams("灯 lamp") == ["amp", "lam", "灯"]


@given(st.text(max_size=60), st.integers(0, 30), st.integers(1, 30))
def test_every_part_of_a_word_is_found(title, start, length):
    for word in search_text(title).split():
        assert set(query_grams(word[start : start + length])) <= set(grams([title]))
