"""What a slip of the keys leaves of a word."""

from hypothesis import assume, given
from hypothesis import strategies as st

from app.library.grams import grams
from app.search.near import _runs

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def slipped(word: str, slip: str, at: int, letter: str) -> str:
    match slip:
        case "wrong":
            return word[:at] + letter + word[at + 1 :]
        case "missing":
            return word[:at] + word[at + 1 :]
        case "one more":
            return word[:at] + letter + word[at:]
        case _:
            return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]


@given(
    st.text(LETTERS, min_size=6, max_size=20),
    st.sampled_from(["wrong", "missing", "one more", "swapped"]),
    st.integers(0, 19),
    st.sampled_from(LETTERS),
)
def test_one_mistake_leaves_a_part_by_which_the_word_is_found(word, slip, at, letter):
    typed = slipped(word, slip, at % len(word), letter)
    assume(len(typed) >= 6)

    assert any(set(run) <= set(grams([word])) for run in _runs(typed))
