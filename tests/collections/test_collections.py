"""Collections: managers make and order them, everybody sees their part."""

import pytest

from tests import factories as make
from tests.browser import another_browser
from tests.browsing.markup import Screen, dead_ends
from tests.collections.conftest import CANARY, a_collection, a_reader
from tests.reading.counting import statements


def order_of(text: str, *series) -> list[str]:
    return sorted((one.title for one in series), key=lambda title: text.index(f">{title}<"))


async def test_a_collection_is_made_filled_and_seen(browser, world):
    address = await a_collection(browser, world.akira, world.beck)

    screen = (await browser.get(address)).text

    assert order_of(screen, world.beck, world.akira) == ["Akira", "Beck"]
    assert "2 series" in screen
    assert "Tokyo" in (await browser.get("/collections")).text


async def test_a_name_is_needed_and_what_was_typed_is_kept(browser, world):
    answer = await browser.post("/collections/new", {"name": "", "summary": "Kept words"})

    assert answer.status_code == 422
    assert "Kept words" in answer.text and "f-name-wrong" in answer.text


async def test_a_new_one_is_made_while_a_series_is_added(browser, world):
    path = f"/series/{world.akira.id}/collections"

    empty = await browser.post(path)
    answer = await browser.post(path, {"name": "Eighties"})

    assert empty.status_code == 422
    assert answer.headers["location"] == f"/series/{world.akira.id}"
    assert "Eighties" in (await browser.get("/collections")).text
    assert "In it" in (await browser.get(path)).text


@pytest.mark.parametrize(
    ("which", "to", "expected"),
    [
        (1, "up", ["Beck", "Akira"]),
        (1, "first", ["Beck", "Akira"]),
        (0, "down", ["Beck", "Akira"]),
        (0, "last", ["Beck", "Akira"]),
        (0, "up", ["Akira", "Beck"]),
        (1, "down", ["Akira", "Beck"]),
    ],
)
async def test_series_are_put_in_order(browser, world, which, to, expected):
    address = await a_collection(browser, world.akira, world.beck)
    series = [world.akira, world.beck][which]

    answer = await browser.post(f"{address}/series/{series.id}/move", {"to": to})

    assert answer.headers["location"] == f"{address}/edit#s-{series.id}"
    assert order_of((await browser.get(address)).text, world.akira, world.beck) == expected


async def test_with_htmx_only_the_rows_come_back(browser, world):
    address = await a_collection(browser, world.akira, world.beck)

    move = f"{address}/series/{world.beck.id}/move"
    answer = await browser.post(move, {"to": "up"}, htmx=True)

    assert answer.status_code == 200 and "<html" not in answer.text
    assert answer.text.index(f"s-{world.beck.id}") < answer.text.index(f"s-{world.akira.id}")
    assert (await browser.post(move, {"to": "sideways"})).status_code == 422


async def test_what_is_taken_out_comes_back_to_its_place(browser, world):
    address = await a_collection(browser, world.akira, world.beck)

    taken = await browser.post(f"{address}/series/{world.akira.id}/remove")
    screen = await browser.get(taken.headers["location"])
    undo = screen.text.partition(f'action="{address}/series/{world.akira.id}/restore')[2]
    assert "Akira" not in (await browser.get(address)).text
    place = undo.partition('"')[0]
    await browser.post(f"{address}/series/{world.akira.id}/restore{place}")

    assert order_of((await browser.get(address)).text, world.beck, world.akira) == ["Akira", "Beck"]


@pytest.mark.parametrize("place", ["x", "9" * 30, "", "--1", "1e3"])
async def test_SEC35_an_absurd_place_is_refused(browser, world, place):
    address = await a_collection(browser, world.akira)

    answer = await browser.post(f"{address}/series/{world.akira.id}/restore?place={place}")

    assert answer.status_code == 422


async def test_a_removed_collection_is_gone_and_comes_back(browser, world):
    address = await a_collection(browser, world.akira)
    assert "stay where they are" in (await browser.get(f"{address}/remove")).text

    removed = await browser.post(f"{address}/remove")
    assert removed.headers["location"] == "/collections"
    assert f'action="{address}/restore"' in (await browser.get("/collections")).text
    assert (await browser.get(address)).status_code == 404
    await browser.post(f"{address}/restore")

    assert "Akira" in (await browser.get(address)).text


async def test_SEC32_readers_see_their_part_and_count_only_that(app, session, browser, world):
    async with another_browser(app, session, await make.admin(session)) as owner:
        mixed = await a_collection(owner, world.hidden, world.akira, name="Mixed")
        secret = await a_collection(owner, world.hidden, name=f"All of {CANARY}")
        assert "2 series" in (await owner.get(mixed)).text

    listed, shown = await browser.get("/collections"), await browser.get(mixed)

    assert "Mixed" in listed.text and CANARY not in listed.text + shown.text
    assert "1 series" in listed.text and "1 series" in shown.text
    assert (await browser.get(secret)).status_code == 404
    assert (await browser.get(f"{secret}/edit")).status_code == 404
    assert (await browser.post(f"{mixed}/series/{world.hidden.id}/remove")).status_code == 404


async def test_SEC33_nothing_hidden_gets_into_a_collection(browser, world):
    address = await a_collection(browser, world.akira)
    to = {"to": address.rpartition("/")[2]}

    answer = await browser.post(f"/series/{world.hidden.id}/collections", to)

    assert answer.status_code == 404


async def test_readers_look_and_do_not_touch(app, session, browser, world):
    address = await a_collection(browser, world.akira)

    async with another_browser(app, session, await a_reader(session, world)) as reader:
        shown = await reader.get(address)
        assert shown.status_code == 200 and f"{address}/edit" not in shown.text
        assert (await reader.post(f"{address}/edit", {"name": "Mine"})).status_code == 403
        assert (await reader.post(f"{address}/remove")).status_code == 403
        assert (await reader.get("/collections/new")).status_code == 403


async def test_collections_take_few_queries_and_lead_somewhere(app, session, browser, world):
    for number in range(3):
        address = await a_collection(browser, world.akira, world.beck, name=f"C{number}")

    for path in ("/collections", address, f"{address}/edit"):
        with statements(app.state.engine) as said:
            answer = await browser.get(path)
        assert len(said) <= 6, (path, said)
        assert await dead_ends(browser, Screen(answer.text)) == [], path
