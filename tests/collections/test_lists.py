"""Reading lists, and reading along them."""

import pytest

from app.reading.progress import mark_read
from tests.browser import another_browser
from tests.browsing.markup import Screen, dead_ends
from tests.collections.conftest import CANARY, a_list, a_reader
from tests.reading.counting import statements


def order_of(text: str, chapters) -> list:
    return sorted(chapters, key=lambda chapter: text.index(f'id="c-{chapter.id}"'))


async def test_a_list_goes_across_series_in_its_own_order(browser, world):
    wanted = [world.chapters[3], world.chapters[0], world.chapters[4]]

    address = await a_list(browser, wanted)

    screen = (await browser.get(address)).text
    assert order_of(screen, wanted[::-1]) == wanted
    assert "0 of 3 read" in screen
    assert "Start: Beck, Ch. 1" in screen


async def test_a_whole_series_is_added_in_its_order_and_only_once(browser, world):
    path = f"/series/{world.akira.id}/lists"

    await browser.post(path, {"name": "All of it"})
    chosen = (await browser.get(path)).text
    list_id = chosen.partition('name="to" value="')[2].partition('"')[0]
    again = await browser.post(path, {"to": list_id})

    assert again.status_code == 303
    screen = (await browser.get(f"/lists/{list_id}")).text
    assert order_of(screen, world.chapters[2::-1]) == world.chapters[:3]
    assert screen.count('id="c-') == 3


async def test_continue_opens_the_next_that_is_not_read(session, browser, world):
    address = await a_list(browser, [world.chapters[0], world.chapters[3], world.chapters[1]])
    await mark_read(session, world.manager, world.akira.id, [world.chapters[0].id])
    await session.commit()

    screen = (await browser.get(address)).text

    assert "1 of 3 read" in screen and "Continue: Beck, Ch. 1" in screen
    assert f"/read/{world.chapters[3].id}?list={address.rpartition('/')[2]}" in screen


@pytest.mark.parametrize("htmx", [False, True])
async def test_chapters_are_moved_and_taken_out(browser, world, htmx):
    chapters = world.chapters[:3]
    address = await a_list(browser, chapters)
    last = f"{address}/chapters/{chapters[2].id}"

    moved = await browser.post(f"{last}/move", {"to": "first"}, htmx=htmx)
    taken = await browser.post(f"{address}/chapters/{chapters[0].id}/remove", htmx=htmx)

    assert moved.status_code == taken.status_code == (200 if htmx else 303)
    screen = (await browser.get(address)).text
    assert order_of(screen, chapters[1:]) == [chapters[2], chapters[1]]
    assert f"c-{chapters[0].id}" not in screen


async def test_a_list_is_renamed_shared_and_removed_and_brought_back(browser, world):
    address = await a_list(browser, world.chapters[:1])

    await browser.post(f"{address}/edit", {"name": "Snow", "summary": "Slow", "is_shared": "1"})
    assert "Snow" in (await browser.get("/lists")).text
    assert (await browser.post(f"{address}/edit", {"name": ""})).status_code == 422
    await browser.post(f"{address}/remove")
    assert (await browser.get(address)).status_code == 404
    await browser.post(f"{address}/restore")

    assert "Slow" in (await browser.get(address)).text


async def test_SEC31_a_list_is_its_owners_until_it_is_shared(app, session, browser, world):
    address = await a_list(browser, world.chapters[:2])

    async with another_browser(app, session, await a_reader(session, world)) as other:
        for path in (address, f"{address}/export", f"{address}/edit"):
            assert (await other.get(path)).status_code == 404
        assert "Winter" not in (await other.get("/lists")).text

        await browser.post(f"{address}/edit", {"name": "Winter", "is_shared": "1"})
        assert "charlie" in (await other.get("/lists")).text
        assert (await other.get(address)).status_code == 200
        chapter = f"{address}/chapters/{world.chapters[0].id}"
        for path, form in ((f"{address}/edit", {"name": "Mine"}), (f"{chapter}/remove", {})):
            assert (await other.post(path, form)).status_code == 403
        to = {"to": address.rpartition("/")[2]}
        added = await other.post(f"/chapters/{world.chapters[2].id}/lists", to)
        assert added.status_code == 403


async def test_SEC32_of_a_shared_list_each_sees_what_they_may(app, session, browser, world):
    from tests import factories as make

    async with another_browser(app, session, await make.admin(session)) as owner:
        mixed = [world.hidden_chapter, world.chapters[0]]
        address = await a_list(owner, mixed, name="Mixed", is_shared="1")
        secret = await a_list(owner, mixed[:1], name=CANARY, is_shared="1")
        assert "0 of 2 read" in (await owner.get(address)).text

    answers = [await browser.get(path) for path in ("/lists", address, f"{address}/export")]

    assert all(answer.status_code == 200 for answer in answers)
    assert CANARY not in "".join(answer.text for answer in answers)
    assert "0 of 1 read" in answers[0].text and "0 of 1 read" in answers[1].text
    assert (await browser.get(secret)).status_code == 404
    along = f"?list={secret.rpartition('/')[2]}"
    assert CANARY not in (await browser.get(f"/read/{world.chapters[0].id}/end{along}")).text


async def test_SEC33_no_chapter_of_others_gets_into_a_list(browser, world):
    address = await a_list(browser, [])
    to = {"to": address.rpartition("/")[2]}

    answer = await browser.post(f"/chapters/{world.hidden_chapter.id}/lists", to)

    assert answer.status_code == 404


async def test_the_end_of_a_chapter_offers_the_next_of_the_list_first(browser, world):
    address = await a_list(browser, [world.chapters[0], world.chapters[3], world.chapters[1]])
    along = f"list={address.rpartition('/')[2]}"

    end = (await browser.get(f"/read/{world.chapters[0].id}/end?{along}")).text

    assert "Next in “Winter”" in end
    assert f'href="/read/{world.chapters[3].id}?{along}" rel="next"' in end
    assert f'href="/read/{world.chapters[1].id}"' in end, "that of the series is offered too"
    plain = (await browser.get(f"/read/{world.chapters[0].id}/end")).text
    assert "Winter" not in plain and f'href="/read/{world.chapters[1].id}" rel="next"' in plain


async def test_the_last_of_a_list_leads_back_to_it(browser, world):
    address = await a_list(browser, [world.chapters[0]])

    end = await browser.get(f"/read/{world.chapters[0].id}/end?list={address.rpartition('/')[2]}")

    assert "The end of “Winter”" in end.text and f'href="{address}"' in end.text


async def test_turning_a_page_stays_on_the_list(browser, world):
    address = await a_list(browser, world.chapters[:2])
    along = f"list={address.rpartition('/')[2]}"
    read = f"/read/{world.chapters[0].id}"

    screen = (await browser.get(f"{read}?{along}")).text
    turned = await browser.post(f"{read}/turn?{along}", {"page": "2", "version": "0"})
    ended = await browser.post(f"{read}/turn?{along}", {"page": "4", "version": "0"})

    assert f'action="{read}/turn?{along}"' in screen
    assert "1 of 2 in “Winter”" in screen
    assert turned.headers["location"] == f"{read}?page=2&{along}"
    assert ended.headers["location"] == f"{read}/end?{along}"


@pytest.mark.parametrize("along", ["x", "", "%00", "0" * 36, "A" * 9000])
async def test_SEC35_nonsense_instead_of_a_list_is_as_if_not_said(browser, world, along):
    answer = await browser.get(f"/read/{world.chapters[0].id}?list={along}")

    assert answer.status_code == 200
    assert "list=" not in answer.text


async def test_lists_take_few_queries_and_lead_somewhere(app, browser, world):
    for number in range(3):
        address = await a_list(browser, world.chapters, name=f"L{number}")

    for path in ("/lists", address, f"{address}/edit", "/lists/new", "/lists/import"):
        with statements(app.state.engine) as said:
            answer = await browser.get(path)
        assert len(said) <= 6, (path, len(said), said)
        assert await dead_ends(browser, Screen(answer.text)) == [], path


async def test_a_list_for_paper_holds_all_of_it_with_boxes_to_tick(session, browser, world):
    address = await a_list(browser, [world.chapters[3], world.chapters[0], world.chapters[1]])
    await mark_read(session, world.manager, world.akira.id, [world.chapters[0].id])
    await session.commit()

    paper = (await browser.get(f"{address}/print")).text

    assert paper.index("<b>Beck</b> Ch. 1") < paper.index("<b>Akira</b> Ch. 1")
    assert paper.count('class="tick') == 3
    assert paper.count("tick-on") == 1
