"""A shelf goes forward and back by keyset, in every order, and shows only what is visible."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from app.browsing.shelf import newest, screenful
from app.browsing.shelf_order import parsed_edge
from app.browsing.wish import ReadState, Sort, Wish
from app.reading.cards import Card
from app.reading.models import SeriesReading
from tests import factories as make

TITLES = ("Akira", "Beck", "Claymore", "Dorohedoro", "Eden", "Fruits", "Gon")


@pytest.fixture
async def shelf(session):
    library = await make.library(session)
    for title in TITLES:
        await make.series(session, library, title, position_count=4)
    return library


@pytest.fixture
async def reader(session, shelf):
    reader = await make.alice(session)
    await make.let_in(session, reader, shelf)
    return reader


def titles(cards: list[Card]) -> list[str]:
    return [card.title for card in cards]


@pytest.mark.parametrize("sort", [Sort.TITLE, Sort.ADDED, Sort.UPDATED])
async def test_every_order_can_be_walked_to_its_end_and_back(session, shelf, reader, sort):
    wish = Wish(sort=sort)
    there, after, last = [], None, None
    while True:
        last = await screenful(session, reader, shelf.id, wish, after=after, size=3)
        there += titles(last.cards)
        if last.after is None:
            break
        after = last.after
    back, before = titles(last.cards), last.before
    while before is not None:
        found = await screenful(session, reader, shelf.id, wish, before=before, size=3)
        back = titles(found.cards) + back
        before = found.before

    assert there == (list(TITLES) if sort is Sort.TITLE else list(reversed(TITLES)))
    assert back == there


async def test_the_first_screen_has_nothing_before_it(session, shelf, reader):
    first = await screenful(session, reader, shelf.id, Wish(), size=3)
    second = await screenful(session, reader, shelf.id, Wish(), after=first.after, size=3)
    again = await screenful(session, reader, shelf.id, Wish(), before=second.before, size=3)

    assert first.before is None
    assert titles(again.cards) == titles(first.cards)
    assert (again.before, again.after) == (None, first.after)


async def test_series_of_one_title_are_neither_lost_nor_doubled(session, reader, shelf):
    for number in range(5):
        await make.series(session, shelf, "Twin", folder=f"twin {number}".encode())

    seen, after = [], None
    while True:
        found = await screenful(session, reader, shelf.id, Wish(), after=after, size=2)
        seen += [card.id for card in found.cards]
        if (after := found.after) is None:
            break

    assert len(seen) == len(set(seen)) == 12


async def test_states_are_the_persons_own(session, shelf, reader):
    other = await make.bob(session, age_limit=None)
    await make.let_in(session, other, shelf)
    cards = (await screenful(session, reader, shelf.id, Wish())).cards
    for card, read in zip(cards[:3], (4, 1, 0), strict=True):
        await make.add(
            session,
            SeriesReading(
                user_id=reader.id,
                series_id=card.id,
                read_positions=read,
                started_positions=0 if read else 1,
                last_read_at=make.DAWN + timedelta(days=read),
            ),
        )

    async def shown(person, **wish):
        return titles((await screenful(session, person, shelf.id, Wish(**wish))).cards)

    assert await shown(reader, state=ReadState.COMPLETED) == ["Akira"]
    assert await shown(reader, state=ReadState.READING) == ["Beck", "Claymore"]
    assert await shown(reader, state=ReadState.UNREAD) == list(TITLES[3:])
    assert await shown(other, state=ReadState.UNREAD) == list(TITLES)
    assert await shown(reader, sort=Sort.READ) == ["Akira", "Beck", "Claymore"]
    assert await shown(other, sort=Sort.READ) == []


async def test_letters_open_the_shelf_at_a_place(session, shelf, reader):
    await make.series(session, shelf, "20世紀少年", sort_key="0000000020世紀少年")
    await make.series(session, shelf, "よつばと", sort_key="よつばと")

    async def under(letter):
        return titles((await screenful(session, reader, shelf.id, Wish(letter=letter))).cards)

    assert await under("b") == ["Beck"]
    assert await under("#") == ["20世紀少年"]
    assert await under("…") == ["よつばと"]
    assert await under("z") == []


async def test_SEC32_what_may_not_be_seen_is_on_no_shelf(session, shelf):
    child = await make.bob(session)
    await make.let_in(session, child, shelf)
    await make.series(session, shelf, "Berserk", age_rating=18)
    secret = await make.library(session, "Secret")
    await make.series(session, secret, "Hidden")

    assert "Berserk" not in titles((await screenful(session, child, shelf.id, Wish())).cards)
    assert (await screenful(session, child, secret.id, Wish())).cards == []
    assert {"Berserk", "Hidden"}.isdisjoint(titles((await newest(session, child, 50))[Sort.ADDED]))


async def test_SEC35_a_screenful_is_one_query(session, engine, shelf, reader):
    statements: list[str] = []
    event.listen(
        engine.sync_engine, "before_cursor_execute", lambda *call: statements.append(call[2])
    )

    await screenful(session, reader, shelf.id, Wish(sort=Sort.ADDED, state=ReadState.UNREAD))

    assert len([text for text in statements if "series" in text]) == 1


@pytest.mark.parametrize("place", [(), ("a",), ("a", "b", "c"), (1, 2), (None, None)])
def test_an_edge_that_does_not_fit_is_none(place):
    assert parsed_edge(Sort.ADDED, place) is None
