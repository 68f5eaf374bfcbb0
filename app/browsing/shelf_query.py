"""What the address of a shelf says, as a wish; a wish as what the address says."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from app.browsing.wish import LETTERS, Age, Density, Format, Look, Only, ReadState, Sort, View, Wish
from app.library.models import SeriesStatus

NAMED = ("genre", "tag", "person")
YEARS = ("since", "until")
FILTERS = ("state", "letter", *NAMED, "status", "language", "age", "format", "only", *YEARS)
MOST_VALUES = 10
LONGEST_VALUE = 200
LONGEST_QUERY = 4_000
LAST_YEAR = 9999
SEEDS = 2**32

type Said = Mapping[str, Sequence[str]]
type Pairs = list[tuple[str, str]]


def wish_of(said: Said, otherwise: Sort = Sort.TITLE) -> Wish:
    """Unknown words are as if not said."""
    states, letters = _words(ReadState, said, "state"), _texts(said, "letter")
    seed = _number(said, "seed", SEEDS - 1)
    since, until = (_number(said, name, LAST_YEAR) for name in YEARS)
    return Wish(
        sort=next(iter(_words(Sort, said, "sort")), otherwise),
        seed=seed or 0,
        state=next(iter(states), None),
        letter=next((letter for letter in letters if letter in LETTERS), None),
        genre=_texts(said, "genre"),
        tag=_texts(said, "tag"),
        person=_texts(said, "person"),
        status=_words(SeriesStatus, said, "status"),
        language=_texts(said, "language"),
        age=_words(Age, said, "age"),
        format=_words(Format, said, "format"),
        only=_words(Only, said, "only"),
        since=since,
        until=until,
    )


def look_of(said: Said, otherwise: Look) -> Look:
    return Look(
        view=next(iter(_words(View, said, "view")), otherwise.view),
        density=next(iter(_words(Density, said, "density")), otherwise.density),
    )


def filter_pairs(wish: Wish) -> Pairs:
    pairs: Pairs = []
    for name in FILTERS:
        value = getattr(wish, name)
        if isinstance(value, tuple):
            pairs += [(name, str(one)) for one in value]
        elif value is not None:
            pairs.append((name, str(value)))
    return pairs


def order_pairs(wish: Wish, otherwise: Sort) -> Pairs:
    pairs: Pairs = [] if wish.sort is otherwise else [("sort", wish.sort.value)]
    return [*pairs, ("seed", str(wish.seed))] if wish.sort is Sort.RANDOM else pairs


def look_pairs(look: Look, otherwise: Look) -> Pairs:
    """What is not as it would be anyway."""
    return [
        (name, str(getattr(look, name)))
        for name in ("view", "density")
        if getattr(look, name) is not getattr(otherwise, name)
    ]


def _words[Word: StrEnum](words: type[Word], said: Said, name: str) -> tuple[Word, ...]:
    known = {word.value: word for word in words}
    return tuple(dict.fromkeys(known[text] for text in said.get(name, []) if text in known))


def _texts(said: Said, name: str) -> tuple[str, ...]:
    fit: Iterable[str] = (
        text
        for text in said.get(name, [])
        if text and len(text) <= LONGEST_VALUE and text.isprintable()
    )
    return tuple(dict.fromkeys(fit))[:MOST_VALUES]


def _number(said: Said, name: str, most: int) -> int | None:
    text = next(iter(said.get(name, [])), "")
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
        return None
    return min(int(text), most)
